"""What an application that was killed leaves, and what the next one makes of it (invariants 8, 9 and 12)."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from engine.commands import AnswerInput, ExecutionId, GoOnAfterErrors, HoldQueue, RestoreLastCheckpoint
from engine.events import (
    CheckpointKept,
    ExecutionFinished,
    ExecutionQueued,
    ExecutionStarted,
    InputRequested,
    KernelAttached,
    KernelEnded,
    KernelReady,
    QueueChanged,
    RequestFailed,
    RevivalGivenUp,
    StateRestored,
    TextPrinted,
)
from engine.replay import last_frame
from tests.support import left_workers
from tests.support.notebook_process import LEAVE, NotebookProcess, notebook_process
from tests.support.waiting import until

pytestmark = pytest.mark.time_limit(90)  # up to three applications and workers start one after the other


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for a socket's path; the workers that a test left behind end with it."""
    with tempfile.TemporaryDirectory(prefix="cr") as path:
        yield Path(path)
        left_workers.end(*left_workers.workers_in(Path(path)))


async def printed(notebook: NotebookProcess, text: str) -> None:
    """Wait until text was told."""
    await notebook.event(TextPrinted, lambda _fields: text in notebook.printed())


async def worker_pid(notebook: NotebookProcess) -> int:
    return int((await notebook.event(KernelReady))["pid"])


WAITS = "import os, time\nprint('begun')\nwhile not os.path.exists('go'): time.sleep(0.01)\nprint('ended')"


async def test_a_cell_goes_on_while_its_application_is_dead_and_is_shown_whole_to_the_next(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.run("a", WAITS)
        await printed(first, "begun\n")
        await first.kill()
    (folder / "go").touch()
    async with notebook_process(folder) as second:
        finished = await second.finished("a")
        assert (finished["outcome"], second.printed()) == ("ok", "begun\nended\n")
        assert len(second.of_type(KernelAttached)) == 1
        assert [e["source"] for e in second.of_type(ExecutionQueued)] == [WAITS]
        second.run("b", "print(os.getpid())")  # the very namespace
        await second.finished("b")
        await second.end()


async def test_a_worker_that_ended_with_the_application_leaves_a_lost_cell_with_what_it_printed(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.run("a", WAITS)
        await printed(first, "begun\n")
        pid = await worker_pid(first)
        await first.kill()
    left_workers.end(psutil.Process(pid))
    async with notebook_process(folder) as second:
        finished = await second.finished("a")
        assert (finished["outcome"], second.printed()) == ("lost", "begun\n")
        assert finished["message"]
        await second.end()
    async with notebook_process(folder) as third:
        third.run("b", "1")
        await third.finished("b")
        assert [e["cell_id"] for e in third.of_type(ExecutionFinished)] == ["b"]
        await third.end()


async def test_a_cell_that_ended_alone_with_its_worker_gone_is_settled_by_its_log(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.run("a", WAITS)
        await printed(first, "begun\n")
        pid = await worker_pid(first)
        execution_id = (await first.event(ExecutionStarted))["execution_id"]
        await first.kill()
    (folder / "go").touch()
    until(lambda: last_frame(folder / "store" / "outputs" / f"{execution_id}.log") is not None)
    left_workers.end(psutil.Process(pid))
    async with notebook_process(folder) as second:
        finished = await second.finished("a")
        assert (finished["outcome"], second.printed()) == ("ok", "begun\nended\n")
        await second.end()


async def test_what_was_queued_comes_back_held_and_runs_when_the_user_says_so(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.run("a", WAITS)
        for name in ("b", "c"):
            first.run(name, f"open('ran', 'a').write('{name}')")
        await first.event(ExecutionQueued, lambda f: f["cell_id"] == "c")
        await printed(first, "begun\n")
        os.kill(await worker_pid(first), signal.SIGKILL)
        await first.kill()
    async with notebook_process(folder) as second:
        changed = await second.event(QueueChanged)
        if changed["held"]:
            queued = [e["cell_id"] for e in second.of_type(ExecutionQueued)]
            assert queued[-2:] == ["b", "c"]
            assert not (folder / "ran").exists()
            second.submit(HoldQueue(held=False))
            await second.finished("c")
            assert (folder / "ran").read_text() == "bc"
        await second.end()


async def test_a_prompt_waits_for_the_next_application_and_takes_its_answer(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.run("a", "print('hello ' + input('name? '))")
        await first.event(InputRequested)
        await first.kill()
    async with notebook_process(folder) as second:
        asked = await second.event(InputRequested)
        assert asked["prompt"] == "name? "
        second.submit(
            AnswerInput(execution_id=ExecutionId(asked["execution_id"]), input_number=asked["input_number"], text="Ada")
        )
        assert (await second.finished("a"))["outcome"] == "ok"
        assert second.printed() == "hello Ada\n"
        await second.end()


async def test_leaving_lets_the_cell_run_on_for_the_next_window(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.run("a", WAITS)
        await printed(first, "begun\n")
        await first.end(LEAVE)
        assert first.of_type(ExecutionFinished) == []
    (folder / "go").touch()
    async with notebook_process(folder) as second:
        assert (await second.finished("a"))["outcome"] == "ok"
        assert second.printed() == "begun\nended\n"
        await second.end()


async def test_a_second_process_is_told_that_the_notebook_is_open(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.run("a", "1")
        await first.finished("a")
        async with notebook_process(folder) as second:
            with pytest.raises(EOFError):
                await second.event(KernelReady)
            assert [name for name, _ in second.told] == ["StoreLocked"]
        await first.end()


async def test_a_worker_that_dies_is_replaced_with_the_variables_as_before_the_cell(folder: Path) -> None:
    async with notebook_process(folder) as notebook:
        notebook.run("a", "x = [1, 2, 3]")
        await notebook.event(CheckpointKept, lambda f: f["cell_id"] == "a")
        notebook.run("b", "x.append(4)\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
        lost = await notebook.finished("b")
        restored = await notebook.event(StateRestored)
        assert (lost["outcome"], restored["cell_id"]) == ("lost", "a")
        assert "SIGKILL" in lost["message"]
        assert lost["duration_s"] > 0
        notebook.run("c", "print(x)")
        await notebook.finished("c")
        assert notebook.printed() == "[1, 2, 3]\n"
        await notebook.end()


async def test_after_three_deaths_in_a_row_no_worker_is_started_by_itself(folder: Path) -> None:
    async with notebook_process(folder) as notebook:
        notebook.run("a", "x = 1")
        await notebook.event(CheckpointKept)
        for death in range(3):
            notebook.run(f"b{death}", "import os\nos._exit(3)")
            await notebook.finished(f"b{death}")
        assert (await notebook.event(RevivalGivenUp))["deaths"] == 3
        assert len(notebook.of_type(KernelEnded)) == 3
        await notebook.end()


async def test_the_variables_are_back_after_application_and_worker_were_killed(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.run("a", "x = {'kept': True}")
        await first.event(CheckpointKept)
        pid = await worker_pid(first)
        await first.kill()
    left_workers.end(psutil.Process(pid))
    async with notebook_process(folder) as second:
        second.submit(RestoreLastCheckpoint())
        await second.event(StateRestored)
        second.run("b", "print(x)")
        await second.finished("b")
        assert second.printed() == "{'kept': True}\n"
        assert second.of_type(ExecutionStarted)[0]["cell_id"] == "b"
        await second.end()


async def test_closing_before_it_is_known_what_a_worker_runs_leaves_it_alone(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.run("a", WAITS)
        await printed(first, "begun\n")
        await first.kill()
    async with notebook_process(folder) as second:
        await second.end()  # at once: nobody can have been asked
    (folder / "go").touch()
    async with notebook_process(folder) as third:
        assert (await third.finished("a"))["outcome"] == "ok"
        assert third.printed() == "begun\nended\n"
        await third.end()


async def test_a_living_worker_that_does_not_answer_is_not_lost(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.run("a", WAITS)
        await printed(first, "begun\n")
        pid = await worker_pid(first)
        await first.kill()
    socket = next((folder / "run").glob("*.sock*"), None) or next(
        p for p in (folder / "run").iterdir() if p.is_socket()
    )
    hidden = socket.rename(socket.with_name("away"))  # it lives, and nobody can reach it
    async with notebook_process(folder) as second:
        told = await second.event(RequestFailed)
        assert told["kind"] == "attach"
        assert second.of_type(ExecutionFinished) == []
        await second.end(LEAVE)
    hidden.rename(socket)
    (folder / "go").touch()
    async with notebook_process(folder) as third:
        assert (await third.finished("a"))["outcome"] == "ok"
        assert psutil.pid_exists(pid)
        await third.end()


async def test_what_is_held_does_not_go_with_a_cell_that_fails_beside_it(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.submit(GoOnAfterErrors(enabled=True))
        first.run("a", WAITS)
        first.run("b", "1/0")
        first.run("c", "print('c')")
        await first.event(ExecutionQueued, lambda f: f["cell_id"] == "c")
        await printed(first, "begun\n")
        os.kill(await worker_pid(first), signal.SIGSTOP)
        await first.kill()
        left_workers.end(*left_workers.workers_in(folder))
    async with notebook_process(folder) as second:
        assert (await second.event(QueueChanged, lambda f: f["held"]))["continue_on_error"]
        second.run("x", "undefined")
        assert (await second.finished("x"))["outcome"] == "error"
        second.submit(HoldQueue(held=False))
        assert (await second.finished("c"))["outcome"] == "ok"
        await second.end()


async def test_the_variables_of_a_cell_that_ended_alone_are_kept_and_told_to_the_next_application(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.run("a", WAITS)
        await printed(first, "begun\n")
        await first.kill()
    (folder / "go").touch()
    async with notebook_process(folder) as second:
        await second.finished("a")
        await second.event(CheckpointKept, lambda f: f["cell_id"] == "a")
        await second.end()
