"""One worker and everything said to it and by it: started, adopted, executing, ended.

Owns the link, the process and the heartbeat watch of one worker; knows neither
notebooks nor promises.  Made by launch.py, handed out by manager.py.  Keeps invariant 2 (the link is
the only reader) and its half of 3 (all of a log before its Result, all of it before `ended`).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from engine.errors import EngineError, PeerError, WorkerStartError
from engine.protocol.messages import (
    BACKGROUND,
    BACKGROUND_LOG,
    DUPLICATE,
    PROTOCOL_VERSION,
    Adopt,
    Attach,
    Attached,
    AutomaticCheckpoint,
    Cancel,
    Detach,
    Error,
    Execute,
    Heartbeat,
    InputResponse,
    Interrupt,
    Message,
    Ready,
    Refused,
    Result,
    Shutdown,
)
from engine.session.endings import EndReason, MemoryAtEnd, ProcessExit, exit_words
from engine.session.handshake import Handshake
from engine.session.heartbeat import SILENT_AFTER_S, HeartbeatWatch
from engine.session.interceptors import Interceptor, Interceptors
from engine.session.link import Link, LinkEnd
from engine.session.log_reader import whole_frames_end
from engine.session.out_of_memory import OutOfMemory
from engine.session.process import Process
from engine.session.session_log import SessionLog
from engine.session.states import SessionState, follow
from engine.session.transport import Connection, WorkerAddress
from engine.tasks import TaskOwner

KILL_LIMIT_S = 5.0  # a process in an uninterruptible wait (a dead network drive) outlives even SIGKILL
DETACH_LIMIT_S = 0.5  # a worker whose every thread is held up lets us go later, by itself
REMEMBERED_ENDS = 64  # executions whose ends were routed: only a late refusal asks for them
EXIT_AFTER_CLOSE_S = 2.0  # between a worker's closing socket and its end: its exit handlers run meanwhile

__all__ = ["EndReason", "Session", "SessionState"]


class Session:
    """A worker that is attached.  Its handler and interceptors are called on the loop, and must be quick.

    ended resolves once, after the last of its messages was routed, and never fails.
    """

    def __init__(
        self,
        session_id: str,
        connection: Connection,
        process: Process,
        address: WorkerAddress,
        token: bytes,
        *,
        silent_after_s: float = SILENT_AFTER_S,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.session_id = session_id
        self.address = address
        self.token = token  # as secret as the file it came from: for the store alone
        self.ended: asyncio.Future[EndReason] = loop.create_future()
        self._log = SessionLog("capsule.session", session_id)
        self._state = SessionState.STARTING
        self._process = process
        self._tasks = TaskOwner(f"session {session_id}", self._log)
        self._interceptors = Interceptors(SessionLog("capsule.link", session_id))
        self._link = Link(
            connection, tasks=self._tasks, logger=SessionLog("capsule.link", session_id), route=self._route
        )
        self._heartbeats = HeartbeatWatch(self._route, silent_after_s)
        self._out_of_memory = OutOfMemory(process.pid)
        self._handler: Callable[[Message], None] | None = None
        self._unheard: AutomaticCheckpoint | None = None
        self._execution: Execute | None = None
        self._running = ""
        self._expected_anew = False
        self._ended_here: deque[str] = deque(maxlen=REMEMBERED_ENDS)
        self._known: frozenset[str] = frozenset()
        self._handshake = Handshake()
        self._link.start()
        self._tasks.spawn(self._watch_end(), "end")

    @property
    def state(self) -> SessionState:
        return self._state

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ready(self) -> Ready:
        """What the worker said of itself.  Raises BrokenInvariant before it was ready."""
        return self._handshake.said_ready

    @property
    def running(self) -> str:
        """The execution that runs, as far as its messages were routed; "" for none."""
        return self._running

    @property
    def known(self) -> frozenset[str]:
        """The executions that the worker had been sent when it was attached to: no other one ever reached it."""
        return self._known

    @property
    def background_offset(self) -> int:
        """Where another application reads the background log on, so that nothing is lost or doubled."""
        return self._link.background_offset

    @property
    def detached(self) -> bool:
        """Whether the worker was left alone on purpose."""
        return self.ended.done() and self.ended.result().expected and self.ended.result().process_lives

    def on_process_exit(self, callback: Callable[[], None]) -> None:
        """Call back once the process has gone, which may be long after a detached session ended."""
        self._process.exited.add_done_callback(lambda _exited: callback())

    # --- observers

    def add_message_interceptor(self, interceptor: Interceptor) -> None:
        """Show every message to interceptor before it is routed (see interceptors.py for its budget)."""
        self._interceptors.add(interceptor)

    def remove_message_interceptor(self, interceptor: Interceptor) -> None:
        self._interceptors.remove(interceptor)

    def set_event_handler(self, handler: Callable[[Message], None]) -> None:
        """The router: called with every message after the interceptors; one at a time, the last set counts."""
        self._handler = handler
        unheard, self._unheard = self._unheard, None
        if unheard is not None:
            handler(unheard)

    def pause(self) -> None:
        """Route nothing more of the output logs until resume(): the consumer has enough."""
        self._link.pause()

    def resume(self) -> None:
        self._link.resume()

    async def caught_up(self, execution_id: str) -> None:
        """Wait until all that its log held when the worker was attached to was routed."""
        await self._link.caught_up(execution_id)

    # --- what is asked of the worker

    async def attach(self, application_id: str, limit_s: float | None) -> Attached:
        """Say who we are, and wait until the worker is ready (limit_s None: for as long as it lives).

        Raises PeerError, WorkerStartError.
        """
        message = Attach(protocol_version=PROTOCOL_VERSION, token=self.token, application_id=application_id)
        try:
            async with asyncio.timeout(limit_s):
                with contextlib.suppress(PeerError):  # a worker that hung up at once may have said why before
                    await self._link.send(message)
                attached = await self._handshake.completed(self.ended)
        except TimeoutError as error:
            raise WorkerStartError(f"Python was not ready within {limit_s or 0:g} s.") from error
        self._heartbeats.start()
        return attached

    def follow_logs(self, directory: Path, *, wanted: Iterable[str] = (), background_from: int | None = None) -> None:
        """Read logs in directory from now on: those of the executions in wanted and of what is executed here, each
        from its beginning, and the background's from background_from (None: from where it ends at attach())."""
        self._link.follow_logs(directory, wanted, background_from)

    async def adopt(self, adopt: Adopt) -> None:
        """Give the worker its notebook, of whose background log an earlier worker may have written the beginning."""
        directory = Path(adopt.log_directory)
        earlier = await asyncio.to_thread(whole_frames_end, directory / BACKGROUND_LOG)
        self.follow_logs(directory, background_from=earlier)
        await self.send(adopt)

    async def send(self, message: Message) -> None:
        """Raises PeerError when the worker cannot be reached any more."""
        if self.ended.done():
            raise PeerError(self.ended.result().words)
        await self._link.send(message)

    async def execute(self, execute: Execute) -> None:
        """Send it; whether the worker takes it is the worker's to say (Busy, Duplicate).

        Raises PeerError when the connection is gone, EngineError for what cannot be sent.
        """
        if self._state is SessionState.READY:
            self._expected_anew = self._link.expect(execute.execution_id)
            self._move(SessionState.RUNNING)
            self._execution, self._running = execute, execute.execution_id
        try:
            await self.send(execute)
        except EngineError:
            self._not_taken(execute.execution_id)
            raise

    async def answer(self, response: InputResponse) -> None:
        await self.send(response)

    async def interrupt(self) -> None:
        await self.send(Interrupt())

    async def cancel(self, execution_id: str, grace_s: float = 0.5) -> None:
        await self.send(Cancel(execution_id=execution_id, grace_s=grace_s))

    # --- its end

    async def shutdown(self, grace_s: float) -> EndReason:
        """Ask it to go, and end it with its process group where it has not after grace_s."""
        if self._begin_ending():
            try:
                await self._link.send(Shutdown())
                await asyncio.wait((self._process.exited,), timeout=grace_s)
            except PeerError as error:
                self._log.info("it could not be asked to go: %s", error)
        return await self.terminate()

    async def terminate(self) -> EndReason:
        """End the worker and its process group at once, and wait until it has gone, at most KILL_LIMIT_S."""
        self._begin_ending()
        self._process.kill_group()
        await asyncio.wait((self._process.exited,), timeout=KILL_LIMIT_S)
        self._link.hurry()
        if not self._process.exited.done() and not self.ended.done():
            words = f"Python (process {self.pid}) was killed, but the system has not let go of it yet."
            self._tasks.cancel()
            await self._close(EndReason(expected=True, words=words, process_lives=True))
        reason = await asyncio.shield(self.ended)
        self.address.remove()
        return reason

    async def detach(self) -> EndReason:
        """Leave the worker alone; it lives on, and somebody may attach to it again."""
        if not self.ended.done():
            with contextlib.suppress(PeerError):  # it cannot hear us: it will see the connection close
                await self._link.send(Detach())
                # until it has let us go, it would refuse whoever attaches next
                await asyncio.wait((self._link.ended,), timeout=DETACH_LIMIT_S)
            words = "The application let go of it; Python goes on."
            self._tasks.cancel()
            await self._close(EndReason(expected=True, words=words, process_lives=True))
        return self.ended.result()

    def release_process(self) -> None:
        """Watch the process no longer; for the very end of the application."""
        self._process.release()

    # --- inside

    def _begin_ending(self) -> bool:
        if self._state in (SessionState.ENDING, SessionState.ENDED):
            return False
        self._process.end_group_with_it()
        self._move(SessionState.ENDING)
        return True

    def _move(self, state: SessionState) -> None:
        self._state = follow(self._state, state)

    def _route(self, message: Message) -> None:
        self._note(message)
        self._interceptors.observe(message)
        if self._handler is None:
            if isinstance(message, AutomaticCheckpoint):  # said again to whoever attaches, before he can listen
                self._unheard = message
            return
        try:
            self._handler(message)
        except Exception:  # noqa: BLE001  # the handler's bug must not stop the link for everybody else
            self._log.exception("the event handler raised on %s", type(message).__name__)

    def _note(self, message: Message) -> None:
        match message:
            case Heartbeat():
                self._heartbeats.beat(message)
                self._out_of_memory.look()
            case Result(execution_id=execution_id) | Error(execution_id=execution_id, request_id=""):
                self._ended_here.append(execution_id)
                self._finished(execution_id)
            case Error(request_id=request_id) if self._execution is not None and request_id == self._execution.id:
                self._note_refusal(message, self._execution.execution_id)
            case Attached() | Refused() | Ready():
                self._note_handshake(message)
            case _:
                pass

    def _note_handshake(self, message: Attached | Refused | Ready) -> None:
        if not self._handshake.note(message):
            return
        if isinstance(message, Attached):
            self._running = message.running
            self._known = frozenset({*message.log_ends, message.running} - {BACKGROUND, ""})
            self._link.note_ends(message.log_ends)
        elif self._state is SessionState.STARTING:
            self._move(SessionState.READY)
            self._resume_running()

    def _resume_running(self) -> None:
        """A worker that was attached to while it runs something is not to be given more."""
        if self._running:
            self._link.expect(self._running)
            self._move(SessionState.RUNNING)

    def _note_refusal(self, error: Error, execution_id: str) -> None:
        """A duplicate that this session knows nothing of had come from another one: it runs, or ran, for that, and
        once; its log says how it ends."""
        if error.error_type == DUPLICATE and self._expected_anew and execution_id not in self._ended_here:
            self._link.read_whole(execution_id)
        else:
            self._not_taken(execution_id)

    def _not_taken(self, execution_id: str) -> None:
        if self._expected_anew and execution_id == self._running:
            self._link.withdraw(execution_id)
        self._finished(execution_id)

    def _finished(self, execution_id: str) -> None:
        if execution_id != self._running:
            return
        self._execution, self._running = None, ""
        if self._state is SessionState.RUNNING:
            self._move(SessionState.READY)

    async def _watch_end(self) -> None:
        exited, link_ended = self._process.exited, self._link.ended
        await asyncio.wait((exited, link_ended), return_when=asyncio.FIRST_COMPLETED)
        strange = self._state is SessionState.STARTING  # another version's, perhaps: who started or found it decides
        if link_ended.done() and link_ended.result().garbage and not strange:
            self._process.kill_group()  # nobody can talk to it any more, so nobody could stop it either
        if not exited.done():
            asked = self._state is SessionState.ENDING  # then shutdown() and terminate() see to its end
            await asyncio.wait((exited,), timeout=None if asked else EXIT_AFTER_CLOSE_S)
            self._process.look()
        if strange:
            self._link.hurry()  # nobody waits for its logs here yet
        if exited.done():
            await self._link.finish()
        await self._close(self._reason(exited, link_ended))

    def _reason(self, exited: asyncio.Future[ProcessExit], link_ended: asyncio.Future[LinkEnd]) -> EndReason:
        expected = self._state is SessionState.ENDING
        broken = link_ended.result() if link_ended.done() else None
        if not exited.done():
            words = f"The connection to Python broke, but its process (pid {self.pid}) goes on."
            return EndReason(expected=expected, words=f"{words} {broken.words if broken else ''}", process_lives=True)
        how = exited.result()
        words = exit_words(how, self._process.stderr_tail(), self._memory_at_end())
        if broken is not None and broken.garbage and how.signal_number == signal.SIGKILL:
            words = f"{broken.words} So Python was ended."
        return EndReason(expected=expected, words=words, exit_code=how.exit_code, signal_number=how.signal_number)

    def _memory_at_end(self) -> MemoryAtEnd:
        last, ran_out = self._heartbeats.last, self._out_of_memory.rose()
        if last is None:
            return MemoryAtEnd(ran_out=ran_out)
        return MemoryAtEnd(used_bytes=last.memory_bytes, limit_bytes=last.memory_limit_bytes, ran_out=ran_out)

    async def _close(self, reason: EndReason) -> None:
        self._heartbeats.stop()
        if self._state is not SessionState.ENDED:
            self._move(SessionState.ENDED)
        await self._tasks.close()
        await self._link.close()
        if not reason.process_lives:
            self.address.remove()
        if not self.ended.done():
            self._log.info("it ended: %s", reason.words)
            self.ended.set_result(reason)
