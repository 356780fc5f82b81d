"""Runs a notebook's queue, one execution at a time, each as a durable execution.

Owned by facade.NotebookHandle.  Event-driven: a drain task lives while something waits.  An execution
is finished when the promise that the bridge settles is committed; the next one starts then.  Each that was
queued ends in exactly one event, Finished or (where it never reached the worker) Skipped.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from engine.commands import ExecutionId
from engine.durable.bridge import ProtocolBridge
from engine.durable.connection import PromiseStore
from engine.durable.flow import FLOW_VERSION, FUNCTION
from engine.durable.outcome import ExecutionOutcome, lost, read_outcome
from engine.errors import EngineError
from engine.events import (
    Event,
    ExecutionFinished,
    ExecutionQueued,
    ExecutionSkipped,
    ExecutionStarted,
    Outcome,
)
from engine.execution_queue import ExecutionQueue, Submission
from engine.kernel import Kernel
from engine.tasks import TaskOwner

log = logging.getLogger("capsule.runner")

OUR_FAULT = "the application failed while it ran; its log says why"
TAKEN_OUT = "it was taken out of the queue"
REMEMBERED_CELLS = 4096  # executions whose cell is known for what their threads print later; oldest go first


class Runner:
    """worker_free is held while an execution is with the worker; whoever needs it idle takes it too."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        bridge: ProtocolBridge,
        promises: PromiseStore,
        tasks: TaskOwner,
        emit: Callable[[Event], None],
    ) -> None:
        self._kernel, self._bridge, self._promises = kernel, bridge, promises
        self._tasks, self._emit = tasks, emit
        self._queue = ExecutionQueue()
        self._cells: dict[str, str] = {}
        self._abandoned: ExecutionId | None = None
        self._draining = False
        self._handed_over = self._withdrawn = False  # of the running one
        self._none_runs = asyncio.Event()
        self._none_runs.set()
        self.worker_free = asyncio.Lock()

    @property
    def running(self) -> Submission | None:
        return self._queue.running

    def cell_of(self, execution_id: str) -> str:
        """The cell an execution belongs to; "" where none is known."""
        return self._cells.get(execution_id, "")

    def add(self, submission: Submission) -> None:
        self._queue.add(submission)
        self._remember(submission)
        self._emit(ExecutionQueued(execution_id=submission.execution_id, cell_id=submission.command.cell_id))
        if not self._draining:
            self._draining = True
            self._tasks.spawn(self._drain(), name="queue")

    def remove(self, execution_id: ExecutionId) -> bool:
        """Skip an execution that has not reached the worker; True where it has, and is to be cancelled there."""
        submission = self._queue.remove(execution_id)
        if submission is not None:
            self._skip(submission, TAKEN_OUT)
        running = self._queue.running
        if running is None or running.execution_id != execution_id:
            return False
        self._withdraw(TAKEN_OUT)
        return self._handed_over

    def skip_waiting(self, reason: str) -> None:
        """Skip all that has not reached the worker: what is queued, and what waits for a kernel to start."""
        self._withdraw(reason)
        for submission in self._queue.clear():
            self._skip(submission, reason)

    def abandon(self, reason: str) -> None:
        """The worker is to go: skip what waits; what is queued from now on runs on the next worker."""
        self.skip_waiting(reason)
        self._abandoned = None if self.running is None else self.running.execution_id

    def hand_over(self, execution_id: str) -> Submission | None:
        """What goes to the worker now, which is told; None where it is settled already or was withdrawn."""
        running = self._queue.running
        if running is None or running.execution_id != execution_id:
            return None
        if self._withdrawn or not self._bridge.expects_execution(execution_id):
            return None
        self._handed_over = True
        cell_id, now = running.command.cell_id, time.time()
        self._emit(ExecutionStarted(execution_id=running.execution_id, cell_id=cell_id, started_at=now))
        return running

    async def none_running(self) -> None:
        """Wait until the end of the running execution, if there is one, was told."""
        await self._none_runs.wait()

    async def _drain(self) -> None:
        try:
            while self._queue.queued:
                async with self.worker_free:
                    submission = self._queue.start_next()
                    if submission is None:
                        break
                    await self._run_one(submission)
        finally:
            self._draining = False
            self.skip_waiting(OUR_FAULT)  # nothing waits, unless a bug of ours ended this task

    async def _run_one(self, submission: Submission) -> None:
        self._handed_over = self._withdrawn = False
        self._none_runs.clear()
        outcome = lost(OUR_FAULT)  # what stands where a bug of ours keeps the real one away
        try:
            outcome = await self._run(submission)
        finally:
            if not self._withdrawn:  # else it was told to be skipped
                self._emit(_finished(submission, outcome))
            self._queue.finish()
            self._none_runs.set()
        stops = outcome.type is not Outcome.OK and not submission.command.continue_on_error
        if stops and not self._withdrawn and submission.execution_id != self._abandoned:
            failed = outcome.type is Outcome.ERROR
            self.skip_waiting("a cell before it failed" if failed else "a cell before it did not run to its end")

    async def _run(self, submission: Submission) -> ExecutionOutcome:
        execution_id = submission.execution_id
        try:
            await self._kernel.ensure()
        except EngineError as error:
            return lost(str(error))
        settled = self._bridge.expect_execution(execution_id)
        try:
            await self._promises.create_execution(execution_id, FUNCTION, FLOW_VERSION)
            return read_outcome(await settled)
        finally:
            self._bridge.forget_execution(execution_id)

    def _withdraw(self, reason: str) -> None:
        """Skip the running execution, where it has not reached the worker: hand_over() will not give it any more."""
        running = self._queue.running
        if running is not None and not self._handed_over and not self._withdrawn:
            self._withdrawn = True
            self._skip(running, reason)

    def _skip(self, submission: Submission, reason: str) -> None:
        cell_id = submission.command.cell_id
        self._emit(ExecutionSkipped(execution_id=submission.execution_id, cell_id=cell_id, reason=reason))

    def _remember(self, submission: Submission) -> None:
        self._cells[submission.execution_id] = submission.command.cell_id
        if len(self._cells) > REMEMBERED_CELLS:
            del self._cells[next(iter(self._cells))]


def _finished(submission: Submission, outcome: ExecutionOutcome) -> ExecutionFinished:
    return ExecutionFinished(
        execution_id=submission.execution_id,
        cell_id=submission.command.cell_id,
        outcome=outcome.type,
        duration_s=outcome.duration_s,
        execution_count=outcome.execution_count,
        error_type=outcome.error_type,
        message=outcome.message,
    )
