"""Each step of the ladder is offered in its time, and none is taken before."""

from __future__ import annotations

import pytest

from capsule_desktop.presenters.stop_ladder import NotOffered, Rung, Step, StopLadder


def due(ladder: StopLadder, now: float) -> list[Step]:
    return [offer.step for offer in ladder.offers(now) if offer.is_due]


def test_force_stop_is_offered_after_three_seconds_and_the_end_after_ten() -> None:
    ladder = StopLadder.begun(100.0)
    assert due(ladder, 102.9) == []
    assert due(ladder, 103.0) == [Step.FORCE]
    assert due(ladder, 109.9) == [Step.FORCE]
    assert due(ladder, 110.0) == [Step.FORCE, Step.END]


def test_after_force_stop_the_end_is_ten_seconds_away_again() -> None:
    ladder = StopLadder.begun(100.0).taken(Step.FORCE, 109.0)
    assert ladder.rung is Rung.FORCING
    assert due(ladder, 118.9) == []
    assert due(ladder, 119.0) == [Step.END]


def test_the_end_can_be_chosen_without_force_stop() -> None:
    assert StopLadder.begun(100.0).taken(Step.END, 110.0).rung is Rung.ENDING


def test_an_end_that_comes_to_nothing_can_be_chosen_again() -> None:
    ladder = StopLadder.begun(100.0).taken(Step.END, 110.0)
    assert due(ladder, 119.9) == []
    assert ladder.taken(Step.END, 120.0).since == 120.0


@pytest.mark.parametrize(("step", "now"), [(Step.FORCE, 102.9), (Step.END, 109.9)])
def test_a_step_that_is_not_offered_yet_cannot_be_taken(step: Step, now: float) -> None:
    with pytest.raises(NotOffered):
        StopLadder.begun(100.0).taken(step, now)


def test_force_stop_is_not_offered_twice() -> None:
    with pytest.raises(NotOffered):
        StopLadder.begun(100.0).taken(Step.FORCE, 103.0).taken(Step.FORCE, 200.0)


def test_stop_asked_for_again_means_the_gentlest_step_that_is_offered() -> None:
    ladder = StopLadder.begun(100.0)
    assert [ladder.next_step(now) for now in (101.0, 104.0, 111.0)] == [None, Step.FORCE, Step.FORCE]
    assert ladder.taken(Step.FORCE, 111.0).next_step(125.0) is Step.END


def test_the_countdown_says_what_is_left() -> None:
    force, end = StopLadder.begun(100.0).offers(101.5)
    assert (force.due_in_s, end.due_in_s) == (1.5, 8.5)


def test_a_cell_that_stops_at_once_shows_no_strip() -> None:
    ladder = StopLadder.begun(100.0)
    assert [ladder.is_shown(now) for now in (100.0, 100.39, 100.41)] == [False, False, True]
