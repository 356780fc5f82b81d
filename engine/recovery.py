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
from itertools import islice
from pathlib import Path

from engine.automatic import AutomaticCheckpoints
from engine.commands import RequestId
from engine.durable.bridge import ProtocolBridge
from engine.durable.connection import PromiseStore
from engine.durable.outcome import ExecutionOutcome, from_message, lost, to_json
from engine.errors import EngineError, PeerError
from engine.events import Event, RequestFailed
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

AT_ONCE = 64  # events that are read on a thread before they are told
CAME_BACK = "What waited when the notebook was closed runs when you say so."
ANOTHER_VERSION = "Another version of Capsule started it, and this one cannot follow it to its end."
STOPPED = "You had stopped the queue here."


@dataclass(frozen=True, kw_only=True)
class _Found:
    """The worker's session, or why there is none.  says_all: False where it lives and cannot be asked: what it runs
    is neither lost nor to be run again."""

    session: Session | None = None
    why: str = ""
    says_all: bool = True
    rebooted: bool = False


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """unknown: executions whose flow another version of the application began (they are lost, never replayed).

    room: waits while the notebook's consumer has enough.  on_told: it is known what runs and what waits.
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
    room: Callable[[], Awaitable[bool]]
    emit: Callable[[Event], None]
    on_told: Callable[[], None]

    async def run(self) -> None:
        """Take up all that is left.  The worker is nobody else's until what it runs has ended."""
        async with self.runner.worker_free:
            found = await self._attach()
            claimed = [r for r in self.state.unsettled if r.state is RunState.CLAIMED]
            waiting = [r for r in self.state.unsettled if r.state is RunState.QUEUED]
            followed: list[asyncio.Task[None]] = []
            for record in claimed if found.says_all else ():
                try:
                    followed += await self._take_up(record, found, waiting)
                except (EngineError, OSError) as error:  # it stays as it is, for the next opening
                    log.error("execution %s could not be taken up: %s", record.execution_id, error)
            reason = STOPPED if self.state.held else CAME_BACK
            self.runner.come_back([submission_of(record) for record in waiting], reason)
            self.on_told()
            if found.session is not None:
                found.session.resume()
                for record in claimed:
                    await found.session.caught_up(record.execution_id)
                    self.bridge.caught_up(record.execution_id)
            if followed:
                await asyncio.wait(followed)

    async def _take_up(
        self, record: RunRecord, found: _Found, waiting: list[RunRecord]
    ) -> tuple[asyncio.Task[None], ...]:
        """Follow it, settle it, or put it first among those that wait."""
        known = found.session is not None and record.execution_id in found.session.known
        if known and record.execution_id not in self.unknown:
            return (self._follow(record),)
        begun = known or await asyncio.to_thread(self._log(record).exists)
        if begun or found.rebooted:  # a power loss may take the name of a log that was there
            await self._settle(record, found.why or ANOTHER_VERSION)
        else:
            self.store.requeue(record.execution_id)
            await self.promises.drop(record.execution_id)
            waiting.insert(0, record)
        return ()

    async def _attach(self) -> _Found:
        """The living worker's session, or why there is none."""
        worker = self.state.worker
        if worker is None:
            return _Found(why="Capsule ended while it ran, and its Python with it.")
        unsettled = frozenset(r.execution_id for r in self.state.unsettled if r.state is RunState.CLAIMED)
        living = LivingWorker.from_record(worker, place=self.place, wanted=unsettled)
        try:
            return _Found(session=await self.kernel.attach(living))
        except WorkerGone as error:
            await self.automatic.adopt_left_behind(worker)
            return _end_of(worker, error)
        except PeerError as error:
            log.info("the worker of an earlier life is left alone: %s", error)
            self.emit(RequestFailed(request_id=RequestId(""), kind="attach", message=str(error)))
            return _Found(says_all=False)

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
        events = replay(path, record.execution_id, record.cell_id, answers)
        while some := await asyncio.to_thread(lambda: list(islice(events, AT_ONCE))):
            for event in some:
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


def _end_of(worker: WorkerRecord, error: WorkerGone) -> _Found:
    """Why the worker is not there, for the cell that it ran."""
    booted_at = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else 0.0
    if booted_at > worker.started_at:
        return _Found(why="The computer was restarted while it ran.", rebooted=True)
    return _Found(why=f"Its Python ended while no window was open.\n{error}")
