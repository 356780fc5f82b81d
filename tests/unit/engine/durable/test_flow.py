"""durable_execute: the stored order of its steps, and what holds when it is run again."""

from __future__ import annotations

import asyncio
import inspect

from engine.durable import flow
from engine.durable.ids import execution_promise_id, settled_promise_id
from engine.durable.outcome import read_outcome
from engine.events import Outcome
from engine.protocol.messages import Result
from tests.support.durable_notebook import durable_notebook

ID = "00000000000000aa"


def result(execution_id: str = ID) -> Result:
    return Result(execution_id=execution_id, execution_count=1, execution_time=0.5)


async def test_the_steps_run_once_each_in_their_stored_order() -> None:
    async with durable_notebook() as notebook:
        settled = await notebook.start(ID)
        assert notebook.steps == ["claim", "send"]
        notebook.bridge.route_response(result())
        await settled
        assert read_outcome(await notebook.promises.outcome(ID)).type is Outcome.OK
        assert notebook.steps == ["claim", "send", "checkpoint due"]


async def test_the_promise_that_settles_is_the_first_below_the_execution() -> None:
    async with durable_notebook() as notebook:
        settled = await notebook.start(ID)
        assert await notebook.promises.value(settled_promise_id(ID)) is None
        assert await notebook.promises.value(execution_promise_id(ID)) is None
        notebook.bridge.route_response(result())
        await settled
        assert await notebook.promises.value(settled_promise_id(ID)) == await settled


async def test_creating_an_execution_twice_sends_it_once() -> None:
    async with durable_notebook() as notebook:
        settled = await notebook.start(ID)
        await notebook.promises.create_execution(ID, flow.FUNCTION, flow.FLOW_VERSION)
        notebook.bridge.route_response(result())
        await settled
        await notebook.promises.outcome(ID)
        assert notebook.steps.count("send") == 1


async def test_an_execution_settled_before_its_flow_began_ends_with_that_value() -> None:
    async with durable_notebook() as notebook:
        settled = notebook.bridge.expect_execution(ID)
        notebook.bridge.fail(ID, "the worker died at once")
        assert read_outcome(await settled).message == "the worker died at once"
        await notebook.promises.create_execution(ID, flow.FUNCTION, flow.FLOW_VERSION)
        assert read_outcome(await notebook.promises.outcome(ID)).type is Outcome.LOST


async def test_executions_of_one_notebook_do_not_touch_each_other() -> None:
    async with durable_notebook() as notebook:
        ids = [f"{n:016x}" for n in range(20)]
        futures = [await notebook.start(execution_id) for execution_id in ids]
        for execution_id in reversed(ids):
            notebook.bridge.route_response(
                Result(execution_id=execution_id, execution_count=int(execution_id, 16), execution_time=0.0)
            )
        outcomes = [read_outcome(value) for value in await asyncio.gather(*futures)]
        assert [outcome.execution_count for outcome in outcomes] == list(range(20))


def test_durable_functions_contain_no_asyncio() -> None:
    assert "asyncio" not in inspect.getsource(flow).replace("holds no asyncio", "")
