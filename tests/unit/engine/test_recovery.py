"""What the recovery of a notebook tells of executions that an earlier process life left."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

from engine.events import ExecutionFinished, QueueChanged, TextPrinted
from engine.facade import Engine
from engine.kernel_place import KernelPlace
from engine.protocol.codec import encode
from engine.protocol.messages import BACKGROUND_LOG, Result
from engine.session.manager import SessionManager
from engine.store.records import RunRecord
from engine.store.store import NotebookStore
from tests.support.durable_notebook import DurableNotebook
from tests.support.fake_sessions import FakeSessions
from tests.support.fake_worker import printed
from tests.support.live_notebook import LiveNotebook

EARLIER, LATER, LEFT, WAITING = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)


async def leave(folder: Path) -> None:
    """A store whose process died: of the cell "again" an earlier run was left, and a later one has ended."""
    store = await asyncio.to_thread(NotebookStore.open, folder, process_life="before")
    notebook = DurableNotebook("before", journal=store)
    notebook.promises.start()
    for execution_id, cell_id in ((EARLIER, "again"), (LATER, "again"), (LEFT, "once")):
        store.submit(RunRecord(execution_id=execution_id, cell_id=cell_id, source="1", submitted_at=1.0))
        settled = await notebook.start(execution_id)
        if execution_id == LATER:
            notebook.bridge.route_response(Result(execution_id=LATER, execution_count=1, execution_time=0.5))
            await settled
    store.submit(RunRecord(execution_id=WAITING, cell_id="once", source="1", submitted_at=1.0))
    notebook.bridge.close()
    await notebook.promises.close()
    assert await store.close()


async def test_a_run_of_before_a_cells_latest_is_settled_and_not_shown_over_it(tmp_path: Path) -> None:
    await leave(tmp_path / "store")
    fakes = FakeSessions()
    fakes.obliging = True
    engine = Engine(state_directory=tmp_path / "key", manager=cast(SessionManager, fakes))
    place = KernelPlace(working_directory=tmp_path, log_directory=tmp_path)
    handle = await engine.open_notebook("nb", place, folder=tmp_path / "store")
    notebook = LiveNotebook(engine, handle, tmp_path)
    following = asyncio.ensure_future(notebook.follow())
    await notebook.wait_for_type(QueueChanged)
    assert [event.cell_id for event in notebook.of_type(ExecutionFinished)] == ["once"]
    runs = await handle.past.runs_of("again")
    assert [(run.execution_id, run.outcome) for run in runs] == [(EARLIER, "lost"), (LATER, "ok")]
    assert {run.execution_id for run in handle.past.at_opening.latest} == {LATER}
    await engine.close()
    await following


async def test_what_came_late_of_a_worker_that_has_gone_is_told_from_where_it_was_heard(tmp_path: Path) -> None:
    first, second = encode(printed("a1", "heard")), encode(printed("a1", "not heard"))
    (tmp_path / "store" / "outputs").mkdir(parents=True)
    (tmp_path / "store" / "outputs" / BACKGROUND_LOG).write_bytes(first + second)
    engine = Engine(state_directory=tmp_path / "key", manager=cast(SessionManager, FakeSessions()))
    place = KernelPlace(working_directory=tmp_path, log_directory=tmp_path, background_from=len(first))
    handle = await engine.open_notebook("nb", place, folder=tmp_path / "store")
    notebook = LiveNotebook(engine, handle, tmp_path)
    following = asyncio.ensure_future(notebook.follow())
    await notebook.wait_for_type(TextPrinted)
    await engine.close()
    await following
    told = [(event.text, event.background_end) for event in notebook.of_type(TextPrinted)]
    assert told == [("not heard", len(first + second))]
