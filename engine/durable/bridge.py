"""Between the worker's messages and the durable promises: who asked what, and what settles it.

Registered as an interceptor of the session, so it sees every message before routing and consumes none
(invariant 2).  Keeps invariant 5: an entry is popped and its timer cancelled in one step; none is left
after resolve, reject, time-out and close; everything settles as a value.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

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

REQUEST_LIMIT_S = 30.0  # for every request but executions and inputs, which have none unless configured


class Promises(Protocol):
    """What the bridge needs of connection.PromiseStore."""

    async def settle_execution(self, execution_id: str, value: dict[str, object]) -> object: ...

    async def create_input(self, execution_id: str, input_number: int, param: dict[str, object]) -> None: ...

    async def settle_input(self, execution_id: str, input_number: int, value: dict[str, object]) -> object: ...


@dataclass(frozen=True)
class Key:
    """kind "execute" (request ""), "input" (request = its number), else the request's message id."""

    kind: str
    execution_id: str
    request: str = ""


@dataclass(kw_only=True)
class _Entry:
    """limit: the running timer.  settled: done with the answer once its promise is committed."""

    settled: asyncio.Future[object]
    limit: asyncio.TimerHandle | None
    secret: bool = False


@dataclass(frozen=True, kw_only=True)
class AnswerToSend:
    """A committed answer; secret: it was asked as a password and is not to be shown."""

    response: InputResponse
    secret: bool


class ProtocolBridge:
    """Correlates requests with what answers them.  One per session's life; close() ends it."""

    def __init__(
        self,
        promises: Promises,
        *,
        tasks: TaskOwner,
        execution_limit_s: float | None = None,
        on_input: Callable[[Input], None] = lambda _message: None,
    ) -> None:
        self._promises = promises
        self._tasks = tasks
        self._execution_limit_s = execution_limit_s
        self._on_input = on_input
        self._pending: dict[Key, _Entry] = {}
        self._high_water_mark = 0

    @property
    def pending(self) -> frozenset[Key]:
        return frozenset(self._pending)

    @property
    def high_water_mark(self) -> int:
        """The most entries that were pending at once."""
        return self._high_water_mark

    # --- requests

    def expect_execution(self, execution_id: str) -> asyncio.Future[object]:
        """Register an execution before it is sent; the future gives its outcome's JSON once committed."""
        return self._add(Key("execute", execution_id), self._execution_limit_s).settled

    def forget_execution(self, execution_id: str) -> None:
        """Nobody waits for its outcome any more; nothing where it was settled, as it is in good order."""
        self._pop(Key("execute", execution_id))

    def expects_execution(self, execution_id: str) -> bool:
        """Whether nothing has settled it yet."""
        return Key("execute", execution_id) in self._pending

    async def request(
        self,
        kind: str,
        message: Message,
        send: Callable[[Message], Awaitable[None]],
        limit_s: float | None = REQUEST_LIMIT_S,
    ) -> Message | TimedOut:
        """Send message and wait for its report or reply, an Error that refuses it, or TimedOut."""
        key = Key(kind, "", message.id)
        entry = self._add(key, limit_s)
        try:
            await send(message)
            answer = await entry.settled
        finally:
            self._pop(key)
        assert isinstance(answer, Message | TimedOut)
        return answer

    async def answer(self, execution_id: str, input_number: int, answer: InputAnswer) -> AnswerToSend | None:
        """Settle a prompt; what the worker is to be sent then, None where nothing waits there.

        The promise's first value stands, so of two answers the one that was committed first is sent.
        """
        entry = self._pop(Key("input", execution_id, str(input_number)))
        if entry is None:
            return None
        recorded = InputAnswer(text=answer.text, eof=answer.eof, secret=entry.secret)
        value = await self._promises.settle_input(execution_id, input_number, answer_to_json(recorded))
        entry.settled.set_result(value)
        stands = read_answer(value)
        response = InputResponse(
            execution_id=execution_id,
            input_number=input_number,
            data=answer.text if entry.secret and not stands.eof else stands.text,
            eof=stands.eof,
        )
        return AnswerToSend(response=response, secret=entry.secret)

    # --- what comes back

    def route_response(self, message: Message) -> None:
        """The interceptor: settles what message answers.  Never raises for what a peer may send."""
        match message:
            case Result() | Error(request_id=""):
                self._finish(message.execution_id, from_message(message))
            case Error():
                self._refused(message)
            case Input() if self.expects_execution(message.execution_id):
                self._tasks.spawn(self._ask(message), name=f"input {message.execution_id}:{message.input_number}")
            case InputResponse():
                self._tasks.spawn(self._answered(message), name=f"answer {message.execution_id}")
            case CheckpointReport() | RestoreReport() | QueryReply():
                self._reply(message.request_id, message)
            case _:
                pass  # everything else answers nothing

    def fail(self, execution_id: str, reason: str) -> None:
        """Settle an execution as lost, with the reason in words; nothing where it is settled already."""
        self._finish(execution_id, lost(reason))

    def fail_all(self, reason: str) -> None:
        """The worker is gone: whatever waited for it is settled as lost or refused."""
        for key in list(self._pending):
            if key.kind == "execute":
                self.fail(key.execution_id, reason)
            elif key.kind != "input":
                self._reply(key.request, _gone(key, reason))

    def close(self) -> None:
        """Forget everything that is pending; awaiting callers are cancelled, promises stay as they are."""
        for key in list(self._pending):
            entry = self._pop(key)
            if entry is not None:
                entry.settled.cancel()

    # --- inside

    def _add(self, key: Key, limit_s: float | None, *, secret: bool = False) -> _Entry:
        loop = asyncio.get_running_loop()
        if key in self._pending:
            raise ValueError(f"{key} is pending already")
        timer = None if limit_s is None else loop.call_later(limit_s, self._expire, key, limit_s)
        entry = _Entry(settled=loop.create_future(), limit=timer, secret=secret)
        self._pending[key] = entry
        self._high_water_mark = max(self._high_water_mark, len(self._pending))
        return entry

    def _pop(self, key: Key) -> _Entry | None:
        entry = self._pending.pop(key, None)
        if entry is not None and entry.limit is not None:
            entry.limit.cancel()
        return entry

    def _expire(self, key: Key, limit_s: float) -> None:
        value = TimedOut(kind=key.kind, execution_id=key.execution_id, request=key.request, limit_s=limit_s)
        log.warning("%s %s was not answered within %s s", key.kind, key.execution_id or key.request, limit_s)
        entry = self._pop(key)
        if entry is None:
            return
        if key.kind == "execute":
            self._withdraw_inputs(key.execution_id)
            self._tasks.spawn(self._settle(key, entry, timed_out(value)), name=f"time-out {key.execution_id}")
        else:
            entry.settled.set_result(value)

    def _finish(self, execution_id: str, outcome: ExecutionOutcome) -> None:
        key = Key("execute", execution_id)
        entry = self._pop(key)
        self._withdraw_inputs(execution_id)
        if entry is not None:
            self._tasks.spawn(self._settle(key, entry, to_json(outcome)), name=f"settle {execution_id}")

    def _refused(self, error: Error) -> None:
        if error.error_type == DUPLICATE:
            log.info("execution %s had reached the worker before", error.execution_id)
        elif Key("execute", error.execution_id) in self._pending:
            self._finish(error.execution_id, from_message(error))
        else:
            self._reply(error.request_id, error)

    def _reply(self, request_id: str, message: Message) -> None:
        key = next((k for k in self._pending if k.request == request_id and k.kind not in ("execute", "input")), None)
        entry = None if key is None else self._pop(key)
        if entry is not None:
            entry.settled.set_result(message)

    def _withdraw_inputs(self, execution_id: str) -> None:
        for key in [k for k in self._pending if k.kind == "input" and k.execution_id == execution_id]:
            entry = self._pop(key)
            if entry is not None:
                withdrawn = answer_to_json(InputAnswer(withdrawn=True))
                self._tasks.spawn(self._settle(key, entry, withdrawn), name=f"withdraw {execution_id}")

    async def _settle(self, key: Key, entry: _Entry, value: dict[str, object]) -> None:
        if key.kind == "execute":
            committed = await self._promises.settle_execution(key.execution_id, value)
        else:
            committed = await self._promises.settle_input(key.execution_id, int(key.request), value)
        if not entry.settled.done():
            entry.settled.set_result(committed)

    async def _ask(self, message: Input) -> None:
        """The prompt is committed as a promise before anybody is shown it."""
        key = Key("input", message.execution_id, str(message.input_number))
        if key in self._pending or not self.expects_execution(message.execution_id):
            return
        self._add(key, None, secret=message.password)
        param: dict[str, object] = {"prompt": message.prompt, "password": message.password}
        await self._promises.create_input(message.execution_id, message.input_number, param)
        if key in self._pending:
            self._on_input(message)

    async def _answered(self, message: InputResponse) -> None:
        await self.answer(message.execution_id, message.input_number, InputAnswer(text=message.data, eof=message.eof))


def _gone(key: Key, reason: str) -> Error:
    return Error(
        execution_id="",
        error_type="WorkerGone",
        message=reason,
        traceback=[],
        execution_time=0.0,
        request_id=key.request,
    )
