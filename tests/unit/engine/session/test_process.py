from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from pathlib import Path

import psutil
import pytest

from engine.errors import BrokenInvariant, WorkerStartError
from engine.session.endings import ProcessExit
from engine.session.process import WorkerProcess, worker_command
from engine.session.travelling import own_travelling

HANG = "import signal; signal.pause()"


def spawn(directory: Path, code: str) -> WorkerProcess:
    command = [sys.executable, "-c", code]
    return WorkerProcess.spawn(command, stderr_path=directory / "err", working_directory=directory)


@pytest.mark.parametrize(
    ("code", "ended"),
    [
        ("pass", ProcessExit(exit_code=0)),
        ("import os; os._exit(7)", ProcessExit(exit_code=7)),
        ("import os; os.kill(os.getpid(), 9)", ProcessExit(signal_number=9)),
    ],
)
async def test_a_childs_exit_is_awaited_with_its_reason(tmp_path: Path, code: str, ended: ProcessExit) -> None:
    assert await spawn(tmp_path, code).exited == ended


async def test_without_pidfd_a_thread_notices_the_exit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    assert await spawn(tmp_path, "import os; os._exit(7)").exited == ProcessExit(exit_code=7)


async def test_without_pidfd_the_end_of_what_is_no_child_is_found_by_looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = spawn(tmp_path, HANG)
    monkeypatch.delattr(os, "pidfd_open")
    found = WorkerProcess.find(child.pid, None)
    found.look()
    assert not found.exited.done()
    child.send_signal(signal.SIGKILL)
    await child.exited
    found.look()
    assert await found.exited == ProcessExit()


async def test_signals_reach_the_worker(tmp_path: Path) -> None:
    process = spawn(tmp_path, HANG)
    process.send_signal(signal.SIGTERM)
    assert (await process.exited).signal_number == signal.SIGTERM
    process.send_signal(signal.SIGTERM)  # it has gone: nothing happens


async def test_both_outputs_go_to_a_private_file_whose_end_can_be_read(tmp_path: Path) -> None:
    process = spawn(tmp_path, "import os; os.write(1, b'out'); os.write(2, b'x' * 100_000 + b'err')")
    await process.exited
    assert process.stderr_tail().endswith("err")
    assert len(process.stderr_tail()) < 20_000
    assert stat.S_IMODE((tmp_path / "err").stat().st_mode) == 0o600


async def test_its_stdin_is_empty_and_its_session_is_its_own(tmp_path: Path) -> None:
    process = spawn(
        tmp_path, "import os, sys; sys.exit(5 if sys.stdin.read() == '' and os.getsid(0) == os.getpid() else 6)"
    )
    assert (await process.exited).exit_code == 5


CHILD_THAT_STAYS = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {HANG!r}], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
open("child", "w").write(str(child.pid))
{{end}}
"""


async def test_killing_the_group_takes_along_what_it_started(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "child")
    process = spawn(tmp_path, CHILD_THAT_STAYS.format(end=HANG))
    child = psutil.Process(int(await asyncio.to_thread((tmp_path / "child").read_text)))
    process.kill_group()
    assert (await process.exited).signal_number == signal.SIGKILL
    assert psutil.wait_procs([child], timeout=5)[1] == []


async def test_an_end_by_itself_takes_the_group_along_where_that_was_asked(tmp_path: Path) -> None:
    process = spawn(tmp_path, CHILD_THAT_STAYS.format(end="import os; os._exit(0)"))
    process.end_group_with_it()
    assert (await process.exited).exit_code == 0
    child = int((tmp_path / "child").read_text())
    gone = [p for p in psutil.Process().children() if p.pid == child]
    assert psutil.wait_procs(gone, timeout=5)[1] == []


async def test_a_found_process_is_watched_and_its_reason_unknown(tmp_path: Path) -> None:
    child = spawn(tmp_path, HANG)
    found = WorkerProcess.find(child.pid, None)
    child.kill_group()
    assert await found.exited == ProcessExit()
    await child.exited


async def test_a_process_that_was_gone_before_it_was_found_has_exited(tmp_path: Path) -> None:
    child = spawn(tmp_path, "pass")
    await child.exited
    assert await WorkerProcess.find(child.pid, None).exited == ProcessExit()


async def test_our_own_process_is_never_killed_as_a_worker() -> None:
    process = WorkerProcess.find(os.getpid(), None)
    with pytest.raises(BrokenInvariant):
        process.kill_group()
    process.release()


async def test_what_cannot_be_started_says_so(tmp_path: Path) -> None:
    with pytest.raises(WorkerStartError, match="nowhere cannot be started"):
        WorkerProcess.spawn(["/nowhere"], stderr_path=tmp_path / "err", working_directory=tmp_path)


@pytest.mark.qt_loop
async def test_an_exit_is_noticed_on_the_windows_loop(tmp_path: Path) -> None:
    assert await spawn(tmp_path, "import os; os._exit(7)").exited == ProcessExit(exit_code=7)


def test_the_worker_is_started_from_its_file_with_what_travels_with_us() -> None:
    parts = own_travelling()
    command = worker_command("python", socket=Path("/r/s"), token=Path("/r/t"))
    assert command[:2] == ["python", str(parts.boot)]
    assert command[2:8] == ["--socket", "/r/s", "--token-file", "/r/t", "--parent-pid", str(os.getpid())]
    assert command[8:12] == ["--msgpack", str(parts.msgpack), "--cloudpickle", str(parts.cloudpickle)]
    assert command[12:] == ["--bytecode", str(parts.bytecode)]
