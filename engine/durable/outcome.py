"""What promises of ours hold: an execution's outcome and an input's answer, as JSON and back.

Pure.  Cells' errors are values here, never rejections: the SDK would unpickle what a rejection may
carry (`__py_pickle`).  Reading never fails: whatever else stands in a promise gives a safe default.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from engine.events import Outcome
from engine.protocol.messages import BUSY, DUPLICATE, OUTPUT_DRAIN_TIMEOUT, Error, Result

_OURS = frozenset({BUSY, DUPLICATE, OUTPUT_DRAIN_TIMEOUT})


@dataclass(frozen=True, kw_only=True)
class ExecutionOutcome:
    """How an execution ended; duration_s as the worker measured it, 0.0 where it could not."""

    type: Outcome
    duration_s: float = 0.0
    execution_count: int | None = None
    error_type: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class TimedOut:
    """A limit ran out: the structured value that is settled instead of an answer."""

    kind: str
    execution_id: str
    request: str
    limit_s: float


def from_message(message: Result | Error) -> ExecutionOutcome:
    """The outcome that the last frame of an execution's log tells."""
    if isinstance(message, Result):
        return ExecutionOutcome(
            type=Outcome.OK, duration_s=message.execution_time, execution_count=message.execution_count
        )
    return ExecutionOutcome(
        type=Outcome.REFUSED if _is_ours(message) else Outcome.ERROR,
        duration_s=message.execution_time,
        execution_count=message.execution_count,
        error_type=message.error_type,
        message=message.message,
    )


def _is_ours(error: Error) -> bool:
    """Whether the worker says it, and not the user's code, which may well raise a Busy of its own."""
    return bool(error.request_id) or (error.error_type in _OURS and not error.displayed)


def lost(reason: str, ran_s: float = 0.0) -> ExecutionOutcome:
    """ran_s: how long it is known to have run."""
    return ExecutionOutcome(type=Outcome.LOST, error_type="Lost", message=reason, duration_s=ran_s)


def timed_out(value: TimedOut) -> dict[str, object]:
    return {"type": "timeout", **asdict(value)}


def to_json(outcome: ExecutionOutcome) -> dict[str, object]:
    return asdict(outcome)


def read_outcome(value: object) -> ExecutionOutcome:
    """The outcome in a settled promise.  A time-out and anything malformed read as LOST, with why."""
    if not isinstance(value, dict):
        return lost("its record could not be read")
    if value.get("type") == "timeout":
        return lost(f"it was given {value.get('limit_s')} s and did not end in time")
    try:
        kind = Outcome(_text(value.get("type")))
    except ValueError:
        return lost("its record could not be read")
    count, duration = value.get("execution_count"), value.get("duration_s")
    return ExecutionOutcome(
        type=kind,
        duration_s=float(duration) if isinstance(duration, int | float) else 0.0,
        execution_count=count if isinstance(count, int) else None,
        error_type=_text(value.get("error_type")),
        message=_text(value.get("message")),
    )


@dataclass(frozen=True, kw_only=True)
class InputAnswer:
    """What a prompt gets: text, or end of file.  withdrawn: the code no longer asks."""

    text: str = ""
    eof: bool = False
    withdrawn: bool = False
    secret: bool = False


def answer_to_json(answer: InputAnswer) -> dict[str, object]:
    """What the input's promise holds; for a password a receipt, never the secret."""
    if answer.withdrawn:
        return {"withdrawn": True}
    if answer.eof:
        return {"eof": True}
    return {"received": True, "secret": True} if answer.secret else {"data": answer.text}


def read_answer(value: object) -> InputAnswer:
    """The answer in an input's promise: {"data": …}, the older {"input": …}, either as JSON text too.

    Anything malformed is an empty line, so that a prompt is never left waiting by bad data.
    """
    if isinstance(value, str):
        value = _decoded(value)
    if not isinstance(value, dict):
        return InputAnswer(text=value if isinstance(value, str) else "")
    if value.get("withdrawn") is True:
        return InputAnswer(withdrawn=True)
    if value.get("eof") is True:
        return InputAnswer(eof=True)
    for key in ("data", "input"):
        if isinstance(value.get(key), str):
            return InputAnswer(text=_text(value[key]), secret=value.get("secret") is True)
    return InputAnswer(secret=value.get("secret") is True)


def _decoded(text: str) -> object:
    try:
        decoded: object = json.loads(text)
    except ValueError:
        return text
    return decoded if isinstance(decoded, dict) else text


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
