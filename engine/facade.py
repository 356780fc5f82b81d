"""The engine's front: Engine opens notebooks, NotebookHandle takes commands and gives one event stream.

Everything is composed here: promises, flow, bridge (registered as the session's interceptor), kernel
and queue.  A command returns an id at once; what comes of it is an event.  Runs on the loop that calls it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import assert_never

from engine.checkpointing import Checkpointing
from engine.commands import (
    AnswerInput,
    CancelExecution,
    Command,
    ExecutionId,
    InterruptKernel,
    RequestId,
    RestartKernel,
    RestoreCheckpoint,
    RunCell,
    SaveCheckpoint,
    ShutDownKernel,
    StartKernel,
)
from engine.durable.bridge import ProtocolBridge
from engine.durable.connection import PromiseStore
from engine.durable.flow import FlowSteps, register
from engine.durable.outcome import InputAnswer, lost, to_json
from engine.errors import EngineError, PeerError
from engine.event_stream import EventStream
from engine.events import Event, InputAnswered, InputRequested, RequestFailed
from engine.execution_queue import Submission
from engine.kernel import Kernel
from engine.kernel_place import KernelPlace
from engine.protocol.messages import Execute, Input, Message
from engine.runner import Runner
from engine.session.manager import SessionManager
from engine.session.session import Session
from engine.session.translate import translate
from engine.tasks import TaskOwner

log = logging.getLogger("capsule.facade")

CLOSED = "the notebook was closed"
LAST_END_S = 2.0  # for the end of what ran to be committed and told, once its worker has gone


class Engine:
    """All that is shared by the notebooks of one process: its life's id, the sessions, the user's key."""

    def __init__(self, *, state_directory: Path, manager: SessionManager) -> None:
        self.process_life = uuid.uuid4().hex
        self._state_directory = state_directory
        self._manager = manager
        self._handles: set[NotebookHandle] = set()

    def warm(self) -> None:
        """Start a spare worker, so that the next first run does not wait for one."""
        self._manager.warm()

    def open_notebook(
        self, notebook_id: str, place: KernelPlace, *, execution_limit_s: float | None = None
    ) -> NotebookHandle:
        """A handle on a notebook; starts nothing and writes nothing yet (invariant 11)."""
        handle = NotebookHandle(
            notebook_id,
            place,
            manager=self._manager,
            process_life=self.process_life,
            key_directory=self._state_directory,
            execution_limit_s=execution_limit_s,
            on_closed=self._handles.discard,
        )
        self._handles.add(handle)
        return handle

    async def close(self) -> None:
        """Close every notebook and end every worker."""
        await asyncio.gather(*(handle.close() for handle in self._handles))
        await self._manager.close()


class NotebookHandle:
    """One notebook of the engine.  submit() and events() are all that a presenter needs."""

    def __init__(
        self,
        notebook_id: str,
        place: KernelPlace,
        *,
        manager: SessionManager,
        process_life: str,
        key_directory: Path,
        execution_limit_s: float | None,
        on_closed: Callable[[NotebookHandle], None],
    ) -> None:
        self.notebook_id = notebook_id
        self._tasks = TaskOwner(f"notebook {notebook_id}", log)
        self._stream = EventStream(notebook_id, pause=self._pause, resume=self._resume)
        self._promises = PromiseStore(process_life)
        self._bridge = ProtocolBridge(
            self._promises,
            tasks=self._tasks,
            execution_limit_s=execution_limit_s,
            on_input=self._on_input,
        )
        self._kernel = Kernel(
            notebook_id,
            manager,
            place,
            tasks=self._tasks,
            emit=self._stream.emit,
            on_session=self._on_session,
            on_message=self._on_message,
            on_gone=self._on_gone,
        )
        self._runner = Runner(
            kernel=self._kernel,
            bridge=self._bridge,
            promises=self._promises,
            tasks=self._tasks,
            emit=self._stream.emit,
        )
        self._checkpointing = Checkpointing(
            kernel=self._kernel,
            bridge=self._bridge,
            key_folder=key_directory,
            emit=self._stream.emit,
        )
        steps = FlowSteps(
            process_life=process_life,
            checkpoint=lambda: "",
            send=self._send,
            foreign_claim=self._foreign_claim,
            checkpoint_due=lambda _execution_id: None,
        )
        register(self._promises.resonate, steps)
        self._started = self._closed = False
        self._closing = asyncio.Lock()
        self._on_closed = on_closed

    def submit(self, command: Command) -> str:
        """Take a command; returns its ExecutionId (RunCell) or RequestId at once."""
        self._start_promises()
        request_id = RequestId(uuid.uuid4().hex)
        match command:
            case RunCell():
                execution_id = ExecutionId(request_id)
                self._runner.add(Submission(execution_id=execution_id, command=command))
            case AnswerInput():
                self._spawn(partial(self._answer, request_id, command), request_id, "answer")
            case StartKernel():
                self._spawn(self._start_kernel, request_id, "kernel_start")
            case InterruptKernel():
                self._runner.skip_waiting("the run was interrupted")
                self._spawn(self._interrupt, request_id, "interrupt")
            case CancelExecution():
                if self._runner.remove(command.execution_id):
                    self._spawn(partial(self._cancel, command), request_id, "cancel")
            case RestartKernel():
                self._runner.abandon("the kernel was restarted")
                self._spawn(self._kernel.restart, request_id, "kernel_start")
            case ShutDownKernel():
                self._runner.abandon("the kernel was shut down")
                self._spawn(partial(self._kernel.shut_down, "it was shut down"), request_id, "shut_down")
            case SaveCheckpoint():
                self._spawn(partial(self._save_checkpoint, request_id, command), request_id, "checkpoint")
            case RestoreCheckpoint():
                self._spawn(partial(self._restore_checkpoint, request_id, command), request_id, "restore")
            case _:
                assert_never(command)
        return request_id

    def move_to(self, working_directory: Path) -> None:
        """The notebook's file is elsewhere now: the next worker starts there."""
        self._kernel.move_to(working_directory)

    def events(self) -> AsyncIterator[Event]:
        """The notebook's one stream; it has one consumer and ends after close()."""
        return self._stream.events()

    @property
    def bridge(self) -> ProtocolBridge:
        """For diagnostics: what is pending, and the most that ever was."""
        return self._bridge

    @property
    def session(self) -> Session | None:
        """The living session, for observers (message interceptors); None where no worker runs."""
        return self._kernel.session

    async def close(self) -> None:
        """End the worker and the stream; what waited is skipped, what ran is lost, and both are told."""
        async with self._closing:
            if not self._closed:
                self._closed = True
                await self._close()

    async def _close(self) -> None:
        self._runner.skip_waiting(CLOSED)
        await self._kernel.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._runner.none_running(), LAST_END_S)
        self._bridge.close()
        await self._tasks.close()
        if self._started:
            await self._promises.close()
        self._stream.close()
        self._on_closed(self)

    # --- commands

    async def _answer(self, request_id: RequestId, command: AnswerInput) -> None:
        answer = InputAnswer(text=command.text or "", eof=command.text is None)
        committed = await self._bridge.answer(command.execution_id, command.input_number, answer)
        session = self._kernel.session
        if committed is None or session is None:
            words = "Nothing waits for this answer any more; it was not sent."
            self._stream.emit(RequestFailed(request_id=request_id, kind="answer", message=words))
            return
        text = None if committed.response.eof or committed.secret else committed.response.data
        self._stream.emit(
            InputAnswered(execution_id=command.execution_id, input_number=command.input_number, text=text)
        )
        await session.answer(committed.response)

    async def _start_kernel(self) -> None:
        await self._kernel.ensure()

    async def _interrupt(self) -> None:
        if self._kernel.session is not None:
            await self._kernel.session.interrupt()

    async def _cancel(self, command: CancelExecution) -> None:
        if self._kernel.session is not None:
            await self._kernel.session.cancel(command.execution_id, command.grace_s)

    async def _save_checkpoint(self, request_id: RequestId, command: SaveCheckpoint) -> None:
        async with self._runner.worker_free:
            await self._checkpointing.save(request_id, command)

    async def _restore_checkpoint(self, request_id: RequestId, command: RestoreCheckpoint) -> None:
        async with self._runner.worker_free:
            await self._checkpointing.restore(request_id, command)

    def _spawn(self, work: Callable[[], Coroutine[object, object, None]], request_id: RequestId, kind: str) -> None:
        self._tasks.spawn(self._reported(work, request_id, kind), name=f"{kind} {request_id}")

    async def _reported(
        self, work: Callable[[], Coroutine[object, object, None]], request_id: RequestId, kind: str
    ) -> None:
        try:
            await work()
        except EngineError as error:
            log.info("%s of notebook %s failed: %s", kind, self.notebook_id, error)
            self._stream.emit(RequestFailed(request_id=request_id, kind=kind, message=str(error)))

    # --- the flow's steps

    async def _send(self, execution_id: str) -> None:
        session = self._kernel.session
        submission = None if session is None else self._runner.hand_over(execution_id)
        if session is None or submission is None:
            self._bridge.fail(execution_id, "it did not reach the kernel")
            return
        command = submission.command
        try:
            await session.execute(Execute(execution_id=execution_id, code=command.source, cell_id=command.cell_id))
        except PeerError as error:
            log.info("execution %s was not sent, and ends with its session: %s", execution_id, error)
        except EngineError as error:
            self._bridge.fail(execution_id, str(error))

    async def _foreign_claim(self, execution_id: str, claimed_by: str) -> None:
        reason = f"the application that started it (life {claimed_by}) ended"
        await self._promises.settle_execution(execution_id, to_json(lost(reason)))

    # --- what the session tells

    def _on_session(self, session: Session) -> None:
        session.add_message_interceptor(self._bridge.route_response)

    def _on_message(self, message: Message) -> None:
        event = translate(message)
        if event is not None:
            self._stream.emit(event)

    def _on_input(self, message: Input) -> None:
        self._stream.emit(
            InputRequested(
                execution_id=ExecutionId(message.execution_id),
                cell_id=self._runner.cell_of(message.execution_id),
                input_number=message.input_number,
                prompt=message.prompt,
                password=message.password,
            )
        )

    def _on_gone(self, reason: str, expected: bool) -> None:
        if not expected:
            self._runner.skip_waiting("the kernel ended")
        self._bridge.fail_all(reason)

    def _pause(self) -> None:
        if self._kernel.session is not None:
            self._kernel.session.pause()

    def _resume(self) -> None:
        if self._kernel.session is not None:
            self._kernel.session.resume()

    def _start_promises(self) -> None:
        if not self._started:
            self._started = True
            self._promises.start()
