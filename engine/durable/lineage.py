"""What the promises of one execution's lineage say of it, read from the local server's records.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from resonate.connections.local import DurablePromise
from resonate.error import ResonateError
from resonate.types import Value

from engine.durable.exact_codec import ExactCodec
from engine.durable.flow import FLOW_VERSION, FUNCTION
from engine.durable.ids import claim_promise_id, execution_promise_id, input_number_of, settled_promise_id

_CODEC = ExactCodec()


@dataclass(frozen=True, kw_only=True)
class PendingExecution:
    """Claimed by a process life, and not settled.  checkpoint: the one that held then, "" for none.

    known_version: whether this application can finish its flow; if not, it is only to be settled as lost.
    """

    execution_id: str
    claimed_by: str
    checkpoint: str
    known_version: bool


def claimed(promises: Mapping[str, DurablePromise], execution_id: str) -> PendingExecution | None:
    """What its claim says; None where no process life has claimed it."""
    claim = promises.get(claim_promise_id(execution_id))
    root = promises.get(execution_promise_id(execution_id))
    if claim is None or claim.state == "pending" or root is None:
        return None
    said, task = _decoded(claim.value), _decoded(root.param)
    return PendingExecution(
        execution_id=execution_id,
        claimed_by=str(said.get("process_life", "")),
        checkpoint=str(said.get("checkpoint", "")),
        known_version=(task.get("func"), task.get("version")) == (FUNCTION, FLOW_VERSION),
    )


def is_settled(promises: Mapping[str, DurablePromise], execution_id: str) -> bool:
    """Whether its outcome is recorded, though its flow may not have come to its end."""
    settled = promises.get(settled_promise_id(execution_id))
    return settled is not None and settled.state != "pending"


def is_over(promises: Mapping[str, DurablePromise], execution_id: str) -> bool:
    """Whether its flow has come to its end: nothing of it is needed any more."""
    root = promises.get(execution_promise_id(execution_id))
    return root is not None and root.state != "pending"


def inputs(promises: Mapping[str, DurablePromise], execution_id: str) -> dict[int, object | None]:
    """Its prompts by number: what each was settled with, None while it is pending."""
    found: dict[int, object | None] = {}
    for promise_id, promise in promises.items():
        number = input_number_of(promise_id, execution_id)
        if number is not None:
            found[number] = None if promise.state == "pending" else _decoded(promise.value)
    return found


def _decoded(value: object) -> dict[str, object]:
    """A promise's param or value; {} where it is no JSON object of ours."""
    data = value.get("data") if isinstance(value, dict) else None
    try:
        decoded = _CODEC.decode(Value(data=data)) if isinstance(data, str) else None
    except ResonateError:
        decoded = None
    return decoded if isinstance(decoded, dict) else {}
