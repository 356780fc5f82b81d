"""The engine end to end with a real worker: the three journeys, without a window."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil

from engine.checkpoints.manifest import manifest_of
from engine.commands import (
    AnswerInput,
    CancelExecution,
    InterruptKernel,
    RestartKernel,
    RestoreCheckpoint,
    RunCell,
    SaveCheckpoint,
    ShutDownKernel,
)
from engine.events import (
    CheckpointRestored,
    CheckpointSaved,
    DisplayShown,
    ExecutionFinished,
    ExecutionQueued,
    ExecutionSkipped,
    ExecutionStarted,
    InputAnswered,
    InputRequested,
    KernelEnded,
    KernelReady,
    Outcome,
    RequestFailed,
    TextPrinted,
    TracebackShown,
)
from engine.protocol.messages import Execute
from tests.support.live_notebook import LiveNotebook, live_notebook
from tests.support.logs import ExpectedLogs


async def request_ended(
    notebook: LiveNotebook, request_id: str
) -> CheckpointSaved | CheckpointRestored | RequestFailed:
    kinds = CheckpointSaved | CheckpointRestored | RequestFailed
    event = await notebook.wait_for(lambda e: isinstance(e, kinds) and e.request_id == request_id)
    assert isinstance(event, kinds)
    return event


async def test_a_cell_is_queued_started_shown_and_finished_in_that_order(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        finished = await notebook.run("print('hello')\n6 * 7")
        assert (finished.outcome, finished.execution_count) == (Outcome.OK, 1)
        of_run = [e for e in notebook.seen if getattr(e, "execution_id", "") == finished.execution_id]
        kinds = [ExecutionQueued, ExecutionStarted, TextPrinted, DisplayShown, ExecutionFinished]
        assert [type(e) for e in of_run] == kinds
        assert [e.sequence for e in notebook.seen] == list(range(1, len(notebook.seen) + 1))
        assert notebook.of_type(DisplayShown)[0].data == {"text/plain": "42"}


async def test_long_and_overwritten_output_is_all_there_before_the_end(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        source = "for i in range(20000): print(i)\nfor i in range(100): print(f'\\r{i}', end='')"
        finished = await notebook.run(source)
        expected = "".join(f"{i}\n" for i in range(20000)) + "".join(f"\r{i}" for i in range(100))
        assert notebook.printed(finished.execution_id) == expected
        last = max(i for i, event in enumerate(notebook.seen) if isinstance(event, TextPrinted))
        assert last < notebook.seen.index(finished)


async def test_an_error_is_shown_and_skips_what_is_queued_behind_it(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        failing, behind = notebook.queue("1 / 0"), notebook.queue("print('never')")
        skipped, failed = await notebook.ended(behind), await notebook.ended(failing)
        assert isinstance(failed, ExecutionFinished)
        assert (failed.outcome, failed.error_type) == (Outcome.ERROR, "ZeroDivisionError")
        assert isinstance(skipped, ExecutionSkipped)
        shown = notebook.of_type(TracebackShown)
        assert [s.error_type for s in shown] == ["ZeroDivisionError"]
        assert "engine" not in "".join(shown[0].traceback)
        assert (await notebook.run("'still here'")).outcome is Outcome.OK


async def test_input_is_a_durable_promise_that_an_answer_resolves(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        asking = notebook.queue("name = input('Who? ')\nprint('hello', name)")
        asked = await notebook.wait_for_type(InputRequested)
        assert (asked.prompt, asked.password, asked.cell_id) == ("Who? ", False, "cell")
        notebook.submit(AnswerInput(execution_id=asked.execution_id, input_number=1, text="Ada"))
        assert (await notebook.ended(asking)).execution_id == asking
        assert notebook.of_type(InputAnswered)[0].text == "Ada"
        assert notebook.printed(asking) == "hello Ada\n"
        assert not notebook.handle.bridge.pending


async def test_a_password_reaches_the_code_and_no_event(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        asking = notebook.queue("import getpass\nsecret = getpass.getpass()\nprint(len(secret))")
        asked = await notebook.wait_for_type(InputRequested)
        assert asked.password
        notebook.submit(AnswerInput(execution_id=asked.execution_id, input_number=1, text="hunter2"))
        await notebook.ended(asking)
        assert notebook.printed(asking) == "7\n"
        assert "hunter2" not in repr(notebook.seen)


async def test_end_of_file_and_interrupt_end_a_prompt_as_python_says(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        asking = notebook.queue("input()")
        asked = await notebook.wait_for_type(InputRequested)
        notebook.submit(AnswerInput(execution_id=asked.execution_id, input_number=1, text=None))
        ended = await notebook.ended(asking)
        assert isinstance(ended, ExecutionFinished)
        assert ended.error_type == "EOFError"
        again = notebook.queue("input()")
        await notebook.wait_for(lambda e: isinstance(e, InputRequested) and e.execution_id == again)
        notebook.submit(InterruptKernel())
        ended = await notebook.ended(again)
        assert isinstance(ended, ExecutionFinished)
        assert ended.error_type == "KeyboardInterrupt"
        assert not notebook.handle.bridge.pending
        assert [run.stopped for run in await notebook.handle.past.runs_of("cell")] == [False, True]


async def test_an_answer_that_nothing_waits_for_is_said_so(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        finished = await notebook.run("1")
        request = notebook.submit(AnswerInput(execution_id=finished.execution_id, input_number=1, text="x"))
        failed = await request_ended(notebook, request)
        assert isinstance(failed, RequestFailed)
        assert failed.kind == "answer"


async def test_without_stdin_input_raises_jupyters_own_error(tmp_path: Path) -> None:
    async with live_notebook(tmp_path, allow_stdin=False) as notebook:
        assert (await notebook.run("input()")).error_type == "StdinNotImplementedError"


async def test_an_interrupt_ends_the_running_cell_and_empties_the_queue(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        running = notebook.queue("import time\nprint('on', flush=True)\ntime.sleep(600)")
        behind = notebook.queue("1")
        await notebook.wait_for(lambda e: isinstance(e, TextPrinted))
        notebook.submit(InterruptKernel())
        ended = await notebook.ended(running)
        assert isinstance(ended, ExecutionFinished)
        assert ended.error_type == "KeyboardInterrupt"
        assert isinstance(await notebook.ended(behind), ExecutionSkipped)


async def test_cancel_ends_code_that_swallows_interrupts(tmp_path: Path) -> None:
    source = (
        "import time\nprint('on', flush=True)\nfor _ in range(3):\n"
        "    try:\n        time.sleep(600)\n    except KeyboardInterrupt:\n        pass\nprint('gave in')"
    )
    async with live_notebook(tmp_path) as notebook:
        running = notebook.queue(source)
        await notebook.wait_for(lambda e: isinstance(e, TextPrinted))
        notebook.submit(CancelExecution(execution_id=running, grace_s=0.05))
        assert (await notebook.ended(running)).execution_id == running


async def test_an_execution_can_be_taken_out_of_the_queue(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        first, second = notebook.queue("input()"), notebook.queue("1")
        third = notebook.queue("'third'")
        await notebook.wait_for_type(InputRequested)
        notebook.submit(CancelExecution(execution_id=second))
        notebook.submit(AnswerInput(execution_id=first, input_number=1, text=""))
        assert isinstance(await notebook.ended(second), ExecutionSkipped)
        assert isinstance(await notebook.ended(third), ExecutionFinished)


async def test_a_second_execute_is_busy_and_disturbs_nothing(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        running = notebook.queue("x = input()\nprint('got', x)")
        await notebook.wait_for_type(InputRequested)
        session = notebook.handle.session
        assert session is not None
        await session.send(Execute(execution_id="0" * 32, code="x = 'cross-talk'"))
        notebook.submit(AnswerInput(execution_id=running, input_number=1, text="mine"))
        await notebook.ended(running)
        assert notebook.printed() == "got mine\n"


async def test_a_worker_that_dies_is_told_with_its_reason_and_its_cell_is_lost(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        killed = await notebook.run("print('last words', flush=True)\nimport os\nos.kill(os.getpid(), 9)")
        assert killed.outcome is Outcome.LOST
        assert "SIGKILL" in killed.message
        ended = await notebook.wait_for_type(KernelEnded)
        assert not ended.expected
        assert notebook.printed() == "last words\n"
        assert (await notebook.run("2")).execution_count == 1


async def test_a_restart_gives_a_new_namespace_and_runs_what_is_queued_after_it(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        await notebook.run("x = 1")
        notebook.submit(RestartKernel())
        assert (await notebook.run("x")).error_type == "NameError"
        assert len(notebook.of_type(KernelReady)) == 2


async def test_a_restart_while_a_cell_runs_loses_that_cell_alone(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        running, behind = notebook.queue("input()"), notebook.queue("1")
        await notebook.wait_for_type(InputRequested)
        notebook.submit(RestartKernel())
        after = notebook.queue("'after'")
        lost = await notebook.ended(running)
        assert isinstance(lost, ExecutionFinished)
        assert lost.outcome is Outcome.LOST
        assert isinstance(await notebook.ended(behind), ExecutionSkipped)
        assert isinstance(await notebook.ended(after), ExecutionFinished)


async def test_a_notebook_that_moved_restarts_in_its_new_folder(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    async with live_notebook(tmp_path) as notebook:
        await notebook.run("import os")
        notebook.handle.move_to(tmp_path / "new")
        here = await notebook.run("import os\nprint(os.path.basename(os.getcwd()))")
        assert notebook.printed(here.execution_id) == f"{tmp_path.name}\n"
        notebook.submit(RestartKernel())
        there = await notebook.run("import os\nprint(os.path.basename(os.getcwd()))")
        assert notebook.printed(there.execution_id) == "new\n"


async def test_shutting_down_leaves_no_process_and_the_next_run_starts_one(tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        await notebook.run("1")
        pid = notebook.of_type(KernelReady)[0].pid
        notebook.submit(ShutDownKernel())
        await notebook.wait_for_type(KernelEnded)
        assert not psutil.pid_exists(pid)
        assert (await notebook.run("1")).outcome is Outcome.OK


async def test_a_checkpoint_brings_the_variables_back_into_a_new_worker(tmp_path: Path) -> None:
    file = tmp_path / "clean.capsule"
    async with live_notebook(tmp_path) as notebook:
        await notebook.run("import threading\nx = [1, 2]\ny = x\nlock = threading.Lock()\ndef double(n): return 2 * n")
        saved = await request_ended(notebook, notebook.submit(SaveCheckpoint(name="clean", path=file)))
        assert isinstance(saved, CheckpointSaved)
        outcomes = {row.name: row.outcome for row in saved.variables}
        assert (outcomes["x"], outcomes["lock"]) == ("saved", "not saved")
        assert manifest_of(file).notebook == notebook.handle.notebook_id
        notebook.submit(RestartKernel())
        await notebook.run("z = 'kept'")
        restored = await request_ended(notebook, notebook.submit(RestoreCheckpoint(path=file)))
        assert isinstance(restored, CheckpointRestored)
        assert restored.name == "clean"
        finished = await notebook.run("x.append(3)\nprint(x is y, y, z, double(4))")
        assert notebook.printed(finished.execution_id) == "True [1, 2, 3] kept 8\n"


async def test_a_checkpoint_that_replaces_removes_what_it_does_not_have(tmp_path: Path) -> None:
    file = tmp_path / "a.capsule"
    async with live_notebook(tmp_path) as notebook:
        await notebook.run("x = 1")
        await request_ended(notebook, notebook.submit(SaveCheckpoint(name="a", path=file)))
        await notebook.run("y = 2")
        await request_ended(notebook, notebook.submit(RestoreCheckpoint(path=file, clear_existing=True)))
        finished = await notebook.run("print('y' in globals(), x, callable(get_ipython))")
        assert notebook.printed(finished.execution_id) == "False 1 True\n"


async def test_an_altered_checkpoint_is_refused_and_the_variables_stay(tmp_path: Path) -> None:
    file = tmp_path / "a.capsule"
    async with live_notebook(tmp_path) as notebook:
        await notebook.run("x = 1")
        await request_ended(notebook, notebook.submit(SaveCheckpoint(name="a", path=file)))
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
        await notebook.run("x = 2")
        refused = await request_ended(notebook, notebook.submit(RestoreCheckpoint(path=file)))
        assert isinstance(refused, RequestFailed)
        assert refused.kind == "restore"
        finished = await notebook.run("print(x)")
        assert notebook.printed(finished.execution_id) == "2\n"


async def test_a_limit_on_executions_settles_what_does_not_end(tmp_path: Path, expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.bridge", "was not answered within")
    async with live_notebook(tmp_path, execution_limit_s=0.2) as notebook:
        finished = await notebook.run("input()")
        assert finished.outcome is Outcome.LOST
        assert "0.2 s" in finished.message


async def test_what_took_too_long_is_stopped_before_the_next_cell_begins(
    tmp_path: Path, expected_logs: ExpectedLogs
) -> None:
    expected_logs.expect("capsule.bridge", "was not answered within")
    async with live_notebook(tmp_path, execution_limit_s=1.0) as notebook:
        late = notebook.submit(RunCell(cell_id="a", source="while True: pass", continue_on_error=True))
        next_one = notebook.queue("print('next')")
        finished = await notebook.ended(late)
        assert isinstance(finished, ExecutionFinished)
        assert (finished.outcome, "1.0 s" in finished.message) == (Outcome.LOST, True)
        after = await notebook.ended(next_one)
        assert isinstance(after, ExecutionFinished)
        assert (after.outcome, notebook.printed(next_one)) == (Outcome.OK, "next\n")


async def test_background_output_comes_after_the_end_and_delays_nothing(tmp_path: Path) -> None:
    source = (
        "import threading, time\n"
        "go = threading.Event()\n"
        "def tick():\n"
        "    go.wait()\n"
        "    print('late', flush=True)\n"
        "threading.Thread(target=tick).start()"
    )
    async with live_notebook(tmp_path) as notebook:
        first = await notebook.run(source, "first")
        await notebook.run("go.set()", "second")
        late = await notebook.wait_for(lambda e: isinstance(e, TextPrinted) and "late" in e.text)
        assert isinstance(late, TextPrinted)
        assert late.execution_id == first.execution_id


async def test_two_notebooks_do_not_hear_each_other(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    async with live_notebook(tmp_path / "a") as one, live_notebook(tmp_path / "b") as two:
        await asyncio.gather(one.run("print('one')"), two.run("print('two')"))
        assert (one.printed(), two.printed()) == ("one\n", "two\n")
