"""When a notebook's folder is brought within its budget: after executions, while none runs, and not at every one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import pytest

from engine.errors import StoreError
from engine.tasks import TaskOwner
from engine.upkeep import Upkeep
from tests.support.logs import ExpectedLogs

LIMIT = 1000


class Folder:
    """What it was asked to do, in a queue; refusal: what it raises."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[tuple[tuple[str, ...], int]] = asyncio.Queue()
        self.refusal: StoreError | None = None

    async def prune(self, keep_ids: Iterable[str], limit_bytes: int) -> int:
        self.asked.put_nowait((tuple(keep_ids), limit_bytes))
        if self.refusal is not None:
            raise self.refusal
        return 1


class Kept:
    def __init__(self, *, every_s: float = 0.0) -> None:
        self.folder, self.is_idle = Folder(), True
        self.tasks = TaskOwner("test", logging.getLogger("capsule.upkeep_test"))
        self.upkeep = Upkeep(
            self.folder, LIMIT, is_idle=lambda: self.is_idle, tasks=self.tasks, rest_s=0.0, every_s=every_s
        )

    async def turns(self) -> None:
        """As many turns of the loop as a look and its work take."""
        for _ in range(10):
            await asyncio.sleep(0)

    async def close(self) -> None:
        self.upkeep.close()
        await self.tasks.close()


async def test_the_folder_is_looked_at_once_executions_have_ended() -> None:
    kept = Kept()
    kept.upkeep.shown_runs = lambda: ["shown"]
    kept.upkeep.execution_ended()
    kept.upkeep.execution_ended()
    assert await kept.folder.asked.get() == (("shown",), LIMIT)
    await kept.turns()
    assert kept.folder.asked.empty()
    kept.upkeep.execution_ended()
    await kept.folder.asked.get()
    await kept.close()


async def test_it_is_not_looked_at_again_for_a_while() -> None:
    kept = Kept(every_s=3600.0)
    kept.upkeep.execution_ended()
    await kept.folder.asked.get()
    await kept.turns()
    kept.upkeep.execution_ended()
    await kept.turns()
    assert kept.folder.asked.empty()
    await kept.close()


async def test_nothing_is_done_while_something_runs() -> None:
    kept = Kept()
    kept.is_idle = False
    kept.upkeep.execution_ended()
    await kept.turns()
    assert kept.folder.asked.empty()
    kept.is_idle = True
    kept.upkeep.execution_ended()
    await kept.folder.asked.get()
    await kept.close()


async def test_a_store_that_refuses_is_asked_again_the_next_time(expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.upkeep", "not brought within its budget")
    kept = Kept()
    kept.folder.refusal = StoreError("no")
    kept.upkeep.execution_ended()
    await kept.folder.asked.get()
    await kept.turns()
    kept.folder.refusal = None
    kept.upkeep.execution_ended()
    await kept.folder.asked.get()
    await kept.close()


@pytest.mark.parametrize("is_due", [True, False])
async def test_nothing_begins_after_the_end(is_due: bool) -> None:
    kept = Kept()
    if is_due:
        kept.upkeep.execution_ended()
    await kept.close()
    kept.upkeep.execution_ended()
    await kept.turns()
    assert kept.folder.asked.empty()
