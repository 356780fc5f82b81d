"""The real application, for the crash benchmark: hands that type and press keys, and acknowledgements on stdout.

An acknowledgement is ONE os.write, made by the very widget call that shows the fact: the title's words for edits and
saves, a cell's state, an output's text.  Run as a module: FOLDER [NOTEBOOK] (piped_application.py).
Fail points are armed by the environment (crash_points); a worker's by CRASH_WORKER_POINT.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from capsule_desktop.app import Application
from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.outputs import StreamOutput
from capsule_desktop.presenters.notebook import NotebookPresenter
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.notebook_view import NotebookView
from engine.commands import HoldQueue
from engine.session.manager import SessionManager
from engine.session.transport import WorkerAddress
from engine.store.store import NotebookStore
from tests.benchmarks import crash_points
from tests.support import piped_application

WORKER_POINT = "CRASH_WORKER_POINT"
BROKEN = "CRASH_BROKEN"
BOOT = Path(__file__).with_name("crash_worker.py")
_LATE_S = 0.3  # how much later the broken build commits than it shows


def tell(**fact: Any) -> None:
    piped_application.tell(fact)


class Hands:
    """What the driver asks for, done by keys on the widgets; and what the notebook holds, for its comparison."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._draft_told: dict[str, str] = {}

    @property
    def notebook(self) -> NotebookPresenter | None:
        windows = self._application.windows
        return next((n for w in windows.windows if (n := windows.notebook_of(w)) is not None), None)

    def do(self, name: str, *arguments: Any) -> None:
        notebook = self.notebook
        if notebook is None:
            if name == "dump":
                tell(ack="dump", cells=None)
            elif name == "open":
                self._application.windows.open_files([Path(arguments[0])], self._application.windows.windows[0])
            return
        getattr(self, f"_{name}")(notebook, *arguments)

    # --- acknowledgements

    def told_title(self, words: str, *, modified: bool) -> None:
        """The title says that the draft, or the file, has what the cells show."""
        notebook = self.notebook
        if notebook is None or not ("draft saved" in words or words == "saved"):
            return
        document = notebook.document
        sources = {c: document.source(c) for c in document.cell_ids()}
        changed = {cell: source for cell, source in sources.items() if self._draft_told.get(cell) != source}
        self._draft_told = sources
        tell(ack="saved" if not modified else "draft", sources=changed)

    def told_state(self, cell_id: CellId) -> None:
        notebook = self.notebook
        if notebook is not None and cell_id in notebook.document:
            run = notebook.parts.runs.of(cell_id)
            if run.execution_id:
                tell(ack="state", cell=cell_id, run=run.execution_id, state=run.state, source=run.source)

    def told_output(self, cell_id: CellId) -> None:
        notebook = self.notebook
        if notebook is not None and cell_id in notebook.document:
            run = notebook.document.body(cell_id).run
            tell(ack="output", cell=cell_id, run=run, text=_text(notebook, cell_id))

    # --- what the driver asks for

    def _dump(self, notebook: NotebookPresenter) -> None:
        document, runs = notebook.document, notebook.parts.runs
        cells = {
            cell: {
                "source": document.source(cell),
                "run": runs.of(cell).execution_id,
                "state": runs.of(cell).state,
                "shown": document.body(cell).run,
                "text": _text(notebook, cell),
            }
            for cell in document.cell_ids()
            if document.body(cell).kind is CellKind.CODE
        }
        tell(ack="dump", cells=cells)

    def _edit(self, notebook: NotebookPresenter, cell: str, number: int) -> None:
        """Put another number into the first line, `n = 12`, key by key."""
        view, cell_id = notebook.parts.view, CellId(cell)
        view.ensure_visible(cell_id)
        view.edit_requested.emit(cell_id)
        widget = view._shelf.get(cell_id)
        if widget is None or widget.editor is None:
            return
        first = notebook.document.source(cell_id).partition("\n")[0]
        view.set_caret(cell_id, len(first))
        for _ in first[len("n = ") :]:
            QTest.keyClick(widget.editor, Qt.Key.Key_Backspace)
        QTest.keyClicks(widget.editor, str(number))

    def _run(self, notebook: NotebookPresenter, cell: str) -> None:
        view = notebook.parts.view
        view.cell_clicked.emit(CellId(cell), False)
        source = notebook.document.source(CellId(cell))
        tell(ack="pressed", cell=cell, source=source)
        QTest.keyClick(view, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)

    def _answer(self, notebook: NotebookPresenter, cell: str, text: str) -> None:
        notebook.parts.view.ensure_visible(CellId(cell))
        widget = notebook.parts.view._shelf.get(CellId(cell))
        row = None if widget is None else widget.prompt_row
        if row is not None:
            line = row.findChild(QLineEdit)
            assert line is not None
            QTest.keyClicks(line, text)
            QTest.keyClick(line, Qt.Key.Key_Return)

    def _open(self, _notebook: NotebookPresenter, _path: str) -> None:
        """It is open already."""

    def _save(self, notebook: NotebookPresenter) -> None:
        notebook.actions.perform(Action.SAVE)

    def _go_on(self, notebook: NotebookPresenter) -> None:
        notebook.parts.submit(HoldQueue(held=False))


def _text(notebook: NotebookPresenter, cell: CellId) -> str:
    return "".join(
        o.text for o in notebook.document.outputs(cell) if isinstance(o, StreamOutput) and o.name == "stdout"
    )


def _acknowledge(hands: Hands) -> None:
    """Have the widgets' own calls tell what they have just shown."""
    view, window = NotebookView, MainWindow
    patches: list[tuple[type, str, Callable[..., None]]] = [
        (window, "set_title", lambda _w, _name, words, modified: hands.told_title(words, modified=modified)),
        (view, "cell_changed", lambda _v, cell: hands.told_state(cell)),
        (view, "output_appended", lambda _v, cell, _output: hands.told_output(cell)),
        (view, "outputs_changed", lambda _v, cell: hands.told_output(cell)),
    ]
    for owner, name, then in patches:
        piped_application.watch(owner, name, then)


def _break() -> None:
    """The build that a correct benchmark must catch: it shows first, and commits later."""
    from capsule_desktop.notebook.draft_log import DraftLog
    from engine.store.writer import Writer

    attempt = Writer._attempt

    def late(self: Writer, batch: Any) -> str | None:
        time.sleep(_LATE_S)
        return attempt(self, batch)

    async def flushed(_store: NotebookStore) -> None:
        await asyncio.sleep(0)

    def forgotten(_log: DraftLog, _record: Any, **_named: Any) -> None: ...

    for owner, name, worse in (
        (Writer, "_attempt", late),
        (NotebookStore, "flushed", flushed),
        (DraftLog, "append", forgotten),
    ):
        setattr(owner, name, worse)


def _command(python: str, address: WorkerAddress) -> list[str]:
    from engine.session.process import worker_command

    command = worker_command(python, socket=address.socket, token=address.token)
    return [command[0], str(BOOT), *command[2:]]


def _arm_workers() -> None:
    """Workers get fail points, and their place from an environment of their own."""
    from engine.session import manager, process

    environment = process.child_environment

    def with_point(*arguments: Any, **named: Any) -> dict[str, str]:
        point = {crash_points.VARIABLE: os.environ.get(WORKER_POINT, "")}
        return {**environment(*arguments, **named), **point}

    for owner, name, other in (
        (process, "child_environment", with_point),
        (manager, "SessionManager", partial(SessionManager, command=_command)),
    ):
        setattr(owner, name, other)


def _begin(application: Application) -> Callable[..., None]:
    hands = Hands(application)
    _acknowledge(hands)
    return hands.do


def main() -> None:
    crash_points.put_into_application()
    if os.environ.get(BROKEN):
        _break()
    _arm_workers()
    crash_points.arm()
    piped_application.serve(_begin)


if __name__ == "__main__":
    main()
