"""Which Python a notebook's worker is started with is asked each time, and kept."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import cast

import pytest

from engine.commands import KeepInterpreter, RestartKernel, RunCell
from engine.errors import NoneChosen, WorkerStartError
from engine.events import (
    CheckpointKept,
    ExecutionFinished,
    ExecutionSkipped,
    ExecutionStarted,
    KernelEnded,
    KernelKept,
    KernelReady,
    Outcome,
    RequestFailed,
)
from engine.facade import Engine
from engine.kernel_place import ChoosePython, KernelPlace
from engine.protocol.messages import Execute
from engine.requests import NOT_REPLACED
from engine.session.manager import SessionManager
from engine.session.supported_system import NOT_YET
from engine.store.store import CHECKPOINTS
from tests.support.fake_sessions import FakeSession, FakeSessions
from tests.support.live_notebook import LiveNotebook
from tests.support.sealed_drafts import draft


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


async def test_nobody_is_asked_where_no_python_can_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_UNIX")
    asked = list[str]()

    async def choose() -> str:
        asked.append("which one?")
        return "/one/python"

    opened = Opened(tmp_path)
    notebook = await opened.open(choose)
    notebook.queue("1")
    ended = await notebook.wait_for_type(KernelEnded)
    assert (asked, opened.fakes.pythons, ended.reason) == ([], [], NOT_YET)
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


class Replaced:
    """A notebook that runs /one/python and whose next restart is to take /two/python, once it may be ready."""

    def __init__(self, folder: Path) -> None:
        self.opened, self.python = Opened(folder), "/one/python"
        self.fakes = self.opened.fakes
        self.fakes.obliging = True

    async def begin(self, *, running: bool, is_another: bool = True, with_variables: bool = False) -> LiveNotebook:
        async def choose() -> str:
            return self.python

        notebook = await self.opened.open(choose)
        await notebook.run("1")
        self.old = self.fakes.sessions[0]
        if running:
            self.old.obliging = False
            self.running = notebook.queue("while True: pass")
            await notebook.wait_for(lambda e: isinstance(e, ExecutionStarted) and e.execution_id == self.running)
        self.python, self.fakes.held = "/two/python" if is_another else self.python, asyncio.Event()
        self.fakes.starting.clear()
        self.request = notebook.submit(RestartKernel(with_variables=with_variables))
        await self.fakes.starting.wait()
        return notebook

    async def fail(self, notebook: LiveNotebook) -> None:
        self.fakes.failing_starts = 1
        self.succeed()
        await notebook.wait_for(lambda e: isinstance(e, RequestFailed) and e.request_id == self.request)

    def succeed(self) -> None:
        assert self.fakes.held is not None
        self.fakes.held.set()


async def test_another_python_that_does_not_start_leaves_the_one_that_runs_as_it_is(tmp_path: Path) -> None:
    replaced = Replaced(tmp_path)
    notebook = await replaced.begin(running=False)
    await replaced.fail(notebook)
    assert notebook.of_type(KernelEnded) == []
    assert [(kept.expected, kept.reason) for kept in notebook.of_type(KernelKept)] == [(False, "No worker today.")]
    assert (await notebook.run("2")).outcome is Outcome.OK
    assert replaced.fakes.sessions == [replaced.old]
    await replaced.opened.close()


async def test_nothing_is_sent_to_the_old_python_while_another_one_starts(tmp_path: Path) -> None:
    replaced = Replaced(tmp_path)
    notebook = await replaced.begin(running=False)
    meant_for_it = [notebook.queue("2"), notebook.queue("3")]
    await asyncio.sleep(0)
    assert not set(meant_for_it) & set(replaced.fakes.executed)
    await replaced.fail(notebook)
    ends = [await notebook.ended(execution_id) for execution_id in meant_for_it]
    assert [e.reason for e in ends if isinstance(e, ExecutionSkipped)] == [NOT_REPLACED] * 2
    assert not set(meant_for_it) & set(replaced.fakes.executed)
    await replaced.opened.close()


async def test_what_runs_ends_when_another_python_is_ready_and_goes_on_where_none_is(tmp_path: Path) -> None:
    for name, is_ready in (("ready", True), ("not", False)):
        replaced = Replaced(tmp_path / name)
        notebook = await replaced.begin(running=True)
        assert not replaced.old.ended.done()
        behind = notebook.queue("2")
        if is_ready:
            replaced.succeed()
            finished = await notebook.ended(replaced.running)
            assert isinstance(finished, ExecutionFinished)
            assert finished.outcome is Outcome.LOST
            assert isinstance(await notebook.ended(behind), ExecutionFinished)
            assert replaced.fakes.pythons == ["/one/python", "/two/python"]
            assert replaced.old.ended.done()
        else:
            await replaced.fail(notebook)
            assert isinstance(await notebook.ended(behind), ExecutionSkipped)
            later = notebook.queue("3")
            replaced.old.finish("ValueError")
            assert isinstance(await notebook.ended(later), ExecutionSkipped)  # behind an error, as ever
        await replaced.opened.close()


async def test_what_is_queued_behind_a_second_restart_runs_though_the_first_one_fails(tmp_path: Path) -> None:
    replaced = Replaced(tmp_path)
    notebook = await replaced.begin(running=True)
    notebook.submit(RestartKernel())
    behind = [notebook.queue("2"), notebook.queue("3")]
    await replaced.fail(notebook)
    ends = [await notebook.ended(execution_id) for execution_id in behind]
    assert [e.outcome for e in ends if isinstance(e, ExecutionFinished)] == [Outcome.OK] * 2
    assert replaced.old.ended.done()
    await replaced.opened.close()


@pytest.mark.parametrize("is_another", [True, False])
async def test_the_old_python_has_ended_when_the_new_one_gets_the_notebook(tmp_path: Path, is_another: bool) -> None:
    replaced = Replaced(tmp_path)
    notebook = await replaced.begin(running=False, is_another=is_another)
    replaced.succeed()
    await notebook.wait_for(lambda _event: len(notebook.of_type(KernelReady)) == 2)
    assert replaced.fakes.living_at_start == [[], []]
    await replaced.opened.close()


async def test_an_old_python_that_dies_while_another_one_starts_is_not_brought_back(tmp_path: Path) -> None:
    replaced = Replaced(tmp_path)
    notebook = await replaced.begin(running=True)
    replaced.old.die()
    await notebook.ended(replaced.running)
    assert notebook.of_type(KernelEnded) == []
    replaced.succeed()
    assert (await notebook.run("2")).outcome is Outcome.OK
    assert len(replaced.fakes.sessions) == 2
    await replaced.opened.close()


@pytest.mark.parametrize("is_another", [True, False])
async def test_what_the_old_python_wrote_as_it_went_is_what_comes_back(tmp_path: Path, is_another: bool) -> None:
    replaced = Replaced(tmp_path)
    notebook = await replaced.begin(running=False, is_another=is_another, with_variables=True)
    checkpoints = tmp_path / "store" / CHECKPOINTS
    replaced.old.last_act = lambda: draft(checkpoints, replaced.fakes.executed[0], kept=42)
    replaced.succeed()
    kept = await notebook.wait_for_type(CheckpointKept)
    assert kept.execution_id == replaced.fakes.executed[0]
    await notebook.handle.close()  # the fake one brings nothing back
    await replaced.opened.close()


async def test_the_variables_of_a_python_that_stays_are_not_replaced(tmp_path: Path) -> None:
    replaced = Replaced(tmp_path)
    notebook = await replaced.begin(running=False, with_variables=True)
    draft(tmp_path / "store" / CHECKPOINTS, replaced.fakes.executed[0], kept=42)
    await replaced.fail(notebook)
    assert (await notebook.run("2")).outcome is Outcome.OK
    assert [type(message) for message in replaced.old.sent] == [Execute, Execute]
    await replaced.opened.close()


async def test_a_notebook_that_closes_while_another_python_starts_leaves_none(tmp_path: Path) -> None:
    replaced = Replaced(tmp_path)
    notebook = await replaced.begin(running=True)
    await notebook.handle.close()
    assert replaced.old.ended.done()
    assert len(replaced.fakes.sessions) == 1
    await replaced.opened.close()


async def test_a_python_that_has_not_answered_yet_stays_where_no_other_one_is_chosen(tmp_path: Path) -> None:
    async def choose() -> str:
        return "/one/python"

    async def choose_none() -> str:
        raise NoneChosen("No Python was chosen.")

    before, after = Opened(tmp_path), Opened(tmp_path)
    notebook = await before.open(choose)
    await notebook.run("1")
    await notebook.handle.close(keep_worker=True)
    await before.close()
    after.fakes.living, after.fakes.held = FakeSession("s0", after.fakes.executed), asyncio.Event()
    notebook = await after.open(choose_none)
    await after.fakes.starting.wait()
    notebook.submit(RestartKernel())
    meant_for_another = await notebook.ended(notebook.queue("2"))
    assert isinstance(meant_for_another, ExecutionSkipped)
    assert meant_for_another.reason == NOT_REPLACED
    assert (len(notebook.of_type(KernelKept)), notebook.of_type(KernelEnded)) == (1, [])
    after.fakes.held.set()
    await notebook.wait_for_type(KernelReady)
    assert after.fakes.executed == []
    await after.close()


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
