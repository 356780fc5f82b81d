"""The store that the durable benchmark starts from is one that the engine itself would have left."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engine.durable.connection import PromiseStore
from engine.store.records import RunState
from engine.store.store import NotebookStore
from tests.benchmarks.past_store import LIFE, WAITING, fill, leave_behind


async def test_a_killed_application_leaves_its_past_one_running_cell_and_those_that_wait(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    await asyncio.to_thread(fill, folder, 400)
    await leave_behind(folder)
    store = await asyncio.to_thread(NotebookStore.open, folder, process_life="now")
    state = await asyncio.to_thread(store.load)
    assert [run.state for run in state.unsettled] == [RunState.CLAIMED] + [RunState.QUEUED] * WAITING
    assert len(state.latest) == 200
    assert len(await store.runs_of("cell-100")) == 2
    (left,) = PromiseStore("now", store).replay(await asyncio.to_thread(store.requests))
    assert (left.execution_id, left.claimed_by) == (state.unsettled[0].execution_id, LIFE)
    await store.close()
