"""Requests that take their time, done in the background: each succeeds silently or ends in one RequestFailed.

Owned by NotebookHandle, which hands over every command that is about the kernel, its variables or a prompt.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import assert_never

from engine.checkpointing import Checkpointing
from engine.commands import (
    AnswerInput,
    BringBackEarlier,
    CancelExecution,
    EndWorker,
    InterruptKernel,
    RequestId,
    RestartKernel,
    RestoreCheckpoint,
    RestoreLastCheckpoint,
    SaveCheckpoint,
    ShutDownKernel,
    StartKernel,
)
from engine.conversation import Conversation
from engine.errors import EngineError
from engine.events import Event, RequestFailed
from engine.kernel import Kernel
from engine.revival import Revival
from engine.runner import Runner
from engine.session.session import Session
from engine.tasks import TaskOwner

log = logging.getLogger("capsule.facade")

ENDED_BY_USER = "You ended Python while it ran."
NOT_REPLACED = "the Python that it was meant for was not started"

KernelCommand = StartKernel | InterruptKernel | EndWorker | RestartKernel | ShutDownKernel
VariablesCommand = SaveCheckpoint | RestoreCheckpoint | RestoreLastCheckpoint | BringBackEarlier
Request = KernelCommand | VariablesCommand | AnswerInput | CancelExecution


class Requests:
    """do() returns at once; what comes of it is an event."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        runner: Runner,
        revival: Revival,
        checkpointing: Checkpointing,
        conversation: Conversation,
        tasks: TaskOwner,
        emit: Callable[[Event], None],
    ) -> None:
        self._kernel, self._runner, self._revival = kernel, runner, revival
        self._checkpointing, self._conversation = checkpointing, conversation
        self._tasks, self._emit = tasks, emit
        self._restarts = 0  # asked for and not done
        self._replaced: Session | None = None

    def is_restart_of_same(self, session: Session) -> bool:
        """Whether the user asked for it in the place of one of the same Python, which was to go with its variables."""
        old = self._replaced
        return old is not None and old.ready.executable == session.ready.executable

    def do(self, request_id: RequestId, command: Request) -> None:
        match command:
            case AnswerInput():
                self._spawn(partial(self._conversation.answer, request_id, command), request_id, "answer")
            case CancelExecution():
                if self._runner.remove(command.execution_id):
                    self._runner.stop_asked()
                    self._spawn(partial(self._cancel, command), request_id, "cancel")
            case SaveCheckpoint() | RestoreCheckpoint() | RestoreLastCheckpoint() | BringBackEarlier():
                self._with_variables(request_id, command)
            case _:
                self._with_kernel(request_id, command)

    def _with_kernel(self, request_id: RequestId, command: KernelCommand) -> None:
        match command:
            case StartKernel():
                self._spawn(self._start_kernel, request_id, "kernel_start")
            case InterruptKernel():
                self._runner.stop_asked()
                self._runner.skip_behind("the run was interrupted")
                self._spawn(self._interrupt, request_id, "interrupt")
            case EndWorker():
                self._spawn(self._end_worker, request_id, "shut_down")
            case RestartKernel(with_variables=with_variables):
                self._revival.forget_deaths()
                self._runner.abandon("Python was restarted")
                self._restarts += 1
                restarting = self._spawn(self._restart, request_id, "kernel_start")
                if with_variables:  # asked for before anything else can be, so that nothing runs without them
                    self._spawn(partial(self._revival.restore_last, once=restarting), request_id, "restore")
            case ShutDownKernel():
                self._runner.abandon("Python was shut down")
                self._spawn(partial(self._kernel.shut_down, "it was shut down"), request_id, "shut_down")
            case _:
                assert_never(command)

    def _with_variables(self, request_id: RequestId, command: VariablesCommand) -> None:
        match command:
            case SaveCheckpoint():
                self._spawn(partial(self._save, request_id, command), request_id, "checkpoint")
            case RestoreCheckpoint():
                self._spawn(partial(self._restore, request_id, command), request_id, "restore")
            case RestoreLastCheckpoint():
                self._spawn(self._revival.restore_last, request_id, "restore")
            case BringBackEarlier(execution_id=execution_id):
                self._spawn(partial(self._revival.bring_back, execution_id), request_id, "restore")
            case _:
                assert_never(command)

    async def _start_kernel(self) -> None:
        await self._kernel.ensure()

    async def _interrupt(self) -> None:
        if self._kernel.session is not None:
            await self._kernel.session.interrupt()

    async def _cancel(self, command: CancelExecution) -> None:
        if self._kernel.session is not None:
            await self._kernel.session.cancel(command.execution_id, command.grace_s)

    async def _restart(self) -> None:
        self._replaced = self._kernel.session
        try:
            await self._kernel.restart()
        except EngineError:
            if self._kernel.has_worker and self._restarts == 1:  # what waits is for the last one
                self._runner.take_back(NOT_REPLACED)
            raise
        finally:
            self._replaced = None
            self._restarts -= 1

    async def _end_worker(self) -> None:
        """The variables are asked for first, so that nothing runs between the end and their return."""
        revived = self._tasks.spawn(self._revival.revive(), name="revive")
        await self._kernel.kill(ENDED_BY_USER)
        await revived

    async def _save(self, request_id: RequestId, command: SaveCheckpoint) -> None:
        async with self._runner.worker_free:
            await self._checkpointing.save(request_id, command)

    async def _restore(self, request_id: RequestId, command: RestoreCheckpoint) -> None:
        async with self._runner.worker_free:
            await self._checkpointing.restore(request_id, command)

    def _spawn(
        self, work: Callable[[], Coroutine[object, object, None]], request_id: RequestId, kind: str
    ) -> asyncio.Task[bool]:
        """The task gives whether it was done."""
        return self._tasks.spawn(self._reported(work, request_id, kind), name=f"{kind} {request_id}")

    async def _reported(
        self, work: Callable[[], Coroutine[object, object, None]], request_id: RequestId, kind: str
    ) -> bool:
        try:
            await work()
        except EngineError as error:
            log.info("%s was not done: %s", kind, error)
            self._emit(RequestFailed(request_id=request_id, kind=kind, message=str(error)))
            return False
        return True
