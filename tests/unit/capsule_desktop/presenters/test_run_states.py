"""How cells stand with their runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.run_states import RunStates
from capsule_desktop.widgets.values import CellState, PromptView
from engine.commands import ExecutionId
from engine.events import ExecutionFinished, Outcome
from engine.store.records import RunRecord, RunState

A, B = CellId("a"), CellId("b")


def finished(
    execution_id: str, outcome: Outcome = Outcome.OK, message: str = "", error_type: str = ""
) -> ExecutionFinished:
    return ExecutionFinished(
        execution_id=ExecutionId(execution_id),
        cell_id="",
        outcome=outcome,
        duration_s=0.5,
        execution_count=1,
        error_type=error_type,
        message=message,
    )


def queued(*executions: tuple[str, CellId]) -> RunStates:
    runs = RunStates()
    for execution_id, cell_id in executions:
        runs.submitted(execution_id, cell_id, f"source of {execution_id}")
        runs.queued(execution_id, cell_id, f"source of {execution_id}")
    return runs


def test_a_run_goes_from_queued_over_running_to_done() -> None:
    runs = RunStates()
    seen = [runs.of(A).state]
    runs.submitted("1", A, "x")
    seen.append(runs.of(A).state)
    runs.queued("1", A, "x")
    seen.append(runs.of(A).state)
    runs.started("1", 7.0)
    seen.append(runs.of(A).state)
    assert runs.of(A).started_at == 7.0
    runs.finished(finished("1"))
    seen.append(runs.of(A).state)
    never, done = CellState.NEVER_RUN, CellState.DONE
    assert seen == [never, never, CellState.QUEUED, CellState.RUNNING, done]
    assert (runs.of(A).source, runs.of(A).duration_s, runs.of(A).started_at) == ("x", 0.5, None)


@pytest.mark.parametrize(
    ("outcome", "state", "note", "duration_s"),
    [
        (Outcome.ERROR, CellState.ERROR, "", 0.5),
        (Outcome.REFUSED, CellState.ERROR, "why", 0.5),
        (Outcome.LOST, CellState.LOST, "Interrupted after 0.50 s. Why", 0.5),
    ],
)
def test_a_run_that_did_not_end_well_says_how(
    outcome: Outcome, state: CellState, note: str, duration_s: float | None
) -> None:
    runs = queued(("1", A))
    runs.finished(finished("1", outcome, "why\nand where"))
    assert (runs.of(A).state, runs.of(A).note, runs.of(A).duration_s) == (state, note, duration_s)


def test_a_run_that_the_user_stopped_is_no_error() -> None:
    runs = queued(("1", A))
    runs.started("1", 0.0)
    runs.stop_asked("1")
    runs.finished(replace(finished("1", Outcome.ERROR, error_type="KeyboardInterrupt"), duration_s=12.3))
    assert (runs.of(A).state, runs.of(A).note) == (CellState.STOPPED, "Stopped by you after 00:00:12.")


@pytest.mark.parametrize(
    ("asked", "error_type"),
    [("", "KeyboardInterrupt"), ("another", "KeyboardInterrupt"), ("1", "ValueError")],
)
def test_what_nobody_asked_for_stays_an_error(asked: str, error_type: str) -> None:
    runs = queued(("1", A))
    runs.stop_asked(asked)
    runs.finished(finished("1", Outcome.ERROR, error_type=error_type))
    assert (runs.of(A).state, runs.of(A).note) == (CellState.ERROR, "")


def test_a_past_run_that_the_user_stopped_is_no_error() -> None:
    runs = RunStates()
    record = RunRecord(
        execution_id="1",
        cell_id=A,
        source="x",
        submitted_at=1.0,
        state=RunState.SETTLED,
        outcome="error",
        error_type="KeyboardInterrupt",
        duration_s=12.3,
        stopped=True,
    )
    runs.recorded(record)
    assert (runs.of(A).state, runs.of(A).note) == (CellState.STOPPED, "Stopped by you after 00:00:12.")
    unasked = RunStates()
    unasked.recorded(replace(record, stopped=False))
    assert unasked.of(A).state is CellState.ERROR


def test_what_a_dead_worker_said_is_behind_the_line_that_says_why() -> None:
    runs = queued(("1", A))
    runs.finished(finished("1", Outcome.LOST, "It was ended by SIGSEGV.\nFatal Python error\nwhere"))
    assert runs.of(A).details == "Fatal Python error\nwhere"


def test_a_run_that_was_lost_before_it_began_took_no_time() -> None:
    runs = queued(("1", A))
    runs.finished(replace(finished("1", Outcome.LOST, "why"), duration_s=0.0))
    assert (runs.of(A).note, runs.of(A).duration_s) == ("why", None)


def test_a_run_of_an_earlier_window_goes_on_as_one_of_this() -> None:
    runs = RunStates()
    runs.queued("1", A, "its source")
    runs.started("1", -2472.0)
    assert (runs.of(A).state, runs.of(A).source, runs.of(A).started_at) == (CellState.RUNNING, "its source", -2472.0)
    assert runs.cell_of("1") == A


def record(outcome: Outcome, **fields: object) -> RunRecord:
    values: dict[str, object] = {
        "execution_id": "1",
        "cell_id": A,
        "source": "x",
        "submitted_at": 1.0,
        "state": RunState.SETTLED,
        "outcome": outcome.value,
        "duration_s": 3.2,
        "message": "why\nall of it",
    }
    return RunRecord(**{**values, **fields})  # type: ignore[arg-type]  # a test's own business


@pytest.mark.parametrize(
    ("outcome", "state", "note", "details"),
    [
        (Outcome.OK, CellState.DONE, "", ""),
        (Outcome.ERROR, CellState.ERROR, "", ""),
        (Outcome.LOST, CellState.LOST, "Interrupted after 00:00:03. Why", "all of it"),
    ],
)
def test_a_cell_that_shows_a_recorded_run_stands_as_that_run(
    outcome: Outcome, state: CellState, note: str, details: str
) -> None:
    runs = RunStates()
    runs.recorded(record(outcome))
    run = runs.of(A)
    assert (run.state, run.note, run.details, run.duration_s, run.source) == (state, note, details, 3.2, "x")
    assert runs.active() == []


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.CLAIMED, RunState.SKIPPED])
def test_a_run_that_did_not_end_says_nothing_of_its_cell(state: RunState) -> None:
    runs = RunStates()
    runs.recorded(replace(record(Outcome.OK), state=state, outcome=""))
    assert runs.of(A).state is CellState.NEVER_RUN


def test_what_happens_now_counts_more_than_what_is_recorded() -> None:
    runs = queued(("2", A), ("3", B))
    runs.recorded(record(Outcome.OK))
    assert runs.of(A).state is CellState.QUEUED
    runs.finished(finished("3", Outcome.ERROR))
    runs.recorded(record(Outcome.OK, cell_id=B))
    assert runs.of(B).state is CellState.ERROR


def test_a_skipped_cell_goes_back_and_says_why() -> None:
    runs = queued(("1", A))
    runs.skipped("1", "a cell before it failed")
    assert (runs.of(A).state, runs.of(A).note) == (CellState.NEVER_RUN, "Skipped: a cell before it failed.")
    assert runs.active() == []


def test_a_cell_whose_next_run_is_skipped_stays_done() -> None:
    runs = queued(("1", A))
    runs.finished(finished("1"))
    before = runs.of(A)
    runs.queued("2", A, "other")
    runs.skipped("2", "no Python was chosen")
    assert runs.of(A) == replace(before, note="Skipped: no Python was chosen.")
    assert before.state is CellState.DONE


def test_a_question_makes_it_wait_until_it_is_answered() -> None:
    runs = queued(("1", A))
    runs.started("1", 0.0)
    prompt = PromptView(execution_id="1", input_number=1, prompt="?", password=False)
    runs.asked("1", prompt)
    assert (runs.of(A).state, runs.of(A).prompt) == (CellState.WAITING, prompt)
    runs.answered("1")
    assert (runs.of(A).state, runs.of(A).prompt) == (CellState.RUNNING, None)


def test_a_cell_that_is_queued_again_stands_as_its_first_run_until_that_ends() -> None:
    runs = queued(("1", A), ("2", B), ("3", A))
    runs.started("1", 0.0)
    assert runs.of(A).state is CellState.RUNNING
    assert [(cell, run.execution_id) for cell, run in runs.active()] == [(A, "1"), (B, "2"), (A, "3")]
    runs.finished(finished("1"))
    assert runs.of(A).state is CellState.QUEUED
    runs.skipped("3", "x")
    assert runs.of(A).note == "Skipped: x."


def test_ended_runs_are_active_no_more_however_often_a_cell_ran() -> None:
    runs = queued(*((str(number), A) for number in range(5)))
    for number in range(4):
        runs.finished(finished(str(number)))
    assert [run.execution_id for _cell, run in runs.active()] == ["4"]


def test_the_cell_of_an_execution_is_known_after_its_end() -> None:
    runs = queued(("1", A))
    runs.finished(finished("1"))
    assert (runs.cell_of("1"), runs.cell_of("other")) == (A, None)


def test_forgetting_a_cell_leaves_what_is_under_way() -> None:
    runs = queued(("1", A), ("2", A))
    runs.finished(finished("1"))
    runs.forget(A)
    assert runs.of(A).state is CellState.QUEUED
    runs.finished(finished("2"))
    runs.forget(A)
    assert runs.of(A).state is CellState.NEVER_RUN


def test_dropped_runs_leave_no_trace_when_they_end() -> None:
    runs = queued(("1", A), ("2", B))
    runs.finished(finished("1"))
    runs.started("2", 0.0)
    runs.submitted("3", A, "x")
    runs.drop_all()
    runs.queued("3", A, "x")
    runs.finished(finished("2", Outcome.LOST))
    runs.skipped("3", "x")
    assert [runs.of(cell).state for cell in (A, B)] == [CellState.NEVER_RUN] * 2
    assert [runs.is_dropped(e) for e in "123"] == [False, True, True]
    assert runs.active() == []


def test_facts_about_unknown_executions_change_nothing() -> None:
    runs = RunStates()
    runs.started("1", 0.0)
    runs.finished(finished("1"))
    runs.skipped("1", "x")
    runs.answered("1")
    assert (runs.active(), runs.cell_of("1")) == ([], None)
