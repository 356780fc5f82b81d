"""Resonate's local mode made persistent: what a process life must know of another stands in the journal first.

A request is journalled before it is applied where it creates or settles a promise and running the flow again
would not do the same: the execution, what settles it, its prompts and answers, and results of leaves.  Leaves
that wait or gave nothing back are run again; leases (acquire, suspend, release) and listeners belong to a process
life, and replaying the promises is the same as a lease that ran out.  When a flow ends, all its requests leave
the journal; so that holds what is unfinished and no more, and neither snapshots are needed nor does the cost of
an execution depend on how many there were.

After a replay nothing runs by itself: what an earlier life claimed waits until its outcome is settled, and what
nobody claimed is dropped (its submission is the queue's).  Relies on internals of the SDK's LocalConnection; its
version is pinned, and tests hold what is used here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any

import msgspec
from resonate.connections.local import (
    DurablePromise,
    LocalConnection,
    OutgoingMessage,
    unwrap_request_envelope,
    wrap_response_envelope,
)
from resonate.error import DecodingError, ServerError
from resonate_base import PROTOCOL_VERSION

from engine.durable.ids import execution_of, execution_promise_id, settled_promise_id
from engine.durable.journal import Journal
from engine.durable.lineage import PendingExecution, claimed, inputs, is_over, is_settled
from engine.errors import StoreError

KEPT_LINEAGES = 1  # settled executions that can still be asked for, in memory; the oldest goes first
FAR_FUTURE_MS = 253_402_300_799_000  # the end of the year 9999: nothing of ours expires by itself
# Nobody waits for the end of a flow whose outcome is settled.  Begun at once, it would keep the interpreter's lock
# from the thread that is to write that outcome, and the loop from telling it.
FLOW_END_S = 0.02

_CREATE, _SETTLE, _FENCE, _FULFILL = "promise.create", "promise.settle", "task.fence", "task.fulfill"
_OF_THIS_LIFE = frozenset(
    {"promise.get", "promise.register_listener", "task.acquire", "task.release", "task.suspend", "task.heartbeat"}
)
_HEAD = {"corrId": "journal", "version": PROTOCOL_VERSION}

Request = dict[str, Any]  # as the SDK's local server takes it: its own untyped JSON


class LocalPromises(LocalConnection):
    """One notebook's promises.  replay() before start(); all on the loop."""

    def __init__(self, pid: str, group: str, journal: Journal) -> None:
        super().__init__(pid=pid, group=group)
        self._journal = journal
        self._ended: deque[str] = deque()
        self._left: dict[str, PendingExecution] = {}  # by an earlier process life; none of their flows has begun here
        self._started = False
        self._at_ease: list[OutgoingMessage] = []  # resume flows whose outcome is settled
        self._at_latest: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Take up what was settled and did not come to its end.  Nothing of ours expires, so nothing ticks."""
        self._started = True
        for execution_id in [each for each in self._left if is_settled(self.state.promises, each)]:
            self._take_up(execution_id)

    async def send(self, req: str, headers: dict[str, str] | None = None) -> str:
        """The SDK's own way in, for what does not come through DirectSender."""
        try:
            flat = unwrap_request_envelope(msgspec.json.decode(req))
        except msgspec.DecodeError as error:
            raise DecodingError(f"invalid JSON request: {error}") from error
        response = self.apply(flat.pop("kind"), flat)
        return msgspec.json.encode(wrap_response_envelope(response)).decode()

    def apply(self, kind: str, request: Request) -> dict[str, Any]:
        """Journal a request where it changes a promise, apply it, and send out what follows from it."""
        action_kind, action = _action(kind, request)
        if action_kind == _CREATE:
            action["timeoutAt"] = FAR_FUTURE_MS  # the SDK gives a day to what the flow creates
        if kind != _FULFILL and self._changes(kind, request, action_kind, action):
            self._keep(kind, request, str(action["id"]))
        response = self._applied(kind, request)
        outgoing, self.state.outgoing = self.state.outgoing, []
        if kind == _SETTLE and action["id"] == settled_promise_id(execution_of(action["id"])):
            self._dispatch_later(outgoing)
        else:
            self._dispatch_messages(outgoing)
        if kind == _FULFILL and response.get("status") == 200:
            self._end(execution_of(request["id"]))
        elif action_kind == _SETTLE and self._left:
            self._settled(str(action["id"]))
        return response

    def _applied(self, kind: str, request: Request) -> dict[str, Any]:
        """What ServerState.apply() does, without looking each time for what has expired: nothing of ours does."""
        now, state, asked_by = self._clock(), self.state, request.get("corrId")
        match kind:
            case "task.fence":
                return state.task_fence(now, asked_by, request)
            case "promise.create":
                return state.promise_create(now, asked_by, request)
            case "promise.settle":
                return state.promise_settle(now, asked_by, request)
            case "task.acquire":
                return state.task_acquire(now, asked_by, request)
            case _:
                return state.apply(now, {**request, "kind": kind})

    def _dispatch_messages(self, messages: list[OutgoingMessage]) -> None:
        """At once: all that a subscriber does is to start a task of its own."""
        for message in messages:
            told = msgspec.json.encode(message.message).decode()
            for subscriber in list(self._subscribers):
                subscriber(told)

    async def stop(self) -> None:
        """What did not come to its end does so after the next start."""
        self._stop_waiting()
        await super().stop()

    def at_ease(self) -> None:
        """Nothing is to be done for a while: the worker has something to do."""
        self._stop_waiting()
        messages, self._at_ease = self._at_ease, []
        self._dispatch_messages(messages)

    def _dispatch_later(self, messages: list[OutgoingMessage]) -> None:
        self._at_ease += messages
        if self._at_ease and self._at_latest is None:
            self._at_latest = asyncio.get_running_loop().call_later(FLOW_END_S, self.at_ease)

    def _stop_waiting(self) -> None:
        if self._at_latest is not None:
            self._at_latest.cancel()
            self._at_latest = None

    # --- what an earlier process life left

    def replay(self, requests: Iterable[str]) -> None:
        """Bring back the promises.  Raises StoreError where a request is none of ours."""
        now = self._clock()
        lineages: dict[str, None] = {}
        for request in requests:
            kind, action = _recorded(request)
            lineages[execution_of(action["id"])] = None
            if kind == _CREATE or action["id"] not in self.state.promises:
                self.state.promise_create(now, None, {**action, "timeoutAt": FAR_FUTURE_MS})
            if kind == _SETTLE:
                self.state.promise_settle(now, None, action)
            self.state.outgoing.clear()
        for execution_id in lineages:
            self._leave(execution_id)

    def pending(self) -> tuple[PendingExecution, ...]:
        """What was claimed by an earlier process life and is not settled, oldest first."""
        return tuple(each for each in self._left.values() if not is_settled(self.state.promises, each.execution_id))

    def inputs(self, execution_id: str) -> dict[int, object | None]:
        return inputs(self.state.promises, execution_id)

    def drop(self, execution_id: str) -> None:
        """Forget an execution that was never sent, as if it had not been created."""
        self._journal.forget_lineage(execution_id)
        self._left.pop(execution_id, None)
        self._forget(execution_id)

    def _leave(self, execution_id: str) -> None:
        execution = claimed(self.state.promises, execution_id)
        if execution is None or (is_settled(self.state.promises, execution_id) and not execution.known_version):
            self.drop(execution_id)
            return
        self._left[execution_id] = execution  # nobody is told of its task, until it is settled

    def _settled(self, promise_id: str) -> None:
        """Where that was the outcome of what an earlier life left, its flow goes on to its end."""
        execution_id = execution_of(promise_id)
        left = self._left.get(execution_id)
        if left is None or promise_id != settled_promise_id(execution_id):
            return
        if not left.known_version:
            self.drop(execution_id)
        elif self._started:
            self._take_up(execution_id)

    def _take_up(self, execution_id: str) -> None:
        del self._left[execution_id]
        task = self.state.tasks[execution_promise_id(execution_id)]
        self.state.send_execute_message(self.resolve_target(self._group), task.id, task.version)
        outgoing, self.state.outgoing = self.state.outgoing, []
        self._dispatch_messages(outgoing)

    # --- the journal

    def _changes(self, kind: str, request: Request, action_kind: str, action: Request) -> bool:
        """Whether applying it will create or settle a promise that is of use after this process life."""
        if kind == _FENCE:
            task = self.state.tasks.get(request["id"])
            if task is None or (task.state, task.version) != ("acquired", request["version"]):
                return False
        if action_kind not in (_CREATE, _SETTLE) or is_over(self.state.promises, execution_of(action["id"])):
            return False
        promise = self.state.promises.get(action["id"])
        if action_kind == _CREATE:
            return promise is None and action["tags"].get("resonate:scope") != "local"
        return promise is not None and promise.state == "pending" and not _is_empty(promise, action)

    def _keep(self, kind: str, request: Request, promise_id: str) -> None:
        written = msgspec.json.encode({"kind": kind, "head": _HEAD, "data": request})
        self._journal.journal(written.decode(), execution_of(promise_id))

    def _end(self, execution_id: str) -> None:
        self._journal.forget_lineage(execution_id)
        self._ended.append(execution_id)
        if len(self._ended) > KEPT_LINEAGES:
            self._forget(self._ended.popleft())

    def _forget(self, execution_id: str) -> None:
        """Drop its promise, and those minted below it (`root.1`) or named after it (`root:input:1`)."""
        root = execution_promise_id(execution_id)
        below = (f"{root}.", f"{root}:")
        for table in (self.state.promises, self.state.tasks):
            for promise_id in [key for key in table if key == root or key.startswith(below)]:
                table.pop(promise_id)
        self.state.p_timeouts = [t for t in self.state.p_timeouts if t.id in self.state.promises]
        self.state.t_timeouts = [t for t in self.state.t_timeouts if t.id in self.state.tasks]


def _is_empty(promise: DurablePromise, action: Request) -> bool:
    """Whether a leaf is settled that gave nothing back."""
    is_leaf = promise.tags.get("resonate:scope") == "local"
    return is_leaf and action["state"] == "resolved" and not action["value"].get("data")


def _action(kind: str, request: Request) -> tuple[str, Request]:
    """What a request does to a promise: its kind and data, or ("", {}).  Raises ServerError for what is not kept."""
    match kind:
        case "promise.create" | "promise.settle":
            return kind, request
        case "task.fence" | "task.fulfill":
            return str(request["action"]["kind"]), request["action"]["data"]
        case _ if kind in _OF_THIS_LIFE:
            return "", {}
    raise ServerError(400, f"{kind} is not kept by this store")


def _recorded(request: str) -> tuple[str, Request]:
    try:
        envelope = msgspec.json.decode(request)
        kind, action = _action(envelope["kind"], envelope["data"])
        execution_of(action["id"])
    except (msgspec.DecodeError, ServerError, KeyError, TypeError, ValueError) as error:
        raise StoreError("The journal of this notebook's runs holds what this version cannot read.") from error
    return kind, action
