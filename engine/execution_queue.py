"""What waits to run in one notebook, in order.  Pure: no I/O, no loop.

Queueing is ours and never the worker's (invariant 6): at most one execution is with the worker.  What is
held stays where it is until it is released, and what is added later passes it.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.commands import ExecutionId
from engine.errors import BrokenInvariant
from engine.submission import Submission


class ExecutionQueue:
    """In the order they were added or moved to; one running."""

    def __init__(self) -> None:
        self._queued: dict[ExecutionId, Submission] = {}
        self._held: set[ExecutionId] = set()
        self._running: Submission | None = None

    @property
    def running(self) -> Submission | None:
        return self._running

    @property
    def queued(self) -> tuple[Submission, ...]:
        return tuple(self._queued.values())

    @property
    def is_held(self) -> bool:
        """Whether something waits that will not run by itself."""
        return bool(self._held)

    @property
    def has_next(self) -> bool:
        return len(self._queued) > len(self._held)

    def add(self, submission: Submission) -> None:
        self._queued[submission.execution_id] = submission

    def start_next(self) -> Submission | None:
        """The first that is not held, which is running from now on; None where nothing may run."""
        found = next((s for s in self._queued.values() if s.execution_id not in self._held), None)
        if found is not None:
            self.start(found)
            del self._queued[found.execution_id]
        return found

    def start(self, submission: Submission) -> None:
        """It runs, though it never waited here."""
        if self._running is not None:
            raise BrokenInvariant("an execution is started while another one runs")
        self._running = submission

    def finish(self) -> None:
        if self._running is None:
            raise BrokenInvariant("an execution is finished while none runs")
        self._running = None

    def remove(self, execution_id: ExecutionId) -> Submission | None:
        """Take one out that has not started; None where it does not wait."""
        self._held.discard(execution_id)
        return self._queued.pop(execution_id, None)

    def clear(self) -> tuple[Submission, ...]:
        """Take out all that has not started."""
        skipped = self.queued
        self._queued.clear()
        self._held.clear()
        return skipped

    def clear_free(self) -> tuple[Submission, ...]:
        """Take out what has not started and is not held: what is held waits behind nothing."""
        skipped = tuple(s for s in self._queued.values() if s.execution_id not in self._held)
        for submission in skipped:
            del self._queued[submission.execution_id]
        return skipped

    def hold(self, execution_ids: Iterable[ExecutionId] | None = None) -> None:
        """These, or (None) all that wait now, wait until release()."""
        self._held.update(self._queued if execution_ids is None else execution_ids)

    def release(self) -> None:
        self._held.clear()

    def move(self, execution_id: ExecutionId, before: ExecutionId | None) -> bool:
        """Put one before another, or (None) at the end; False where either does not wait."""
        moved = self._queued.get(execution_id)
        if moved is None or before == execution_id or (before is not None and before not in self._queued):
            return False
        others = [s for s in self._queued.values() if s is not moved]
        place = len(others) if before is None else [s.execution_id for s in others].index(before)
        others.insert(place, moved)
        self._queued = {s.execution_id: s for s in others}
        return True
