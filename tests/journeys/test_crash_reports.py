"""The application really crashes, and what went wrong is in a file on this computer, and nowhere after a normal end."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from capsule_desktop import crash_reports
from tests.support import left_workers
from tests.support.notebook_files import write_notebook

SCRIPT = Path(__file__).parents[1] / "support" / "crashing_application.py"
pytestmark = pytest.mark.time_limit(60)
SECRET = "the user's own code"


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """One user's folders."""
    with tempfile.TemporaryDirectory(prefix="cap-") as name:
        folder = Path(name)
        for variable, part in {"STATE_HOME": "state", "CONFIG_HOME": "config", "RUNTIME_DIR": "run"}.items():
            (folder / part).mkdir(mode=0o700)
            monkeypatch.setenv(f"XDG_{variable}", str(folder / part))
        yield folder
        left_workers.end(*left_workers.workers_in(folder / "run"))


async def ended(user: Path, how: str) -> tuple[int | None, str]:
    """Exit code and standard error of an application to which this happens."""
    file = write_notebook(user / "notebook.ipynb", SECRET)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(SCRIPT), how, str(file)),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    _, said = await process.communicate()
    return process.returncode, said.decode()


def folder(user: Path) -> Path:
    return user / "state" / "capsule-desktop" / crash_reports.FOLDER


@pytest.mark.parametrize(("how", "words"), [("segfault", "Segmentation fault"), ("abort", "Aborted")])
async def test_a_crash_leaves_where_it_happened_and_no_code_of_the_user(user: Path, how: str, words: str) -> None:
    code, _ = await ended(user, how)
    assert code is not None
    assert code < 0
    (report,) = crash_reports.take_over(folder(user))
    text = crash_reports.read(report)
    assert text.startswith(crash_reports.PRIVACY)
    assert f"Fatal Python error: {words}" in text
    assert "crashing_application.py" in text
    assert "PySide6 " in text
    assert "Its windows were open" in text
    assert SECRET not in text
    assert "notebook.ipynb" not in text


@pytest.mark.parametrize("how", ["slot", "callback", "task", "thread"])
async def test_what_fails_and_does_not_end_it_is_logged_and_reported(user: Path, how: str) -> None:
    code, said = await ended(user, how)
    assert code == 0
    assert "ValueError: invalid syntax" in said
    assert crash_reports.take_over(folder(user)) == ()
    (report,) = crash_reports.kept(folder(user))
    text = crash_reports.read(report)
    assert "\nValueError\n" in text
    assert "in _fail" in text
    assert "of the user" not in text
    assert "ended in order" in text
    written = (user / "state" / "capsule-desktop" / "capsule.log").read_text()
    assert "ValueError: invalid syntax" in written


async def test_a_normal_end_leaves_nothing(user: Path) -> None:
    assert (await ended(user, "end"))[0] == 0
    assert not list(folder(user).iterdir())
