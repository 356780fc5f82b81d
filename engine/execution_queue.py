"""What waits to run in one notebook, in order.  Pure: no I/O, no loop.

Queueing is ours and never the worker's (invariant 6): at most one execution is with the worker.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from engine.commands import ExecutionId, RunCell
from engine.errors import BrokenInvariant


@dataclass(frozen=True, kw_only=True)
class Submission:
    execution_id: ExecutionId
    command: RunCell


class ExecutionQueue:
    """First in, first out; one running."""

    def __init__(self) -> None:
        self._queued: deque[Submission] = deque()
        self._running: Submission | None = None

    @property
    def running(self) -> Submission | None:
        return self._running

    @property
    def queued(self) -> tuple[Submission, ...]:
        return tuple(self._queued)

    def add(self, submission: Submission) -> None:
        self._queued.append(submission)

    def start_next(self) -> Submission | None:
        """The next one, which is running from now on; None where nothing waits."""
        if self._running is not None:
            raise BrokenInvariant("an execution is started while another one runs")
        self._running = self._queued.popleft() if self._queued else None
        return self._running

    def finish(self) -> None:
        if self._running is None:
            raise BrokenInvariant("an execution is finished while none runs")
        self._running = None

    def remove(self, execution_id: ExecutionId) -> Submission | None:
        """Take one out that has not started; None where it does not wait."""
        found = next((s for s in self._queued if s.execution_id == execution_id), None)
        if found is not None:
            self._queued.remove(found)
        return found

    def clear(self) -> tuple[Submission, ...]:
        """Take out all that has not started."""
        skipped = tuple(self._queued)
        self._queued.clear()
        return skipped
