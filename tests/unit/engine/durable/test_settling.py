"""Nothing that a cell says, and no bug of ours, leaves an execution, a prompt or an answer pending for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from engine.durable.bridge import UNASKED, Promises
from engine.durable.outcome import InputAnswer, read_outcome
from engine.errors import BrokenInvariant
from engine.events import Outcome
from engine.protocol.messages import Error, Input
from tests.support.durable_notebook import asked, durable_notebook
from tests.support.logs import ExpectedLogs
from tests.support.memory_journal import MemoryJournal

ID = "00000000000000aa"
ODD = "lone \udc80, halves \ud83d\ude00, nul \x00, " + "long " * 50_000


def error(error_type: str) -> Error:
    return Error(execution_id=ID, error_type=error_type, message="why", traceback=[], execution_time=0.1)


def prompt() -> Input:
    return Input(execution_id=ID, input_number=1, prompt="Which batch? ", password=False)


async def test_an_exception_whose_message_is_no_valid_text_settles_with_its_very_words() -> None:
    async with durable_notebook() as notebook:
        settled = await notebook.start(ID)
        notebook.bridge.route_response(replace(error("E\udc00"), message=ODD))
        outcome = read_outcome(await settled)
        assert (outcome.type, outcome.error_type, outcome.message) == (Outcome.ERROR, "E\udc00", ODD)
        assert read_outcome(await notebook.promises.outcome(ID)) == outcome


async def test_a_prompt_that_is_no_valid_text_is_asked_and_its_answer_kept_as_it_was_typed() -> None:
    journal = MemoryJournal()
    async with durable_notebook(journal=journal) as notebook:
        await notebook.start(ID)
        await asked(notebook, replace(prompt(), prompt=ODD))
        committed = await notebook.bridge.answer(ID, 1, InputAnswer(text=ODD))
        assert committed is not None
        assert committed.response.data == ODD
    async with durable_notebook("second-life", journal=journal) as notebook:
        assert notebook.promises.answers(ID) == {1: {"data": ODD}}


class BrokenPromises:
    """Fails with a bug of its own at what it is told to, until it is mended."""

    def __init__(self, whole: Promises, *broken: str) -> None:
        self._whole, self.broken = whole, set(broken)

    async def settle_execution(self, execution_id: str, value: dict[str, object]) -> object:
        self._fail("settle_execution")
        return await self._whole.settle_execution(execution_id, value)

    async def create_input(self, execution_id: str, input_number: int, param: dict[str, object]) -> None:
        self._fail("create_input")
        await self._whole.create_input(execution_id, input_number, param)

    async def settle_input(self, execution_id: str, input_number: int, value: dict[str, object]) -> object:
        self._fail("settle_input")
        return await self._whole.settle_input(execution_id, input_number, value)

    def answers(self, execution_id: str) -> dict[int, object | None]:
        return self._whole.answers(execution_id)

    def _fail(self, what: str) -> None:
        if what in self.broken:
            raise ZeroDivisionError(f"a bug in {what}")


async def test_a_bug_while_an_outcome_is_settled_is_told_to_whoever_waits_for_it(expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.test", "failed")
    async with durable_notebook() as notebook:
        notebook.bridge._promises = BrokenPromises(notebook.promises, "settle_execution")
        settled = await notebook.start(ID)
        notebook.bridge.route_response(error("ValueError"))
        await asyncio.wait([settled])
        assert isinstance(settled.exception(), ZeroDivisionError)
        assert not notebook.bridge.pending


async def test_what_asks_and_cannot_be_recorded_is_stopped_and_ends_as_lost_with_words(
    expected_logs: ExpectedLogs,
) -> None:
    expected_logs.expect("capsule.test", "failed")
    stopped: asyncio.Queue[str] = asyncio.Queue()
    async with durable_notebook() as notebook:
        notebook.bridge._on_late = stopped.put_nowait
        notebook.bridge._promises = BrokenPromises(notebook.promises, "create_input")
        settled = await notebook.start(ID)
        notebook.bridge.route_response(prompt())
        assert await stopped.get() == ID
        assert not settled.done()
        notebook.bridge.route_response(error("KeyboardInterrupt"))
        outcome = read_outcome(await settled)
        assert (outcome.type, outcome.message) == (Outcome.LOST, UNASKED)
        assert not notebook.bridge.pending
        assert notebook.prompts.empty()


async def test_what_asks_and_cannot_be_stopped_ends_as_lost_all_the_same(
    expected_logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected_logs.expect("capsule.test", "failed")
    monkeypatch.setattr("engine.durable.bridge.STOP_LIMIT_S", 0.01)
    async with durable_notebook() as notebook:
        notebook.bridge._on_late = lambda _execution_id: None
        notebook.bridge._promises = BrokenPromises(notebook.promises, "create_input")
        settled = await notebook.start(ID)
        notebook.bridge.route_response(prompt())
        assert read_outcome(await settled).message == UNASKED
        assert not notebook.bridge.pending


async def test_an_answer_that_could_not_be_recorded_can_be_given_again() -> None:
    async with durable_notebook() as notebook:
        broken = BrokenPromises(notebook.promises, "settle_input")
        notebook.bridge._promises = broken
        await notebook.start(ID)
        await asked(notebook, prompt())
        with pytest.raises(ZeroDivisionError):
            await notebook.bridge.answer(ID, 1, InputAnswer(text="B-07"))
        broken.broken.clear()
        committed = await notebook.bridge.answer(ID, 1, InputAnswer(text="B-08"))
        assert committed is not None
        assert committed.response.data == "B-08"


async def test_what_the_promise_client_refuses_is_an_error_of_ours() -> None:
    async with durable_notebook() as notebook:
        await notebook.start(ID)
        unsayable: dict[str, object] = {"type": object()}
        with pytest.raises(BrokenInvariant):
            await notebook.promises.settle_execution(ID, unsayable)
        with pytest.raises(BrokenInvariant):
            await notebook.promises.create_input(ID, 1, unsayable)
        with pytest.raises(BrokenInvariant):
            await notebook.promises.settle_input(ID, 2, {})
