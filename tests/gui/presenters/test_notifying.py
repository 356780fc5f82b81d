"""One notification when a long batch ends while the user is elsewhere, and none for what they saw."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from capsule_desktop.presenters.notifying import NotifyingPresenter
from engine.commands import ExecutionId
from engine.events import Event, ExecutionQueued, ExecutionSkipped, ExecutionStarted, Outcome, QueueChanged
from tests.gui.presenters.conftest import Scripted
from tests.support.scripted_parts import ScriptedParts


class Away:
    """A notebook whose user looks at another window."""

    def __init__(self, notebook: ScriptedParts, qtbot: QtBot) -> None:
        self.notebook, self.said, self._held = notebook, list[tuple[str, str]](), set[str]()
        self.presenter = NotifyingPresenter(
            notebook.parts,
            notify=lambda title, text: self.said.append((title, text)),
            is_idle=lambda: all(run.execution_id in self._held for _, run in notebook.parts.runs.active()),
            wall=notebook.clock.wall,
        )
        self.other = QWidget()
        qtbot.addWidget(self.other)
        self._qtbot = qtbot
        self.look_at(self.other)

    def look_at(self, window: QWidget) -> None:
        window.show()
        window.activateWindow()
        self._qtbot.waitUntil(window.isActiveWindow)

    def queue(self, *numbers: int) -> None:
        for number in numbers:
            execution = self.notebook.queue(number)
            self.take(ExecutionQueued(execution_id=execution, cell_id=self.notebook.cells[number - 1]))

    def run(self, number: int, took_s: float, outcome: Outcome = Outcome.OK) -> None:
        execution, cell = ExecutionId(f"e{number}"), self.notebook.cells[number - 1]
        self.notebook.begin(execution, number)
        self.take(ExecutionStarted(execution_id=execution, cell_id=cell, started_at=self.notebook.clock.wall()))
        self.notebook.clock.advance(took_s)
        self.take(self.notebook.finish(number, outcome))

    def skip(self, number: int) -> None:
        cell = self.notebook.cells[number - 1]
        event = ExecutionSkipped(execution_id=ExecutionId(f"e{number}"), cell_id=cell, reason="it failed")
        self.notebook.tell(event)
        self.take(event)

    def hold(self, *executions: str) -> None:
        self._held = set(executions)
        ids = tuple(map(ExecutionId, executions))
        self.take(QueueChanged(waiting=ids, held=True, reason="", continue_on_error=False))

    def take(self, event: Event) -> None:
        self.presenter.take(event)


@pytest.fixture
def away(scripted: Scripted, qtbot: QtBot) -> Away:
    return Away(scripted(["a", "b", "c"]), qtbot)


def test_a_long_batch_is_told_once_when_all_of_it_has_ended(away: Away) -> None:
    away.queue(1, 2, 3)
    for number in (1, 2, 3):
        assert away.said == []
        away.run(number, 6)
    assert away.said == [("Untitled.ipynb", "3 cells done in 18.0 s")]


def test_a_short_batch_is_not_told(away: Away) -> None:
    away.queue(1)
    away.run(1, 9)
    assert away.said == []


def test_each_batch_counts_for_itself(away: Away) -> None:
    away.queue(1)
    away.run(1, 9)
    away.notebook.clock.advance(3600)
    away.queue(2)
    away.run(2, 9)
    assert away.said == []


def test_an_error_is_told_when_the_rest_was_skipped(away: Away) -> None:
    away.queue(1, 2, 3)
    away.run(1, 6)
    away.run(2, 6, Outcome.ERROR)
    assert away.said == []
    away.skip(3)
    assert away.said == [("Untitled.ipynb", "Stopped at an error in cell 2 after 12.0 s")]


def test_who_looks_at_the_window_is_told_nothing(away: Away) -> None:
    away.look_at(away.notebook.window)
    away.queue(1)
    away.run(1, 60)
    assert away.said == []


def test_who_looks_at_a_dialog_of_the_window_is_told_nothing(away: Away) -> None:
    dialog = QDialog(away.notebook.window)
    away.look_at(dialog)
    away.queue(1)
    away.run(1, 60)
    assert away.said == []
    dialog.close()


def test_a_held_rest_ends_the_batch(away: Away) -> None:
    away.queue(1, 2)
    away.hold("e2")
    away.run(1, 60)
    assert away.said == [("Untitled.ipynb", "1 cell done in 1 min 00 s")]


def test_a_question_is_told_at_once_and_once_a_batch(away: Away) -> None:
    execution = away.notebook.start(1)
    cell = away.notebook.cells[0]
    away.take(ExecutionStarted(execution_id=execution, cell_id=cell, started_at=away.notebook.clock.wall()))
    for _ in range(2):
        away.take(away.notebook.ask(execution, 1))
    assert away.said == [("Untitled.ipynb", "Cell 1 waits for your answer")]


def test_a_question_that_was_seen_is_not_told(away: Away) -> None:
    away.look_at(away.notebook.window)
    execution = away.notebook.start(1)
    started = ExecutionStarted(execution_id=execution, cell_id=away.notebook.cells[0], started_at=1.0)
    away.take(started)
    away.take(away.notebook.ask(execution, 1))
    assert away.said == []
