"""The promises of one notebook: the only place where the Resonate SDK is composed, started and stopped.

Local mode, in this process, kept by the notebook's store.  The rest of durable/ sees four verbs (start an
execution, settle, create an input, await an outcome) and no type or error of the SDK's client.  What may be seen from
outside waits for the disk (invariant 9): an outcome, a prompt, an answer; in flow.py the send.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta

from resonate.error import ResonateError, ServerError
from resonate.observability import BackgroundTaskFailed, Event
from resonate.resonate import Resonate
from resonate.retry import Never
from resonate.types import TaskData, Value

from engine.durable.direct_sender import connect
from engine.durable.exact_codec import use_exact_codec
from engine.durable.flow import Durability
from engine.durable.ids import ORIGIN, execution_promise_id, input_promise_id, settled_promise_id
from engine.durable.journal import Journal, NoJournal
from engine.durable.lineage import PendingExecution
from engine.durable.local_promises import FAR_FUTURE_MS, LocalPromises
from engine.errors import BrokenInvariant

log = logging.getLogger("capsule.durable")

GROUP = "capsule"
NOT_FOUND = 404
# Local mode leases a task without a heartbeat; a lease that runs out runs the body a second time.
LEASE = timedelta(days=3650)
STOP_LIMIT_S = 2.0  # Resonate.stop() can wait for ever on a body that it will not resume


class PromiseStore:
    """One notebook's durable promises.  Made anywhere; replay(), then start(), and all else on the running loop."""

    def __init__(self, process_life: str, journal: Journal | None = None) -> None:
        self._journal = NoJournal() if journal is None else journal
        self.connection = LocalPromises(process_life, GROUP, self._journal)
        self.resonate = Resonate(
            network=self.connection,
            pid=process_life,
            group=GROUP,
            ttl=LEASE,
            retry_policy=Never(),
            observer=_log_failures,
            autostart=False,
        )
        self.resonate.with_dependency(Durability(self._journal.flushed, self.connection.at_ease))
        connect(self.resonate, self.connection)
        use_exact_codec(self.resonate)

    def replay(self, requests: Iterable[str]) -> tuple[PendingExecution, ...]:
        """Bring back what the journal kept, before start(); what was claimed and is not settled, oldest first.

        None of that goes on by itself: it waits for settle_execution() or drop().  What nobody claimed is
        dropped: its submission is the queue's.  Raises StoreError.
        """
        self.connection.replay(requests)
        return self.pending_executions()

    def pending_executions(self) -> tuple[PendingExecution, ...]:
        """Of what an earlier process life claimed, all that has not been settled or dropped."""
        return self.connection.pending()

    async def drop(self, execution_id: str) -> None:
        """Forget an execution that no worker has seen, as if it had never been created; returns when that is kept."""
        self.connection.drop(execution_id)
        await self._journal.flushed()

    def start(self) -> None:
        self.resonate.start()

    async def create_execution(self, execution_id: str, function: str, version: int) -> None:
        """Create `exec:{execution_id}` and start the registered function under it; twice is once."""
        promise_id = execution_promise_id(execution_id)
        with _refusals_as_ours():
            await self.resonate.promises.create(
                id=promise_id,
                timeout_at=FAR_FUTURE_MS,
                param=Value(data=TaskData(func=function, args=(execution_id,), version=version)),
                tags={
                    "resonate:target": self.connection.resolve_target(GROUP),
                    "resonate:scope": "global",
                    **_lineage(promise_id, parent=promise_id),
                },
            )

    async def settle_execution(self, execution_id: str, value: dict[str, object]) -> object:
        """Settle the promise that the flow awaits; the first value stands and is returned once it is on the disk.

        The flow may not have minted it yet, for a worker that died at once: then it is created here, and
        the flow finds it settled.
        """
        promise_id = settled_promise_id(execution_id)
        with _refusals_as_ours():
            try:
                return await self._resolve(promise_id, value)
            except ServerError as error:
                if error.code != NOT_FOUND:
                    raise
            await self._create_external(promise_id, execution_promise_id(execution_id), None)
            return await self._resolve(promise_id, value)

    async def create_input(self, execution_id: str, input_number: int, param: dict[str, object]) -> None:
        """Create a prompt's promise, which whoever knows its id may resolve; returns when it is on the disk."""
        promise_id = input_promise_id(execution_id, input_number)
        with _refusals_as_ours():
            await self._create_external(promise_id, execution_promise_id(execution_id), param)
        await self._journal.flushed()

    async def settle_input(self, execution_id: str, input_number: int, value: dict[str, object]) -> object:
        """Resolve a prompt's promise; the first value stands and is returned once it is on the disk."""
        with _refusals_as_ours():
            return await self._resolve(input_promise_id(execution_id, input_number), value)

    def answers(self, execution_id: str) -> dict[int, object | None]:
        """The prompts of an execution by number: what each was settled with, None while it waits."""
        return self.connection.inputs(execution_id)

    async def value(self, promise_id: str) -> object | None:
        """What a promise was settled with; None while it is pending.  Raises KeyError where there is none."""
        try:
            record = await self.resonate.promises.get(promise_id)
        except ResonateError as error:
            raise KeyError(promise_id) from error
        settled: object = record.value.data
        return None if record.state == "pending" else settled

    async def outcome(self, execution_id: str) -> object:
        """Wait until the durable execution itself is settled."""
        handle = await self.resonate.get(execution_promise_id(execution_id))
        value: object = await handle.result()
        return value

    async def close(self) -> None:
        """Stop the client; what is pending stays pending."""
        try:
            await asyncio.wait_for(self.resonate.stop(), STOP_LIMIT_S)
        except TimeoutError:
            log.info("the promise client did not stop within %s s and was left", STOP_LIMIT_S)
        # stop() before start() had its turn on the loop leaves the connection's ticking behind
        await self.connection.stop()

    async def _create_external(self, promise_id: str, parent: str, param: dict[str, object] | None) -> None:
        await self.resonate.promises.create(
            id=promise_id,
            timeout_at=FAR_FUTURE_MS,
            param=Value(data=param),
            tags={
                "resonate:external": "true",
                "resonate:scope": "global",
                **_lineage(promise_id, parent=parent),
            },
        )

    async def _resolve(self, promise_id: str, value: dict[str, object]) -> object:
        record = await self.resonate.promises.resolve(promise_id, Value(data=value))
        await self._journal.flushed()
        settled: object = record.value.data
        return settled


@contextlib.contextmanager
def _refusals_as_ours() -> Iterator[None]:
    """Callers know the engine's errors alone, and none of theirs may be ended by the SDK's."""
    try:
        yield
    except ResonateError as error:
        raise BrokenInvariant(f"The record of this notebook's runs refused it: {error}.") from error


def _lineage(promise_id: str, *, parent: str) -> dict[str, str]:
    return {"resonate:origin": ORIGIN, "resonate:branch": promise_id, "resonate:parent": parent}


def _log_failures(event: Event) -> None:
    """What the SDK tells of itself; its record of every single request is not for our logs."""
    if isinstance(event, BackgroundTaskFailed):
        log.error("a task of the promise client failed: %s", event.cause)
