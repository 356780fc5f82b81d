"""Promise ids, minted here and nowhere else (invariant 4).

`exec:{execution_id}` is the durable execution and its value the outcome; the promise that the bridge
settles is the first one minted below it.  The SDK reads an id as `origin:lineage`, so the origin of
all of them is "exec".
"""

from __future__ import annotations

import re

ORIGIN = "exec"
_HEX = re.compile(r"[0-9a-f]{8,64}")
_LINEAGE = re.compile(rf"{ORIGIN}:([0-9a-f]{{8,64}})(?![^.:])")


def execution_promise_id(execution_id: str) -> str:
    """The durable execution's id.  Raises ValueError where execution_id is not lower-case hex."""
    if not _HEX.fullmatch(execution_id):
        raise ValueError(f"an execution id is 8 to 64 hex digits, not {execution_id!r}")
    return f"{ORIGIN}:{execution_id}"


def settled_promise_id(execution_id: str) -> str:
    """The promise that ctx.promise() mints first in the flow: what Result or Error settles."""
    return f"{execution_promise_id(execution_id)}.1"


def claim_promise_id(execution_id: str) -> str:
    """The promise of the flow's first leaf, whose value says which process life may send the execution."""
    return f"{execution_promise_id(execution_id)}.2"


def execution_of(promise_id: str) -> str:
    """The execution to whose lineage a promise belongs.  Raises ValueError where it belongs to none."""
    belongs = _LINEAGE.match(promise_id)
    if belongs is None:
        raise ValueError(f"{promise_id!r} is no promise of an execution")
    return belongs[1]


def input_promise_id(execution_id: str, input_number: int) -> str:
    """The promise of prompt input_number (from 1) of an execution."""
    if input_number < 1:
        raise ValueError(f"prompts are counted from 1, not {input_number}")
    return f"{execution_promise_id(execution_id)}:input:{input_number}"


def input_number_of(promise_id: str, execution_id: str) -> int | None:
    """Which of the execution's prompts a promise stands for, None where it is another one."""
    number = promise_id.removeprefix(f"{execution_promise_id(execution_id)}:input:")
    return int(number) if number.isdecimal() else None
