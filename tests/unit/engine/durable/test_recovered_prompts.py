"""A running cell is attached to again: no prompt is asked twice, and no answer is lost on its way to the worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from engine.durable.bridge import AnswerToSend
from engine.durable.ids import input_promise_id
from engine.durable.outcome import InputAnswer, read_outcome
from engine.events import Outcome
from engine.protocol.messages import Input, Message, Output, Result
from tests.support.durable_notebook import DurableNotebook, durable_notebook
from tests.support.memory_journal import MemoryJournal

ID = "00000000000000aa"


def prompt(number: int, *, password: bool = False) -> Input:
    return Input(execution_id=ID, input_number=number, prompt="Which batch? ", password=password)


def printed() -> Output:
    return Output(execution_id=ID, stream="stdout", text="next\n")


@asynccontextmanager
async def recovered(prompts: Sequence[tuple[Input, str | None]]) -> AsyncIterator[DurableNotebook]:
    """An earlier life was asked so, and answered with the text (None: not at all); its worker lives."""
    journal = MemoryJournal()
    async with durable_notebook("first-life", journal=journal) as notebook:
        await notebook.start(ID)
        for message, text in prompts:
            notebook.bridge.route_response(message)
            await notebook.prompts.get()
            if text is not None:
                await notebook.bridge.answer(ID, message.input_number, InputAnswer(text=text))
    async with durable_notebook("second-life", journal=journal) as notebook:
        notebook.bridge.expect_recovered(ID)
        notebook.bridge.expect_execution(ID)
        yield notebook


async def read_again(notebook: DurableNotebook, *log: Message) -> list[int]:
    """The worker's log is routed from its beginning; which prompts are shown."""
    for message in log:
        notebook.bridge.route_response(message)
    await notebook.bridge_idle()
    shown = []
    while not notebook.prompts.empty():
        shown.append(notebook.prompts.get_nowait().input_number)
    return shown


def sent_again(notebook: DurableNotebook) -> list[tuple[int, str | None]]:
    return [(m.input_number, a.response.data if isinstance(a, AnswerToSend) else None) for m, a in notebook.answered]


async def test_a_prompt_that_nobody_answered_is_asked_again_and_its_answer_sent() -> None:
    async with recovered([(prompt(1), None)]) as notebook:
        assert await read_again(notebook, prompt(1)) == [1]
        committed = await notebook.bridge.answer(ID, 1, InputAnswer(text="B-07"))
        assert committed is not None
        assert committed.response.data == "B-07"


async def test_a_recorded_answer_is_sent_again_without_asking() -> None:
    async with recovered([(prompt(1), "B-07")]) as notebook:
        assert await read_again(notebook, prompt(1)) == []
        assert sent_again(notebook) == [(1, "B-07")]


async def test_of_many_prompts_all_that_nobody_answered_are_asked() -> None:
    async with recovered([(prompt(1), "a"), (prompt(2), None), (prompt(3), None)]) as notebook:
        assert await read_again(notebook, prompt(1), prompt(2), prompt(3)) == [2, 3]
        assert sent_again(notebook) == [(1, "a")]
        for number in (3, 2):
            committed = await notebook.bridge.answer(ID, number, InputAnswer(text=f"{number}"))
            assert committed is not None
            assert committed.response.data == f"{number}"


async def test_a_prompt_that_came_while_nothing_was_attached_is_asked() -> None:
    async with recovered([(prompt(1), "a")]) as notebook:
        assert await read_again(notebook, prompt(1), prompt(2)) == [2]


async def test_an_end_of_file_is_sent_again_as_such() -> None:
    async with recovered([(prompt(1), None)]) as notebook:
        await notebook.promises.settle_input(ID, 1, {"eof": True})
        notebook.bridge.expect_recovered(ID)
        await read_again(notebook, prompt(1))
        ((_, answer),) = notebook.answered
        assert answer is not None
        assert answer.response.eof


async def test_a_password_is_asked_again_where_the_worker_still_waits_and_the_new_one_is_sent() -> None:
    async with recovered([(prompt(1, password=True), "hunter2")]) as notebook:
        assert await read_again(notebook, prompt(1, password=True)) == []
        notebook.bridge.caught_up(ID)
        assert await read_again(notebook) == [1]
        committed = await notebook.bridge.answer(ID, 1, InputAnswer(text="hunter3"))
        assert committed is not None
        assert (committed.response.data, committed.secret) == ("hunter3", True)
        assert "hunter" not in str(await notebook.promises.value(input_promise_id(ID, 1)))


async def test_a_password_that_the_cell_got_is_told_as_answered_and_never_asked_again() -> None:
    async with recovered([(prompt(1, password=True), "hunter2")]) as notebook:
        assert await read_again(notebook, prompt(1, password=True), printed()) == []
        notebook.bridge.caught_up(ID)
        assert await read_again(notebook) == []
        assert sent_again(notebook) == [(1, None)]


async def test_a_password_before_the_last_prompt_is_not_asked_again() -> None:
    async with recovered([(prompt(1, password=True), "hunter2"), (prompt(2), None)]) as notebook:
        assert await read_again(notebook, prompt(1, password=True), prompt(2)) == [2]


async def test_prompts_after_catching_up_are_asked_as_ever() -> None:
    async with recovered([(prompt(1), "a")]) as notebook:
        await read_again(notebook, prompt(1))
        notebook.bridge.caught_up(ID)
        assert await read_again(notebook, prompt(2)) == [2]


async def test_a_recovered_execution_is_settled_by_its_result() -> None:
    async with recovered([(prompt(1), "a")]) as notebook:
        await read_again(notebook, prompt(1), printed(), Result(execution_id=ID, execution_count=4, execution_time=9.0))
        outcome = read_outcome(await notebook.promises.outcome(ID))
        assert (outcome.type, outcome.duration_s) == (Outcome.OK, 9.0)
        assert notebook.sent.empty()
