from __future__ import annotations

import pytest

from capsule_desktop.presenters.batches import Batch
from engine.commands import ExecutionId
from engine.events import ExecutionFinished, Outcome


def finished(outcome: Outcome = Outcome.OK, error_type: str = "") -> ExecutionFinished:
    return ExecutionFinished(
        execution_id=ExecutionId("e"),
        cell_id="c",
        outcome=outcome,
        duration_s=1,
        execution_count=1,
        error_type=error_type,
    )


def batch(*ends: ExecutionFinished) -> Batch:
    result = Batch(began_at=1000.0)
    for end in ends:
        result = result.with_end(end)
    return result


OK, ERROR = finished(), finished(Outcome.ERROR, "ValueError")


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ([OK], "1 cell done in 3 min 20 s"),
        ([OK] * 12, "12 cells done in 3 min 20 s"),
        ([OK, ERROR, OK], "3 cells done in 3 min 20 s, 1 with an error"),
        ([OK, ERROR], "Stopped at an error in cell 7 after 3 min 20 s"),
        ([finished(Outcome.ERROR, "KeyboardInterrupt")], "Stopped in cell 7 after 3 min 20 s"),
        ([finished(Outcome.LOST)], "Python ended in cell 7 after 3 min 20 s"),
    ],
)
def test_how_a_batch_ended_in_words(ends: list[ExecutionFinished], words: str) -> None:
    assert batch(*ends).words(1200.0, "cell 7") == words


def test_only_what_took_over_ten_seconds_is_worth_telling() -> None:
    assert not batch(OK).is_worth_telling(1010.0)
    assert batch(OK).is_worth_telling(1010.1)


def test_a_batch_of_nothing_but_skipped_cells_is_not_worth_telling() -> None:
    assert not batch().is_worth_telling(2000.0)
