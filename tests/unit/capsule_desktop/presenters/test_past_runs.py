"""Which of a cell's past runs is shown, and what is said of it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.outputs import StreamOutput
from capsule_desktop.presenters.past_runs import PastRuns
from capsule_desktop.presenters.run_states import CellRun
from capsule_desktop.widgets.values import CellState, HistoryView
from engine.events import Outcome
from engine.store.records import RunState
from tests.support.recorded_runs import NOON, FakeRecordedRuns

A = CellId("a")
NEVER = CellRun()


def past(*sources: str, outcome: Outcome = Outcome.OK, message: str = "") -> PastRuns:
    recorded = FakeRecordedRuns()
    for source in sources:
        recorded.ran(A, source, outcome=outcome, message=message)
    runs = PastRuns(clock=lambda: NOON)
    runs.learned(A, tuple(recorded.records[A]))
    return runs


def done(execution_id: str) -> CellRun:
    return CellRun(execution_id=execution_id, state=CellState.DONE)


def shown(runs: PastRuns, present: CellRun, source: str = "now") -> HistoryView:
    view = runs.view(A, present, source)
    assert view is not None
    return view


def look(runs: PastRuns, present: CellRun, by: int) -> str:
    execution_id = runs.step(A, present, by)
    if execution_id:
        runs.look_at(A, (StreamOutput(name="stdout", text=f"out of {execution_id}"),))
    return execution_id


def test_a_cell_whose_only_run_is_the_one_it_shows_has_no_history() -> None:
    assert past("x").view(A, done("past1"), "x") is None
    assert PastRuns().view(A, done("1"), "x") is None


def test_one_steps_back_to_the_first_run_and_on_to_the_present() -> None:
    runs, present = past("1", "2", "3"), done("past3")
    seen = [shown(runs, present).words]
    for by in (-1, -1, -1, 1, 1, 1):
        look(runs, present, by)
        seen.append(shown(runs, present).words)
    assert seen == ["3 of 3", "2 of 3", "1 of 3", "1 of 3", "2 of 3", "3 of 3", "3 of 3"]
    assert shown(runs, present).past is None


def test_the_ends_are_said_before_one_comes_to_them() -> None:
    runs, present = past("1", "2"), done("past2")
    at_present = shown(runs, present)
    assert (at_present.has_earlier, at_present.has_later) == (True, False)
    look(runs, present, -1)
    at_first = shown(runs, present)
    assert (at_first.has_earlier, at_first.has_later) == (False, True)


def test_a_run_that_is_not_recorded_yet_counts_as_the_present() -> None:
    running = CellRun(execution_id="new", state=CellState.RUNNING)
    assert shown(past("1", "2"), running).words == "3 of 3"


def test_what_a_cleared_cell_showed_can_be_looked_at() -> None:
    runs = past("1", "2")
    assert shown(runs, NEVER).words == "2 earlier"
    assert look(runs, NEVER, -1) == "past2"
    assert shown(runs, NEVER).words == "2 of 2"


def test_runs_that_did_not_end_are_no_past() -> None:
    recorded, runs = FakeRecordedRuns(), PastRuns()
    recorded.ran(A, "1")
    runs.learned(A, (replace(recorded.records[A][0], state=RunState.SKIPPED),))
    assert runs.view(A, NEVER, "1") is None


@pytest.mark.parametrize(
    ("outcome", "words", "note"),
    [
        (Outcome.OK, "Done · {}, 3.20 s", ""),
        (Outcome.ERROR, "Error · {}, 3.20 s", ""),
        (Outcome.LOST, "Lost · {}, 00:00:03", "Interrupted after 00:00:03. It was killed."),
    ],
)
def test_a_past_run_says_how_it_ended_and_when(outcome: Outcome, words: str, note: str) -> None:
    runs = past("1", outcome=outcome, message="it was killed.\nmore")
    look(runs, NEVER, -1)
    run = shown(runs, NEVER).past
    assert run is not None
    at = time.strftime("%H:%M", time.localtime(NOON + 60))
    assert (run.title, run.words, run.note) == ("Run 1 of 1", words.format(at), note)


def test_a_past_run_shows_its_source_only_where_that_differs() -> None:
    runs = past("x = 1")
    look(runs, NEVER, -1)
    same, other = shown(runs, NEVER, "x = 1").past, shown(runs, NEVER, "x = 2").past
    assert same is not None
    assert other is not None
    assert (same.source, [line.mark for line in other.source]) == ((), ["-", "+"])


def test_what_one_stands_at_is_shown_when_it_was_read_and_not_before() -> None:
    runs, present = past("1", "2"), done("new")
    look(runs, present, -1)
    runs.step(A, present, -1)
    view = shown(runs, present)
    assert view.words == "1 of 3"
    assert view.past is not None
    assert view.past.execution_id == "past2"


def test_a_pinned_run_stays_beside_the_present_and_is_not_shown_twice() -> None:
    runs, present = past("1", "2"), done("past2")
    look(runs, present, -1)
    runs.pin(A, "past1", True)
    looking = shown(runs, present)
    assert looking.pinned is None
    assert looking.past is not None
    assert looking.past.pinned
    runs.to_present(A)
    pinned = shown(runs, present).pinned
    assert pinned is not None
    assert (pinned.execution_id, pinned.outputs[0]) == ("past1", StreamOutput(name="stdout", text="out of past1"))
    runs.pin(A, "past1", False)
    assert shown(runs, present).pinned is None


def test_a_new_end_makes_the_records_outdated_but_not_false() -> None:
    runs = past("1")
    assert runs.is_known(A)
    runs.outdate(A)
    assert not runs.is_known(A)
    assert shown(runs, done("new")).words == "2 of 2"
