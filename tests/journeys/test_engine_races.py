"""What comes at an awkward moment: before the kernel is there, while it goes, as the notebook closes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.commands import (
    AnswerInput,
    CancelExecution,
    Command,
    InterruptKernel,
    RestartKernel,
    RunCell,
    SaveCheckpoint,
    ShutDownKernel,
    StartKernel,
)
from engine.durable.connection import PromiseStore
from engine.events import (
    CheckpointSaved,
    Event,
    ExecutionFinished,
    ExecutionSkipped,
    ExecutionStarted,
    InputRequested,
    KernelEnded,
    KernelReady,
    Outcome,
    RequestFailed,
    TextPrinted,
    TracebackShown,
)
from engine.facade import Engine
from engine.kernel_place import KernelPlace
from engine.session.manager import SessionManager
from tests.support.fake_sessions import FakeSessions, fake_notebook
from tests.support.live_notebook import LiveNotebook, live_notebook
from tests.support.logs import ExpectedLogs


async def skipped_while_starting(notebook: LiveNotebook, fakes: FakeSessions, command: Command | None) -> None:
    """Queue a cell, let its kernel's start hang, give command (None: cancel the cell); it is skipped and never sent."""
    fakes.held = asyncio.Event()
    waiting = notebook.queue("1")
    await fakes.starting.wait()
    notebook.submit(command or CancelExecution(execution_id=waiting))
    assert isinstance(await notebook.ended(waiting), ExecutionSkipped)
    fakes.held.set()
    fakes.obliging = True
    after = notebook.queue("2")
    assert isinstance(await notebook.ended(after), ExecutionFinished)
    assert fakes.executed == [after]


async def test_an_interrupt_before_the_kernel_is_there_skips_the_cell(tmp_path: Path) -> None:
    async with fake_notebook(tmp_path) as (notebook, fakes):
        await skipped_while_starting(notebook, fakes, InterruptKernel())


async def test_a_cell_is_taken_out_while_its_kernel_starts(tmp_path: Path) -> None:
    async with fake_notebook(tmp_path) as (notebook, fakes):
        await skipped_while_starting(notebook, fakes, None)


async def test_a_restart_or_shut_down_while_the_kernel_starts_skips_the_cell(tmp_path: Path) -> None:
    for command in (RestartKernel(), ShutDownKernel()):
        async with fake_notebook(tmp_path) as (notebook, fakes):
            await skipped_while_starting(notebook, fakes, command)


async def test_closing_does_not_wait_for_a_start_that_hangs(tmp_path: Path) -> None:
    async with fake_notebook(tmp_path) as (notebook, fakes):
        fakes.held = asyncio.Event()
        waiting = notebook.queue("1")
        notebook.submit(StartKernel())
        await fakes.starting.wait()
        await notebook.handle.close()
    assert [event.execution_id for event in notebook.of_type(ExecutionSkipped)] == [waiting]
    assert not fakes.sessions


async def test_closing_right_after_a_command_leaves_nothing_unawaited(tmp_path: Path) -> None:
    async with fake_notebook(tmp_path) as (notebook, _):
        for command in (StartKernel(), InterruptKernel(), RestartKernel()):
            notebook.submit(command)
        await notebook.handle.close()


async def test_closing_tells_the_end_of_what_ran(tmp_path: Path) -> None:
    async with fake_notebook(tmp_path) as (notebook, _):
        running = notebook.queue("1")
        await notebook.wait_for_type(ExecutionStarted)
        await asyncio.gather(notebook.handle.close(), notebook.handle.close())
    finished = [event for event in notebook.of_type(ExecutionFinished) if event.execution_id == running]
    assert [(event.outcome, event.message) for event in finished] == [(Outcome.LOST, "the notebook was closed")]
    assert not notebook.handle.bridge.pending


async def test_an_engine_forgets_the_notebooks_that_were_closed(tmp_path: Path) -> None:
    async with fake_notebook(tmp_path) as (notebook, _):
        await notebook.handle.close()
        assert notebook.handle not in notebook.engine._handles


async def test_what_a_worker_says_after_it_was_let_go_of_is_not_told(tmp_path: Path) -> None:
    async with fake_notebook(tmp_path) as (notebook, fakes):
        notebook.queue("while True: pass")
        await notebook.wait_for_type(ExecutionStarted)
        notebook.submit(RestartKernel())  # the fake one shows a KeyboardInterrupt as it goes
        fakes.obliging = True
        await notebook.run("1")
    assert notebook.of_type(TracebackShown) == []


async def test_a_kernel_that_dies_between_two_cells_is_replaced(tmp_path: Path) -> None:
    async with fake_notebook(tmp_path) as (notebook, fakes):
        fakes.obliging = True
        await notebook.run("1")
        assert fakes.session is not None
        fakes.session.die()
        await notebook.wait_for_type(KernelEnded)
        assert (await notebook.run("2")).outcome is Outcome.OK
        assert len(notebook.of_type(KernelReady)) == 2


async def test_a_start_that_fails_in_a_restart_ends_the_old_worker_all_the_same(tmp_path: Path) -> None:
    async with fake_notebook(tmp_path) as (notebook, fakes):
        fakes.obliging = True
        await notebook.run("1")
        fakes.failing_starts = 1
        request = notebook.submit(RestartKernel())
        await notebook.wait_for(lambda e: isinstance(e, RequestFailed) and e.request_id == request)
        assert fakes.sessions[0].ended.done()


async def test_an_answer_after_its_cell_was_interrupted_is_said_to_be_too_late(tmp_path: Path) -> None:
    async with fake_notebook(tmp_path) as (notebook, fakes):
        asking = notebook.queue("input()")
        await notebook.wait_for_type(ExecutionStarted)
        assert fakes.session is not None
        fakes.session.ask()
        await notebook.wait_for_type(InputRequested)
        notebook.submit(InterruptKernel())
        await notebook.ended(asking)
        request = notebook.submit(AnswerInput(execution_id=asking, input_number=1, text="late"))
        await notebook.wait_for(lambda e: isinstance(e, RequestFailed) and e.request_id == request)
        assert fakes.session.answers == []


async def test_a_question_whose_cell_ends_at_once_is_never_shown(tmp_path: Path) -> None:
    async with fake_notebook(tmp_path) as (notebook, fakes):
        asking = notebook.queue("input()")
        await notebook.wait_for_type(ExecutionStarted)
        assert fakes.session is not None
        fakes.session.ask()
        fakes.session.finish("KeyboardInterrupt")
        await notebook.ended(asking)
    assert notebook.of_type(InputRequested) == []


async def test_a_checkpoint_waits_for_the_running_cell_and_goes_before_the_queued_one(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        running = notebook.queue("x = input()")
        await notebook.wait_for_type(InputRequested)
        queued = notebook.queue("x = 'changed'")
        notebook.submit(SaveCheckpoint(name="between", path=tmp_path / "a.capsule"))
        notebook.submit(AnswerInput(execution_id=running, input_number=1, text="first"))
        await notebook.ended(queued)
        await notebook.wait_for_type(CheckpointSaved)

        def place(kind: type[Event], execution_id: str = "") -> int:
            return next(
                i
                for i, event in enumerate(notebook.seen)
                if isinstance(event, kind) and execution_id in ("", getattr(event, "execution_id", ""))
            )

        saved = place(CheckpointSaved)
        assert place(ExecutionFinished, running) < saved < place(ExecutionStarted, queued)


async def test_a_worker_that_dies_while_nobody_takes_its_output_ends_once_somebody_does(tmp_path: Path) -> None:
    engine = Engine(state_directory=tmp_path / "state", manager=SessionManager())
    place = KernelPlace(working_directory=tmp_path, log_directory=tmp_path / "logs", outlives=False)
    handle = engine.open_in_memory("nb", place)
    handle.submit(StartKernel())
    events = handle.events()
    while not isinstance(await anext(events), KernelReady):
        pass
    assert handle.session is not None
    gone = asyncio.Event()
    handle.session.on_process_exit(gone.set)
    source = "import os\nfor _ in range(200): print('x' * 8000)\nprint(end='', flush=True)\nos.kill(os.getpid(), 9)"
    handle.submit(RunCell(cell_id="c", source=source))
    await gone.wait()
    printed = 0
    async for event in events:
        if isinstance(event, TextPrinted):
            printed += len(event.text)
        if isinstance(event, ExecutionFinished):
            break
    assert printed == 200 * 8001
    await engine.close()


async def test_opening_a_notebook_starts_no_worker_and_writes_nothing(tmp_path: Path) -> None:
    async with fake_notebook(tmp_path) as (_, fakes):
        await asyncio.sleep(0)
    assert not fakes.starting.is_set()
    assert list(tmp_path.iterdir()) == []


async def test_files_and_tasks_do_not_add_up_over_executions(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:

        async def run_some(count: int) -> tuple[int, int]:
            for _ in range(count):
                await notebook.run("print('x'); 1/0")
            return len(list(Path("/proc/self/fd").iterdir())), len(asyncio.all_tasks())

        files, tasks = await run_some(3)
        more_files, more_tasks = await run_some(20)
        assert more_files <= files
        assert more_tasks <= tasks + 1  # the last flow may not have come to its end yet


async def test_a_bug_of_ours_ends_what_it_hit_and_skips_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected_logs: ExpectedLogs
) -> None:
    expected_logs.expect("capsule.facade", "queue' failed")

    async def broken(_store: PromiseStore, *_arguments: object) -> None:
        raise RuntimeError("a bug")

    async with fake_notebook(tmp_path) as (notebook, fakes):
        fakes.obliging = True
        with monkeypatch.context() as patch:
            patch.setattr(PromiseStore, "create_execution", broken)
            hit, behind = notebook.queue("1"), notebook.queue("2")
            ended = await notebook.ended(hit)
            assert isinstance(ended, ExecutionFinished)
            assert ended.outcome is Outcome.LOST
            assert isinstance(await notebook.ended(behind), ExecutionSkipped)
        assert not notebook.handle.bridge.pending
        assert (await notebook.run("3")).outcome is Outcome.OK
