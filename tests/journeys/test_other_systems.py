"""What a user sees where Capsule cannot run cells yet: windows, their text kept, and why nothing runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.session.supported_system import NOT_YET
from tests.support import without_posix
from tests.support.application_process import Shown, User
from tests.support.notebook_files import write_notebook
from tests.support.sources import CHECKOUT


@pytest.mark.time_limit(60)
async def test_a_notebook_can_be_changed_and_a_cell_says_why_it_does_not_run(tmp_path: Path) -> None:
    notebook, user = write_notebook(tmp_path / "nb.ipynb", "1 + 1"), User(tmp_path)

    def has_said_why(shown: Shown) -> bool:
        return NOT_YET in shown.banner and "draft saved" in shown.title and shown.states() == ["never_run"]

    async with user.application(notebook, through=without_posix.__file__) as application:
        await application.until(lambda shown: shown.states() == ["never_run"])
        application.do("select", 0)
        application.do("write", 0, "2 + 2")
        application.do("perform", "run_in_place")
        shown = await application.until(has_said_why)
        assert (shown.messages, shown.has_python) == ([], False)
        assert shown.cells[0]["source"] == "2 + 2"
        assert user.workers() == []


def test_a_run_without_a_window_says_so_and_leaves_the_notebook(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "nb.ipynb", "1 + 1")
    before = notebook.read_bytes()
    program = CHECKOUT / "capsule_desktop/__main__.py"
    command = [sys.executable, without_posix.__file__, str(program), "run", str(notebook)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{notebook}: {NOT_YET}\n")
    assert notebook.read_bytes() == before
