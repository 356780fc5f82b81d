"""Keeps a notebook's folder within its budget: looks at it when executions have ended and none runs or is about to.

Owned by NotebookHandle.  At most every so often, since looking costs a glance at each file.  What the window
shows of past executions and has not saved stays, beside what the store never lets go.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from engine.errors import StoreError
from engine.tasks import TaskOwner

log = logging.getLogger("capsule.upkeep")

REST_S = 5.0  # after an execution: its checkpoint is made, and the user may run the next
EVERY_S = 600.0


class Prunable(Protocol):
    """What is needed of the notebook's store."""

    async def prune(self, keep_ids: Iterable[str], limit_bytes: int) -> int: ...


class Upkeep:
    """shown_runs: the executions whose outputs the notebook shows, to be said by whoever shows them.

    budget_bytes: what the folder may take.  is_idle: whether nothing runs, nor is about to.
    """

    def __init__(
        self,
        store: Prunable,
        budget_bytes: int,
        *,
        is_idle: Callable[[], bool],
        tasks: TaskOwner,
        rest_s: float = REST_S,
        every_s: float = EVERY_S,
    ) -> None:
        self._store, self._budget_bytes = store, budget_bytes
        self._is_idle, self._tasks = is_idle, tasks
        self._rest_s, self._every_s = rest_s, every_s
        self.shown_runs: Callable[[], Iterable[str]] = tuple
        self._not_before = 0.0
        self._due: asyncio.TimerHandle | None = None
        self._work: asyncio.Task[None] | None = None
        self._is_closed = False

    async def prune(self, keep_ids: Iterable[str] = ()) -> int:
        """Remove the oldest executions while there is too much, but not keep_ids; how many bytes went.

        Raises StoreError, OSError.
        """
        return await self._store.prune(keep_ids, self._budget_bytes)

    def execution_ended(self) -> None:
        """There may be more than fits now; looked at in a while."""
        is_at_work = self._work is not None and not self._work.done()
        if not (self._is_closed or is_at_work or self._due is not None):
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(max(loop.time() + self._rest_s, self._not_before), self._look)

    def close(self) -> None:
        """Look at nothing more; the tasks are their owner's to end."""
        self._is_closed = True
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _look(self) -> None:
        """Where something runs, its end asks again."""
        self._due = None
        if self._is_idle():
            self._not_before = asyncio.get_running_loop().time() + self._every_s
            self._work = self._tasks.spawn(self._remove(), name="upkeep")

    async def _remove(self) -> None:
        try:
            freed = await self.prune(self.shown_runs())
        except (StoreError, OSError) as error:
            log.warning("the folder of a notebook was not brought within its budget: %s", error)
            return
        if freed:
            log.info("%d bytes of old executions were removed", freed)
