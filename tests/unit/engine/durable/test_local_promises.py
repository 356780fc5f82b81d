"""The local store forgets settled executions, and nothing else."""

from __future__ import annotations

import pytest

from engine.durable.ids import execution_promise_id, input_promise_id
from engine.durable.local_promises import KEPT_LINEAGES
from engine.protocol.messages import Input, Result
from tests.support.durable_notebook import DurableNotebook, durable_notebook


async def run_to_the_end(notebook: DurableNotebook, execution_id: str) -> None:
    settled = await notebook.start(execution_id)
    notebook.bridge.route_response(Result(execution_id=execution_id, execution_count=1, execution_time=0.0))
    await settled
    await notebook.promises.outcome(execution_id)


def stored(notebook: DurableNotebook) -> int:
    state = notebook.promises.connection.state
    return len(state.promises) + len(state.tasks) + len(state.p_timeouts) + len(state.t_timeouts)


async def test_what_is_stored_does_not_grow_with_the_number_of_executions() -> None:
    async with durable_notebook() as notebook:
        sizes = []
        for number in range(3 * KEPT_LINEAGES):
            await run_to_the_end(notebook, f"{number:016x}")
            sizes.append(stored(notebook))
        assert max(sizes[KEPT_LINEAGES + 1 :]) <= sizes[KEPT_LINEAGES] + 1


async def test_an_execution_that_is_not_settled_is_never_forgotten() -> None:
    async with durable_notebook() as notebook:
        waiting = "f" * 16
        settled = await notebook.start(waiting)
        notebook.bridge.route_response(Input(execution_id=waiting, input_number=1, prompt="?", password=False))
        await notebook.prompts.get()
        for number in range(2 * KEPT_LINEAGES):
            await run_to_the_end(notebook, f"{number:016x}")
        assert await notebook.promises.value(input_promise_id(waiting, 1)) is None
        notebook.bridge.route_response(Result(execution_id=waiting, execution_count=1, execution_time=0.0))
        await settled
        assert await notebook.promises.outcome(waiting)


async def test_the_newest_settled_executions_can_still_be_asked_for_and_the_oldest_cannot() -> None:
    async with durable_notebook() as notebook:
        for number in range(KEPT_LINEAGES + 1):
            await run_to_the_end(notebook, f"{number:016x}")
        assert await notebook.promises.value(execution_promise_id(f"{KEPT_LINEAGES:016x}")) is not None
        with pytest.raises(KeyError):
            await notebook.promises.value(execution_promise_id(f"{0:016x}"))
