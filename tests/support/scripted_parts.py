"""A notebook in a real window without an engine: events are told by the test, and commands are kept for it to read."""

from __future__ import annotations

import gc
import logging
import time
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QLabel, QWidget

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.selection import Selection
from capsule_desktop.presenters.banners import Banners
from capsule_desktop.presenters.cell_views import CellViews
from capsule_desktop.presenters.deferred import Deferred
from capsule_desktop.presenters.facts import FactsPresenter
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.run_states import RunStates
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.notebook_view import NotebookView
from capsule_desktop.widgets.theme import Theme
from engine.commands import Command, ExecutionId
from engine.events import (
    Event,
    ExecutionFinished,
    ExecutionQueued,
    ExecutionStarted,
    InputRequested,
    Outcome,
)
from engine.tasks import TaskOwner


@dataclass
class Clock:
    """Both of a presenter's clocks; a test sets the time.  It begins now, since the runs' own times are real."""

    now_s: float = field(default_factory=time.monotonic)
    wall_s: float = field(default_factory=time.time)

    def advance(self, seconds: float) -> None:
        self.now_s += seconds
        self.wall_s += seconds

    def now(self) -> float:
        return self.now_s

    def wall(self) -> float:
        return self.wall_s


@dataclass
class ScriptedParts:
    window: MainWindow
    parts: Parts
    cells: list[CellId]
    sent: list[Command]
    clock: Clock = field(default_factory=Clock)
    runs_changed: int = 0

    def __post_init__(self) -> None:
        self._facts = FactsPresenter(self.parts, self._on_runs_changed)

    def tell(self, *events: Event) -> None:
        for event in events:
            self._facts.take(event)

    def queue(self, number: int, execution_id: str = "") -> ExecutionId:
        """Cell number (from 1) is queued; its execution is "e1", "e2", … unless told otherwise."""
        execution, cell = ExecutionId(execution_id or f"e{number}"), self.cells[number - 1]
        source = self.parts.document.body(cell).source
        self.parts.runs.submitted(execution, cell, source)
        self.tell(ExecutionQueued(execution_id=execution, cell_id=cell, source=source))
        return execution

    def start(self, number: int) -> ExecutionId:
        """Cell number is queued and starts at once."""
        execution = self.queue(number)
        self.begin(execution, number)
        return execution

    def begin(self, execution: ExecutionId, number: int) -> None:
        cell = self.cells[number - 1]
        self.tell(ExecutionStarted(execution_id=execution, cell_id=cell, started_at=self.clock.wall()))

    def ask(self, execution: ExecutionId, number: int) -> InputRequested:
        event = InputRequested(
            execution_id=execution, cell_id=self.cells[number - 1], input_number=1, prompt="? ", password=False
        )
        self.tell(event)
        return event

    def finish(self, number: int, outcome: Outcome = Outcome.OK, error_type: str = "") -> ExecutionFinished:
        event = ExecutionFinished(
            execution_id=ExecutionId(f"e{number}"),
            cell_id=self.cells[number - 1],
            outcome=outcome,
            duration_s=1.0,
            execution_count=number,
            error_type=error_type,
        )
        self.tell(event)
        return event

    def _on_runs_changed(self) -> None:
        self.runs_changed += 1


def scripted_parts(theme: Theme, sources: list[str], owner: QObject) -> ScriptedParts:
    """A window, child of nobody and shown, with a code cell for each source."""
    document = Document()
    first = document.cell_id_at(0)
    for index, source in enumerate(sources):
        document.insert(index, source=source)
    document.delete([first])
    return parts_of(theme, document, owner)


def parts_of(theme: Theme, document: Document, owner: QObject) -> ScriptedParts:
    """A window with this document in it."""
    runs, window = RunStates(), MainWindow(theme)
    cells = CellViews(document, runs)
    view = NotebookView(cells, theme.palette, window)
    sent: list[Command] = []

    def submit(command: Command) -> str:
        sent.append(command)
        return f"request {len(sent)}"

    parts = Parts(
        document=document,
        selection=Selection(document),
        runs=runs,
        cells=cells,
        view=view,
        window=window,
        banners=Banners(window, window),
        submit=submit,
        tasks=TaskOwner("test", logging.getLogger("capsule.test")),
        deferred=Deferred(owner),
    )
    window.set_central_view(view)
    window.resize(1280, 800)
    window.show()
    return ScriptedParts(window=window, parts=parts, cells=list(document.cell_ids()), sent=sent)


def close(scripted: ScriptedParts) -> None:
    """The window goes now and on this thread, not when some later test's thread collects garbage."""
    scripted.window.force_close()
    scripted.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def words(widget: QWidget) -> list[str]:
    """What the labels in a part of the window say, as far as they can be seen."""
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.text()]
