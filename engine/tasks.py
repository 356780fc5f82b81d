"""TaskOwner: the one owner that every asyncio task of the engine has.

Whoever starts work in the background holds a TaskOwner and spawns on it; a task that fails is logged
with its traceback (one of the four edges where a broad except is right), and close() cancels and
awaits what is left, so that nothing outlives its owner.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from engine.errors import BrokenInvariant

Logger = logging.Logger | logging.LoggerAdapter[logging.Logger]


class TaskOwner:
    """Spawns tasks, logs those that fail, cancels those that are left at close()."""

    def __init__(self, owner: str, logger: Logger) -> None:
        self._owner = owner
        self._logger = logger
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def __len__(self) -> int:
        """How many tasks are still going."""
        return len(self._tasks)

    def spawn[T](self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start work as a task.  Raises BrokenInvariant after close(), when nobody would end it."""
        if self._closed:
            work.close()
            raise BrokenInvariant(f"{self._owner} is closed and starts nothing more ({name})")
        task = asyncio.get_running_loop().create_task(work, name=f"{self._owner}: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    def cancel(self) -> None:
        """Cancel every task without waiting for it (close() waits); the caller's own is left alone."""
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()

    async def close(self) -> None:
        """Cancel and await every task but the caller's own; afterwards nothing can be spawned."""
        self._closed = True
        self.cancel()
        current = asyncio.current_task()
        left = [task for task in self._tasks if task is not current]
        if left:
            await asyncio.wait(left)

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._logger.error("the task %r failed", task.get_name(), exc_info=error)
