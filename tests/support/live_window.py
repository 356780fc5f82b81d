"""The real application in an offscreen window, with a real engine: what a user's hands and eyes would do."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from capsule_desktop.app import Application
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.notebook import NotebookPresenter
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.values import CellState
from engine.events import Event, ExecutionFinished, ExecutionSkipped
from engine.notebook_handle import NotebookHandle
from tests.support.shown_text import shown_text


class _Turns(QObject):
    """Sets `turned` whenever Qt delivers anything: every timer and socket of the loop comes as an event."""

    def __init__(self) -> None:
        super().__init__()
        self.turned = asyncio.Event()

    def eventFilter(self, _watched: QObject, _event: QEvent) -> bool:
        self.turned.set()
        return False


async def turn_until(holds: Callable[[], bool]) -> None:
    """Look again after everything that Qt delivers, until holds; the test's own limit ends it."""
    turns, app = _Turns(), QApplication.instance()
    assert app is not None
    app.installEventFilter(turns)
    try:
        while not holds():
            turns.turned.clear()
            await turns.turned.wait()
    finally:
        app.removeEventFilter(turns)


class LiveWindow:
    """One window with a notebook in it."""

    def __init__(self, application: Application, window: MainWindow, notebook: NotebookPresenter) -> None:
        self.application, self.window, self.notebook = application, window, notebook
        self.document = notebook.document
        self.view = notebook.parts.view
        self._ended, self._awaited = Counter[CellId](), Counter[CellId]()
        notebook.events.event_occurred.connect(self._note_end)

    @property
    def handle(self) -> NotebookHandle:
        """The engine's, which is there once something was run."""
        assert self.notebook.home.handle is not None
        return self.notebook.home.handle

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A key where the keyboard is."""
        target = QApplication.focusWidget() or self.view
        QTest.keyClick(target, key, modifiers)

    def type(self, text: str) -> None:
        target = QApplication.focusWidget()
        assert target is not None
        QTest.keyClicks(target, text)

    def perform(self, action: Action) -> None:
        assert self.notebook.actions.perform(action)

    def ids(self) -> list[CellId]:
        return list(self.document.cell_ids())

    def text(self, cell_id: CellId) -> str:
        """All text of a cell's outputs, as the document has it."""
        return shown_text(self.document.outputs(cell_id))

    def state(self, cell_id: CellId) -> CellState:
        return self.notebook.parts.runs.of(cell_id).state

    async def until(self, holds: Callable[[], bool]) -> None:
        await turn_until(holds)

    async def settled(self, cell_id: CellId) -> CellState:
        """Wait for the end of the cell's next run that was not waited for yet; how it stands then."""
        await self.until(lambda: self._ended[cell_id] > self._awaited[cell_id])
        self._awaited[cell_id] += 1
        return self.state(cell_id)

    def _note_end(self, event: Event) -> None:
        if isinstance(event, ExecutionFinished | ExecutionSkipped):
            self._ended[CellId(event.cell_id)] += 1

    def dialogs[D: QDialog](self, kind: type[D]) -> list[D]:
        return [dialog for dialog in self.window.findChildren(kind) if dialog.isVisible()]

    async def dialog[D: QDialog](self, kind: type[D]) -> D:
        await self.until(lambda: self._looks_at_window() and bool(self.dialogs(kind)))
        return self.dialogs(kind)[0]

    def _looks_at_window(self) -> bool:
        """The offscreen platform, unlike a desktop, gives the keyboard to nobody when a dialog has gone."""
        if QApplication.activeWindow() is None:
            self.window.activateWindow()
        return True


@asynccontextmanager
async def live_application(qapp: QApplication, folder: Path) -> AsyncIterator[Application]:
    application = Application(qapp, folder / "state", folder / "config", folder / "checkpoints")
    try:
        yield application
    finally:
        for window in application.windows.windows:
            application.windows.discard(window)
        await application.close()
        # what was closed goes now and on this thread, not when some later test's thread collects garbage
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()


@asynccontextmanager
async def live_window(qapp: QApplication, folder: Path, file: Path | None = None) -> AsyncIterator[LiveWindow]:
    """A window with file in it, or with a new notebook."""
    async with live_application(qapp, folder) as application:
        window = application.windows.open_window()
        if file is None:
            application.windows.new_notebook(window)
        else:
            await application.windows.open_file(file, window)
        notebook = application.windows.notebook_of(window)
        assert notebook is not None
        await turn_until(window.isActiveWindow)
        yield LiveWindow(application, window, notebook)
