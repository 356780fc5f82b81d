"""The queue above the worker: one runs, the rest wait in order (invariant 6)."""

from __future__ import annotations

import pytest

from engine.commands import ExecutionId, RunCell
from engine.errors import BrokenInvariant
from engine.execution_queue import ExecutionQueue
from engine.submission import Submission


def submission(name: str) -> Submission:
    return Submission(execution_id=ExecutionId(name), command=RunCell(cell_id=name, source=""))


def queue_of(*names: str) -> ExecutionQueue:
    queue = ExecutionQueue()
    for name in names:
        queue.add(submission(name))
    return queue


def test_executions_run_in_the_order_they_came() -> None:
    queue, order = queue_of("a", "b", "c"), []
    while (running := queue.start_next()) is not None:
        order.append(running.execution_id)
        queue.finish()
    assert order == ["a", "b", "c"]


def test_a_second_execution_never_starts_while_one_runs() -> None:
    queue = queue_of("a", "b")
    queue.start_next()
    with pytest.raises(BrokenInvariant):
        queue.start_next()


def test_what_waits_can_be_taken_out_and_what_runs_cannot() -> None:
    queue = queue_of("a", "b", "c")
    queue.start_next()
    assert queue.remove(ExecutionId("a")) is None
    assert queue.remove(ExecutionId("b")) == submission("b")
    assert [s.execution_id for s in queue.queued] == ["c"]


def test_clearing_gives_all_that_waited_and_leaves_the_running_one() -> None:
    queue = queue_of("a", "b", "c")
    queue.start_next()
    assert [s.execution_id for s in queue.clear()] == ["b", "c"]
    assert queue.running == submission("a")


def test_finishing_without_a_running_one_is_a_bug() -> None:
    with pytest.raises(BrokenInvariant):
        ExecutionQueue().finish()


def ids(queue: ExecutionQueue) -> list[str]:
    return [s.execution_id for s in queue.queued]


def test_what_is_held_stays_and_what_comes_later_passes_it() -> None:
    queue = queue_of("a", "b")
    queue.hold()
    assert (queue.is_held, queue.has_next, queue.start_next()) == (True, False, None)
    queue.add(submission("c"))
    assert queue.start_next() == submission("c")
    assert ids(queue) == ["a", "b"]


def test_what_was_held_runs_in_its_order_once_it_is_released() -> None:
    queue = queue_of("a", "b")
    queue.hold()
    queue.release()
    assert queue.start_next() == submission("a")


def test_nothing_is_held_any_more_when_the_last_held_one_was_taken_out() -> None:
    queue = queue_of("a")
    queue.hold()
    queue.remove(ExecutionId("a"))
    queue.add(submission("a"))
    assert (queue.is_held, queue.has_next) == (False, True)


def test_one_that_waits_is_moved_before_another_or_to_the_end() -> None:
    queue = queue_of("a", "b", "c")
    assert queue.move(ExecutionId("c"), ExecutionId("a"))
    assert ids(queue) == ["c", "a", "b"]
    assert queue.move(ExecutionId("c"), None)
    assert ids(queue) == ["a", "b", "c"]


def test_what_does_not_wait_is_neither_moved_nor_moved_before() -> None:
    queue = queue_of("a", "b", "c")
    queue.start_next()
    assert not queue.move(ExecutionId("a"), None)
    assert not queue.move(ExecutionId("c"), ExecutionId("a"))
    assert not queue.move(ExecutionId("c"), ExecutionId("c"))
    assert ids(queue) == ["b", "c"]
