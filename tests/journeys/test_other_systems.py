"""Where Linux is not: cells run by what macOS has, and where none can run a user sees why, with their text kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.commands import InterruptKernel
from engine.events import ExecutionFinished, ExecutionStarted, KernelEnded, Outcome
from engine.session.supported_system import NOT_YET
from tests.support import without_posix
from tests.support.application_process import Shown, User
from tests.support.live_notebook import live_notebook
from tests.support.notebook_files import write_notebook
from tests.support.sources import CHECKOUT


@pytest.fixture
def without_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the application; its worker has a Python of its own."""
    gone = [(os, "pidfd_open"), (signal, "pidfd_send_signal"), (signal, "SIGRTMAX")]
    for module, name in [*gone, (time, "CLOCK_BOOTTIME")]:
        monkeypatch.delattr(module, name)
    opened = Path.open

    def refused(path: Path, *arguments: object, **named: object) -> object:
        if path.is_relative_to("/proc") or path.is_relative_to("/sys"):
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return opened(path, *arguments, **named)  # type: ignore[call-overload]  # passed on

    monkeypatch.setattr(Path, "open", refused)


@pytest.mark.time_limit(60)
async def test_a_notebook_can_be_changed_and_a_cell_says_why_it_does_not_run(tmp_path: Path) -> None:
    notebook, user = write_notebook(tmp_path / "nb.ipynb", "1 + 1"), User(tmp_path)

    def has_said_why(shown: Shown) -> bool:
        return NOT_YET in shown.banner and "draft saved" in shown.title and shown.states() == ["lost"]

    async with user.application(notebook, through=without_posix.__file__) as application:
        await application.until(lambda shown: shown.states() == ["never_run"])
        application.do("select", 0)
        application.do("write", 0, "2 + 2")
        application.do("perform", "run_in_place")
        shown = await application.until(has_said_why)
        assert (shown.messages, shown.has_python) == ([], False)
        assert (shown.cells[0]["source"], shown.cells[0]["note"]) == ("2 + 2", NOT_YET)
        assert user.workers() == []


def test_a_run_without_a_window_says_so_and_leaves_the_notebook(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "nb.ipynb", "1 + 1")
    before = notebook.read_bytes()
    program = CHECKOUT / "capsule_desktop/__main__.py"
    command = [sys.executable, without_posix.__file__, str(program), "run", str(notebook)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{notebook}: {NOT_YET}\n")
    assert notebook.read_bytes() == before


async def test_cells_run_stop_and_crash_as_told_without_what_linux_alone_has(
    tmp_path: Path, without_linux: None
) -> None:
    async with live_notebook(tmp_path) as notebook:
        assert (await notebook.run("6 * 7")).outcome is Outcome.OK
        sleeping = notebook.queue("import time\ntime.sleep(3600)")
        await notebook.wait_for(lambda e: isinstance(e, ExecutionStarted) and e.execution_id == sleeping)
        notebook.submit(InterruptKernel())
        stopped = await notebook.ended(sleeping)
        assert isinstance(stopped, ExecutionFinished)
        assert stopped.outcome is Outcome.ERROR
        assert (await notebook.run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")).outcome is Outcome.LOST
        end = await notebook.wait_for_type(KernelEnded)
        assert end.reason.startswith("Python was ended by SIGKILL")
        assert (await notebook.run("6 * 7")).outcome is Outcome.OK
