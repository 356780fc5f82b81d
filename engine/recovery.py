"""What an earlier process life left of a notebook: followed, settled by its log, lost, or queued again and held.

Run once, when a stored notebook is opened; owned by facade.NotebookHandle.  Keeps invariants 8 and 12: nothing is
sent that a worker may have seen, a living worker is attached to and read from the beginning of what runs, and
nothing begins to run before the user says so.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from engine.automatic import AutomaticCheckpoints
from engine.durable.bridge import ProtocolBridge
from engine.durable.connection import PromiseStore
from engine.durable.outcome import ExecutionOutcome, from_message, lost, to_json
from engine.errors import EngineError
from engine.events import Event
from engine.kernel import Kernel
from engine.kernel_place import KernelPlace
from engine.replay import last_frame, lived_until, replay
from engine.runner import Runner
from engine.session.living_worker import LivingWorker
from engine.session.session import Session
from engine.session.unattachable import WorkerGone
from engine.store.records import RunRecord, RunState, StoredState, WorkerRecord
from engine.store.store import NotebookStore
from engine.submission import submission_of

log = logging.getLogger("capsule.recovery")

CAME_BACK = "What waited when the notebook was closed runs when you say so."
ANOTHER_VERSION = "Another version of Capsule started it, and this one cannot follow it to its end."
STOPPED = "You had stopped the queue here."


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """unknown: executions whose flow another version of the application began (they are lost, never replayed).

    room: waits while the notebook's consumer has enough.
    """

    state: StoredState
    unknown: frozenset[str]
    place: KernelPlace
    kernel: Kernel
    runner: Runner
    bridge: ProtocolBridge
    promises: PromiseStore
    store: NotebookStore
    automatic: AutomaticCheckpoints
    room: Callable[[], Awaitable[None]]
    emit: Callable[[Event], None]

    async def run(self) -> None:
        """Take up all that is left.  The worker is nobody else's until what it runs has ended."""
        async with self.runner.worker_free:
            session, why = await self._attach()
            waiting = [r for r in self.state.unsettled if r.state is RunState.QUEUED]
            followed: list[asyncio.Task[None]] = []
            for record in self.state.unsettled:
                if record.state is not RunState.CLAIMED:
                    continue
                known = session is not None and record.execution_id in session.known
                if known and record.execution_id not in self.unknown:
                    followed.append(self._follow(record))
                elif known or self._log(record).exists():
                    await self._settle(record, why or ANOTHER_VERSION)
                else:  # no worker has begun it, or its log would be there
                    self.store.requeue(record.execution_id)
                    await self.promises.drop(record.execution_id)
                    waiting.insert(0, record)
            reason = STOPPED if self.state.held else CAME_BACK
            self.runner.come_back([submission_of(record) for record in waiting], reason)
            if session is not None:
                session.resume()
                for record in self.state.unsettled:
                    await session.caught_up(record.execution_id)
                    self.bridge.caught_up(record.execution_id)
            if followed:
                await asyncio.wait(followed)

    async def _attach(self) -> tuple[Session | None, str]:
        """The living worker's session, or why there is none."""
        worker = self.state.worker
        if worker is None:
            return None, "Capsule ended while it ran, and its Python with it."
        unsettled = frozenset(r.execution_id for r in self.state.unsettled if r.state is RunState.CLAIMED)
        living = LivingWorker.from_record(worker, place=self.place, wanted=unsettled)
        try:
            return await self.kernel.attach(living), ""
        except WorkerGone as error:
            await self.automatic.adopt_left_behind(worker)
            return None, _end_of(worker, error)
        except EngineError as error:
            log.info("the worker of an earlier life is left alone: %s", error)
            return None, str(error)

    def _follow(self, record: RunRecord) -> asyncio.Task[None]:
        return self.runner.follow(submission_of(record), record.started_at or time.time())

    async def _settle(self, record: RunRecord, why: str) -> None:
        """The log alone says how it ended; where it does not, it is lost with what it had printed."""
        path, submission = self._log(record), submission_of(record)
        started_at = record.started_at or time.time()
        last = await asyncio.to_thread(last_frame, path)
        outcome = _lost(why, started_at, path) if last is None else from_message(last)
        await self.promises.settle_execution(record.execution_id, to_json(outcome))
        self.runner.tell_begun(submission, started_at)
        answers = [a for a in self.state.answers if a.execution_id == record.execution_id]
        for event in replay(path, record.execution_id, record.cell_id, answers):
            self.emit(event)
            await self.room()
        self.runner.tell_end(submission, outcome)

    def _log(self, record: RunRecord) -> Path:
        return self.place.log_directory / f"{record.execution_id}.log"


def _lost(why: str, started_at: float, path: Path) -> ExecutionOutcome:
    """duration_s: as long as it is known to have lived."""
    until = lived_until(path)
    duration_s = 0.0 if until is None else max(0.0, until - started_at)
    return lost(why, duration_s)


def _end_of(worker: WorkerRecord, error: EngineError) -> str:
    """Why the worker is not there, for the cell that it ran."""
    booted_at = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else 0.0
    if booted_at > worker.started_at:
        return "The computer was restarted while it ran."
    return f"Its Python ended while no window was open.\n{error}"
