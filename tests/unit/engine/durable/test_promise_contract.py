"""What holds of the promises, whoever keeps them: the SDK's own local mode, ours without and with a store."""

from __future__ import annotations

import asyncio

import pytest
from resonate.context import Context
from resonate.error import ApplicationError, ServerError
from resonate.retry import Never

from tests.support.promise_clients import KINDS, PromiseClient, promise_client

ROOT = "exec:00000000000000aa"


pytestmark = pytest.mark.parametrize("kind", KINDS)


class Steps:
    """A flow with a leaf, a promise to wait for, and a leaf after it; counts how often each ran."""

    def __init__(self, client: PromiseClient) -> None:
        self.ran: list[str] = []
        self.waits = asyncio.Event()
        client.resonate.register(self.flow, name="flow", retry_policy=Never())
        client.resonate.register(self.failing, name="failing", retry_policy=Never())
        client.resonate.register(self.leaf, name="leaf", retry_policy=Never())
        client.resonate.register(self.silent, name="silent", retry_policy=Never())
        client.resonate.start()

    async def flow(self, ctx: Context, name: str) -> object:
        answered = ctx.promise()
        first = await ctx.run("leaf", name)
        await ctx.run("silent")
        self.waits.set()
        said = await answered
        last = await ctx.run("leaf", "last")
        return [first, said, last]

    async def failing(self, _ctx: Context) -> object:
        raise ApplicationError("no")

    async def leaf(self, _ctx: Context, name: str) -> str:
        self.ran.append(name)
        return f"{name}!"

    async def silent(self, _ctx: Context) -> None:
        self.ran.append("silent")


async def test_a_promise_is_pending_until_it_is_settled(kind: str) -> None:
    async with promise_client(kind) as client:
        assert await client.create(ROOT) == "pending"
        assert await client.value(ROOT) == ("pending", None)
        assert await client.resolve(ROOT, {"a": 1}) == {"a": 1}
        assert await client.value(ROOT) == ("resolved", {"a": 1})


async def test_the_first_value_stands(kind: str) -> None:
    async with promise_client(kind) as client:
        await client.create(ROOT)
        await client.resolve(ROOT, "first")
        assert await client.resolve(ROOT, "second") == "first"


async def test_creating_twice_is_creating_once(kind: str) -> None:
    async with promise_client(kind) as client:
        await client.create(ROOT, {"n": 1})
        await client.resolve(ROOT, 7)
        assert await client.create(ROOT, {"n": 2}) == "resolved"
        assert await client.value(ROOT) == ("resolved", 7)


async def test_what_was_never_created_is_not_found(kind: str) -> None:
    async with promise_client(kind) as client:
        for asked in (client.value(ROOT), client.resolve(ROOT, 1)):
            with pytest.raises(ServerError) as refused:
                await asked
            assert refused.value.code == 404


async def test_a_flow_waits_for_its_promise_and_goes_on_with_its_value(kind: str) -> None:
    async with promise_client(kind) as client:
        steps = Steps(client)
        await client.begin(ROOT, "flow", "first")
        await steps.waits.wait()
        await client.resolve(f"{ROOT}.1", {"answer": 42})
        assert await client.result(ROOT) == ["first!", {"answer": 42}, "last!"]


async def test_leaves_that_ran_are_not_run_again_when_the_flow_is(kind: str) -> None:
    async with promise_client(kind) as client:
        steps = Steps(client)
        await client.begin(ROOT, "flow", "first")
        await steps.waits.wait()
        await client.resolve(f"{ROOT}.1", None)
        await client.result(ROOT)
        assert steps.ran == ["first", "silent", "last"]


async def test_a_promise_settled_before_the_flow_waits_for_it_does_not_stop_it(kind: str) -> None:
    async with promise_client(kind) as client:
        steps = Steps(client)
        await client.create(f"{ROOT}.1")
        await client.resolve(f"{ROOT}.1", "early")
        await client.begin(ROOT, "flow", "first")
        assert await client.result(ROOT) == ["first!", "early", "last!"]
        assert steps.ran == ["first", "silent", "last"]


async def test_starting_a_flow_twice_runs_it_once(kind: str) -> None:
    async with promise_client(kind) as client:
        steps = Steps(client)
        await asyncio.gather(client.begin(ROOT, "flow", "first"), client.begin(ROOT, "flow", "again"))
        await steps.waits.wait()
        await client.resolve(f"{ROOT}.1", 1)
        await client.result(ROOT)
        assert steps.ran.count("silent") == 1


async def test_flows_of_one_client_do_not_touch_each_other(kind: str) -> None:
    async with promise_client(kind) as client:
        Steps(client)
        roots = [f"exec:{number:016x}" for number in range(8)]
        for number, root in enumerate(roots):
            await client.create(f"{root}.1")
            await client.begin(root, "flow", str(number))
        results = [asyncio.ensure_future(client.result(root)) for root in roots]
        for number, root in reversed(list(enumerate(roots))):
            await client.resolve(f"{root}.1", number)
        assert await asyncio.gather(*results) == [[f"{n}!", n, "last!"] for n in range(8)]


async def test_a_flow_that_raises_is_rejected_with_its_words(kind: str) -> None:
    async with promise_client(kind) as client:
        Steps(client)
        await client.begin(ROOT, "failing")
        with pytest.raises(ApplicationError, match="no"):
            await client.result(ROOT)


async def test_promises_named_after_a_flow_are_settled_beside_it(kind: str) -> None:
    async with promise_client(kind) as client:
        steps = Steps(client)
        await client.begin(ROOT, "flow", "first")
        await steps.waits.wait()
        await client.create(f"{ROOT}:input:1", {"prompt": "?"})
        assert await client.resolve(f"{ROOT}:input:1", {"data": "B-07"}) == {"data": "B-07"}
        await client.resolve(f"{ROOT}.1", 1)
        await client.result(ROOT)


@pytest.mark.parametrize("value", [None, 0, "", [], {}, {"a": [1, None, "é\U0001f600"]}, 1.5, True])
async def test_values_come_back_as_they_were(kind: str, value: object) -> None:
    async with promise_client(kind) as client:
        await client.create(ROOT)
        await client.resolve(ROOT, value)
        assert await client.value(ROOT) == ("resolved", value)
