from __future__ import annotations

import pytest

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.widgets.palette import LIGHT
from capsule_desktop.widgets.state_words import GutterWords, duration_text, elapsed_text, gutter_words
from capsule_desktop.widgets.values import CellState, CellView


def words(state: CellState, now: float = 0.0, **values: object) -> GutterWords:
    view = CellView(cell_id=CellId("a"), kind=CellKind.CODE, source="", state=state, **values)  # type: ignore[arg-type]
    return gutter_words(view, LIGHT, now)


@pytest.mark.parametrize("state", list(CellState))
def test_every_state_has_a_word(state: CellState) -> None:
    assert words(state).spoken


def test_done_says_number_and_time() -> None:
    done = words(CellState.DONE, execution_count=3, duration_s=0.84)
    assert (done.word, done.number, done.detail, done.colour) == ("Done", "3", "0.84 s", LIGHT.done)


def test_a_count_from_the_file_claims_nothing_of_this_session() -> None:
    assert words(CellState.NEVER_RUN, execution_count=4).spoken == "[4]"
    assert words(CellState.NEVER_RUN).spoken == "[ ]"


def test_a_lost_run_says_what_its_timer_showed_last() -> None:
    assert words(CellState.LOST, duration_s=2472.4).spoken == "Lost 00:41:12"
    assert words(CellState.LOST).spoken == "Lost"


def test_a_stopped_run_is_told_calmly_with_what_its_timer_showed_last() -> None:
    stopped = words(CellState.STOPPED, execution_count=123, duration_s=12.3)
    assert (stopped.spoken, stopped.colour) == ("Stopped 00:00:12", LIGHT.muted)


def test_the_live_timer_begins_after_half_a_second() -> None:
    assert words(CellState.RUNNING, now=100.4, started_at=100.0).detail == ""
    assert words(CellState.RUNNING, now=100.5, started_at=100.0).detail == "00:00:00"
    assert words(CellState.RUNNING, now=2572.9, started_at=100.0).detail == "00:41:12"


def test_edited_since_run_is_said_in_words_too() -> None:
    assert "edited since run" in words(CellState.DONE, execution_count=3, edited=True).spoken


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.00 s"),
        (0.0001, "<0.01 s"),
        (0.02, "0.02 s"),
        (9.994, "9.99 s"),
        (9.996, "10.0 s"),
        (59.94, "59.9 s"),
        (59.97, "1 min 00 s"),
        (125, "2 min 05 s"),
        (7620, "2 h 07 min"),
    ],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_a_timer_goes_past_a_day() -> None:
    assert elapsed_text(100 * 3600 + 61) == "100:01:01"
