"""What an earlier process life left of a notebook: followed, settled by its log, lost, or queued again and held.

Run once, when a stored notebook is opened; owned by NotebookHandle.  Keeps invariants 8 and 12: nothing is
sent that a worker may have seen, a living worker is attached to and read from the beginning of what runs, and
nothing begins to run before the user says so.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.automatic import AutomaticCheckpoints
from engine.commands import ExecutionId
from engine.durable.bridge import ProtocolBridge
from engine.durable.connection import PromiseStore
from engine.durable.outcome import ExecutionOutcome, from_message, lost, to_json
from engine.errors import EngineError
from engine.events import Event
from engine.kernel import Kernel
from engine.kernel_place import KernelPlace
from engine.reattaching import Reattaching
from engine.replay import last_frame, late_events, lived_until, off_the_loop, replay
from engine.runner import Runner
from engine.session.session import Session
from engine.session.unattachable import WorkerGone
from engine.store import background
from engine.store.records import RunRecord, RunState, StoredState, WorkerRecord
from engine.store.store import NotebookStore
from engine.submission import submission_of

log = logging.getLogger("capsule.recovery")

CAME_BACK = "What waited when the notebook was closed runs when you say so."
ANOTHER_VERSION = "Another version of Capsule started it, and this one cannot follow it to its end."
ANOTHER_PYTHON = "It was given to a Python that this notebook does not have any more, and may have run there."
STOPPED = "You had stopped the queue here."


@dataclass(frozen=True, kw_only=True)
class _Found:
    """The worker's session, or why there is none.  says_all: False where it lives and cannot be asked: what it runs
    is neither lost nor to be run again.  shown: what was shown as running by its log; followed: until its end."""

    session: Session | None = None
    why: str = ""
    says_all: bool = True
    rebooted: bool = False
    shown: RunRecord | None = None
    followed: asyncio.Task[None] | None = None


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
            claimed = [r for r in self.state.unsettled if r.state is RunState.CLAIMED]
            waiting = [r for r in self.state.unsettled if r.state is RunState.QUEUED]
            found = await self._attach(claimed, waiting)
            followed: list[asyncio.Task[None]] = [] if found.followed is None else [found.followed]
            for record in claimed if found.says_all else ():
                try:
                    followed += await self._take_up(record, found, waiting)
                except (EngineError, OSError) as error:  # it stays as it is, for the next opening
                    log.error("execution %s could not be taken up: %s", record.execution_id, error)
            self._tell_waiting(waiting)
            if found.session is None and found.says_all:
                await self._tell(late_events(self.place.log_directory, self.place.background_from))
            if found.session is not None:
                self.kernel.read_logs()
                for record in claimed:
                    await found.session.caught_up(record.execution_id)
                    self.bridge.caught_up(record.execution_id)
            if followed:
                await asyncio.wait(followed)

    async def _take_up(
        self, record: RunRecord, found: _Found, waiting: list[RunRecord]
    ) -> tuple[asyncio.Task[None], ...]:
        """Follow it, settle it, or put it first among those that wait."""
        if record is found.shown:
            return ()
        known = found.session is not None and record.execution_id in found.session.known
        if known and record.execution_id not in self.unknown:
            return (self._follow(record),)
        begun = known or await asyncio.to_thread(self._log(record).exists)
        if not self._was_for(record):
            await self._settle(record, ANOTHER_PYTHON if self.state.worker is not None else found.why)
        elif begun or found.rebooted:  # a power loss may take the name of a log that was there
            await self._settle(record, found.why or ANOTHER_VERSION)
        else:
            self.store.requeue(record.execution_id)
            await self.promises.drop(record.execution_id)
            waiting.insert(0, record)
        return ()

    def _was_for(self, record: RunRecord) -> bool:
        """Whether the worker that is known was there when it was claimed: an earlier one may still begin with it."""
        worker = self.state.worker
        return worker is not None and (record.started_at or 0.0) >= worker.started_at

    async def _attach(self, claimed: list[RunRecord], waiting: list[RunRecord]) -> _Found:
        """The living worker's session, or why there is none."""
        worker = self.state.worker
        if worker is None:
            return _Found(why="Capsule ended while it ran, and its Python with it.")
        reattaching = Reattaching(
            worker,
            [record for record in claimed if self._was_for(record)],
            place=self.place,
            kernel=self.kernel,
            runner=self.runner,
            bridge=self.bridge,
            room=self.room,
            emit=self.emit,
            on_waiting=lambda: self._tell_waiting(waiting),
        )
        try:
            attached = await reattaching.attach()
            found = await self._found(worker, attached)
            if found.says_all:
                await reattaching.hand_over(found.session, found.why)
            return replace(found, shown=reattaching.shown, followed=reattaching.ended)
        finally:
            reattaching.close()

    async def _found(self, worker: WorkerRecord, attached: Session | EngineError) -> _Found:
        match attached:
            case WorkerGone():
                await self.automatic.adopt_left_behind(worker)
                return _end_of(worker, attached)
            case EngineError():
                return _Found(says_all=False)
            case _:
                return _Found(session=attached)

    def _tell_waiting(self, waiting: list[RunRecord]) -> None:
        """What waits is here again; emptied, so that each is told once."""
        came = [submission_of(record) for record in waiting]
        claimed = [record.execution_id for record in waiting if record.state is RunState.CLAIMED]
        waiting.clear()
        self.runner.come_back(came, STOPPED if self.state.held else CAME_BACK)
        first = next((r.execution_id for r in self.state.unsettled if r.state is RunState.QUEUED), None)
        for execution_id in claimed:  # in front of it, also where that came back before
            self.runner.move(ExecutionId(execution_id), ExecutionId(first or execution_id))
        self.on_told()

    def _follow(self, record: RunRecord) -> asyncio.Task[None]:
        return self.runner.follow(submission_of(record), record.started_at or time.time())

    async def _settle(self, record: RunRecord, why: str) -> None:
        """The log alone says how it ended; where it does not, it is lost with what it had printed."""
        path, submission = self._log(record), submission_of(record)
        started_at = record.started_at or time.time()
        last = await asyncio.to_thread(last_frame, path)
        outcome = _lost(why, started_at, path) if last is None else from_message(last)
        await self.promises.settle_execution(record.execution_id, to_json(outcome))
        if self._is_past(record):
            return
        self.runner.tell_begun(submission, started_at)
        answers = [a for a in self.state.answers if a.execution_id == record.execution_id]
        events = replay(path, record.execution_id, record.cell_id, answers)
        await self._tell(events)
        self.runner.tell_end(submission, outcome)

    async def _tell(self, events: Iterator[Event]) -> None:
        async for event in off_the_loop(events):
            self.emit(event)
            await self.room()

    def _is_past(self, record: RunRecord) -> bool:
        """Whether its cell ran again since, with another worker: the cell shows that, and its history has this."""
        latest = next((run for run in self.state.latest if run.cell_id == record.cell_id), None)
        return latest is not None and (latest.started_at or 0.0) > (record.started_at or 0.0)

    def _log(self, record: RunRecord) -> Path:
        return self.place.log_directory / f"{record.execution_id}.log"


def has_late_output(place: KernelPlace) -> bool:
    """Whether the background log has more than the notebook; a look at its size on the disk."""
    return place.background_from is not None and place.background_from < background.size_of(place.log_directory)


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
