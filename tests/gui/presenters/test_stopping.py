"""The interrupt ladder in the window: each step offered in its time, none taken by itself, gone when the cell ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.presenters.stopping import StoppingPresenter
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.stop_strip import StopStrip
from engine.commands import CancelExecution, EndWorker, ExecutionId, InterruptKernel
from engine.events import CheckpointKept, Event, KernelEnded, KernelHealth, Outcome
from tests.gui.presenters.conftest import Scripted
from tests.support.scripted_parts import ScriptedParts, words


class Stopping:
    """A running cell 2 of 3, and the presenter that stops it."""

    def __init__(self, notebook: ScriptedParts) -> None:
        self.notebook, self.kept, self.changes = notebook, KeptVariables(), 0
        self.presenter = StoppingPresenter(
            notebook.parts,
            self.kept,
            interrupt=self._interrupt,
            on_offers_changed=self._count,
            parent=notebook.window,
            now=notebook.clock.now,
            wall=notebook.clock.wall,
        )
        notebook.window.action_requested.connect(lambda action: self.presenter.actions[action]())
        strip = notebook.window.findChild(StopStrip)
        assert strip is not None
        self.strip = strip

    def after(self, seconds: float) -> None:
        """The clock goes on, and the next tick comes."""
        self.notebook.clock.advance(seconds)
        self.presenter.show()

    def take(self, event: Event) -> None:
        self.kept.take(event)
        self.presenter.take(event)

    def keep(self, number: int, age_s: float) -> None:
        self.take(
            CheckpointKept(
                execution_id=ExecutionId("e9"),
                cell_id=self.notebook.cells[number - 1],
                created_at=self.notebook.clock.wall() - age_s,
                size_bytes=1,
                left_out=0,
            )
        )

    @property
    def said(self) -> str:
        return " ".join(words(self.strip)) if self.strip.isVisible() else ""

    @property
    def buttons(self) -> list[tuple[str, bool]]:
        return [(b.text(), b.isEnabled()) for b in self.strip.findChildren(QPushButton) if b.isVisible()]

    def click(self, label: str, qtbot: QtBot) -> None:
        button = next(b for b in self.strip.findChildren(QPushButton) if b.text() == label)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def _interrupt(self) -> None:
        self.notebook.sent.append(InterruptKernel())
        self.presenter.interrupted()

    def _count(self) -> None:
        self.changes += 1


@pytest.fixture
def stopping(scripted: Scripted) -> Iterator[Stopping]:
    notebook = scripted(["a = 1", "while True: pass", "b = 2"])
    stopping = Stopping(notebook)
    notebook.start(2)
    yield stopping
    stopping.presenter.let_it_run()


def test_stop_interrupts_and_then_counts_down_to_force_stop(stopping: Stopping) -> None:
    stopping.presenter.stop()
    assert stopping.notebook.sent == [InterruptKernel()]
    assert stopping.said == ""
    stopping.after(0.5)
    assert stopping.said == "Stopping cell 2…"
    assert stopping.buttons == [("Force stop in 3 s", False), ("End Python in 10 s", False)]
    stopping.after(1.6)
    assert stopping.buttons[0] == ("Force stop in 1 s", False)
    stopping.after(1.0)
    assert stopping.buttons[0] == ("Force stop", True)
    assert "has not stopped" in stopping.said


def test_nothing_harder_is_ever_done_by_itself(stopping: Stopping) -> None:
    stopping.presenter.stop()
    for _ in range(100):
        stopping.after(1.0)
    assert stopping.notebook.sent == [InterruptKernel()]


def test_force_stop_sends_a_cancel_without_grace(stopping: Stopping, qtbot: QtBot) -> None:
    stopping.presenter.stop()
    stopping.after(3.0)
    stopping.click("Force stop", qtbot)
    assert stopping.notebook.sent[1:] == [CancelExecution(execution_id=ExecutionId("e2"), grace_s=0)]
    assert stopping.said == "Forcing cell 2 to stop…"
    assert stopping.buttons == [("Force stop", False), ("End Python in 10 s", False)]


def test_a_second_click_where_force_stop_was_cannot_end_python(stopping: Stopping, qtbot: QtBot) -> None:
    stopping.presenter.stop()
    stopping.after(11.0)
    stopping.click("Force stop", qtbot)
    stopping.click("Force stop", qtbot)
    assert not any(isinstance(command, EndWorker) for command in stopping.notebook.sent)


def test_ending_python_says_how_old_the_checkpoint_is_and_of_which_cell(stopping: Stopping, qtbot: QtBot) -> None:
    stopping.keep(1, age_s=110)
    stopping.presenter.stop()
    stopping.after(10.0)
    label = "End Python and restore the checkpoint of 2 minutes ago"
    assert stopping.buttons[1] == (label, True)
    assert "brings the variables as after cell 1 back" in stopping.said
    stopping.click(label, qtbot)
    assert stopping.notebook.sent[-1] == EndWorker()
    assert stopping.said == "Ending Python…"
    assert not any(enabled for _, enabled in stopping.buttons)


def test_without_a_checkpoint_ending_python_says_what_is_lost(stopping: Stopping) -> None:
    stopping.presenter.stop()
    stopping.after(10.0)
    assert stopping.buttons[1] == ("End Python (no checkpoint: variables will be lost)", True)
    assert "loses all variables; the notebook and its outputs stay" in stopping.said


def test_an_end_that_does_not_come_is_offered_again(stopping: Stopping) -> None:
    stopping.presenter.stop()
    stopping.after(10.0)
    stopping.presenter.actions[Action.END_PYTHON]()
    stopping.after(10.0)
    assert stopping.buttons[1][1]
    stopping.presenter.actions[Action.END_PYTHON]()
    assert stopping.notebook.sent[1:] == [EndWorker(), EndWorker()]


def test_stop_again_takes_force_stop_and_then_only_leads_to_the_end(stopping: Stopping, qtbot: QtBot) -> None:
    stopping.notebook.window.activateWindow()
    qtbot.waitUntil(stopping.notebook.window.isActiveWindow)
    stopping.presenter.stop()
    stopping.after(1.0)
    stopping.presenter.stop()
    assert stopping.notebook.sent == [InterruptKernel(), InterruptKernel()]
    stopping.after(2.0)
    stopping.presenter.stop()
    assert isinstance(stopping.notebook.sent[-1], CancelExecution)
    stopping.after(10.0)
    stopping.presenter.stop()
    assert isinstance(stopping.notebook.sent[-1], CancelExecution)
    button = stopping.strip.findChildren(QPushButton)[1]
    assert button.hasFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert stopping.notebook.sent[-1] == EndWorker()


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_strip_goes_when_the_cell_ends(stopping: Stopping, outcome: Outcome) -> None:
    stopping.presenter.stop()
    stopping.after(5.0)
    assert stopping.strip.isVisible()
    stopping.take(stopping.notebook.finish(2, outcome))
    assert not stopping.strip.isVisible()
    assert stopping.presenter.offered == frozenset()


def test_the_strip_goes_with_the_kernel(stopping: Stopping) -> None:
    stopping.presenter.stop()
    stopping.after(5.0)
    stopping.take(KernelEnded(expected=False, reason="killed"))
    assert not stopping.strip.isVisible()


def test_another_cells_end_does_not_close_it(stopping: Stopping) -> None:
    stopping.presenter.stop()
    stopping.after(5.0)
    stopping.take(stopping.notebook.finish(3))
    assert stopping.strip.isVisible()


def test_a_cell_that_waits_for_an_answer_is_stopped_likewise(stopping: Stopping) -> None:
    stopping.notebook.ask(ExecutionId("e2"), 2)
    stopping.presenter.stop()
    stopping.after(3.0)
    assert stopping.buttons[0] == ("Force stop", True)


def test_where_nothing_runs_there_is_nothing_to_climb(scripted: Scripted) -> None:
    stopping = Stopping(scripted(["a"]))
    stopping.notebook.queue(1)
    stopping.presenter.stop()
    stopping.after(30.0)
    assert stopping.said == ""


def test_where_python_does_not_answer_the_strip_says_so_and_offers_the_same(stopping: Stopping) -> None:
    stopping.presenter.stop()
    stopping.take(KernelHealth(answering=False, memory_bytes=1, cpu_s=1, variables=1))
    stopping.after(10.0)
    assert "Python does not answer" in stopping.said
    assert [enabled for _, enabled in stopping.buttons] == [True, True]


def test_the_cell_may_be_left_to_go_on(stopping: Stopping, qtbot: QtBot) -> None:
    stopping.presenter.stop()
    stopping.after(5.0)
    close = stopping.strip.findChild(QToolButton)
    assert close is not None
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert not stopping.strip.isVisible()
    stopping.presenter.stop()
    stopping.after(0.5)
    assert stopping.buttons[0] == ("Force stop in 3 s", False)


def test_the_steps_are_menu_entries_too_while_they_are_offered(stopping: Stopping) -> None:
    stopping.presenter.stop()
    assert stopping.presenter.offered == frozenset()
    stopping.after(3.0)
    assert stopping.presenter.offered == {Action.FORCE_STOP}
    stopping.after(7.0)
    assert stopping.presenter.offered == {Action.FORCE_STOP, Action.END_PYTHON}
    assert stopping.changes == 2


@pytest.mark.parametrize("width_px", [480, 640, 900, 1440])
def test_no_word_of_it_is_cut_at_any_width_and_no_tick_moves_anything(stopping: Stopping, width_px: int) -> None:
    stopping.keep(1, age_s=110)
    stopping.notebook.window.resize(width_px, 700)
    stopping.presenter.stop()
    heights = set()
    for _ in range(4):
        stopping.after(3.5)
        QApplication.processEvents()  # what a change of words asks the layout for
        heights.add(stopping.strip.height())
        for button in stopping.strip.findChildren(QPushButton):
            assert button.width() >= button.sizeHint().width()
            assert button.mapTo(stopping.strip, button.rect().topRight()).x() < stopping.strip.width()
    assert len(heights) == 1


def test_the_keyboard_goes_back_to_the_notebook_when_the_strip_goes(stopping: Stopping, qtbot: QtBot) -> None:
    window = stopping.notebook.window
    line = QLineEdit()
    window.set_central_view(line)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    line.setFocus()
    stopping.presenter.stop()
    stopping.after(10.0)
    stopping.presenter.actions[Action.FORCE_STOP]()
    stopping.after(10.0)
    stopping.presenter.stop()
    assert not line.hasFocus()
    stopping.take(stopping.notebook.finish(2))
    assert line.hasFocus()
