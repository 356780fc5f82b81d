"""After a worker's death: a new one with the variables of the last automatic checkpoint, three times in a row at most.

Owned by NotebookHandle.  What killed the worker is never run again by itself (invariant 8); the cell that
ran is lost, and what waited behind it is skipped by the runner.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from engine.automatic import AutomaticCheckpoints
from engine.checkpointing import Checkpointing, LoadedCheckpoint
from engine.commands import ExecutionId, RequestId
from engine.errors import CheckpointError, EngineError
from engine.events import Event, RequestFailed, RevivalGivenUp, StateRestored
from engine.store.records import CheckpointRecord, WorkerRecord
from engine.tasks import TaskOwner

log = logging.getLogger("capsule.revival")

MAX_DEATHS = 3
NONE_KEPT = "There is no automatic checkpoint of this notebook. Run the cells again to have their variables."


class Revival:
    """worker_free: held while the variables come back, so that no cell runs without them.

    last_worker: the one that is gone, whose checkpoint may be there though it could not say so; None while it lives.
    tell: emits an event once the store has what it was given, as the worker that has the variables now (invariant 9).
    """

    def __init__(
        self,
        *,
        checkpointing: Checkpointing,
        automatic: AutomaticCheckpoints,
        worker_free: asyncio.Lock,
        last_worker: Callable[[], WorkerRecord | None],
        tasks: TaskOwner,
        emit: Callable[[Event], None],
        tell: Callable[[Event], None],
    ) -> None:
        self._checkpointing, self._automatic = checkpointing, automatic
        self._worker_free, self._last_worker = worker_free, last_worker
        self._tasks, self._emit, self._tell = tasks, emit, tell
        self._deaths = 0

    def after_death(self) -> None:
        """The worker ended by itself: bring the variables back into a new one, or give up."""
        self._deaths += 1
        if self._deaths < MAX_DEATHS:
            self._tasks.spawn(self.revive(), name="revive")
        else:
            self._emit(RevivalGivenUp(deaths=self._deaths))

    def forget_deaths(self) -> None:
        """A cell came to its end, or the user restarted the kernel."""
        self._deaths = 0

    async def revive(self) -> None:
        """Restore what there is; where the worker fails at it, its end is told, and counts as one more death."""
        async with self._worker_free:
            record = await self._newest()
            if record is not None:
                try:
                    await self._restore(record, clear_existing=True)
                except EngineError as error:
                    log.info("the variables after a worker's death were not restored: %s", error)
                    self._emit(RequestFailed(request_id=RequestId(""), kind="restore", message=str(error)))

    async def restore_last(self, *, once: asyncio.Task[bool] | None = None) -> None:
        """The user asks for it.  Raises CheckpointError, PeerError, WorkerStartError.

        once: of the restart before it, which has to succeed, else the variables would replace those that are there;
        what the old worker wrote as it went is then the newest.
        """
        async with self._worker_free:
            with self._automatic.earlier.silent():
                if once is not None and not await once:
                    return
                record = await self._newest()
                if record is None:
                    raise CheckpointError(NONE_KEPT)
                await self._restore(record, clear_existing=True)

    async def bring_back(self, execution_id: ExecutionId) -> None:
        """Add what is offered to what there is; nothing where it is offered no more.  Raises as restore_last()."""
        async with self._worker_free:
            record = self._automatic.earlier.find(execution_id)
            if record is not None:
                await self._restore(record, clear_existing=False)

    async def _newest(self) -> CheckpointRecord | None:
        worker = self._last_worker()
        if worker is not None:
            await self._automatic.adopt_left_behind(worker)
        return await self._automatic.newest()

    async def _restore(self, record: CheckpointRecord, *, clear_existing: bool) -> None:
        with self._automatic.earlier.silent():
            loaded = await self._checkpointing.load(record.path, clear_existing=clear_existing)
            if _is_whole(loaded, record):  # else it stays offered: another Python may load the rest
                self._automatic.earlier.brought_back(record)
            self._tell(
                StateRestored(
                    execution_id=ExecutionId(record.execution_id),
                    cell_id=record.cell_id,
                    created_at=record.created_at,
                    variables=loaded.variables,
                    surroundings=loaded.surroundings,
                    merged=not clear_existing,
                )
            )


def _is_whole(loaded: LoadedCheckpoint, record: CheckpointRecord) -> bool:
    """Whether all came back that was saved; what had been left out is in no file."""
    return sum(row.outcome == "not restored" for row in loaded.variables) <= record.left_out
