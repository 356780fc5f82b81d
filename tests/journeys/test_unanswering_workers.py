"""A worker that lives on and cannot be spoken to: what it runs is shown as running, and runs once (8 and 12)."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from engine.commands import EndWorker, HoldQueue, RestartKernel
from engine.events import (
    ExecutionFinished,
    ExecutionQueued,
    ExecutionStarted,
    KernelAttached,
    KernelHealth,
    KernelReady,
    OutputCleared,
    QueueChanged,
    RequestFailed,
    TextPrinted,
)
from engine.facade import Engine
from engine.kernel_place import KernelPlace
from engine.session.manager import SessionManager
from tests.support import left_workers
from tests.support.live_notebook import LiveNotebook
from tests.support.notebook_process import NotebookProcess, notebook_process

WAITS = "import os, time\nprint('begun')\nwhile not os.path.exists('go'): time.sleep(0.01)\nprint('ended')"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for a socket's path; the workers that a test left behind end with it."""
    with tempfile.TemporaryDirectory(prefix="cu") as path:
        yield Path(path)
        left_workers.end(*left_workers.workers_in(Path(path)))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.reattaching.PATIENCE_S", 0.1)
    monkeypatch.setattr("engine.reattaching.FIRST_PAUSE_S", 0.1)


async def left_running(folder: Path, *, queued: str = "", stopped: bool = True) -> int:
    """An application that was killed while its cell ran; the pid of its worker, which lives on (stopped: and is not
    heard of)."""
    async with notebook_process(folder) as first:
        first.run("a", WAITS)
        await first.event(TextPrinted)
        pid = int((await first.event(KernelReady))["pid"])
        if queued:
            first.run("b", queued)
            await first.event(ExecutionQueued, lambda f: f["cell_id"] == "b")
        if stopped:
            os.kill(pid, signal.SIGSTOP)
        await first.kill()
    return pid


@asynccontextmanager
async def reopened(folder: Path, *, keep_worker: bool = False) -> AsyncIterator[LiveNotebook]:
    engine = Engine(state_directory=folder / "state", manager=SessionManager(runtime_directory=folder / "run"))
    place = KernelPlace(working_directory=folder, log_directory=folder)
    handle = await engine.open_notebook("nb", place, folder=folder / "store")
    notebook = LiveNotebook(engine, handle, folder)
    following = asyncio.ensure_future(notebook.follow())
    try:
        yield notebook
    finally:
        await handle.close(keep_worker=keep_worker)
        await engine.close()
        await following


def lives(pid: int) -> bool:
    """A zombie that nobody reaps has ended."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def end_of(notebook: LiveNotebook, cell_id: str) -> ExecutionFinished:
    event = await notebook.wait_for(lambda e: isinstance(e, ExecutionFinished) and e.cell_id == cell_id)
    assert isinstance(event, ExecutionFinished)
    return event


async def shown(notebook: LiveNotebook, text: str) -> None:
    await notebook.wait_for(lambda e: isinstance(e, TextPrinted) and text in e.text)


def on_screen(notebook: LiveNotebook) -> str:
    """What is printed since it was cleared to be told anew."""
    cleared = [n for n, event in enumerate(notebook.seen) if isinstance(event, OutputCleared)]
    rest = notebook.seen[cleared[-1] :] if cleared else notebook.seen
    return "".join(event.text for event in rest if isinstance(event, TextPrinted))


async def test_a_worker_that_does_not_answer_runs_its_cell_before_all_eyes_and_is_attached_to_when_it_does(
    folder: Path,
) -> None:
    pid = await left_running(folder, queued="print('b')")
    async with reopened(folder) as notebook:
        told = await notebook.wait_for_type(RequestFailed)
        assert (told.kind, str(pid) in told.message) == ("attach", True)
        await shown(notebook, "begun")
        assert [e.cell_id for e in notebook.of_type(ExecutionStarted)] == ["a"]
        assert not (await notebook.wait_for_type(KernelHealth)).answering
        assert (await notebook.wait_for_type(QueueChanged)).held
        assert notebook.of_type(KernelAttached) == []
        os.kill(pid, signal.SIGCONT)
        await notebook.wait_for_type(KernelAttached)
        (folder / "go").touch()
        assert (await end_of(notebook, "a")).outcome == "ok"
        assert on_screen(notebook) == "begun\nended\n"
        assert len(notebook.of_type(ExecutionStarted)) == 1
        notebook.submit(HoldQueue(held=False))
        assert (await end_of(notebook, "b")).outcome == "ok"


@pytest.mark.parametrize("command", [RestartKernel(), EndWorker()])
async def test_the_user_may_end_a_worker_that_does_not_answer_and_have_a_new_one(
    folder: Path, command: RestartKernel | EndWorker
) -> None:
    pid = await left_running(folder)
    async with reopened(folder) as notebook:
        await shown(notebook, "begun")
        notebook.submit(command)
        lost = await end_of(notebook, "a")
        assert (lost.outcome, bool(lost.message)) == ("lost", True)
        assert (await notebook.run("import os\nprint(os.getpid())", "b")).outcome == "ok"
        assert not lives(pid)
        assert len(notebook.of_type(ExecutionFinished)) == 2


async def test_a_worker_that_ends_before_it_answered_leaves_a_lost_cell_with_what_it_printed(folder: Path) -> None:
    pid = await left_running(folder)
    async with reopened(folder) as notebook:
        await shown(notebook, "begun")
        os.kill(pid, signal.SIGKILL)
        lost = await end_of(notebook, "a")
        assert (lost.outcome, on_screen(notebook)) == ("lost", "begun\n")
        assert (await notebook.run("1", "b")).outcome == "ok"


async def test_a_window_that_goes_leaves_a_worker_that_does_not_answer_to_the_next(folder: Path) -> None:
    pid = await left_running(folder)
    async with reopened(folder, keep_worker=True) as notebook:
        await shown(notebook, "begun")
    os.kill(pid, signal.SIGCONT)
    (folder / "go").touch()
    async with reopened(folder) as notebook:
        assert (await end_of(notebook, "a")).outcome == "ok"
        assert on_screen(notebook) == "begun\nended\n"


async def test_a_worker_that_could_not_be_reached_is_attached_to_when_it_can_be(folder: Path) -> None:
    await left_running(folder, stopped=False)
    socket = next(path for path in (folder / "run").iterdir() if path.is_socket())
    hidden = socket.rename(socket.with_name("away"))
    async with reopened(folder) as notebook:
        await shown(notebook, "begun")
        hidden.rename(socket)
        await notebook.wait_for_type(KernelAttached)
        (folder / "go").touch()
        assert (await end_of(notebook, "a")).outcome == "ok"
        assert on_screen(notebook) == "begun\nended\n"


@pytest.mark.parametrize("goes_on", [True, False])
async def test_what_another_versions_worker_runs_is_followed_to_its_end_by_its_log(
    folder: Path, goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = await left_running(folder, stopped=False)
    monkeypatch.setattr("engine.session.session.PROTOCOL_VERSION", 2)
    async with reopened(folder) as notebook:
        await shown(notebook, "begun")
        assert "another version" in (await notebook.wait_for_type(RequestFailed)).message
        (folder / "go").touch() if goes_on else os.kill(pid, signal.SIGKILL)
        assert (await end_of(notebook, "a")).outcome == ("ok" if goes_on else "lost")
        assert on_screen(notebook) == ("begun\nended\n" if goes_on else "begun\n")
        assert lives(pid) == goes_on


async def test_another_versions_worker_is_left_alone_when_the_user_starts_a_new_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = await left_running(folder, stopped=False)
    with monkeypatch.context() as later:
        later.setattr("engine.session.session.PROTOCOL_VERSION", 2)
        async with reopened(folder) as notebook:
            await shown(notebook, "begun")
            notebook.submit(RestartKernel())
            lost = await end_of(notebook, "a")
            assert (lost.outcome, "left alone" in lost.message) == ("lost", True)
            assert lives(pid)


async def test_what_an_earlier_worker_may_still_begin_with_is_never_given_to_the_next_one(folder: Path) -> None:
    async with notebook_process(folder) as first:
        await ready(first)
        pid = int((await first.event(KernelReady))["pid"])
        os.kill(pid, signal.SIGSTOP)
        first.run("a", "open('ran', 'a').write('a')")
        await first.event(ExecutionStarted, lambda f: f["cell_id"] == "a")  # it is in the socket, unread
        await first.kill()
    socket = next(path for path in (folder / "run").iterdir() if path.is_socket())
    hidden = socket.rename(socket.with_name("away"))
    async with reopened(folder, keep_worker=True) as notebook:  # which starts another worker
        await notebook.wait_for_type(RequestFailed)
        assert (await notebook.run("1", "b")).outcome == "ok"
    async with reopened(folder) as notebook:
        assert (await end_of(notebook, "a")).outcome == "lost"
        notebook.submit(HoldQueue(held=False))
        assert (await notebook.run("1", "c")).outcome == "ok"
        assert not (folder / "ran").exists()
    hidden.unlink()


async def ready(notebook: NotebookProcess) -> None:
    notebook.run("z", "1")
    await notebook.finished("z")
