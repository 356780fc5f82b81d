"""Facts that are told once what they say is on the disk (invariant 9), in the order they were handed over.

Owned by NotebookHandle; the runner hands them over right after it gave the store what they tell of.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from engine.commands import ExecutionId
from engine.events import Event, ExecutionQueued
from engine.tasks import TaskOwner

GATHER_S = 0.005  # a claim follows its submission within that: one commit does for both, and tells both


class CommittedFacts:
    """flushed: returns when all that the store was given before is on the disk.

    gather_s: how long a fact waits for somebody else's commit before it asks for one of its own.
    """

    def __init__(
        self,
        *,
        flushed: Callable[[], Awaitable[None]],
        emit: Callable[[Event], None],
        tasks: TaskOwner,
        gather_s: float = GATHER_S,
    ) -> None:
        self._flushed, self._emit, self._tasks, self._gather_s = flushed, emit, tasks, gather_s
        self._waiting: deque[Event] = deque()
        self._queued: set[ExecutionId] = set()  # whose submission waits to be told
        self._told = 0
        self._telling = False

    def tell(self, event: Event) -> None:
        """Emit event when the store has what it was given so far."""
        self._waiting.append(event)
        if isinstance(event, ExecutionQueued):
            self._queued.add(event.execution_id)
        if not self._telling:
            self._telling = True
            self._tasks.spawn(self._tell(), name="commits")

    def tell_queued(self, execution_id: ExecutionId) -> None:
        """Something later of this execution is on the disk: so is its submission, and all before it."""
        while execution_id in self._queued:
            self._tell_next()

    def tell_all(self) -> None:
        """At the very end, when the store has been closed."""
        while self._waiting:
            self._tell_next()

    async def _tell(self) -> None:
        try:
            while self._waiting:
                if self._gather_s:
                    await asyncio.sleep(self._gather_s)
                goal = self._told + len(self._waiting)
                if goal > self._told:
                    await self._flushed()
                while self._told < goal:
                    self._tell_next()
        finally:
            self._telling = False

    def _tell_next(self) -> None:
        event = self._waiting.popleft()
        self._told += 1
        if isinstance(event, ExecutionQueued):
            self._queued.discard(event.execution_id)
        self._emit(event)
