"""durable_execute: one cell's run as a durable function, and the steps it takes.

The order of its steps is a stored format (architecture.md): (1) the promise that the bridge settles,
(2) leaf claim, (3) leaf send, (4) await, (5) leaf checkpoint due.  The body is run again from the top
whenever a promise settles, so it holds no asyncio, no worker I/O but the send, and no state.  The send does
nothing before the claim is on the disk (invariants 8 and 9).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from resonate.context import Context
from resonate.resonate import Resonate
from resonate.retry import Never

from engine.durable.outcome import lost, to_json
from engine.errors import StoreError

log = logging.getLogger("capsule.durable")

FUNCTION = "durable_execute"
_CLAIM, _SEND, _CHECKPOINT_DUE = "claim", "send", "checkpoint_due"
FLOW_VERSION = 1  # in the task's data: an unfinished flow of another version becomes Lost, never replayed


@dataclass(frozen=True, kw_only=True)
class FlowSteps:
    """What the flow's leaves do, given where everything is composed.

    process_life: this process's id, recorded before anything is sent.  checkpoint: the one that holds
    now, "" for none.  send: hands the execution to the worker and returns when it is written.
    foreign_claim: an execution that another process life claimed, and that is settled by now (invariant 8):
    the flow of one that is not does not begin.  give_up: the claim cannot be kept, with the reason; nothing is sent.
    """

    process_life: str
    checkpoint: Callable[[], str]
    send: Callable[[str], Awaitable[None]]
    foreign_claim: Callable[[str, str], Awaitable[None]]
    checkpoint_due: Callable[[str], None]
    give_up: Callable[[str, str], None] = lambda _execution_id, _reason: None


@dataclass(frozen=True)
class Durability:
    """flushed: returns when all promises that were created and settled before are on the disk.

    at_ease: there is time now for what could wait.
    """

    flushed: Callable[[], Awaitable[None]]
    at_ease: Callable[[], None]


def register(resonate: Resonate, steps: FlowSteps) -> None:
    """Make durable_execute known to a client that has not started yet."""
    resonate.with_dependency(steps)
    resonate.register(durable_execute, name=FUNCTION, version=FLOW_VERSION, retry_policy=Never())
    # by name, since the SDK inspects the signature of a function object at every call
    resonate.register(_claim, name=_CLAIM, retry_policy=Never())
    resonate.register(_send, name=_SEND, retry_policy=Never())
    resonate.register(_checkpoint_due, name=_CHECKPOINT_DUE, retry_policy=Never())


async def durable_execute(ctx: Context, execution_id: str) -> dict[str, object]:
    """Run one execution; its value is the outcome as JSON (outcome.py)."""
    finished = ctx.promise()
    claimed_by = await ctx.run(_CLAIM, execution_id)
    await ctx.run(_SEND, execution_id, claimed_by["process_life"])
    outcome = await finished
    await ctx.run(_CHECKPOINT_DUE, execution_id)
    return outcome if isinstance(outcome, dict) else to_json(lost("its record could not be read"))


async def _claim(ctx: Context, execution_id: str) -> dict[str, str]:
    steps = ctx.get_dependency(FlowSteps)
    return {"process_life": steps.process_life, "checkpoint": steps.checkpoint()}


async def _send(ctx: Context, execution_id: str, claimed_by: str) -> None:
    steps = ctx.get_dependency(FlowSteps)
    durability = ctx.get_dependency(Durability)
    try:
        await durability.flushed()
    except StoreError as error:
        steps.give_up(execution_id, str(error))
        return
    if claimed_by == steps.process_life:
        await steps.send(execution_id)
    else:
        await steps.foreign_claim(execution_id, claimed_by)
    durability.at_ease()


async def _checkpoint_due(ctx: Context, execution_id: str) -> None:
    ctx.get_dependency(FlowSteps).checkpoint_due(execution_id)
