"""The disk of a notebook's store is full, or its folder is not to be used, while a real worker runs cells.

What cannot be recorded is not told; nothing is lost or doubled once there is room again (invariants 8 and 9).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.commands import AnswerInput, CancelExecution, ExecutionId, PinRun
from engine.errors import StoreError, StoreTooNew
from engine.events import (
    CheckpointKept,
    ExecutionFinished,
    ExecutionQueued,
    ExecutionSkipped,
    ExecutionStarted,
    InputAnswered,
    InputRequested,
    KernelEnded,
    Outcome,
    StateRestored,
    StoreStalled,
    TextPrinted,
)
from engine.facade import Engine
from engine.kernel_place import KernelPlace
from engine.protocol.messages import Message, Result
from engine.session.manager import SessionManager
from engine.store import budget, writer
from engine.store.store import NotebookStore
from engine.upkeep import Upkeep
from tests.support.failing_disk import FailingDisk, refusal
from tests.support.live_notebook import LiveNotebook
from tests.support.logs import ExpectedLogs

CLOSE_LIMIT_S = 12.0
COUNTS = "open('ran', 'a').write('x')"
WAITS = "import os, time\nprint('begun')\nwhile not os.path.exists('go'): time.sleep(0.01)\nprint('ended')"


class StoreDisk(FailingDisk):
    """refused: how many commits it has refused since it became full."""

    def __init__(self) -> None:
        super().__init__(self._commit_fails)
        self.is_full, self.refused = False, 0

    def _commit_fails(self, statement: str) -> None:
        if self.is_full and statement == "COMMIT":
            self.refused += 1
            raise refusal("full")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch, expected_logs: ExpectedLogs) -> StoreDisk:
    """That of all stores which are opened now; it is tried again at once."""
    expected_logs.allow("capsule.store", "nothing can be recorded")
    disk = StoreDisk()
    monkeypatch.setattr(NotebookStore, "open", partial(NotebookStore.open, connect=disk.connect))
    monkeypatch.setattr(writer, "RETRY_S", 0.05)
    return disk


@asynccontextmanager
async def kept_notebook(folder: Path, *, budget_bytes: int = budget.LIMIT_BYTES) -> AsyncIterator[LiveNotebook]:
    engine = Engine(state_directory=folder / "state", manager=SessionManager(), budget_bytes=budget_bytes)
    try:
        place = KernelPlace(working_directory=folder, log_directory=folder, outlives=False)
        handle = await engine.open_notebook("nb", place, folder=folder / "store")
        notebook = LiveNotebook(engine, handle, folder)
        following = asyncio.ensure_future(notebook.follow())
        try:
            yield notebook
        finally:
            await handle.close()
            await following
    finally:
        await engine.close()


async def stalled(notebook: LiveNotebook) -> None:
    await notebook.wait_for(lambda event: isinstance(event, StoreStalled) and event.reason == "the disk is full")


async def printed(notebook: LiveNotebook, text: str) -> None:
    await notebook.wait_for(lambda event: isinstance(event, TextPrinted) and text in event.text)


def last_message(notebook: LiveNotebook) -> asyncio.Future[None]:
    """Done when the worker has said how the cell ended, whatever is told of it."""
    assert notebook.handle.session is not None
    read: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def look(message: Message) -> None:
        if isinstance(message, Result) and not read.done():
            read.set_result(None)

    notebook.handle.session.add_message_interceptor(look)
    return read


def told(notebook: LiveNotebook, execution_id: str) -> list[str]:
    """What was told of an execution, in order."""
    kinds = (ExecutionQueued, ExecutionStarted, ExecutionFinished)
    return [type(e).__name__ for e in notebook.seen if isinstance(e, kinds) and e.execution_id == execution_id]


ALL = ["ExecutionQueued", "ExecutionStarted", "ExecutionFinished"]


async def test_a_cell_that_is_submitted_to_a_full_disk_runs_once_there_is_room(disk: StoreDisk, tmp_path: Path) -> None:
    async with kept_notebook(tmp_path) as notebook:
        await notebook.run("x = 1")
        disk.is_full = True
        waiting = notebook.queue(COUNTS)
        await stalled(notebook)
        assert told(notebook, waiting) == []
        assert not (tmp_path / "ran").exists()
        disk.is_full = False
        await notebook.ended(waiting)
        assert told(notebook, waiting) == ALL
        assert (tmp_path / "ran").read_text() == "x"
        assert [e.reason for e in notebook.of_type(StoreStalled)] == ["the disk is full", ""]


async def test_a_cell_that_ends_on_a_full_disk_prints_but_has_not_finished(disk: StoreDisk, tmp_path: Path) -> None:
    async with kept_notebook(tmp_path) as notebook:
        running = notebook.queue(f"{WAITS}\n{COUNTS}")
        await printed(notebook, "begun")
        disk.is_full = True
        behind = notebook.queue(COUNTS, "behind")
        await stalled(notebook)
        (tmp_path / "go").touch()
        await printed(notebook, "ended")
        assert told(notebook, running) == ALL[:2]
        assert told(notebook, behind) == []
        disk.is_full = False
        assert [(await notebook.ended(each)).cell_id for each in (running, behind)] == ["cell", "behind"]
        assert (told(notebook, running), told(notebook, behind)) == (ALL, ALL)
        assert (tmp_path / "ran").read_text() == "xx"
        assert [run.outcome for run in await notebook.handle.past.runs_of("cell")] == [Outcome.OK]


async def test_an_answer_is_sent_when_it_could_be_recorded_and_not_before(disk: StoreDisk, tmp_path: Path) -> None:
    async with kept_notebook(tmp_path) as notebook:
        running = notebook.queue("print('hello ' + input('name? '))")
        await notebook.wait_for_type(InputRequested)
        disk.is_full = True
        notebook.submit(AnswerInput(execution_id=running, input_number=1, text="Ada"))
        await stalled(notebook)
        assert notebook.of_type(InputAnswered) == []
        assert notebook.printed(running) == ""
        disk.is_full = False
        await notebook.ended(running)
        assert (len(notebook.of_type(InputAnswered)), notebook.printed(running)) == (1, "hello Ada\n")
        assert [answer.text for answer in await notebook.handle._store.answers_of(running)] == ["Ada"]


async def test_a_prompt_is_shown_when_it_could_be_recorded(disk: StoreDisk, tmp_path: Path) -> None:
    async with kept_notebook(tmp_path) as notebook:
        running = notebook.queue(f"{WAITS}\nprint(input('name? '))")
        await printed(notebook, "begun")
        disk.is_full = True
        (tmp_path / "go").touch()
        await stalled(notebook)
        assert notebook.of_type(InputRequested) == []
        disk.is_full = False
        await notebook.wait_for_type(InputRequested)
        notebook.submit(AnswerInput(execution_id=running, input_number=1, text="Ada"))
        await notebook.ended(running)
        assert len(notebook.of_type(InputRequested)) == 1


async def test_a_notebook_closes_on_a_full_disk_and_its_next_opening_says_how_the_cell_ended(
    disk: StoreDisk, tmp_path: Path, expected_logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected_logs.expect("capsule.store", "facts could not be recorded")
    for module in ("automatic", "store.store"):
        monkeypatch.setattr(f"engine.{module}.CLOSE_LIMIT_S", 1.0)
    async with kept_notebook(tmp_path) as notebook:
        before = await notebook.run("print('before')", "first")
        running = notebook.queue(f"{WAITS}\n{COUNTS}")
        await printed(notebook, "begun")
        disk.is_full = True
        behind = notebook.queue(COUNTS, "behind")
        result = last_message(notebook)
        (tmp_path / "go").touch()
        await result
        await stalled(notebook)
        begun = asyncio.get_running_loop().time()
        await notebook.handle.close()
        assert asyncio.get_running_loop().time() - begun < CLOSE_LIMIT_S
    assert (told(notebook, running), told(notebook, behind)) == (ALL[:2], [])
    disk.is_full = False
    async with kept_notebook(tmp_path) as again:
        finished = await again.ended(running)
        assert isinstance(finished, ExecutionFinished)
        assert (finished.outcome, again.printed(running)) == (Outcome.OK, "begun\nended\n")
        assert told(again, running) == ALL
        assert [run.execution_id for run in await again.handle.past.runs_of("first")] == [before.execution_id]
        assert [event async for event in again.handle.past.replay(before.execution_id)]
        assert (tmp_path / "ran").read_text() == "x"


async def test_where_no_folder_can_be_made_it_is_said_and_cells_run_without_a_record(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file is in the way")
    with pytest.raises(StoreError, match="a file is in the way.*can be saved as always"):
        async with kept_notebook(tmp_path):
            pass
    engine = Engine(state_directory=tmp_path / "state", manager=SessionManager())
    place = KernelPlace(working_directory=tmp_path, log_directory=tmp_path / "logs", outlives=False)
    notebook = LiveNotebook(engine, engine.open_in_memory("nb", place), tmp_path)
    following = asyncio.ensure_future(notebook.follow())
    assert (await notebook.run("1")).outcome is Outcome.OK
    await engine.close()
    await following
    assert (tmp_path / "store").read_text() == "a file is in the way"


async def test_a_damaged_record_is_put_aside_whole_with_words_and_cells_run(tmp_path: Path) -> None:
    async with kept_notebook(tmp_path) as notebook:
        before = await notebook.run("print('before')")
    database = tmp_path / "store" / "state.sqlite"
    damaged = b"not a database" * 1000
    database.write_bytes(damaged)
    async with kept_notebook(tmp_path) as notebook:
        assert "put aside" in notebook.handle.notice
        again = await notebook.run("print('after')")
        assert notebook.printed(again.execution_id) == "after\n"
        assert [run.execution_id for run in await notebook.handle.past.runs_of("cell")] == [again.execution_id]
    (aside,) = (tmp_path / "store").glob("damaged-*")
    assert (aside / database.name).read_bytes() == damaged
    assert (tmp_path / "store" / "outputs" / f"{before.execution_id}.log").exists()


async def test_a_record_of_a_later_version_is_left_as_it_is(tmp_path: Path) -> None:
    async with kept_notebook(tmp_path) as notebook:
        await notebook.run("print('before')")
    with sqlite3.connect(tmp_path / "store" / "state.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = contents(tmp_path / "store")
    with pytest.raises(StoreTooNew, match="open the notebook with the newer version"):
        async with kept_notebook(tmp_path):
            pass
    after = contents(tmp_path / "store")
    assert after | before == after
    assert {Path(name).suffix for name in after.keys() - before.keys()} <= {".sqlite-wal", ".sqlite-shm"}
    assert not any((tmp_path / "store" / name).read_bytes() for name in after if name.endswith("-wal"))


def contents(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def pruned(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[int]:
    """How many bytes went, each time that a notebook's folder was looked at, which is after every execution now."""
    freed: asyncio.Queue[int] = asyncio.Queue()
    prune = NotebookStore.prune

    async def noted(store: NotebookStore, *arguments: Any) -> int:
        bytes_ = await prune(store, *arguments)
        freed.put_nowait(bytes_)
        return bytes_

    monkeypatch.setattr(NotebookStore, "prune", noted)
    monkeypatch.setattr("engine.notebook_handle.Upkeep", partial(Upkeep, rest_s=0.0, every_s=0.0))
    return freed


async def test_the_oldest_outputs_go_when_the_record_is_over_its_budget(
    pruned: asyncio.Queue[int], tmp_path: Path
) -> None:
    async with kept_notebook(tmp_path, budget_bytes=500_000) as notebook:
        runs: list[str] = []
        notebook.handle.upkeep.shown_runs = lambda: runs[1:2]
        freed = 0
        for number in range(8):
            runs.append((await notebook.run(f"print('{number}' * 100_000)\nx = {number}")).execution_id)
            notebook.submit(PinRun(execution_id=ExecutionId(runs[0]), pinned=True))
            freed += await pruned.get()
        left = {path.stem for path in (tmp_path / "store" / "outputs").iterdir()} - {"background"}
        assert left >= {runs[0], runs[1], runs[-1]}
        assert freed >= 200_000
        assert {run.execution_id for run in await notebook.handle.past.runs_of("cell")} == left


async def test_a_cell_that_is_taken_back_while_the_disk_is_full_never_runs(disk: StoreDisk, tmp_path: Path) -> None:
    async with kept_notebook(tmp_path) as notebook:
        await notebook.run("x = 1")
        disk.is_full = True
        waiting = notebook.queue(COUNTS)
        await stalled(notebook)
        notebook.submit(CancelExecution(execution_id=waiting))
        assert notebook.of_type(ExecutionSkipped) == []
        disk.is_full = False
        assert isinstance(await notebook.ended(waiting), ExecutionSkipped)
        await notebook.run("print(x)")
        assert told(notebook, waiting) == ["ExecutionQueued"]
        assert len(notebook.of_type(ExecutionSkipped)) == 1
        assert not (tmp_path / "ran").exists()


async def test_a_worker_that_dies_while_the_disk_is_full_is_told_and_replaced_when_there_is_room(
    disk: StoreDisk, tmp_path: Path
) -> None:
    async with kept_notebook(tmp_path) as notebook:
        await notebook.run("x = 'kept'")
        await notebook.wait_for_type(CheckpointKept)
        running = notebook.queue(WAITS)
        await printed(notebook, "begun")
        disk.is_full = True
        behind = notebook.queue(COUNTS, "behind")
        await stalled(notebook)
        assert notebook.handle.session is not None
        os.kill(notebook.handle.session.ready.pid, signal.SIGKILL)
        await notebook.wait_for_type(KernelEnded)
        assert told(notebook, running) == ALL[:2]
        disk.is_full = False
        lost = await notebook.ended(running)
        assert isinstance(lost, ExecutionFinished)
        assert lost.outcome is Outcome.LOST
        assert isinstance(await notebook.ended(behind), ExecutionSkipped)
        await notebook.wait_for_type(StateRestored)
        again = await notebook.run("print(x)")
        assert notebook.printed(again.execution_id) == "kept\n"
        assert (told(notebook, running), told(notebook, behind)) == (ALL, ALL[:1])
        assert not (tmp_path / "ran").exists()
