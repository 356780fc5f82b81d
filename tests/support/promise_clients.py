"""Two promise clients behind one face: the SDK's own in memory, and ours; the same contract holds of both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from resonate.connections import LocalConnection
from resonate.resonate import Resonate
from resonate.retry import Never
from resonate.types import TaskData, Value

from engine.durable.connection import PromiseStore
from engine.store.store import NotebookStore
from tests.support.memory_journal import MemoryJournal

GROUP = "capsule"
LIFE = "this-life"
FAR = 253_402_300_799_000
KINDS = ("sdk", "memory journal", "store")


class PromiseClient:
    """The SDK's public face, as the flow's surroundings use it."""

    def __init__(self, resonate: Resonate) -> None:
        self.resonate = resonate

    async def create(self, promise_id: str, param: object = None) -> str:
        """Create a promise that anybody may settle; its state."""
        tags = {"resonate:external": "true", "resonate:scope": "global", **_lineage(promise_id)}
        promises = self.resonate.promises
        record = await promises.create(id=promise_id, timeout_at=FAR, param=Value(data=param), tags=tags)
        return record.state

    async def begin(self, promise_id: str, function: str, *args: object, version: int = 1) -> None:
        """Start a registered function under an id."""
        await self.resonate.promises.create(
            id=promise_id,
            timeout_at=FAR,
            param=Value(data=TaskData(func=function, args=args, version=version)),
            tags={"resonate:target": f"local://any@{GROUP}", "resonate:scope": "global", **_lineage(promise_id)},
        )

    async def resolve(self, promise_id: str, value: object) -> object:
        """The value that stands."""
        return (await self.resonate.promises.resolve(promise_id, Value(data=value))).value.data

    async def value(self, promise_id: str) -> tuple[str, object]:
        record = await self.resonate.promises.get(promise_id)
        return record.state, record.value.data

    async def result(self, promise_id: str) -> object:
        handle = await self.resonate.get(promise_id)
        result: object = await handle.result()
        return result


def _lineage(promise_id: str) -> dict[str, str]:
    return {"resonate:origin": "exec", "resonate:branch": promise_id, "resonate:parent": promise_id}


def _sdks_own() -> Resonate:
    network = LocalConnection(pid=LIFE, group=GROUP)
    ttl = timedelta(days=3650)
    return Resonate(network=network, pid=LIFE, group=GROUP, ttl=ttl, retry_policy=Never(), autostart=False)


@asynccontextmanager
async def promise_client(kind: str) -> AsyncIterator[PromiseClient]:
    """kind: one of KINDS.  Not started: register what is to run, then resonate.start()."""
    store = NotebookStore.in_memory() if kind == "store" else None
    if kind == "sdk":
        resonate = _sdks_own()
    else:
        resonate = PromiseStore(LIFE, store or MemoryJournal()).resonate
    try:
        yield PromiseClient(resonate)
    finally:
        await asyncio.wait_for(resonate.stop(), 2.0)
        await resonate._network.stop()
        if store is not None:
            await store.close()
