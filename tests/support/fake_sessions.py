"""Workers that do what a test says, below the real facade, kernel, runner, bridge and promises.

FakeSessions stands for the session manager: a start takes as many turns of the loop as the test wants, or fails.
FakeSession stands for a session: it keeps what was sent, and says only what it is told to.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from engine.errors import PeerError, WorkerStartError
from engine.facade import Engine
from engine.kernel_place import KernelPlace
from engine.protocol.messages import Error, Execute, Input, InputResponse, Message, Ready, Result
from engine.session.endings import EndReason
from engine.session.living_worker import LivingWorker
from engine.session.manager import SessionManager
from engine.session.transport import WorkerAddress
from engine.session.unattachable import WorkerGone
from tests.support.live_notebook import LiveNotebook

SHUTDOWN_TURNS = 20  # of the loop: longer than an event takes to its consumer


class FakeSession:
    """executed: every Execute, in order.  obliging: it ends each at once, well.  last_act: as it is shut down."""

    def __init__(self, name: str, executed: list[str]) -> None:
        self.session_id = name
        self.token = b"t" * 32
        self.pid = 1
        self.known: frozenset[str] = frozenset()
        self.address = WorkerAddress.named(Path("nowhere"), name)
        self.ended: asyncio.Future[EndReason] = asyncio.get_running_loop().create_future()
        self.ready = Ready(pid=1, python_version="3", ipython_version="9", executable="python")
        self.running = ""
        self.background_offset = 0
        self.obliging = False
        self.last_act: Callable[[], object] = lambda: None
        self.asked = 0
        self.sent: list[Message] = []
        self.answers: list[InputResponse] = []
        self._executed = executed
        self._interceptors: list[Callable[[Message], None]] = []
        self._handler: Callable[[Message], None] = lambda _message: None

    def add_message_interceptor(self, interceptor: Callable[[Message], None]) -> None:
        self._interceptors.append(interceptor)

    def set_event_handler(self, handler: Callable[[Message], None]) -> None:
        self._handler = handler

    def pause(self) -> None: ...
    def resume(self) -> None: ...

    async def detach(self) -> EndReason:
        if not self.ended.done():
            self.ended.set_result(EndReason(expected=True, words="detached", process_lives=True))
        return self.ended.result()

    async def execute(self, execute: Execute) -> None:
        await self.send(execute)
        assert not self.running, "an execution was sent while another one runs"
        self.running, self.asked = execute.execution_id, 0
        self._executed.append(execute.execution_id)
        if self.obliging:
            self.finish()

    async def send(self, message: Message) -> None:
        if self.ended.done():
            raise PeerError(self.ended.result().words)
        self.sent.append(message)

    async def answer(self, response: InputResponse) -> None:
        await self.send(response)
        self.answers.append(response)

    async def interrupt(self) -> None:
        self.finish("KeyboardInterrupt")

    async def cancel(self, execution_id: str, _grace_s: float) -> None:
        if execution_id == self.running:
            self.finish("KeyboardInterrupt")

    async def shutdown(self, _grace_s: float) -> EndReason:
        for _ in range(SHUTDOWN_TURNS):
            await asyncio.sleep(0)
        self.last_act()
        return await self.terminate()

    async def terminate(self) -> EndReason:
        self.finish("KeyboardInterrupt")  # what a real one may still log as it goes
        self.die(expected=True)
        return self.ended.result()

    # --- by the test's word

    def say(self, message: Message) -> None:
        for interceptor in self._interceptors:
            interceptor(message)
        self._handler(message)

    def finish(self, error_type: str = "") -> None:
        """End what runs, well or with an error; nothing where nothing runs."""
        execution_id, self.running = self.running, ""
        if not execution_id or self.ended.done():
            return
        if not error_type:
            self.say(Result(execution_id=execution_id, execution_count=1, execution_time=0.0))
            return
        failed = Error(
            execution_id=execution_id, error_type=error_type, message="", traceback=["no"], execution_time=0.0
        )
        self.say(failed)

    def ask(self) -> None:
        if self.running and not self.ended.done():
            self.asked += 1
            question = Input(execution_id=self.running, input_number=self.asked, prompt="? ", password=False)
            self.say(question)

    def die(self, *, expected: bool = False) -> None:
        if not self.ended.done():
            self.ended.set_result(EndReason(expected=expected, words="The worker ended."))


class FakeSessions:
    """start_turns: how long the next starts take.  failing_starts: how many fail.  held: start and attach wait for it.
    pythons: of which the sessions were started; living_at_start: which others lived when each got its notebook.

    living: what the next attach finds, or why it finds nothing.
    """

    def __init__(self) -> None:
        self.executed: list[str] = []
        self.pythons: list[object] = []
        self.sessions: list[FakeSession] = []
        self.living_at_start: list[list[str]] = []
        self.start_turns = 0
        self.failing_starts = 0
        self.obliging = False
        self.held: asyncio.Event | None = None
        self.starting = asyncio.Event()
        self.living: FakeSession | PeerError = WorkerGone("The worker has ended.")

    @property
    def session(self) -> FakeSession | None:
        return self.sessions[-1] if self.sessions else None

    async def start(
        self, _notebook_id: str, *, once_ready: Callable[[], Awaitable[object]] | None = None, **place: object
    ) -> FakeSession:
        self.starting.set()
        for _ in range(self.start_turns):
            await asyncio.sleep(0)
        if self.held is not None:
            await self.held.wait()
        if self.failing_starts:
            self.failing_starts -= 1
            raise WorkerStartError("No worker today.")
        if once_ready is not None:
            await once_ready()
        self.living_at_start.append([one.session_id for one in self.sessions if not one.ended.done()])
        session = FakeSession(f"s{len(self.sessions)}", self.executed)
        session.obliging = self.obliging
        self.sessions.append(session)
        self.pythons.append(place.get("python"))
        return session

    async def attach(
        self, _notebook_id: str, _worker: LivingWorker, on_reached: Callable[[FakeSession], None]
    ) -> FakeSession:
        if isinstance(self.living, PeerError):
            raise self.living
        on_reached(self.living)
        self.starting.set()
        if self.held is not None:
            await self.held.wait()
        self.sessions.append(self.living)
        return self.living

    async def close(self) -> None:
        for session in self.sessions:
            await session.terminate()


@asynccontextmanager
async def fake_notebook(folder: Path) -> AsyncIterator[tuple[LiveNotebook, FakeSessions]]:
    """A notebook of the real engine above fake workers, closed at the end."""
    fakes = FakeSessions()
    engine = Engine(state_directory=folder, manager=cast(SessionManager, fakes))
    handle = engine.open_in_memory("nb", KernelPlace(working_directory=folder, log_directory=folder / "logs"))
    notebook = LiveNotebook(engine, handle, folder)
    following = asyncio.ensure_future(notebook.follow())
    try:
        yield notebook, fakes
    finally:
        await engine.close()
        await following
