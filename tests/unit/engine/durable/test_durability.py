"""Nothing is sent, shown or told before it is on the disk (invariant 9), and nothing waits that need not."""

from __future__ import annotations

import asyncio

from engine.durable.outcome import InputAnswer, read_outcome
from engine.errors import StoreError
from engine.events import Outcome
from engine.protocol.messages import Input, Result
from tests.support.durable_notebook import DurableNotebook, durable_notebook
from tests.support.logs import ExpectedLogs
from tests.support.memory_journal import MemoryJournal

ID = "00000000000000aa"


class SlowDisk(MemoryJournal):
    """flushed() returns when the test lets the disk do its part."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = asyncio.Semaphore(0)
        self._released = asyncio.Event()
        self._released.set()

    def stall(self) -> None:
        self._released.clear()

    def go_on(self) -> None:
        self._released.set()

    async def flushed(self) -> None:
        self.waiting.release()
        await self._released.wait()
        await super().flushed()


class FullDisk(MemoryJournal):
    async def flushed(self) -> None:
        raise StoreError("it could not be recorded: the disk is full")


def kept(journal: MemoryJournal, words: str) -> bool:
    return any(words in request for request in journal.requests())


async def test_nothing_is_sent_before_its_claim_is_on_the_disk() -> None:
    journal = SlowDisk()
    journal.stall()
    async with durable_notebook(journal=journal) as notebook:
        starting = asyncio.ensure_future(notebook.start(ID))
        await journal.waiting.acquire()
        assert notebook.steps == ["claim"]
        journal.go_on()
        await starting
        assert notebook.steps == ["claim", "send"]
        assert kept(journal, f'"id":"exec:{ID}.2","state":"resolved"')


async def test_an_outcome_is_told_when_it_is_on_the_disk_and_the_flow_ends_meanwhile() -> None:
    journal = SlowDisk()
    async with durable_notebook(journal=journal) as notebook:
        settled = await notebook.start(ID)
        await journal.waiting.acquire()
        journal.stall()
        notebook.bridge.route_response(Result(execution_id=ID, execution_count=1, execution_time=0.0))
        await journal.waiting.acquire()
        await notebook.promises.outcome(ID)
        assert notebook.steps[-1] == "checkpoint due"
        assert not settled.done()
        journal.go_on()
        assert read_outcome(await settled).type is Outcome.OK


async def test_a_prompt_is_shown_and_an_answer_sent_when_they_are_on_the_disk() -> None:
    journal = SlowDisk()
    async with durable_notebook(journal=journal) as notebook:
        await notebook.start(ID)
        await journal.waiting.acquire()
        journal.stall()
        notebook.bridge.route_response(Input(execution_id=ID, input_number=1, prompt="?", password=False))
        await journal.waiting.acquire()
        assert notebook.prompts.empty()
        journal.go_on()
        await notebook.prompts.get()
        assert kept(journal, f"exec:{ID}:input:1")
        journal.stall()
        answering = asyncio.ensure_future(notebook.bridge.answer(ID, 1, InputAnswer(text="B-07")))
        await journal.waiting.acquire()
        assert not answering.done()
        journal.go_on()
        assert await answering is not None


async def test_an_execution_waits_for_the_disk_twice() -> None:
    """Once for submission and claim, once for the outcome: what is between goes on without."""
    journal = SlowDisk()
    async with durable_notebook(journal=journal) as notebook:
        settled = await notebook.start(ID)
        notebook.bridge.route_response(Result(execution_id=ID, execution_count=1, execution_time=0.0))
        await settled
        await notebook.promises.outcome(ID)
        await journal.waiting.acquire()
        await journal.waiting.acquire()
        assert journal.waiting.locked()


async def test_where_the_claim_cannot_be_kept_nothing_is_sent_and_it_is_given_up() -> None:
    async with durable_notebook(journal=FullDisk()) as notebook:
        await notebook.promises.create_execution(ID, "durable_execute", 1)
        await notebook.given_up.wait()
        assert notebook.sent.empty()


async def test_an_outcome_that_cannot_be_kept_is_not_told_as_one(expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.test", "failed")
    async with durable_notebook(journal=FullDisk()) as notebook:
        settled = notebook.bridge.expect_execution(ID)
        notebook.bridge.fail(ID, "the worker died at once")
        await asyncio.wait([settled])
        assert isinstance(settled.exception(), StoreError)


async def test_reads_and_leases_are_not_journalled() -> None:
    journal = MemoryJournal()
    async with durable_notebook(journal=journal) as notebook:
        await run_to_the_end(notebook, ID)
    kinds = {request.partition('","')[0] for rows in journal.history for _, request in rows}
    assert kinds == {'{"kind":"promise.create', '{"kind":"task.fence', '{"kind":"promise.settle'}


async def test_the_journal_holds_only_what_is_unfinished() -> None:
    journal = MemoryJournal()
    async with durable_notebook(journal=journal) as notebook:
        waiting = "f" * 16
        await notebook.start(waiting)
        for number in range(20):
            await run_to_the_end(notebook, f"{number:016x}")
        await journal.flushed()
        assert {execution_id for execution_id, _ in journal.rows} == {waiting}


async def run_to_the_end(notebook: DurableNotebook, execution_id: str) -> None:
    settled = await notebook.start(execution_id)
    notebook.bridge.route_response(Result(execution_id=execution_id, execution_count=1, execution_time=0.0))
    await settled
    await notebook.promises.outcome(execution_id)
