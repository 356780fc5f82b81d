"""One notebook of the engine: takes its commands and gives one event stream of what comes of them.

Everything of it is composed here: promises, flow, bridge (registered as the session's interceptor), kernel, queue and
recovery, above the store that facade.Engine opened.  A command returns an id at once; what comes of it is an event.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from engine import commands
from engine.automatic import AutomaticCheckpoints
from engine.checkpointing import Checkpointing
from engine.commands import Command, ExecutionId, RequestId, RunCell
from engine.committed_facts import CommittedFacts
from engine.conversation import Conversation
from engine.durable.bridge import ProtocolBridge
from engine.durable.connection import PromiseStore
from engine.durable.flow import FlowSteps, register
from engine.durable.outcome import ExecutionOutcome
from engine.errors import StoreError
from engine.event_stream import EventStream
from engine.events import Event, Outcome, StoreStalled
from engine.kernel import Kernel
from engine.kernel_place import KernelPlace
from engine.past import Past
from engine.protocol.messages import AutomaticCheckpoint, Message
from engine.recovery import Recovery, has_late_output
from engine.requests import Requests
from engine.revival import Revival
from engine.runner import Runner
from engine.sending import Sending
from engine.session.living_worker import record_of
from engine.session.manager import SessionManager
from engine.session.session import Session
from engine.session.translate import translate
from engine.store.records import StoredState
from engine.store.store import NotebookStore
from engine.submission import Submission
from engine.tasks import TaskOwner
from engine.upkeep import Upkeep

log = logging.getLogger("capsule.facade")

LAST_END_S = 2.0  # for the end of what ran to be committed and told, once its worker has gone


class NotebookHandle:
    """submit(), events(), past and upkeep are all that a presenter needs."""

    def __init__(
        self,
        notebook_id: str,
        place: KernelPlace,
        *,
        store: NotebookStore,
        left: StoredState,
        manager: SessionManager,
        process_life: str,
        key_directory: Path,
        execution_limit_s: float | None,
        budget_bytes: int,
        on_closed: Callable[[NotebookHandle], None],
    ) -> None:
        self.notebook_id = notebook_id
        self.past = Past(store, left, place.log_directory)
        self._place, self._left, self._worker = place, left, left.worker  # the last worker, which may have gone
        self._tasks = TaskOwner(f"notebook {notebook_id}", log)
        self._room = asyncio.Event()
        self._room.set()
        self._stream = EventStream(notebook_id, pause=self._pause, resume=self._resume)
        self._store = store
        store.on_stalled = lambda reason: self._stream.emit(StoreStalled(reason=reason))
        self._facts = CommittedFacts(flushed=store.flushed, emit=self._stream.emit, tasks=self._tasks)
        self._promises = PromiseStore(process_life, store)
        self._conversation = Conversation(
            bridge=lambda: self._bridge,
            kernel=lambda: self._kernel,
            runner=lambda: self._runner,
            emit=self._stream.emit,
            tasks=self._tasks,
        )
        self._bridge = ProtocolBridge(
            self._promises,
            tasks=self._tasks,
            execution_limit_s=execution_limit_s,
            on_input=self._conversation.asked,
            on_answered=self._conversation.answered_before,
            on_late=lambda late: self._kernel.cancel(execution_id=late),
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
            store=store,
            facts=self._facts,
            tasks=self._tasks,
            emit=self._stream.emit,
            on_finished=self._on_finished,
        )
        self._checkpointing = Checkpointing(
            notebook_id,
            kernel=self._kernel,
            bridge=self._bridge,
            key_folder=key_directory,
            emit=self._stream.emit,
            tell=self._facts.tell,
        )
        self._automatic = AutomaticCheckpoints(
            place.checkpoint_directory,
            key_folder=key_directory,
            store=store,
            newest=left.checkpoint,
            cell_of=self._runner.cell_of,
            tasks=self._tasks,
            emit=self._stream.emit,
            offered=left.earlier,
            begun_at=0.0 if left.worker is None else left.worker.started_at,
        )
        self._revival = Revival(
            checkpointing=self._checkpointing,
            automatic=self._automatic,
            worker_free=self._runner.worker_free,
            last_worker=lambda: self._worker if self._kernel.session is None else None,
            tasks=self._tasks,
            emit=self._stream.emit,
            tell=self._facts.tell,
        )
        self._requests = Requests(
            kernel=self._kernel,
            runner=self._runner,
            revival=self._revival,
            checkpointing=self._checkpointing,
            conversation=self._conversation,
            tasks=self._tasks,
            emit=self._stream.emit,
        )
        self.upkeep = Upkeep(store, budget_bytes, is_idle=lambda: self._runner.is_idle, tasks=self._tasks)
        sending = Sending(kernel=self._kernel, runner=self._runner, bridge=self._bridge)
        steps = FlowSteps(
            process_life=process_life,
            checkpoint=lambda: self._automatic.newest_id,
            send=sending.send,
            foreign_claim=sending.leave_to_recovery,
            checkpoint_due=lambda _execution_id: None,
            give_up=self._bridge.fail,
        )
        register(self._promises.resonate, steps)
        self._started = self._closed = self._is_taking_up = False
        self._closing, self._on_closed = asyncio.Lock(), on_closed

    def take_up(self, journal: Sequence[str]) -> None:
        """Go on with what an earlier process life left; what comes of it is told on the stream."""
        pending = self._promises.replay(journal)
        self._runner.remember(self._left.latest)
        if self._left.continue_on_error:
            self._runner.go_on_after_errors(enabled=True)
        if not (self._left.unsettled or self._left.worker or has_late_output(self._place)):
            return
        self._start_promises()
        recovery = Recovery(
            state=self._left,
            unknown=frozenset(p.execution_id for p in pending if not p.known_version),
            place=self._place,
            kernel=self._kernel,
            runner=self._runner,
            bridge=self._bridge,
            promises=self._promises,
            store=self._store,
            automatic=self._automatic,
            room=self._room.wait,
            emit=self._stream.emit,
            on_told=self._on_recovery_told,
        )
        self._is_taking_up = True
        self._tasks.spawn(recovery.run(), name="recovery")

    def _on_recovery_told(self) -> None:
        self._is_taking_up = False

    def submit(self, command: Command, named: str = "") -> str:
        """Take a command; returns its ExecutionId (RunCell) or RequestId at once: named (32 hex digits) or new."""
        self._start_promises()
        request_id = RequestId(named or uuid.uuid4().hex)
        match command:
            case RunCell():
                self._runner.add(Submission(execution_id=ExecutionId(request_id), command=command))
            case commands.MoveInQueue(execution_id=execution_id, before=before):
                self._runner.move(execution_id, before)
            case commands.HoldQueue(held=held):
                self._runner.hold() if held else self._runner.release()
            case commands.GoOnAfterErrors(enabled=enabled):
                self._runner.go_on_after_errors(enabled=enabled)
            case commands.PinRun(execution_id=execution_id, pinned=pinned):
                self._store.pin(execution_id, pinned=pinned)
            case commands.KeepInterpreter(path=path):
                self._store.record_interpreter(path)
            case commands.DismissEarlier():
                self._automatic.earlier.dismiss()
            case _:
                self._requests.do(request_id, command)
        return request_id

    def move_to(self, working_directory: Path) -> None:
        """The notebook's file is elsewhere now: the next worker starts there."""
        self._kernel.move_to(working_directory)

    def keep_answers(self, *, kept: bool) -> None:
        """Whether what is typed into prompts stays in the store once it was sent."""
        self._store.set_keep_answers(kept)

    def events(self) -> AsyncIterator[Event]:
        """The notebook's one stream; it has one consumer and ends after close()."""
        return self._stream.events()

    @property
    def notice(self) -> str:
        """What the user must know of the store, e.g. that a damaged one was moved aside; "" for nothing."""
        return self._store.notice

    @property
    def bridge(self) -> ProtocolBridge:  # for diagnostics: what is pending, and the most that ever was
        return self._bridge

    @property
    def session(self) -> Session | None:
        """The living session, for observers (message interceptors); None where no worker runs."""
        return self._kernel.session

    async def close(self, *, keep_worker: bool = False) -> None:
        """End the worker and the stream; what waited is skipped, what ran is lost, and both are told.

        keep_worker: leave the worker alone instead; what it runs goes on, and what waits, for who opens it next.  So it
        is, too, while it is not known yet what it runs: nobody can have been asked.
        """
        async with self._closing:
            if not self._closed:
                self._closed = True
                try:
                    await self._part(keep_worker=keep_worker or self._is_taking_up)
                finally:
                    await self._close()

    async def _part(self, *, keep_worker: bool) -> None:
        """From the worker: it ends, or goes on alone."""
        if keep_worker:
            self._runner.leave()
            self._bridge.close()
            await self._kernel.leave()
        else:
            self._runner.skip_waiting("the notebook was closed")
            await self._kernel.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._runner.none_running(), LAST_END_S)
            self._bridge.close()
        self.upkeep.close()
        with contextlib.suppress(StoreError):  # what the disk refuses is said again by the worker's own file
            await self._automatic.close()

    async def _close(self) -> None:
        try:
            await self._tasks.close()
            if self._started:
                await self._promises.close()
        finally:
            if await self._store.close():
                self._facts.tell_all()
            self._stream.close()
            self._on_closed(self)

    # --- what the session tells

    def _on_session(self, session: Session) -> None:
        session.add_message_interceptor(self._bridge.route_response)
        is_new = self._worker is None or self._worker.session_id != session.session_id
        if not is_new:
            self._automatic.follow(session)
            self._automatic.earlier.tell()
        else:
            self._automatic.begin(session, meant_empty=self._requests.is_restart_of_same(session))
            place = self._kernel.place
            self._worker = record_of(
                session,
                working_directory=place.working_directory,
                log_directory=place.log_directory,
                started_at=time.time(),
            )
            self._store.record_worker(self._worker)

    def _on_message(self, message: Message) -> None:
        if isinstance(message, AutomaticCheckpoint):
            self._automatic.take(message, self._kernel.session)
            return
        event = translate(message)
        if event is not None:
            self._stream.emit(self._kernel.placed(event))

    def _on_finished(self, outcome: ExecutionOutcome) -> None:
        if outcome.type is not Outcome.LOST:
            self._revival.forget_deaths()
        self.upkeep.execution_ended()

    def _on_gone(self, reason: str, expected: bool) -> None:
        if expected:  # else its record stays until the next worker's: an opening can take over what it left
            self._store.record_worker(None)
        else:
            self._revival.after_death()
            self._runner.skip_behind("Python ended")
        self._bridge.fail_all(reason, self._runner.ran_s)

    def _pause(self) -> None:
        self._room.clear()
        self._kernel.pause()

    def _resume(self) -> None:
        self._room.set()
        self._kernel.resume()

    def _start_promises(self) -> None:
        if not self._started:
            self._started = True
            self._promises.start()
