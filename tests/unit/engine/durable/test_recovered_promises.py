"""What a new process life finds of the promises of an earlier one: nothing lost, nothing run again."""

from __future__ import annotations

import base64
import json

import pytest

from engine.durable.connection import PromiseStore
from engine.durable.flow import FLOW_VERSION, FUNCTION
from engine.durable.ids import execution_promise_id, input_promise_id
from engine.durable.lineage import PendingExecution
from engine.durable.outcome import lost, to_json
from engine.errors import StoreError
from engine.protocol.messages import Input, Result
from tests.support.durable_notebook import DurableNotebook, durable_notebook
from tests.support.memory_journal import MemoryJournal

ID = "00000000000000aa"
OTHER = "00000000000000bb"


async def left_running(journal: MemoryJournal, *, prompts: int = 0, life: str = "first-life") -> None:
    """An earlier process life sent an execution, whose cell asked so many questions, and died."""
    async with durable_notebook(life, journal=journal) as notebook:
        await notebook.start(ID)
        for number in range(1, prompts + 1):
            notebook.bridge.route_response(
                Input(execution_id=ID, input_number=number, prompt="Which batch? ", password=False)
            )
            await notebook.prompts.get()
        await notebook.promises.value(execution_promise_id(ID))  # its send is recorded by now
    await journal.flushed()


async def at_its_end(notebook: DurableNotebook) -> object:
    return await notebook.promises.outcome(ID)


async def test_a_claimed_execution_waits_and_tells_whose_claim_it_is() -> None:
    journal = MemoryJournal()
    await left_running(journal)
    async with durable_notebook("second-life", journal=journal) as notebook:
        assert notebook.promises.pending_executions() == (
            PendingExecution(execution_id=ID, claimed_by="first-life", checkpoint="checkpoint-7", known_version=True),
        )
        assert notebook.steps == []


async def test_once_it_is_settled_its_flow_goes_on_to_its_end_and_leaves_the_journal() -> None:
    journal = MemoryJournal()
    await left_running(journal)
    async with durable_notebook("second-life", journal=journal) as notebook:
        await notebook.promises.settle_execution(ID, to_json(lost("the application ended")))
        assert await at_its_end(notebook) == to_json(lost("the application ended"))
        assert notebook.steps == ["checkpoint due"]
        assert notebook.sent.empty()
        assert notebook.promises.pending_executions() == ()
        await journal.flushed()
        assert journal.requests() == []


async def test_an_outcome_settled_before_start_is_taken_up_by_start() -> None:
    journal = MemoryJournal()
    await left_running(journal)
    promises = DurableNotebook("second-life", journal=journal)
    promises.promises.replay(journal.requests())
    await promises.promises.settle_execution(ID, to_json(lost("the application ended")))
    promises.promises.start()
    assert await at_its_end(promises) == to_json(lost("the application ended"))
    await promises.promises.close()


async def test_a_claim_whose_send_was_not_recorded_is_handed_to_the_foreign_claim_and_never_sent() -> None:
    journal = MemoryJournal()
    async with durable_notebook("first-life", journal=journal) as notebook:
        await notebook.start(ID)
    claimed = next(rows for rows in journal.history if any("task.fence" in r and ".2" in r for _, r in settles(rows)))
    async with durable_notebook("second-life", journal=MemoryJournal(claimed)) as notebook:
        await notebook.promises.settle_execution(ID, to_json(lost("nobody knows")))
        await at_its_end(notebook)
        assert notebook.foreign == [(ID, "first-life")]
        assert notebook.sent.empty()


async def test_what_nobody_had_claimed_is_dropped_and_can_be_created_again() -> None:
    journal = MemoryJournal()
    promises = PromiseStore("first-life", journal)
    await promises.create_execution(ID, FUNCTION, FLOW_VERSION)  # not started: nobody claims it
    await journal.flushed()
    async with durable_notebook("second-life", journal=journal) as notebook:
        assert notebook.promises.pending_executions() == ()
        await journal.flushed()
        assert journal.requests() == []
        await notebook.start(ID)
        assert notebook.steps[:2] == ["claim", "send"]


async def test_a_dropped_execution_can_be_sent_once_more_by_this_life() -> None:
    journal = MemoryJournal()
    await left_running(journal)
    async with durable_notebook("second-life", journal=journal) as notebook:
        await notebook.promises.drop(ID)
        assert notebook.promises.pending_executions() == ()
        assert journal.requests() == []
        await notebook.start(ID)
        assert notebook.steps[:2] == ["claim", "send"]


async def test_a_claim_of_an_unknown_flow_version_is_only_to_be_settled_and_never_replayed() -> None:
    journal = MemoryJournal()
    await left_running(journal)
    journal.kept = [(execution_id, of_version(request, 99)) for execution_id, request in journal.kept]
    async with durable_notebook("second-life", journal=journal) as notebook:
        (left,) = notebook.promises.pending_executions()
        assert not left.known_version
        await notebook.promises.settle_execution(ID, to_json(lost("a later version began it")))
        assert notebook.promises.pending_executions() == ()
        assert notebook.steps == []
        await journal.flushed()
        assert journal.requests() == []


async def test_a_prompt_that_was_not_answered_can_be_answered_by_the_next_life() -> None:
    journal = MemoryJournal()
    await left_running(journal, prompts=2)
    async with durable_notebook("second-life", journal=journal) as notebook:
        assert await notebook.promises.value(input_promise_id(ID, 2)) is None
        await notebook.promises.settle_input(ID, 2, {"data": "B-07"})
        assert await notebook.promises.value(input_promise_id(ID, 2)) == {"data": "B-07"}


async def test_an_answer_of_an_earlier_life_stands() -> None:
    journal = MemoryJournal()
    async with durable_notebook("first-life", journal=journal) as notebook:
        await notebook.start(ID)
        await notebook.promises.create_input(ID, 1, {"prompt": "Which batch? ", "password": False})
        await notebook.promises.settle_input(ID, 1, {"data": "first"})
    async with durable_notebook("second-life", journal=journal) as notebook:
        assert await notebook.promises.settle_input(ID, 1, {"data": "second"}) == {"data": "first"}


async def test_nothing_of_ours_ever_times_out() -> None:
    """A cell may run for longer than the day that the SDK gives a promise, and a journal be opened after a year."""
    journal = MemoryJournal()
    await left_running(journal)
    notebook = DurableNotebook("second-life", journal=journal)
    notebook.promises.connection._clock = lambda: 4_000_000_000_000  # in the year 2096
    notebook.promises.replay(journal.requests())
    notebook.promises.start()
    assert len(notebook.promises.pending_executions()) == 1
    value = to_json(lost("it took long"))
    assert await notebook.promises.settle_execution(ID, value) == value
    await notebook.promises.close()


async def test_what_was_settled_and_not_at_its_end_goes_on_by_itself() -> None:
    journal = MemoryJournal()
    async with durable_notebook("first-life", journal=journal) as notebook:
        settled = await notebook.start(ID)
        notebook.bridge.route_response(Result(execution_id=ID, execution_count=1, execution_time=0.5))
        outcome = await settled
    unfinished = next(rows for rows in journal.history if settles(rows) and is_of(settles(rows)[-1], "promise.settle"))
    async with durable_notebook("second-life", journal=MemoryJournal(unfinished)) as notebook:
        assert notebook.promises.pending_executions() == ()
        assert await at_its_end(notebook) == outcome
        assert notebook.steps == ["checkpoint due"]


@pytest.mark.parametrize(
    "request_json", ["", "{", "{}", '{"kind": "schedule.create", "data": {}}', '{"kind": "promise.create", "data": 1}']
)
def test_a_journal_that_cannot_be_read_is_refused_whole(request_json: str) -> None:
    with pytest.raises(StoreError, match="cannot read"):
        PromiseStore("second-life").replay([request_json])


def settles(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [row for row in rows if "promise.settle" in row[1]]


def is_of(row: tuple[str, str], kind: str) -> bool:
    return bool(json.loads(row[1])["kind"] == kind)


def of_version(request: str, version: int) -> str:
    envelope = json.loads(request)
    data = envelope["data"]
    if data["id"] == execution_promise_id(ID) and "param" in data:
        task = json.loads(base64.b64decode(data["param"]["data"]))
        data["param"]["data"] = base64.b64encode(json.dumps({**task, "version": version}).encode()).decode()
    return json.dumps(envelope)
