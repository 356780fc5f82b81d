"""The application's windows: opening and finding notebooks, recent files, closing, quitting.

One window a notebook; a file that is open already is brought to the front.  A window without a notebook
shows the welcome, and is used for the first one that is opened.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import filterfalse
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from capsule_desktop import crash_reports
from capsule_desktop.first_paint import FirstPaint
from capsule_desktop.lives import WindowRecord
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.document import Document
from capsule_desktop.presenters.appearance import Appearance
from capsule_desktop.presenters.coming_back import ComingBack
from capsule_desktop.presenters.help import HelpPresenter
from capsule_desktop.presenters.home import NotebookHome
from capsule_desktop.presenters.kernels import Kernels
from capsule_desktop.presenters.notebook import NotebookPresenter
from capsule_desktop.presenters.notebook_reader import NotebookReader
from capsule_desktop.presenters.open_windows import OpenWindows, WindowMoves, place_beside
from capsule_desktop.presenters.opened_checkpoints import OpenedCheckpoints, checkpoints_last, is_checkpoint
from capsule_desktop.presenters.opening import Opened
from capsule_desktop.presenters.shown_notebooks import ShownNotebooks
from capsule_desktop.presenters.surroundings import Surroundings
from capsule_desktop.settings import Settings
from capsule_desktop.widgets import file_dialogs
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.main_window import WITHOUT_NOTEBOOK, MainWindow
from engine.tasks import TaskOwner

if TYPE_CHECKING:
    from engine.facade import Engine  # loaded after the first paint

PAINT_LIMIT_S = 1.0  # a window that nobody can see is never painted, and its running cell is to be found all the same


class WindowsPresenter:
    """engine: loaded when first asked for, after the first paint.  notebooks_folder: of what is kept of them.

    on_all_closed: the last window went; the application ends.
    """

    def __init__(
        self,
        engine: Callable[[], Awaitable[Engine]],
        surroundings: Surroundings,
        settings: Settings,
        tasks: TaskOwner,
        *,
        notebooks_folder: Path,
        lives_folder: Path,
        on_all_closed: Callable[[], None],
    ) -> None:
        self._kernels = Kernels(engine, tasks)
        self.shown = ShownNotebooks()
        self._reader = NotebookReader(notebooks_folder, self._kernels, self.shown)
        self._surroundings = surroundings
        self._settings = settings
        self._tasks = tasks
        self._on_all_closed = on_all_closed
        self._open_windows = OpenWindows(lives_folder, self._records, tasks)
        self._coming_back = ComingBack(self._bring_back, self._open_windows.listed, self._open_windows.changed, tasks)
        self._appearance = Appearance(surroundings.theme, settings, self.shown.views)
        self._checkpoints = OpenedCheckpoints(
            self.shown, surroundings.checkpoint_reader, self.open_file, self.new_notebook, tasks
        )
        self._help = HelpPresenter(lives_folder.parent / crash_reports.FOLDER, self.shown.of, tasks)
        self._actions: Mapping[Action, Callable[[MainWindow], None]] = {
            Action.NEW: self.new_notebook,
            Action.OPEN: self._ask_what_to_open,
            Action.CLOSE: self.close,
            Action.QUIT: lambda _window: self.quit(),
            Action.TOGGLE_SIDEBAR: lambda window: window.toggle_sidebar(),
            Action.FULL_SCREEN: lambda window: window.toggle_full_screen(),
            **self._help.actions,
        }

    @property
    def windows(self) -> tuple[MainWindow, ...]:
        return self.shown.windows

    def notebook_of(self, window: MainWindow) -> NotebookPresenter | None:
        return self.shown.of(window)

    # --- the application's beginning and end

    def begin(self, files: Iterable[Path], window: MainWindow) -> asyncio.Task[None]:
        """Open what was asked for, and what a crashed life had open, each in a window, the first in this one."""
        return self._tasks.spawn(self._begin(tuple(files), window), name="open")

    async def ended_in_order(self) -> None:
        """Wait until nothing is left that a next start would bring back."""
        await self._open_windows.end()

    async def ended(self) -> None:
        """Wait for the workers of the windows that were closed."""
        self._open_windows.stop()
        await self._kernels.ended()

    # --- windows

    def open_window(self) -> MainWindow:
        """A window with the welcome, shown."""
        window = MainWindow(self._surroundings.theme)
        self.shown.set(window, None)
        window.show_welcome(self._settings.recent())
        window.action_requested.connect(lambda action: self._perform(window, action))
        window.recent_requested.connect(lambda path: self.open_files([Path(path)], window))
        window.files_dropped.connect(lambda paths: self.open_files(map(Path, paths), window))
        window.queue_requested.connect(lambda request: self._with(window, lambda n: n.queue.ask(request)))
        window.contents_clicked.connect(lambda cell: self._with(window, lambda n: n.show_cell(CellId(cell))))
        window.banner_button_clicked.connect(lambda key: self._on_banner_button_clicked(window, key))
        window.close_requested.connect(lambda: self.close(window))
        WindowMoves(window).moved.connect(self._open_windows.moved)
        window.restore_state(self._settings.window_state())
        if len(self.windows) > 1:
            place_beside(window, self.windows[-2])
        window.show()
        return window

    def open_files(self, paths: Iterable[Path], window: MainWindow) -> asyncio.Task[None]:
        """Open each in a window of its own, the first in this one where it shows none yet; ask about checkpoints."""
        return self._tasks.spawn(self._open_in_order(tuple(paths), window), name="open")

    async def _open_in_order(self, paths: Iterable[Path], window: MainWindow) -> None:
        for path in checkpoints_last(paths):
            await self.open_file(path, window)

    async def open_file(self, path: Path, window: MainWindow) -> None:
        """Read path off the loop and show it; a sentence in window where that cannot be."""
        path = await asyncio.to_thread(path.absolute)
        if is_checkpoint(path):
            await self._checkpoints.ask(path, window)
        elif not self._brought_to_front(path):
            await self._open_notebook(path, window)

    async def _open_notebook(self, path: Path, window: MainWindow) -> None:
        opened = await self._reader.file(path, window)
        if opened is not None and not self._brought_to_front(path):  # opened meanwhile, by a second click
            if not await self._brought_to_front_renamed(opened, path):
                self._show(window if self.shown.is_free(window) else self.open_window(), opened)
            self._settings.add_recent(path)
            self._show_recent()

    def new_notebook(self, window: MainWindow) -> None:
        self._show(window if self.shown.is_free(window) else self.open_window(), self._reader.new())

    def close(self, window: MainWindow) -> None:
        """Ask about unsaved work, then close the window and end its worker."""
        notebook = self.shown.of(window)
        if notebook is None:
            self.discard(window)
        else:
            notebook.closing.ask(lambda keep: self.discard(window, keep_worker=keep))

    def quit(self) -> None:
        """Close window after window; where the user stays in one, nothing more is closed."""
        for window in self.windows:
            notebook = self.shown.of(window)
            if notebook is not None and notebook.closing.must_ask:
                window.raise_()
                window.activateWindow()
                notebook.closing.ask(partial(self._close_and_quit, window))
                return
        for window in self.windows:
            self.discard(window)

    def discard(self, window: MainWindow, *, keep_worker: bool = False) -> None:
        """Close a window without a question, and end its worker or (keep_worker) not."""
        self._settings.keep_window_state(window.save_state())
        self._let_go(window, keep_worker=keep_worker)
        self.shown.remove(window)
        self._coming_back.forget(window)
        window.force_close()
        window.deleteLater()
        self._open_windows.changed()
        if not self.windows:
            self._on_all_closed()

    # --- inside

    async def _begin(self, files: Sequence[Path], window: MainWindow) -> None:
        self._coming_back.found(await self._open_windows.begin())
        await self._open_in_order(filterfalse(is_checkpoint, files), window)
        await self._coming_back.bring_back()
        self._coming_back.offer(self.windows[-1])
        await self._help.offer_report(self.windows)
        for path in files:  # what was asked for lies above what came back by itself
            self._brought_to_front(path.absolute())
        await self._open_in_order(filter(is_checkpoint, files), window)

    async def _bring_back(self, record: WindowRecord) -> MainWindow | None:
        path = await self._reader.path_of(record)
        by_path = None if path is None else self.shown.window_with(path)
        if by_path is not None or self.shown.window_keeping(record.store_id) is not None:
            return None  # it was asked for by name, too
        target = self.shown.free() or self.open_window()
        target.restore_state(record.geometry)
        if path is not None:
            await self.open_file(path, target)
        else:
            opened = await self._reader.unsaved(record.store_id)
            if opened is not None:
                self._show(target, opened)
        return target if self.shown.of(target) is not None else None

    def _records(self) -> tuple[WindowRecord, ...]:
        """What is open now, in order, and what is still to be opened, each notebook once."""
        listed = self.shown.records(self._coming_back.tries_of)
        known = {record.notebook for record in listed}
        return (*listed, *(r for r in self._coming_back.listed_besides if r.notebook not in known))

    def _close_and_quit(self, window: MainWindow, keep_worker: bool) -> None:
        self.discard(window, keep_worker=keep_worker)
        self.quit()

    def _show(self, window: MainWindow, opened: Opened) -> None:
        """A notebook in window, with a kernel of its own that starts at the first run."""
        crashed = self._coming_back.was_open(opened)
        notebook = NotebookPresenter(
            opened,
            window,
            partial(self._home, opened),
            self._tasks,
            self._surroundings,
            partial(self._is_open_elsewhere, window),
            crashed=crashed,
        )
        notebook.saved.connect(lambda: self._on_saved(window, notebook))
        notebook.reload_requested.connect(lambda copy: self._spawn_reload(window, notebook, copy))
        notebook.copy_requested.connect(lambda copy: self._tasks.spawn(self._open_copy(copy, window), name="open copy"))
        notebook.reopen_requested.connect(lambda: self._tasks.spawn(self._reopen(window, notebook), name="reopen"))
        notebook.parts.view.action_requested.connect(lambda action: self._perform(window, action))
        self._appearance.show_zoom(notebook.parts.view)
        self.shown.set(window, notebook)
        notebook.actions.changed.connect(lambda: self._enable_actions(window, notebook))
        notebook.home.changed.connect(self._open_windows.changed)
        self._help.watch(notebook)
        self._enable_actions(window, notebook)
        self._open_windows.changed()
        if opened.is_kept:
            self._tasks.spawn(self._open_when_painted(window, notebook), name="open store")

    def _home(self, opened: Opened, document: Document, parent: QObject) -> NotebookHome:
        return NotebookHome(
            document,
            opened.place,
            is_kept=opened.is_kept,
            is_in_use=opened.is_in_use,
            kernels=self._kernels,
            on_made=self._open_windows.listed,
            parent=parent,
        )

    async def _open_when_painted(self, window: MainWindow, notebook: NotebookPresenter) -> None:
        """What is kept is looked at when the notebook stands there to be read."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(FirstPaint(window).ended(), PAINT_LIMIT_S)
        if self.shown.of(window) is notebook:
            notebook.home.open()

    def _enable_actions(self, window: MainWindow, notebook: NotebookPresenter) -> None:
        also = {Action.TOGGLE_SIDEBAR, *self._appearance.actions}
        window.set_actions_enabled(WITHOUT_NOTEBOOK | notebook.actions.possible | also)

    def _perform(self, window: MainWindow, action: Action) -> None:
        notebook = self.shown.of(window)
        if notebook is not None and notebook.actions.perform(action):
            return
        if action in self._appearance.actions:
            self._appearance.actions[action]()
        elif action in self._actions:  # else: it needs a notebook, and there is none
            self._actions[action](window)

    def _on_banner_button_clicked(self, window: MainWindow, key: str) -> None:
        if key in Action:
            self._perform(window, Action(key))

    def _ask_what_to_open(self, window: MainWindow) -> None:
        notebook = self.shown.of(window)
        path = None if notebook is None else notebook.document.path
        dialog = file_dialogs.open_notebooks(str(Path.home() if path is None else path.parent), window)
        dialog.filesSelected.connect(lambda files: self.open_files(map(Path, files), window))
        dialog.open()

    def _brought_to_front(self, path: Path) -> bool:
        return self._raised(self.shown.window_with(path))

    def _raised(self, window: MainWindow | None) -> bool:
        if window is not None:
            window.raise_()
            window.activateWindow()
        return window is not None

    async def _brought_to_front_renamed(self, opened: Opened, path: Path) -> bool:
        """Whether a window has the notebook under an earlier name; it goes on there under the one that it has now."""
        window = self.shown.window_keeping(opened.place.store_id if opened.is_kept else "")
        notebook = None if window is None else self.shown.of(window)
        if notebook is not None and not notebook.saving.is_under_way:
            await notebook.moved_to(path)
            self._open_windows.changed()
        return self._raised(window)

    def _is_open_elsewhere(self, window: MainWindow, path: Path) -> bool:
        return self.shown.window_with(path) not in (None, window)

    def _spawn_reload(self, window: MainWindow, notebook: NotebookPresenter, copy: Path | None) -> None:
        self._tasks.spawn(self._reload(window, notebook, copy), name="reload")

    async def _open_copy(self, copy: Path, window: MainWindow) -> None:
        """What was put aside, in a window of its own, as a notebook that was never saved."""
        opened = await self._reader.copy(copy, window)
        if opened is not None:
            self._show(self.open_window(), opened)

    async def _reopen(self, window: MainWindow, notebook: NotebookPresenter) -> None:
        """As if it was opened now, where nobody else has it open any more."""
        path = notebook.document.path
        opened = None if path is None else await self._reader.file(path, window)
        if opened is not None and not opened.is_in_use and self.shown.of(window) is notebook:
            self._let_go(window)
            self._show(window, opened)

    async def _reload(self, window: MainWindow, notebook: NotebookPresenter, copy: Path | None) -> None:
        """What is on disk in place of what is here, which stays where that cannot be read."""
        path = notebook.document.path
        opened = None if path is None else await self._reader.saved(path, window)
        if opened is not None and self.shown.of(window) is notebook:
            await notebook.discard_draft()
            self._let_go(window)
            self._show(window, opened)
            self._with(window, lambda new: new.took_theirs(copy))

    def _let_go(self, window: MainWindow, *, keep_worker: bool = False) -> None:
        """Take leave of the window's notebook, and of its kernel or (keep_worker) not."""
        notebook = self.shown.of(window)
        if notebook is not None:
            self.shown.set(window, None)
            self._kernels.spawn(notebook.saving.ended(), name="end of saves")
            notebook.let_go(keep_worker=keep_worker)

    def _on_saved(self, window: MainWindow, notebook: NotebookPresenter) -> None:
        notebook.show_read_only(None)
        if notebook.document.path is not None:
            self._settings.add_recent(notebook.document.path)
            self._show_recent()
            self._open_windows.changed()

    def _show_recent(self) -> None:
        for window in self.windows:
            window.set_recent(self._settings.recent())

    def _with(self, window: MainWindow, do: Callable[[NotebookPresenter], None]) -> None:
        notebook = self.shown.of(window)
        if notebook is not None:
            do(notebook)
