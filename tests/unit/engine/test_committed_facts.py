"""Facts wait for the disk, keep their order, and are told once (invariant 9)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.commands import ExecutionId
from engine.committed_facts import CommittedFacts
from engine.events import Event, ExecutionQueued, ExecutionSkipped
from engine.tasks import TaskOwner


class Disk:
    """A store whose commits end when the test says so."""

    def __init__(self) -> None:
        self.commits: list[asyncio.Future[None]] = []

    async def flushed(self) -> None:
        self.commits.append(asyncio.get_running_loop().create_future())
        await self.commits[-1]


class Told:
    def __init__(self, tasks: TaskOwner, gather_s: float) -> None:
        self.disk = Disk()
        self.events: list[Event] = []
        self.facts = CommittedFacts(flushed=self.disk.flushed, emit=self.events.append, tasks=tasks, gather_s=gather_s)

    async def commit(self) -> None:
        """Let the facts ask for a commit, end it, and let them tell."""
        await asyncio.sleep(0)
        self.disk.commits[-1].set_result(None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def queued(name: str) -> ExecutionQueued:
    return ExecutionQueued(execution_id=ExecutionId(name), cell_id=name)


@asynccontextmanager
async def facts(gather_s: float = 0.0) -> AsyncIterator[Told]:
    tasks = TaskOwner("test", logging.getLogger("capsule.test"))
    yield Told(tasks, gather_s)
    await tasks.close()


async def test_a_fact_is_told_when_its_commit_returned_and_not_before() -> None:
    async with facts() as told:
        told.facts.tell(queued("a"))
        await asyncio.sleep(0)
        assert told.events == []
        await told.commit()
        assert told.events == [queued("a")]


async def test_a_fact_that_comes_during_a_commit_waits_for_the_next_one() -> None:
    async with facts() as told:
        told.facts.tell(queued("a"))
        await asyncio.sleep(0)
        told.facts.tell(queued("b"))
        await told.commit()
        assert told.events == [queued("a")]
        await told.commit()
        assert told.events == [queued("a"), queued("b")]


async def test_a_later_commit_of_an_execution_tells_its_submission_and_all_before_it_once() -> None:
    async with facts() as told:
        skipped = ExecutionSkipped(execution_id=ExecutionId("z"), cell_id="z", reason="")
        for event in (skipped, queued("a"), queued("b")):
            told.facts.tell(event)
        await asyncio.sleep(0)
        told.facts.tell_queued(ExecutionId("a"))
        assert told.events == [skipped, queued("a")]
        await told.commit()
        assert told.events == [skipped, queued("a"), queued("b")]


async def test_a_submission_that_its_claims_commit_tells_needs_none_of_its_own() -> None:
    async with facts(gather_s=0.001) as told:
        told.facts.tell(queued("a"))
        await asyncio.sleep(0)
        told.facts.tell_queued(ExecutionId("a"))
        await asyncio.wait([task for task in asyncio.all_tasks() if "commits" in task.get_name()])
        assert told.events == [queued("a")]
        assert told.disk.commits == []


async def test_what_still_waits_at_the_end_is_told() -> None:
    async with facts() as told:
        told.facts.tell(queued("a"))
        told.facts.tell_all()
        assert told.events == [queued("a")]
