"""Between the worker's messages and the durable promises: who asked what, and what settles it.

Registered as an interceptor of the session, so it sees every message before routing and consumes none
(invariant 2).  Keeps invariant 5 with pending.py: no entry is left after resolve, reject, time-out and close;
everything settles as a value, and where that fails, even by a bug, whoever waits is told.  What an earlier process
life left with a worker is read again from its log's beginning; recovered_prompts.py says what is asked once more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, assert_never

from engine.durable.outcome import (
    ExecutionOutcome,
    InputAnswer,
    TimedOut,
    answer_to_json,
    from_message,
    lost,
    read_answer,
    timed_out,
    to_json,
)
from engine.durable.pending import Entry, Key, Pending
from engine.durable.recovered_prompts import Again, RecoveredPrompts, Written
from engine.protocol.messages import (
    DUPLICATE,
    CheckpointReport,
    Error,
    Input,
    InputResponse,
    Message,
    QueryReply,
    RestoreReport,
    Result,
)
from engine.tasks import TaskOwner

log = logging.getLogger("capsule.bridge")

STOP_LIMIT_S = 10.0  # for an execution that took too long to end once it is interrupted; compiled code may not hear it
UNASKED = "What it asked could not be recorded, so it was stopped. Its Python still has all variables: run it again."
REQUEST_LIMIT_S = 30.0  # for every request but executions and inputs, which have none unless configured


class Promises(Protocol):
    """What the bridge needs of connection.PromiseStore."""

    async def settle_execution(self, execution_id: str, value: dict[str, object]) -> object: ...

    async def create_input(self, execution_id: str, input_number: int, param: dict[str, object]) -> None: ...

    async def settle_input(self, execution_id: str, input_number: int, value: dict[str, object]) -> object: ...

    def answers(self, execution_id: str) -> dict[int, object | None]: ...


@dataclass(frozen=True, kw_only=True)
class AnswerToSend:
    """A committed answer; secret: it was asked as a password and is not to be shown."""

    response: InputResponse
    secret: bool


class ProtocolBridge:
    """Correlates requests with what answers them.  One per session's life; close() ends it.

    on_input: a prompt is to be shown.  on_answered: a prompt of a recovered execution was answered before; what
    is to be sent once more, since the worker may not have got it (else it drops it), None for nothing.  on_late: an
    execution is to be stopped, since its limit ran out; it is settled when it has ended, or STOP_LIMIT_S later.
    """

    def __init__(
        self,
        promises: Promises,
        *,
        tasks: TaskOwner,
        execution_limit_s: float | None = None,
        on_input: Callable[[Input], None] = lambda _message: None,
        on_answered: Callable[[Input, AnswerToSend | None], None] = lambda _message, _answer: None,
        on_late: Callable[[str], None] | None = None,
    ) -> None:
        self._promises = promises
        self._tasks = tasks
        self._execution_limit_s = execution_limit_s
        self._on_input, self._on_answered, self._on_late = on_input, on_answered, on_late
        self._recovered: dict[str, RecoveredPrompts] = {}
        self._pending = Pending(self._expire)

    @property
    def pending(self) -> frozenset[Key]:
        return frozenset(self._pending.keys)

    @property
    def high_water_mark(self) -> int:
        """The most entries that were pending at once."""
        return self._pending.high_water_mark

    # --- requests

    def expect_execution(self, execution_id: str) -> asyncio.Future[object]:
        """Register an execution before it is sent; the future gives its outcome's JSON once committed."""
        return self._pending.add(Key.execution(execution_id), self._execution_limit_s).settled

    def expect_recovered(self, execution_id: str) -> None:
        """Beside expect_execution(), for one of an earlier process life: its log is read again from the beginning."""
        recorded = self._promises.answers(execution_id)
        answers = {number: None if value is None else read_answer(value) for number, value in recorded.items()}
        self._recovered[execution_id] = RecoveredPrompts(answers)

    def caught_up(self, execution_id: str) -> None:
        """All that its worker had written when it was attached to was routed: a prompt that ends it still waits."""
        recovered = self._recovered.pop(execution_id, None)
        message = None if recovered is None else recovered.unsure
        if message is not None:
            self._show(message)

    def forget_execution(self, execution_id: str) -> None:
        """Nobody waits for its outcome any more; nothing where it was settled, as it is in good order."""
        self._recovered.pop(execution_id, None)
        self._pending.pop(Key.execution(execution_id))

    def expects_execution(self, execution_id: str) -> bool:
        """Whether nothing has settled it yet."""
        return Key.execution(execution_id) in self._pending

    async def request(
        self,
        kind: str,
        message: Message,
        send: Callable[[Message], Awaitable[None]],
        limit_s: float | None = REQUEST_LIMIT_S,
    ) -> Message | TimedOut:
        """Send message and wait for its report or reply, an Error that refuses it, or TimedOut."""
        key = Key(kind, "", message.id)
        entry = self._pending.add(key, limit_s)
        try:
            await send(message)
            answer = await entry.settled
        finally:
            self._pending.pop(key)
        assert isinstance(answer, Message | TimedOut)
        return answer

    async def answer(self, execution_id: str, input_number: int, answer: InputAnswer) -> AnswerToSend | None:
        """Settle a prompt; what the worker is to be sent then, None where nothing waits there.

        The promise's first value stands, so of two answers the one that was committed first is sent.
        """
        key = Key.prompt(execution_id, input_number)
        entry = self._pending.pop(key)
        if entry is None:
            return None
        recorded = InputAnswer(text=answer.text, eof=answer.eof, secret=entry.secret)
        value: object = None
        try:
            value = await self._promises.settle_input(execution_id, input_number, answer_to_json(recorded))
        finally:
            if value is None and self.expects_execution(execution_id):
                self._pending.put(key, entry)  # it is not recorded, and the code still waits
        entry.settled.set_result(value)
        stands = read_answer(value)
        to_send = answer if entry.secret and not stands.eof else stands
        return AnswerToSend(response=_response(execution_id, input_number, to_send), secret=entry.secret)

    # --- what comes back

    def route_response(self, message: Message) -> None:
        """The interceptor: settles what message answers.  Never raises for what a peer may send."""
        if self._recovered:
            self._note_recovered(message)
        match message:
            case Result() | Error(request_id=""):
                self._finish(message.execution_id, from_message(message))
            case Error():
                self._refused(message)
            case Input() if message.execution_id in self._recovered:
                self._ask_again(message, self._recovered[message.execution_id])
            case Input():
                self._spawn_ask(message)
            case InputResponse():
                self._tasks.spawn(self._answered(message), name=f"answer {message.execution_id}")
            case CheckpointReport() | RestoreReport() | QueryReply():
                self._reply(message.request_id, message)
            case _:
                pass  # everything else answers nothing

    def fail(self, execution_id: str, reason: str, ran_s: float = 0.0) -> None:
        """Settle an execution as lost, with the reason in words; nothing where it is settled already."""
        self._finish(execution_id, lost(reason, ran_s))

    def fail_all(self, reason: str, ran_s: float = 0.0) -> None:
        """The worker is gone: whatever waited for it is settled as lost or refused.  ran_s: how long what runs did."""
        for key in self._pending.keys:
            if key.kind == "execute":
                self.fail(key.execution_id, reason, ran_s)
            elif key.kind != "input":
                self._reply(key.request, _gone(key, reason))

    def close(self) -> None:
        """Forget everything that is pending; awaiting callers are cancelled, promises stay as they are."""
        self._pending.cancel_all()
        self._recovered.clear()

    # --- inside

    def _expire(self, key: Key, limit_s: float) -> None:
        value = TimedOut(kind=key.kind, execution_id=key.execution_id, request=key.request, limit_s=limit_s)
        log.warning("%s %s was not answered within %s s", key.kind, key.execution_id or key.request, limit_s)
        if key.kind == "execute":
            self._stop(key, timed_out(value))
        elif (entry := self._pending.pop(key)) is not None:
            entry.settled.set_result(value)

    def _stop(self, key: Key, value: dict[str, object]) -> None:
        """Settle an execution with value, but stop it first, so that the next one finds its worker idle."""
        entry = self._pending.get(key)
        if entry is None or entry.late is not None:
            return
        entry.late = value
        if entry.limit is not None:
            entry.limit.cancel()
        if self._on_late is None:
            self._end(key, value)
            return
        entry.limit = asyncio.get_running_loop().call_later(STOP_LIMIT_S, self._end, key, value)
        self._on_late(key.execution_id)

    def _end(self, key: Key, value: dict[str, object]) -> None:
        """Settle an execution with value, or with what stands already; nothing where it was settled."""
        entry = self._pending.pop(key)
        self._withdraw_inputs(key.execution_id)
        if entry is not None:
            self._settle_soon(key, entry, value if entry.late is None else entry.late)

    def _finish(self, execution_id: str, outcome: ExecutionOutcome) -> None:
        self._end(Key.execution(execution_id), to_json(outcome))

    def _refused(self, error: Error) -> None:
        if error.error_type == DUPLICATE:
            log.info("execution %s had reached the worker before", error.execution_id)
        elif Key.execution(error.execution_id) in self._pending:
            self._finish(error.execution_id, from_message(error))
        else:
            self._reply(error.request_id, error)

    def _reply(self, request_id: str, message: Message) -> None:
        entry = self._pending.pop_request(request_id)
        if entry is not None:
            entry.settled.set_result(message)

    def _withdraw_inputs(self, execution_id: str) -> None:
        for key in self._pending.prompts(execution_id):
            entry = self._pending.pop(key)
            if entry is not None:
                self._settle_soon(key, entry, answer_to_json(InputAnswer(withdrawn=True)))

    def _settle_soon(self, key: Key, entry: Entry, value: dict[str, object]) -> None:
        task = self._tasks.spawn(self._settled(key, value), name=f"settle {key.kind} {key.execution_id}")
        task.add_done_callback(lambda ended: _hand_on(ended, entry.settled))

    async def _settled(self, key: Key, value: dict[str, object]) -> object:
        if key.kind == "execute":
            return await self._promises.settle_execution(key.execution_id, value)
        return await self._promises.settle_input(key.execution_id, int(key.request), value)

    def _spawn_ask(self, message: Input) -> None:
        key = self._expect_answer(message)
        if key is not None:
            task = self._tasks.spawn(self._ask(key, message), name=f"input {message.execution_id}:{key.request}")
            task.add_done_callback(lambda ended: self._stop_unasked(ended, key))

    def _show(self, message: Input) -> None:
        """A prompt whose promise is on the disk already."""
        if self._expect_answer(message) is not None:
            self._on_input(message)

    def _expect_answer(self, message: Input) -> Key | None:
        """The prompt's key; None where it waits already, or nothing of its execution does."""
        key = Key.prompt(message.execution_id, message.input_number)
        if key in self._pending or not self.expects_execution(message.execution_id):
            return None
        self._pending.add(key, None, secret=message.password)
        return key

    async def _ask(self, key: Key, message: Input) -> None:
        """The prompt is committed as a promise before anybody is shown it."""
        param: dict[str, object] = {"prompt": message.prompt, "password": message.password}
        await self._promises.create_input(message.execution_id, message.input_number, param)
        if key in self._pending:
            self._on_input(message)

    def _stop_unasked(self, asking: asyncio.Task[None], key: Key) -> None:
        """Nobody can answer what cannot be recorded, so that the code would wait for ever."""
        if not asking.cancelled() and asking.exception() is not None:
            self._pending.pop(key)
            self._stop(Key.execution(key.execution_id), to_json(lost(UNASKED)))

    def _note_recovered(self, message: Message) -> None:
        """Whatever a cell writes after a prompt says that it went on from there."""
        recovered = self._recovered.get(message.execution_id) if isinstance(message, Written) else None
        if recovered is not None and recovered.unsure is not None:
            unsure, recovered.unsure = recovered.unsure, None
            self._on_answered(unsure, None)

    def _ask_again(self, message: Input, recovered: RecoveredPrompts) -> None:
        match recovered.seen(message):
            case Again.ASK:
                self._spawn_ask(message)
            case Again.WAIT:
                self._show(message)
            case Again.TELL:
                self._on_answered(message, None)
            case Again.SEND:
                response = _response(message.execution_id, message.input_number, recovered.answer(message))
                self._on_answered(message, AnswerToSend(response=response, secret=message.password))
            case Again.UNSURE | Again.PASS:
                pass
            case again:
                assert_never(again)

    async def _answered(self, message: InputResponse) -> None:
        await self.answer(message.execution_id, message.input_number, InputAnswer(text=message.data, eof=message.eof))


def _response(execution_id: str, input_number: int, answer: InputAnswer) -> InputResponse:
    return InputResponse(execution_id=execution_id, input_number=input_number, data=answer.text, eof=answer.eof)


def _hand_on(task: asyncio.Task[object], settled: asyncio.Future[object]) -> None:
    """What becomes of a task becomes of what waits for it; that it failed is its owner's to log."""
    if settled.done():
        return
    if task.cancelled():
        settled.cancel()
    elif (error := task.exception()) is not None:
        settled.set_exception(error)
        settled.exception()  # seen, also where nobody waits
    else:
        settled.set_result(task.result())


def _gone(key: Key, reason: str) -> Error:
    return Error(
        execution_id="",
        error_type="WorkerGone",
        message=reason,
        traceback=[],
        execution_time=0.0,
        request_id=key.request,
    )
