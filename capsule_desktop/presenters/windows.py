"""The application's windows: opening and finding notebooks, recent files, closing, quitting.

One window a notebook; a file that is open already is brought to the front.  A window without a notebook
shows the welcome, and is used for the first one that is opened.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from capsule_desktop.notebook import disk
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.ipynb import NotebookFileError
from capsule_desktop.presenters.notebook import NotebookPresenter, Surroundings
from capsule_desktop.settings import Settings
from capsule_desktop.widgets import file_dialogs, messages
from capsule_desktop.widgets.about_dialog import AboutDialog
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import MessageDialog, MessageView
from capsule_desktop.widgets.shortcuts_dialog import ShortcutsDialog
from capsule_desktop.widgets.theme import ThemeChoice
from engine.kernel_place import KernelPlace
from engine.tasks import TaskOwner

if TYPE_CHECKING:
    from engine.facade import Engine, NotebookHandle  # loaded after the first paint

_ALWAYS = frozenset(
    {
        Action.NEW,
        Action.OPEN,
        Action.CLOSE,
        Action.QUIT,
        Action.TOGGLE_SIDEBAR,
        Action.FULL_SCREEN,
        Action.THEME_SYSTEM,
        Action.THEME_LIGHT,
        Action.THEME_DARK,
        Action.SHORTCUTS,
        Action.ABOUT,
    }
)
_ZOOMS = {Action.ZOOM_IN: 1.1, Action.ZOOM_OUT: 1 / 1.1}
_THEMES = {
    Action.THEME_SYSTEM: ThemeChoice.SYSTEM,
    Action.THEME_LIGHT: ThemeChoice.LIGHT,
    Action.THEME_DARK: ThemeChoice.DARK,
}


class WindowsPresenter:
    """engine: made lazily, after the first paint.  on_all_closed: the last window went; the application ends."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        surroundings: Surroundings,
        settings: Settings,
        tasks: TaskOwner,
        *,
        outputs_folder: Path,
        on_all_closed: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._surroundings = surroundings
        self._settings = settings
        self._tasks = tasks
        self._outputs_folder = outputs_folder
        self._on_all_closed = on_all_closed
        self._notebooks: dict[MainWindow, NotebookPresenter | None] = {}
        self._logs: dict[NotebookPresenter, Path] = {}
        self._zoom = 1.0
        self._actions: Mapping[Action, Callable[[MainWindow], None]] = {
            Action.NEW: self.new_notebook,
            Action.OPEN: self._ask_what_to_open,
            Action.CLOSE: self.close,
            Action.QUIT: lambda _window: self.quit(),
            Action.TOGGLE_SIDEBAR: lambda window: window.toggle_sidebar(),
            Action.FULL_SCREEN: lambda window: window.toggle_full_screen(),
            Action.ZOOM_RESET: lambda _window: self._set_zoom(1.0),
            Action.SHORTCUTS: lambda window: ShortcutsDialog(window).open(),
            Action.ABOUT: lambda window: AboutDialog(_versions(), window).open(),
            **{action: partial(self._zoom_by, factor) for action, factor in _ZOOMS.items()},
            **{action: partial(self._set_theme, choice) for action, choice in _THEMES.items()},
        }

    @property
    def windows(self) -> tuple[MainWindow, ...]:
        return tuple(self._notebooks)

    def notebook_of(self, window: MainWindow) -> NotebookPresenter | None:
        return self._notebooks[window]

    # --- windows

    def open_window(self) -> MainWindow:
        """A window with the welcome, shown."""
        window = MainWindow(self._surroundings.theme)
        self._notebooks[window] = None
        window.show_welcome(self._settings.recent())
        window.set_actions_enabled(_ALWAYS)
        window.action_requested.connect(lambda action: self._perform(window, action))
        window.recent_requested.connect(lambda path: self.open_files([Path(path)], window))
        window.files_dropped.connect(lambda paths: self.open_files(map(Path, paths), window))
        window.queue_remove_requested.connect(lambda execution_id: self._take_from_queue(window, execution_id))
        window.contents_clicked.connect(lambda cell_id: self._show_cell(window, cell_id))
        window.banner_button_clicked.connect(lambda key: self._perform(window, Action(key)))
        window.close_requested.connect(lambda: self.close(window))
        window.restore_state(self._settings.window_state())
        window.show()
        return window

    def open_files(self, paths: Iterable[Path], window: MainWindow) -> list[asyncio.Task[None]]:
        """Open each in a window of its own, the first in this one where it shows none yet."""
        return [self._tasks.spawn(self.open_file(path, window), name=f"open {path.name}") for path in paths]

    async def open_file(self, path: Path, window: MainWindow) -> None:
        """Read path off the loop and show it; a sentence in window where that cannot be."""
        path = await asyncio.to_thread(path.absolute)
        if self._brought_to_front(path):
            return
        try:
            on_disk = await asyncio.to_thread(disk.read, path)
        except NotebookFileError as error:
            self._tell(window, messages.failure(f"{path.name} was not opened", str(error), "The file is as it was."))
            return
        if not self._brought_to_front(path):  # opened meanwhile, by a second click
            target = window if self._notebooks.get(window, False) is None else self.open_window()
            self._show(target, Document(on_disk.file, path), on_disk.state)
            self._settings.add_recent(path)
            self._show_recent()

    def new_notebook(self, window: MainWindow) -> None:
        target = window if self._notebooks[window] is None else self.open_window()
        self._show(target, Document(), None)

    def close(self, window: MainWindow) -> None:
        """Ask about unsaved work, then close the window and end its worker."""
        notebook = self._notebooks[window]
        if notebook is None:
            self.discard(window)
        else:
            notebook.saving.ask_to_close(lambda: self.discard(window))

    def quit(self) -> None:
        """Close window after window; where the user stays in one, nothing more is closed."""
        for window in self.windows:
            notebook = self._notebooks[window]
            if notebook is not None and notebook.document.is_dirty:
                window.raise_()
                notebook.saving.ask_to_close(partial(self._close_and_quit, window))
                return
        for window in self.windows:
            self.discard(window)

    def discard(self, window: MainWindow) -> None:
        """Close a window without a question, and end its worker."""
        self._settings.keep_window_state(window.save_state())
        self._let_go(window)
        del self._notebooks[window]
        window.force_close()
        window.deleteLater()
        if not self._notebooks:
            self._on_all_closed()

    # --- inside

    def _close_and_quit(self, window: MainWindow) -> None:
        self.discard(window)
        self.quit()

    def _show(self, window: MainWindow, document: Document, state: disk.DiskState | None) -> None:
        """document in window, with a kernel of its own that starts at the first run."""
        notebook_id = uuid.uuid4().hex
        logs = self._outputs_folder / notebook_id
        folder = Path.home() if document.path is None else document.path.parent
        place = KernelPlace(working_directory=folder, log_directory=logs, outlives=False)

        def open_handle() -> NotebookHandle:
            return self._engine().open_notebook(notebook_id, place)

        notebook = NotebookPresenter(document, state, window, open_handle, self._tasks, self._surroundings)
        notebook.saved.connect(lambda: self._on_saved(notebook))
        notebook.reload_requested.connect(lambda: self._reload(window))
        notebook.parts.view.action_requested.connect(lambda action: self._perform(window, action))
        notebook.parts.view.set_zoom(self._zoom)
        self._notebooks[window] = notebook
        self._logs[notebook] = logs
        notebook.actions_changed.connect(lambda: self._enable_actions(window, notebook))
        self._enable_actions(window, notebook)

    def _enable_actions(self, window: MainWindow, notebook: NotebookPresenter) -> None:
        window.set_actions_enabled(_ALWAYS | notebook.actions | set(_ZOOMS) | {Action.ZOOM_RESET})

    def _perform(self, window: MainWindow, action: Action) -> None:
        notebook = self._notebooks.get(window)
        if notebook is not None and notebook.perform(action):
            return
        do = self._actions.get(action)
        if do is not None:  # else: it needs a notebook, and there is none
            do(window)

    def _ask_what_to_open(self, window: MainWindow) -> None:
        notebook = self._notebooks[window]
        path = None if notebook is None else notebook.document.path
        dialog = file_dialogs.open_notebooks(str(Path.home() if path is None else path.parent), window)
        dialog.filesSelected.connect(lambda files: self.open_files(map(Path, files), window))
        dialog.open()

    def _brought_to_front(self, path: Path) -> bool:
        for window, notebook in self._notebooks.items():
            if notebook is not None and notebook.document.path is not None and _same(notebook.document.path, path):
                window.raise_()
                window.activateWindow()
                return True
        return False

    def _reload(self, window: MainWindow) -> None:
        """What is on disk in place of what is here; the user chose that knowing of the changes."""
        notebook = self._notebooks[window]
        if notebook is not None and notebook.document.path is not None:
            path = notebook.document.path
            self._let_go(window)
            self._tasks.spawn(self.open_file(path, window), name="reload")

    def _let_go(self, window: MainWindow) -> None:
        """End the kernel of the window's notebook and remove what it printed: the document has it."""
        notebook, self._notebooks[window] = self._notebooks[window], None
        if notebook is not None:
            self._tasks.spawn(self._end(notebook), name="end kernel")

    async def _end(self, notebook: NotebookPresenter) -> None:
        await notebook.end()
        await asyncio.to_thread(shutil.rmtree, self._logs.pop(notebook), ignore_errors=True)

    def _on_saved(self, notebook: NotebookPresenter) -> None:
        if notebook.document.path is not None:
            self._settings.add_recent(notebook.document.path)
            self._show_recent()

    def _show_recent(self) -> None:
        for window in self._notebooks:
            window.set_recent(self._settings.recent())

    def _take_from_queue(self, window: MainWindow, execution_id: str) -> None:
        notebook = self._notebooks[window]
        if notebook is not None:
            notebook.take_from_queue(execution_id)

    def _show_cell(self, window: MainWindow, cell_id: str) -> None:
        notebook = self._notebooks[window]
        if notebook is not None:
            notebook.show_cell(CellId(cell_id))

    def _set_theme(self, choice: ThemeChoice, _window: MainWindow) -> None:
        self._surroundings.theme.set_choice(choice)
        self._settings.keep_theme(choice)
        for window in self._notebooks:
            window.set_theme_choice(choice)

    def _zoom_by(self, factor: float, _window: MainWindow) -> None:
        self._set_zoom(self._zoom * factor)

    def _set_zoom(self, factor: float) -> None:
        self._zoom = min(3.0, max(0.5, factor))
        for notebook in self._notebooks.values():
            if notebook is not None:
                notebook.parts.view.set_zoom(self._zoom)

    def _tell(self, window: QWidget, view: MessageView) -> None:
        dialog = MessageDialog(view, window)
        dialog.chosen.connect(lambda _choice: None)
        dialog.open()


def _same(one: Path, other: Path) -> bool:
    if one == other:
        return True
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return False


def _versions() -> tuple[tuple[str, str], ...]:
    names = ("capsule-desktop", "PySide6-Essentials", "qasync", "resonate-sdk", "ipython")
    return tuple((name, version(name)) for name in names)
