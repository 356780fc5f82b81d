"""Estimates come from earlier durations alone, and say nothing where there are none."""

from __future__ import annotations

import pytest

from capsule_desktop.presenters.estimates import Estimates
from capsule_desktop.presenters.run_states import CellRun
from capsule_desktop.widgets.values import CellState

NOW = 1000.0


@pytest.fixture
def estimates() -> Estimates:
    known = Estimates()
    known.learn({"train()": 120.0, "plot()": 10.0, "1 + 1": 0.01})
    return known


def queued(source: str) -> CellRun:
    return CellRun(execution_id="e", state=CellState.QUEUED, source=source)


def running(source: str, for_s: float) -> CellRun:
    return CellRun(execution_id="e", state=CellState.RUNNING, source=source, started_at=NOW - for_s)


def test_what_waits_takes_as_long_as_it_did(estimates: Estimates) -> None:
    assert estimates.row_text(queued("train()"), NOW) == "about 2 min"


def test_what_runs_has_the_rest_left(estimates: Estimates) -> None:
    assert estimates.row_text(running("train()", 60), NOW) == "about 1 min left"


@pytest.mark.parametrize("source", ["never ran", "1 + 1"])
def test_the_unknown_and_the_short_have_no_estimate(estimates: Estimates, source: str) -> None:
    assert estimates.row_text(queued(source), NOW) == ""


def test_a_run_is_longer_than_usual_only_when_it_clearly_is(estimates: Estimates) -> None:
    assert estimates.row_text(running("plot()", 12), NOW) == ""
    assert estimates.row_text(running("plot()", 17), NOW) == "longer than usual"


def test_a_run_that_waits_for_an_answer_is_not_estimated(estimates: Estimates) -> None:
    waiting = CellRun(execution_id="e", state=CellState.WAITING, source="train()", started_at=NOW)
    assert estimates.row_text(waiting, NOW) == ""


def test_a_sum_says_where_something_is_unknown(estimates: Estimates) -> None:
    train = [queued("train()")]
    assert estimates.total_text(running("train()", 60), train * 2, NOW) == "about 5 min left"
    assert estimates.total_text(None, [*train, queued("never ran")], NOW) == "2 min or more left"
    assert estimates.total_text(running("never ran", 1), train, NOW) == "2 min or more left"
    assert estimates.total_text(None, [queued("never ran")], NOW) == ""


def test_durations_are_asked_for_once_until_the_source_has_run_again(estimates: Estimates) -> None:
    assert estimates.to_ask(["a", "b", "a"]) == {"a", "b"}
    assert estimates.to_ask(["a", "b", "c"]) == {"c"}
    estimates.forget("a")
    assert estimates.to_ask(["a", "b"]) == {"a"}
