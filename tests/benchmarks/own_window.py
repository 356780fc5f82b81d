"""Our side with a window: the real Application on its qasync loop, driven by key presses, watched by its paints."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import qasync
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from capsule_desktop.app import Application
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.cell_widget import CellWidget
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import MessageDialog
from capsule_desktop.widgets.notebook_view import NotebookView
from capsule_desktop.widgets.outputs.text_view import TextView
from capsule_desktop.widgets.values import CellState
from engine.errors import BrokenInvariant
from engine.session.session import Session
from tests.benchmarks.paint_ends import PaintEnds

WINDOW_PX = (1280, 860)
LIMIT_S = 120.0


def on_qt_loop[T](measured: Callable[[], Coroutine[object, object, T]]) -> T:
    """Run measured() as the application's own loop would run it."""
    app = QApplication.instance() or QApplication(["benchmark"])
    return asyncio.run(measured(), loop_factory=lambda: qasync.QEventLoop(app))


def platform_name() -> str:
    """ "xcb" for a real X server, "offscreen" for none."""
    return QApplication.platformName()


class OwnWindow:
    """One window with one notebook in it."""

    def __init__(self, application: Application, window: MainWindow, paints: PaintEnds, folder: Path) -> None:
        self.application, self.window, self.paints, self.folder = application, window, paints, folder
        self._view: NotebookView | None = None

    @property
    def view(self) -> NotebookView | None:
        if self._view is None:
            self._view = self.window.findChild(NotebookView)
        return self._view

    def open(self, notebook: Path) -> float:
        """Open a file in this window, as the menu would; returns the moment before."""
        start = time.perf_counter()
        self.application.windows.open_files([notebook], self.window)
        return start

    def cell(self, cell_id: str) -> CellWidget | None:
        """The widget of a cell that is near the viewport.

        Asks the view's own shelf: looking through all widgets after each paint would be felt in what is measured.
        """
        if self.view is None:
            return None
        cell = self.view._shelf.get(CellId(cell_id))
        return cell if cell is not None and cell.isVisible() else None

    def text_view(self, cell_id: str) -> TextView | None:
        """The last text among a cell's outputs, while any of it is in sight."""
        cell = self.cell(cell_id)
        if cell is None or cell.output_area is None or cell.visibleRegion().isEmpty():
            return None
        texts = [text for text in cell.output_area.findChildren(TextView) if not text.visibleRegion().isEmpty()]
        return texts[-1] if texts else None

    def shows_output(self, cell_id: str, text: str) -> bool:
        view = self.text_view(cell_id)
        return view is not None and view.full_text().strip() == text

    def painted_tail(self, cell_id: str) -> str | None:
        """The last line of the cell's text, if it is within what the window paints.

        Reads the view's own list: its full_text() joins thousands of lines, which a flood would feel.
        """
        view = self.text_view(cell_id)
        if view is None or view.visibleRegion().boundingRect().bottom() < view.height() - 1:
            return None
        return next((line.text for line in reversed(view._lines) if line.text), None)

    def state(self, cell_id: str) -> CellState | None:
        cell = self.cell(cell_id)
        return None if cell is None else cell.view.state

    def select(self, cell_id: str) -> None:
        """A click on the cell: it becomes the current one, and keys act on cells."""
        assert self.view is not None
        self.view.cell_clicked.emit(CellId(cell_id), False)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> float:
        """Press a key where the keyboard's focus is; returns the moment before."""
        focus = self.window.focusWidget() or self.view
        assert focus is not None
        start = time.perf_counter()
        QTest.keyClick(focus, key, modifiers)
        return start

    async def run_cell(self, cell_id: str, shown: Callable[[], bool]) -> float:
        """Seconds from Shift+Enter on cell_id to the end of the paint before which shown() was true."""
        self.select(cell_id)
        await self.paints.settled()
        start = self.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        return await self.paints.after(shown) - start

    async def finished(self, cell_id: str) -> None:
        """Wait until the cell shows that it is done."""
        await self.paints.after(lambda: self.state(cell_id) in {CellState.DONE, CellState.ERROR})

    def confirm(self, label_start: str) -> float:
        """Click the button of the open question whose label starts so; returns the moment before."""
        dialogs = [dialog for dialog in self.window.findChildren(MessageDialog) if dialog.isVisible()]
        buttons = [button for dialog in dialogs for button in dialog.findChildren(QPushButton)]
        button = next(button for button in buttons if button.text().startswith(label_start))
        start = time.perf_counter()
        button.click()
        return start

    async def spare_ready(self) -> Session:
        """Wait for the warm spare, without which a first run would be a cold one."""
        async with asyncio.timeout(LIMIT_S):
            await self.application.warmed.wait()
            session = await self.application.engine._manager.spare.until_ready()
        if session is None:
            raise BrokenInvariant("there is no warm spare")
        return session


@asynccontextmanager
async def own_application() -> AsyncIterator[OwnWindow]:
    """The application with an empty window, painted; everything is ended at the end."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)
    with TemporaryDirectory(prefix="cap-", ignore_cleanup_errors=True) as name:  # a slowed disk may still write there
        folder = Path(name)
        for part in ("state", "config", "checkpoints"):
            (folder / part).mkdir(mode=0o700)
        application = Application(app, folder / "state", folder / "config", folder / "checkpoints")
        serving = asyncio.create_task(application.run([]))
        try:
            while not application.windows.windows:
                await asyncio.sleep(0)
            window = application.windows.windows[0]
            window.resize(*WINDOW_PX)
            own = OwnWindow(application, window, PaintEnds(window), folder)
            await own.paints.after(window.isVisible)
            yield own
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving


@asynccontextmanager
async def own_window(notebook: Path) -> AsyncIterator[OwnWindow]:
    """The application with notebook in its only window, its first cell painted."""
    async with own_application() as own:
        own.open(notebook)
        first = first_cell(notebook)
        await own.paints.after(lambda: own.cell(first) is not None)
        yield own


def write_code_notebook(path: Path, sources: list[str]) -> list[str]:
    """A notebook of a heading and code cells; the code cells' ids in order."""
    ids = [f"cell-{number:04d}" for number in range(len(sources))]
    heading = {"cell_type": "markdown", "id": "heading", "metadata": {}, "source": "# Measured"}
    code = [
        {"cell_type": "code", "execution_count": None, "id": id_, "metadata": {}, "outputs": [], "source": source}
        for id_, source in zip(ids, sources, strict=True)
    ]
    cells = [heading, *code]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return ids


def first_cell(notebook: Path) -> str:
    """The first cell's id, from the file's beginning alone: the file may be huge."""
    with notebook.open(encoding="utf-8") as file:
        beginning = file.read(1_000_000)
    return beginning.split('"id": "', 1)[1].split('"', 1)[0]
