"""Which Python a notebook's worker is started with is asked each time, and kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest

from engine.commands import KeepInterpreter, RestartKernel, RunCell
from engine.errors import NoneChosen, WorkerStartError
from engine.events import ExecutionFinished, ExecutionSkipped, KernelEnded, KernelReady
from engine.facade import Engine
from engine.kernel_place import ChoosePython, KernelPlace
from engine.session.manager import SessionManager
from tests.support.fake_sessions import FakeSessions
from tests.support.live_notebook import LiveNotebook


class Opened:
    """A notebook with a store, over sessions that are not real."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.fakes = folder, FakeSessions()
        self.fakes.obliging = True
        self.engine = Engine(state_directory=folder / "key", manager=cast(SessionManager, self.fakes))

    async def open(self, choose_python: ChoosePython) -> LiveNotebook:
        place = KernelPlace(working_directory=self.folder, log_directory=self.folder, choose_python=choose_python)
        handle = await self.engine.open_notebook("nb", place, folder=self.folder / "store")
        notebook = LiveNotebook(self.engine, handle, self.folder)
        self.following = asyncio.ensure_future(notebook.follow())
        return notebook

    async def close(self) -> None:
        await self.engine.close()
        await self.following


async def test_every_start_asks_and_takes_what_is_said(tmp_path: Path) -> None:
    said = iter(["/one/python", "/two/python"])

    async def choose() -> str:
        return next(said)

    opened = Opened(tmp_path)
    notebook = await opened.open(choose)
    await notebook.run("1")
    notebook.handle.submit(RestartKernel())
    await notebook.wait_for(lambda event: isinstance(event, KernelReady) and len(notebook.of_type(KernelReady)) == 2)
    assert opened.fakes.pythons == ["/one/python", "/two/python"]
    await opened.close()


async def test_where_nobody_chooses_nothing_starts_and_it_is_said_why(tmp_path: Path) -> None:
    async def choose() -> str:
        raise WorkerStartError("No Python was chosen.")

    opened = Opened(tmp_path)
    notebook = await opened.open(choose)
    finished = await notebook.run("1")
    assert "No Python was chosen." in finished.message
    assert opened.fakes.pythons == []
    await opened.close()


async def test_where_the_user_wants_none_what_waits_is_skipped_and_nothing_has_ended(tmp_path: Path) -> None:
    may_answer = asyncio.Event()

    async def choose() -> str:
        await may_answer.wait()
        raise NoneChosen("No Python was chosen.")

    opened = Opened(tmp_path)
    notebook = await opened.open(choose)
    for _ in range(2):
        notebook.handle.submit(RunCell(cell_id="c", source="1"))
    may_answer.set()
    await notebook.wait_for(lambda _event: len(notebook.of_type(ExecutionSkipped)) == 2)
    assert {skipped.reason for skipped in notebook.of_type(ExecutionSkipped)} == {"no Python was chosen"}
    assert [ended.expected for ended in notebook.of_type(KernelEnded)] == [True]
    assert notebook.of_type(ExecutionFinished) == []
    await opened.close()


@pytest.mark.parametrize("path", ["/somewhere/bin/python", ""])
async def test_what_was_chosen_is_known_at_the_next_opening(tmp_path: Path, path: str) -> None:
    async def never() -> str:
        raise AssertionError

    first = Opened(tmp_path)
    notebook = await first.open(never)
    notebook.handle.submit(KeepInterpreter(path="/before/python"))
    notebook.handle.submit(KeepInterpreter(path=path))
    await first.close()
    second = Opened(tmp_path)
    assert (await second.open(never)).handle.past.at_opening.interpreter == path
    await second.close()
