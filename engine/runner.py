"""Runs a notebook's queue, one execution at a time, each as a durable execution.

Owned by NotebookHandle.  Event-driven: a drain task lives while something may run.  An execution
is finished when the promise that the bridge settles is committed; the next one starts then.  Each that was
queued ends in exactly one event, Finished or (where it never reached the worker) Skipped, if not here then
in the process life that finds it in the store.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

from engine.commands import ExecutionId
from engine.committed_facts import CommittedFacts
from engine.durable.bridge import ProtocolBridge
from engine.durable.connection import PromiseStore
from engine.durable.flow import FLOW_VERSION, FUNCTION
from engine.durable.outcome import ExecutionOutcome, lost, read_outcome
from engine.errors import EngineError, NoneChosen
from engine.events import Event, Outcome, QueueChanged
from engine.execution_queue import ExecutionQueue
from engine.kernel import Kernel
from engine.store.records import RunRecord
from engine.store.store import NotebookStore
from engine.submission import Submission, finished, queued, record_of, skipped, started, submission_of
from engine.tasks import TaskOwner

log = logging.getLogger("capsule.runner")

OUR_FAULT = "the application failed while it ran; its log says why"
TAKEN_OUT = "it was taken out of the queue"
HELD = "You stopped the queue here."
NONE_CHOSEN = "no Python was chosen"
REMEMBERED_CELLS = 4096  # executions whose cell is known for what their threads print later; oldest go first


class Runner:
    """worker_free is held while an execution is with the worker; whoever needs it idle takes it too.

    on_finished: an execution ended, as the argument says, and was told.
    """

    def __init__(
        self,
        *,
        kernel: Kernel,
        bridge: ProtocolBridge,
        promises: PromiseStore,
        store: NotebookStore,
        facts: CommittedFacts,
        tasks: TaskOwner,
        emit: Callable[[Event], None],
        on_finished: Callable[[ExecutionOutcome], None],
    ) -> None:
        self._kernel, self._bridge, self._promises, self._store = kernel, bridge, promises, store
        self._facts, self._tasks, self._emit, self._on_finished = facts, tasks, emit, on_finished
        self._queue = ExecutionQueue()
        self._cells: dict[str, str] = {}
        self._abandoned: ExecutionId | None = None
        self._goes_on_after_errors = False
        self._held_because = ""
        self._draining = self._leaving = False
        self._handed_over = self._withdrawn = False  # of the running one
        self._started_at = 0.0
        self._none_runs = asyncio.Event()
        self._none_runs.set()
        self.worker_free = asyncio.Lock()

    @property
    def running(self) -> Submission | None:
        return self._queue.running

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs, nor is about to."""
        return self.running is None and not self._queue.has_next

    def remember(self, records: Iterable[RunRecord]) -> None:
        """Executions of earlier lives, of which the worker may still say something."""
        for record in records:
            self._remember(submission_of(record))

    def cell_of(self, execution_id: str) -> str:
        """The cell an execution belongs to; "" where none is known."""
        return self._cells.get(execution_id, "")

    # --- the queue

    def add(self, submission: Submission) -> None:
        """Queue it; told as queued when that is on the disk, though it may have been sent for by then."""
        self._store.submit(record_of(submission))
        self._enqueue(submission)
        self._wake()

    def come_back(self, submissions: Sequence[Submission], reason: str) -> None:
        """What an earlier process life left waiting is here again, and held: opening a notebook runs nothing."""
        for submission in submissions:
            self._enqueue(submission)
        if submissions:
            came = [s.execution_id for s in submissions]
            self._store.order([*came, *(s.execution_id for s in self._queue.queued if s.execution_id not in came)])
            self._queue.hold(came)  # not the user's wish, so nothing to keep
            self._held_because = reason
            self._tell_queue()

    def hold(self) -> None:
        """Start nothing of what waits now."""
        self._store.hold(held=True)
        self._queue.hold()
        self._held_because = HELD
        self._tell_queue()

    def release(self) -> None:
        self._queue.release()
        self._store.hold(held=False)
        self._tell_queue()
        self._wake()

    def move(self, execution_id: ExecutionId, before: ExecutionId | None) -> None:
        """Change the order of what waits; nothing where one of the two has started meanwhile."""
        if self._queue.move(execution_id, before):
            self._store.order([s.execution_id for s in self._queue.queued])
            self._tell_queue()

    def go_on_after_errors(self, *, enabled: bool) -> None:
        self._goes_on_after_errors = enabled
        self._store.go_on_after_errors(enabled=enabled)
        self._tell_queue()

    def remove(self, execution_id: ExecutionId) -> bool:
        """Skip an execution that has not reached the worker; True where it has, and is to be cancelled there."""
        submission = self._queue.remove(execution_id)
        if submission is not None:
            self._skip([submission], TAKEN_OUT)
        running = self._queue.running
        if running is None or running.execution_id != execution_id:
            return False
        self._withdraw(TAKEN_OUT)
        return self._handed_over

    def stop_asked(self) -> None:
        """The user wants the end of what runs; nothing where nothing does."""
        if self.running is not None:
            self._store.ask_to_stop(self.running.execution_id)

    def skip_waiting(self, reason: str) -> None:
        """Skip all that has not reached the worker: what is queued, and what waits for a kernel to start."""
        self._withdraw(reason)
        self._skip(self._queue.clear(), reason)

    def skip_behind(self, reason: str) -> None:
        """The same, but for what is held: it stands behind nothing that runs."""
        self._withdraw(reason)
        self._skip(self._queue.clear_free(), reason)

    def abandon(self, reason: str) -> None:
        """The worker is to go: skip what waits; what is queued from now on runs on the next worker."""
        self.skip_waiting(reason)
        self._abandoned = None if self.running is None else self.running.execution_id

    def take_back(self, reason: str) -> None:
        """The worker does not go after all: skip what was queued for the next one, and is not held."""
        self._abandoned = None
        self.skip_behind(reason)

    # --- running

    def hand_over(self, execution_id: str) -> Submission | None:
        """What goes to the worker now, which is told; None where it is settled already or was withdrawn.

        Its claim is on the disk, and with it the submission.
        """
        running = self._queue.running
        if running is None or running.execution_id != execution_id:
            return None
        if self._withdrawn or not self._bridge.expects_execution(execution_id):
            return None
        self._handed_over = True
        self._facts.tell_queued(running.execution_id)
        self._started_at = time.time()
        self._emit(started(running, self._started_at))
        return running

    @property
    def ran_s(self) -> float:
        """How long the execution that is with the worker has run; 0 where none is."""
        return max(0.0, time.time() - self._started_at) if self.running is not None and self._handed_over else 0.0

    def follow(self, submission: Submission, started_at: float) -> asyncio.Task[None]:
        """It is with a worker that was attached to again; the caller holds worker_free until the task ends."""
        self._remember(submission)
        self._emit(queued(submission))
        self._emit(started(submission, started_at))
        self._started_at = started_at
        self._queue.start(submission)
        self._handed_over, self._withdrawn = True, False
        self._none_runs.clear()
        settled = self._bridge.expect_execution(submission.execution_id)
        self._bridge.expect_recovered(submission.execution_id)
        outcome = self._outcome(submission.execution_id, settled)
        return self._tasks.spawn(self._finish(submission, outcome), name="followed")

    def tell_begun(self, submission: Submission, started_at: float) -> None:
        """Show it as begun, before what it had printed and its end; nothing of it runs."""
        self._remember(submission)
        self._emit(queued(submission))
        self._emit(started(submission, started_at))

    def tell_end(self, submission: Submission, outcome: ExecutionOutcome) -> None:
        self._emit(finished(submission, outcome))

    def leave(self) -> None:
        """Tell no end of anything any more: what runs goes on without us, and what waits is in the store."""
        self._leaving = True

    async def none_running(self) -> None:
        """Wait until the end of the running execution, if there is one, was told."""
        await self._none_runs.wait()

    # --- inside

    def _enqueue(self, submission: Submission) -> None:
        self._queue.add(submission)
        self._remember(submission)
        self._facts.tell(queued(submission))

    def _wake(self) -> None:
        if self._queue.has_next and not self._draining:
            self._draining = True
            self._tasks.spawn(self._drain(), name="queue")

    async def _drain(self) -> None:
        failed = True
        try:
            while self._queue.has_next:
                async with self.worker_free:
                    submission = self._queue.start_next()
                    if submission is None:
                        break
                    await self._run_one(submission)
            failed = False
        finally:
            self._draining = False
            if failed:  # a bug of ours ended this task, or the end of the notebook
                self.skip_waiting(OUR_FAULT)

    async def _run_one(self, submission: Submission) -> None:
        self._handed_over = self._withdrawn = False
        self._none_runs.clear()
        await self._finish(submission, self._run(submission))

    async def _finish(self, submission: Submission, outcome_of: Awaitable[ExecutionOutcome]) -> None:
        """Wait for its outcome, tell it, and skip what it stops."""
        outcome = lost(OUR_FAULT)  # what stands where a bug of ours keeps the real one away
        is_recorded = True
        try:
            outcome = await outcome_of
        except asyncio.CancelledError:  # the notebook is closed first: its next opening says how it ended
            is_recorded = False
            raise
        finally:
            # else it was told to be skipped, or goes on without us
            if is_recorded and not (self._withdrawn or self._leaving):
                self._facts.tell_queued(submission.execution_id)
                self._emit(finished(submission, outcome))
            self._queue.finish()
            self._none_runs.set()
        if not self._withdrawn:
            self._on_finished(outcome)
        stops = outcome.type is not Outcome.OK and not submission.command.continue_on_error
        if stops and not (self._withdrawn or self._goes_on_after_errors or submission.execution_id == self._abandoned):
            failed = outcome.type is Outcome.ERROR
            self.skip_behind("a cell before it failed" if failed else "a cell before it did not run to its end")

    async def _run(self, submission: Submission) -> ExecutionOutcome:
        execution_id = submission.execution_id
        try:
            await self._kernel.ensure()
        except EngineError as error:
            if isinstance(error, NoneChosen):
                self.skip_behind(NONE_CHOSEN)
            settled = self._bridge.expect_execution(execution_id)
            self._bridge.fail(execution_id, str(error))
            outcome = await self._outcome(execution_id, settled)
            await self._promises.drop(execution_id)  # it has no flow that would end it
            return outcome
        return await self._outcome(execution_id, self._bridge.expect_execution(execution_id), create=True)

    async def _outcome(
        self, execution_id: str, settled: asyncio.Future[object], *, create: bool = False
    ) -> ExecutionOutcome:
        """create: its flow is still to be begun."""
        try:
            if create:
                await self._promises.create_execution(execution_id, FUNCTION, FLOW_VERSION)
            return read_outcome(await settled)
        finally:
            self._bridge.forget_execution(execution_id)

    def _withdraw(self, reason: str) -> None:
        """Skip the running execution, where it has not reached the worker: hand_over() will not give it any more."""
        running = self._queue.running
        if running is not None and not self._handed_over and not self._withdrawn:
            self._withdrawn = True
            self._skip([running], reason)

    def _skip(self, submissions: Sequence[Submission], reason: str) -> None:
        if not submissions or self._leaving:
            return
        self._store.skip([s.execution_id for s in submissions], reason)
        for submission in submissions:
            self._facts.tell(skipped(submission, reason))

    def _tell_queue(self) -> None:
        self._facts.tell(
            QueueChanged(
                waiting=tuple(s.execution_id for s in self._queue.queued),
                held=self._queue.is_held,
                reason=self._held_because if self._queue.is_held else "",
                continue_on_error=self._goes_on_after_errors,
            )
        )

    def _remember(self, submission: Submission) -> None:
        self._cells[submission.execution_id] = submission.command.cell_id
        if len(self._cells) > REMEMBERED_CELLS:
            del self._cells[next(iter(self._cells))]
