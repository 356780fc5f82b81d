"""What a request of the promise SDK does to an execution, as frozen facts.  Pure.

Promise ids and the order of the flow's steps are stored formats (architecture.md): `exec:{id}` is the execution,
`.1` below it what its result settles, a later step whose value names a process life the claim, and
`:input:{n}` a prompt.  A request that says nothing of this, or makes no sense, gives no fact.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_ID = re.compile(r"exec:(?P<execution>[0-9a-f]{8,64})(?:\.(?P<step>[0-9]{1,6})|:input:(?P<input>[0-9]{1,9}))?")
_RESULT_STEP = 1
_RECEIPT = {"received": True}

Json = dict[str, object]


@dataclass(frozen=True)
class Created:
    execution_id: str


@dataclass(frozen=True)
class ResultAwaited:
    """The promise that a result settles exists; a settle before it was refused by the SDK."""

    execution_id: str


@dataclass(frozen=True)
class Claimed:
    execution_id: str
    process_life: str


@dataclass(frozen=True)
class Settled:
    """value: the outcome's JSON.  whole: the execution itself, and not the result that it awaits."""

    execution_id: str
    value: object
    whole: bool


@dataclass(frozen=True)
class Asked:
    execution_id: str
    input_number: int
    prompt: str
    password: bool


@dataclass(frozen=True)
class Answered:
    execution_id: str
    input_number: int
    value: object


Fact = Created | ResultAwaited | Claimed | Settled | Asked | Answered


def fact_of(request: str) -> Fact | None:
    """The one fact that a request states, if it states one."""
    for kind, data in _promise_actions(_decoded(request)):
        name = _ID.fullmatch(_text(data.get("id")))
        if name is None:
            continue
        return _created(name, data) if kind == "promise.create" else _settled(name, data)
    return None


def with_receipt(request: str) -> str:
    """The request with the answer that it settles replaced by a receipt; any other request as it is."""
    decoded = _decoded(request)
    for kind, data in _promise_actions(decoded):
        name = _ID.fullmatch(_text(data.get("id")))
        if kind == "promise.settle" and name is not None and name["input"]:
            data["value"] = {"data": base64.b64encode(json.dumps(_RECEIPT).encode()).decode("ascii")}
            return json.dumps(decoded, separators=(",", ":"))
    return request


def _created(name: re.Match[str], data: Json) -> Fact | None:
    if name["input"]:
        param = _value(data.get("param"))
        asked = param if isinstance(param, dict) else {}
        return Asked(name["execution"], int(name["input"]), _text(asked.get("prompt")), asked.get("password") is True)
    if not name["step"]:
        return Created(name["execution"])
    return ResultAwaited(name["execution"]) if int(name["step"]) == _RESULT_STEP else None


def _settled(name: re.Match[str], data: Json) -> Fact | None:
    value = _value(data.get("value")) if data.get("state") == "resolved" else None
    if name["input"]:
        return Answered(name["execution"], int(name["input"]), value)
    if not name["step"] or int(name["step"]) == _RESULT_STEP:
        return Settled(name["execution"], value, whole=not name["step"])
    life = value.get("process_life") if isinstance(value, dict) else None
    return Claimed(name["execution"], life) if isinstance(life, str) else None


def _promise_actions(request: object) -> Iterator[tuple[str, Json]]:
    """A request's own promise action, or the one that a task's request carries."""
    if not isinstance(request, dict) or not isinstance(data := request.get("data"), dict):
        return
    if request.get("kind") in ("promise.create", "promise.settle"):
        yield _text(request["kind"]), data
    else:
        yield from _promise_actions(data.get("action"))


def _value(value: object) -> object:
    """What the SDK's codec made of a value: JSON in base64."""
    encoded = value.get("data") if isinstance(value, dict) else None
    if not isinstance(encoded, str):
        return None
    try:
        decoded: object = json.loads(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return decoded


def _decoded(request: str) -> object:
    try:
        decoded: object = json.loads(request)
    except (ValueError, RecursionError):
        return None
    return decoded


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
