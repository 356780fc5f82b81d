"""Looking at a cell's past runs: with the keyboard and the pointer, in a real window, from a scripted store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.outputs import StreamOutput
from capsule_desktop.presenters.exports import OutputExports
from capsule_desktop.presenters.history import HistoryPresenter
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.cell_results import CellResults
from capsule_desktop.widgets.code_editor import CodeEditor
from capsule_desktop.widgets.full_output import FullOutput
from capsule_desktop.widgets.history_requests import HistoryWanted, StepWanted
from capsule_desktop.widgets.outputs.text_view import TextView
from capsule_desktop.widgets.run_card import RunCard
from engine.commands import ExecutionId, PinRun
from engine.events import Event, ExecutionFinished, ExecutionQueued, ExecutionStarted, Outcome, TextPrinted
from tests.gui.presenters.conftest import Scripted
from tests.support.live_window import turn_until
from tests.support.recorded_runs import NOON, FakeRecordedRuns
from tests.support.scripted_parts import ScriptedParts


class Browsing:
    """Cell 1 of 3 ran three times before; the last of these is what it shows."""

    def __init__(self, notebook: ScriptedParts) -> None:
        self.notebook, self.parts, self.store = notebook, notebook.parts, FakeRecordedRuns()
        self.cell, self.other, self.third = notebook.cells
        self.presenter = HistoryPresenter(self.parts, lambda: self.store, OutputExports(self.parts))
        self.parts.view.history_requested.connect(self.presenter.requested)
        self.parts.view.action_requested.connect(self._act)
        for number in (1, 2, 3):
            self.store.ran(self.cell, f"step = {number}", f"printed {number}\n")
        self.parts.runs.recorded(self.store.records[self.cell][-1])
        self.parts.selection.subscribe(lambda s: self.parts.view.set_selection(s.selected, s.current, False))
        self.parts.document.subscribe(lambda _change: self.parts.view.cell_changed(self.cell))
        self.parts.selection.select(self.cell)

    def _act(self, action: Action) -> None:
        do = self.presenter.actions.get(action)
        if do is not None:
            do()

    def tell(self, event: Event) -> None:
        self.notebook.tell(event)
        self.presenter.take(event)

    def run(self, execution_id: str) -> None:
        """Cell 1 runs anew."""
        execution = ExecutionId(execution_id)
        self.tell(ExecutionQueued(execution_id=execution, cell_id=self.cell, source="x"))
        self.tell(ExecutionStarted(execution_id=execution, cell_id=self.cell, started_at=NOON))

    @property
    def results(self) -> CellResults:
        return self.parts.view._shelf.cell(self.cell).results

    @property
    def words(self) -> str:
        history = self.parts.cells.cell(self.cell).history
        return "" if history is None else history.words

    @property
    def past(self) -> str:
        """The id of the run that is looked at, "" for the present."""
        card = self.results.history.past
        return "" if card is None or card.run is None else card.run.execution_id

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.AltModifier) -> None:
        QTest.keyClick(self.parts.view, key, modifiers)

    async def look(self, steps: int) -> None:
        """That many runs back."""
        for _ in range(steps):
            before = self.past
            self.press(Qt.Key.Key_Left)
            await turn_until(partial(self._moved, before))

    def _moved(self, before: str) -> bool:
        return self.past not in (before, "")

    def link(self, words: str) -> QAbstractButton:
        buttons = self.parts.view.viewport().findChildren(QAbstractButton)
        return next(button for button in buttons if button.text() == words and button.isVisible())


@pytest.fixture
def browsing(scripted: Scripted) -> Iterator[Browsing]:
    notebook = scripted(["step = 3", "b", "c"])
    browsing = Browsing(notebook)
    notebook.parts.document.add_output(browsing.cell, StreamOutput(name="stdout", text="printed 3\n"))
    notebook.parts.view.outputs_changed(browsing.cell)
    yield browsing
    browsing.presenter.let_go()


def enter(widget: QWidget) -> None:
    at = QPointF(widget.rect().center())
    QApplication.sendEvent(widget, QEnterEvent(at, at, at))


pytestmark = pytest.mark.qt_loop


async def test_the_keyboard_goes_through_past_runs_and_back(browsing: Browsing) -> None:
    await browsing.look(1)
    assert (browsing.words, browsing.past) == ("2 of 3", "past2")
    await browsing.look(1)
    assert (browsing.words, browsing.past) == ("1 of 3", "past1")
    browsing.press(Qt.Key.Key_Right)
    await turn_until(lambda: browsing.past == "past2")
    browsing.press(Qt.Key.Key_Right)
    assert (browsing.words, browsing.past) == ("3 of 3", "")


async def test_escape_returns_to_the_present(browsing: Browsing) -> None:
    await browsing.look(2)
    browsing.press(Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    assert (browsing.words, browsing.past) == ("3 of 3", "")


async def test_the_past_run_stands_in_the_place_of_the_outputs_which_wait_behind_it(browsing: Browsing) -> None:
    await browsing.look(1)
    card, area = browsing.results.history.past, browsing.results.output_area
    assert card is not None
    assert area is not None
    assert (card.isVisible(), area.isVisible()) == (True, False)
    assert card.run is not None
    assert card.run.outputs == (StreamOutput(name="stdout", text="printed 2\n"),)
    browsing.press(Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    assert (card.isVisible(), area.isVisible()) == (False, True)


async def test_a_new_run_returns_to_the_present(browsing: Browsing) -> None:
    await browsing.look(1)
    browsing.run("new")
    assert (browsing.words, browsing.past) == ("4 of 4", "")


async def test_what_the_running_cell_prints_does_not_come_into_the_past_run(browsing: Browsing) -> None:
    browsing.run("new")
    await browsing.look(1)
    browsing.tell(TextPrinted(execution_id=ExecutionId("new"), stream="stdout", text="live\n"))
    browsing.parts.view.output_appended(browsing.cell, StreamOutput(name="stdout", text="live\n"))
    card, area = browsing.results.history.past, browsing.results.output_area
    assert card is not None
    assert card.run is not None
    assert card.run.outputs == (StreamOutput(name="stdout", text="printed 3\n"),)
    assert area is not None
    assert not area.isVisible()


async def test_only_what_was_asked_for_last_is_shown(browsing: Browsing) -> None:
    await browsing.look(1)
    browsing.store.held = True
    browsing.press(Qt.Key.Key_Left)
    browsing.press(Qt.Key.Key_Right)
    browsing.store.release.set()
    await turn_until(lambda: not browsing.presenter._reading)
    assert (browsing.words, browsing.past) == ("2 of 3", "past2")
    card = browsing.results.history.past
    assert card is not None
    assert card.run is not None
    assert card.run.outputs == (StreamOutput(name="stdout", text="printed 2\n"),)


async def test_a_pointer_that_passes_by_reads_nothing(browsing: Browsing) -> None:
    third = browsing.parts.view._shelf.cell(browsing.third)
    asked: list[tuple[str, object]] = []
    browsing.parts.view.history_requested.connect(lambda cell, request: asked.append((cell, request)))
    enter(third)
    QApplication.sendEvent(third, QEvent(QEvent.Type.Leave))
    enter(browsing.parts.view._shelf.cell(browsing.other))
    await turn_until(lambda: (browsing.other, HistoryWanted()) in asked)
    assert (browsing.third, HistoryWanted()) not in asked
    assert browsing.results.history.past is None


async def test_a_pointer_that_stays_sees_the_bar_and_steps_with_it(browsing: Browsing) -> None:
    browsing.parts.selection.select(browsing.other)
    cell = browsing.parts.view._shelf.cell(browsing.cell)
    enter(cell)
    await turn_until(lambda: browsing.results.history.bar is not None)
    bar = browsing.results.history.bar
    assert bar is not None
    assert bar.accessibleName() == "Runs of this cell: 3 of 3"
    earlier, later = bar.findChildren(QAbstractButton)
    assert [arrow.accessibleName() for arrow in (earlier, later)] == ["Earlier run (Alt+Left)", "Later run (Alt+Right)"]
    assert (earlier.isEnabled(), later.isEnabled()) == (True, False)
    place = bar.geometry()
    earlier.click()
    await turn_until(lambda: browsing.past == "past2")
    assert (bar.geometry(), later.isEnabled()) == (place, True)
    QApplication.sendEvent(cell, QEvent(QEvent.Type.Leave))
    assert bar.isVisible()  # while one looks at the past
    later.click()
    assert not bar.isVisible()


async def test_runs_are_read_once_until_another_one_ends(browsing: Browsing) -> None:
    for _ in range(3):
        browsing.presenter.requested(browsing.cell, HistoryWanted())
        await turn_until(lambda: not browsing.presenter._reading)
    assert browsing.store.asked == [browsing.cell]
    browsing.run("new")
    browsing.tell(
        ExecutionFinished(
            execution_id=ExecutionId("new"), cell_id=browsing.cell, outcome=Outcome.OK, duration_s=1, execution_count=1
        )
    )
    browsing.presenter.requested(browsing.cell, HistoryWanted())
    await turn_until(lambda: not browsing.presenter._reading)
    assert browsing.store.asked == [browsing.cell] * 2


async def test_putting_a_source_back_is_one_step_of_undo(browsing: Browsing) -> None:
    await browsing.look(2)
    browsing.link("Put this source back").click()
    assert browsing.parts.document.source(browsing.cell) == "step = 1"
    card = browsing.results.history.past
    assert card is not None
    assert card.run is not None
    assert card.run.source == ()  # it is the same now
    browsing.parts.document.undo_text(browsing.cell)
    assert browsing.parts.document.source(browsing.cell) == "step = 3"


async def test_the_whole_source_can_be_read_as_it_ran(browsing: Browsing) -> None:
    await browsing.look(1)
    browsing.link("Whole source").click()
    card = browsing.results.history.past
    assert card is not None
    assert card.run is not None
    assert [line.text for line in card.run.source] == ["step = 2"]
    assert browsing.link("Changes").isVisible()


async def test_a_pinned_run_stays_beside_the_present_outputs_and_is_kept(browsing: Browsing) -> None:
    await browsing.look(2)
    browsing.link("Pin").click()
    browsing.press(Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    pinned, area = browsing.results.history.pinned, browsing.results.output_area
    assert pinned is not None
    assert area is not None
    assert browsing.notebook.sent == [PinRun(execution_id=ExecutionId("past1"), pinned=True)]
    assert pinned.accessibleName().startswith("Pinned · Run 1 of 3, Done")
    assert (pinned.x() > area.geometry().right(), pinned.y() == area.y()) == (True, True)
    browsing.link("Unpin").click()
    assert browsing.results.history.pinned is None
    assert browsing.notebook.sent[-1] == PinRun(execution_id=ExecutionId("past1"), pinned=False)


async def test_a_pinned_run_stands_below_in_a_narrow_window(browsing: Browsing) -> None:
    browsing.notebook.window.resize(640, 700)
    await browsing.look(2)
    browsing.link("Pin").click()
    browsing.press(Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    pinned, area = browsing.results.history.pinned, browsing.results.output_area
    assert pinned is not None
    assert area is not None
    assert pinned.y() > area.geometry().bottom()


async def test_a_run_that_an_earlier_window_pinned_comes_back_when_the_history_is_used(browsing: Browsing) -> None:
    browsing.store.ran(browsing.other, "b", "kept\n", pinned=True)
    browsing.store.ran(browsing.other, "b", "later\n")
    browsing.parts.selection.select(browsing.other)
    history = browsing.parts.view._shelf.cell(browsing.other).results.history
    browsing.presenter.requested(browsing.other, HistoryWanted())
    await turn_until(lambda: not browsing.presenter._reading)
    assert history.pinned is None  # a pointer that stays moves nothing
    browsing.press(Qt.Key.Key_Left)
    await turn_until(lambda: not browsing.presenter._reading)
    pinned = history.pinned
    assert pinned is not None
    assert pinned.run is not None
    assert pinned.run.outputs == (StreamOutput(name="stdout", text="kept\n"),)


async def test_what_an_earlier_window_pinned_is_there_at_the_opening(browsing: Browsing) -> None:
    pinned = browsing.store.ran(browsing.other, "b", "kept\n", pinned=True)
    browsing.store.ran(browsing.other, "b", "later\n")
    deleted = CellId("deleted")
    browsing.presenter.open([deleted, browsing.cell, browsing.other])
    history = browsing.parts.view._shelf.cell(browsing.other).results.history
    await turn_until(lambda: history.pinned is not None)
    assert history.pinned is not None
    assert history.pinned.run is not None
    assert history.pinned.run.execution_id == pinned
    assert history.pinned.run.outputs == (StreamOutput(name="stdout", text="kept\n"),)
    assert browsing.store.asked == [browsing.cell, browsing.other]
    assert browsing.words == ""  # of a cell without a pin nothing is shown before somebody asks


async def test_another_pinned_run_takes_the_place_of_the_first(browsing: Browsing) -> None:
    await browsing.look(1)
    browsing.link("Pin").click()
    await browsing.look(1)
    browsing.link("Pin").click()
    assert [(c.execution_id, c.pinned) for c in browsing.notebook.sent if isinstance(c, PinRun)] == [
        *(("past2", True), ("past2", False), ("past1", True)),
    ]


async def test_a_reused_widget_shows_the_history_of_its_new_cell(browsing: Browsing) -> None:
    await browsing.look(1)
    shelf = browsing.parts.view._shelf
    used = shelf.cell(browsing.cell)
    shelf.forget([browsing.other, browsing.cell])
    assert shelf.cell(browsing.other) is used
    assert used.results.history.past is None
    assert not any(card.isVisible() for card in used.findChildren(RunCard))
    again = shelf.cell(browsing.cell)
    assert again is not used
    assert browsing.past == "past2"


async def test_without_an_open_store_there_is_no_past(scripted: Scripted) -> None:
    notebook = scripted(["a"])
    presenter = HistoryPresenter(notebook.parts, lambda: None, OutputExports(notebook.parts))
    presenter.requested(notebook.cells[0], StepWanted(-1))
    await turn_until(lambda: not presenter._reading)
    assert notebook.parts.cells.cell(notebook.cells[0]).history is None


async def test_last_words_of_a_lost_run_are_behind_details(browsing: Browsing) -> None:
    browsing.run("new")
    event = ExecutionFinished(
        execution_id=ExecutionId("new"),
        cell_id=browsing.cell,
        outcome=Outcome.LOST,
        duration_s=2472,
        execution_count=None,
        message="Python was ended by SIGSEGV.\nFatal Python error",
    )
    browsing.tell(event)
    assert browsing.parts.cells.cell(browsing.cell).note == ("Interrupted after 00:41:12. Python was ended by SIGSEGV.")
    browsing.link("Details").click()
    dialog = browsing.notebook.window.findChild(FullOutput)
    assert dialog is not None
    assert "Fatal Python error" in dialog._text.toPlainText()
    dialog.close()


async def test_the_live_timer_of_a_run_that_began_long_ago_says_so(browsing: Browsing) -> None:
    execution = ExecutionId("old")
    browsing.tell(ExecutionQueued(execution_id=execution, cell_id=browsing.cell, source="x"))
    began = ExecutionStarted(execution_id=execution, cell_id=browsing.cell, started_at=time.time() - 2472)
    browsing.tell(began)
    started_at = browsing.parts.cells.cell(CellId(browsing.cell)).started_at
    assert started_at is not None
    assert time.monotonic() - started_at == pytest.approx(2472, abs=5)


async def test_keys_still_go_through_the_runs_from_within_a_past_output(browsing: Browsing) -> None:
    await browsing.look(1)
    card = browsing.results.history.past
    assert card is not None
    text = card.output_area.findChild(TextView)
    assert text is not None
    text.setFocus()
    QTest.keyClick(text, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert browsing.past == ""
    focus = QApplication.focusWidget()
    assert focus is not None
    assert not isinstance(focus, CodeEditor)


async def test_the_history_of_a_store_that_fails_stays_at_the_present(browsing: Browsing) -> None:
    browsing.presenter.requested(browsing.cell, HistoryWanted())
    await turn_until(lambda: not browsing.presenter._reading)
    browsing.store.failing = True
    browsing.press(Qt.Key.Key_Left)
    await turn_until(lambda: not browsing.presenter._reading)
    assert (browsing.words, browsing.past) == ("3 of 3", "")
