"""From the record of a worker that an earlier process life left to its session, or to why there is none.

Owned by recovery.Recovery.  While the worker lives and is not, or not yet, ours, what it runs is shown as running, by
its output log alone.  One that does not answer is waited for with the connection open, so that its first word is the
event; one that another application has, or that cannot be reached, is tried again after a growing pause; one of
another version or user is left alone.  Nothing is sent, so that nothing can run twice (invariant 8).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from engine.commands import ExecutionId, RequestId
from engine.durable.bridge import ProtocolBridge
from engine.errors import EngineError, PeerError
from engine.events import Event, KernelEnded, KernelHealth, OutputCleared, RequestFailed
from engine.followed_log import FollowedLog
from engine.kernel import Kernel
from engine.kernel_place import KernelPlace
from engine.replay import lived_until
from engine.runner import Runner
from engine.session.living_worker import LivingWorker
from engine.session.process import Process, stderr_tail, worker_at
from engine.session.session import Session
from engine.session.transport import WorkerAddress
from engine.session.unattachable import WorkerGone, WorkerOfAnotherUser, WorkerOfAnotherVersion, gone, silent
from engine.store.records import RunRecord, WorkerRecord
from engine.submission import submission_of

log = logging.getLogger("capsule.recovery")

PATIENCE_S = 1.5  # a worker that has its Python to itself answers in milliseconds, also on a busy machine
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0  # nothing announces that another application lets go of it


class Reattaching:
    """claimed: what the worker may run.  on_waiting: what waits may be shown, since this may take long."""

    def __init__(
        self,
        worker: WorkerRecord,
        claimed: Sequence[RunRecord],
        *,
        place: KernelPlace,
        kernel: Kernel,
        runner: Runner,
        bridge: ProtocolBridge,
        room: Callable[[], Awaitable[bool]],
        emit: Callable[[Event], None],
        on_waiting: Callable[[], None],
    ) -> None:
        self._worker, self._claimed = worker, claimed
        self._address = WorkerAddress.of_socket(Path(worker.socket))
        self._place, self._kernel, self._runner, self._bridge = place, kernel, runner, bridge
        self._room, self._emit, self._on_waiting = room, emit, on_waiting
        self._log: FollowedLog | None = None
        self._told = ""
        self.shown: RunRecord | None = None  # as running
        self.ended: asyncio.Task[None] | None = None  # once its end was told

    async def attach(self) -> Session | EngineError:
        """Its session; WorkerGone where it has gone; else why it is left alone, once nothing of it is followed."""
        pause_s = FIRST_PAUSE_S
        while True:
            found = await self._attempt()
            if isinstance(found, WorkerGone) and self._told:
                self._emit(KernelEnded(expected=True, reason=str(found)))  # what was said of it holds no more
            if isinstance(found, WorkerGone) or not isinstance(found, PeerError):
                return found
            self._tell(str(found))
            if isinstance(found, WorkerOfAnotherVersion | WorkerOfAnotherUser):
                pause_s = LONGEST_PAUSE_S
            if (end := await self._follow(pause_s)) is not None:
                return end if isinstance(end, WorkerGone) else found
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def hand_over(self, session: Session | None, why: str) -> None:
        """What is shown is its session's now, told again from its beginning; or settled by its log, else lost."""
        if self.shown is None or self._log is None or not self._bridge.expects_execution(self.shown.execution_id):
            return
        if session is not None and self.shown.execution_id in session.known:
            self._emit(OutputCleared(execution_id=ExecutionId(self.shown.execution_id), wait=False))
            return
        await self._log.read_on()
        if not self._settle_by_log():
            self._bridge.fail(self.shown.execution_id, why, self._lived_s(self.shown))

    def close(self) -> None:
        if self._log is not None:
            self._log.close()

    async def _attempt(self) -> Session | EngineError:
        wanted = frozenset(record.execution_id for record in self._claimed)
        living = LivingWorker.from_record(self._worker, place=self._place, wanted=wanted)
        try:
            attempt = await self._kernel.attach(living)
        except EngineError as error:
            return error
        await asyncio.wait((attempt,), timeout=PATIENCE_S)
        if not attempt.done():
            self._tell(silent(self._worker.pid, PATIENCE_S))
            self._emit(KernelHealth(answering=False, memory_bytes=0, cpu_s=0.0, variables=0))
            await self._show()
            self._on_waiting()
            if self._log is not None:
                answered = asyncio.Event()
                attempt.add_done_callback(lambda _attempt: answered.set())
                await self._log.follow(answered)  # what its end says is told when it answers, or has gone
        return await attempt

    async def _follow(self, pause_s: float) -> WorkerGone | bool | None:
        """By its log, as long as its worker lives.

        WorkerGone, True where nothing of it is to be followed any more, None where it is to be tried again.
        """
        process = worker_at(self._worker.pid, self._address)
        if process is None:
            return gone(self._worker.pid, stderr_tail(self._address.stderr))
        stop = asyncio.Event()
        timer = asyncio.get_running_loop().call_later(pause_s, stop.set)
        process.exited.add_done_callback(lambda _exited: stop.set())
        self._kernel.follows_alone = True
        try:
            await self._show()
            self._on_waiting()
            if self._log is None or self.ended is None:
                return True
            self.ended.add_done_callback(lambda _ended: stop.set())
            await self._log.follow(stop)
            return await self._what_came_of_it(process, self.ended)
        finally:
            self._kernel.follows_alone = False
            timer.cancel()
            process.release()

    async def _what_came_of_it(self, process: Process, ended: asyncio.Task[None]) -> WorkerGone | bool | None:
        if self._settle_by_log():
            await asyncio.wait((ended,))
        if process.exited.done():
            return gone(self._worker.pid, process.stderr_tail())
        return True if ended.done() else None

    async def _show(self) -> None:
        """As running, what has begun; at most one has."""
        if self.shown is not None:
            return
        for record in self._claimed:
            path = self._place.log_directory / f"{record.execution_id}.log"
            if await asyncio.to_thread(path.exists):
                self.shown = record
                self.ended = self._runner.follow(submission_of(record), record.started_at or time.time())
                self._log = FollowedLog(path, room=self._room, emit=self._emit)
                return

    def _settle_by_log(self) -> bool:
        if self._log is None or self._log.end is None:
            return False
        self._bridge.route_response(self._log.end)
        return True

    def _tell(self, words: str) -> None:
        if words != self._told:
            self._told = words
            log.info("the worker of an earlier life is not attached to: %s", words)
            self._emit(RequestFailed(request_id=RequestId(""), kind="attach", message=words))

    def _lived_s(self, record: RunRecord) -> float:
        until = lived_until(self._place.log_directory / f"{record.execution_id}.log")
        return 0.0 if until is None or record.started_at is None else max(0.0, until - record.started_at)
