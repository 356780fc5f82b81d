"""Several starts of the application in one session: one of them opens all files, whatever happens to it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support import left_workers
from tests.support.notebook_files import write_notebook

SCRIPT = Path(__file__).parents[1] / "support" / "told_application.py"
pytestmark = pytest.mark.time_limit(60)


class Started:
    """titles: of the windows of this start's own application."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.titles: list[str] = []

    async def until(self, holds: Callable[[list[str]], bool]) -> None:
        assert self.process.stdout is not None
        while not holds(self.titles):
            line = await self.process.stdout.readline()
            assert line, f"it has ended; it showed {self.titles}"
            self.titles = json.loads(line)

    async def shows(self, *files: Path) -> None:
        """Each in a window, and nothing else."""
        names = sorted(f"{file.name}[*] – Capsule" for file in files)
        await self.until(lambda titles: sorted(titles) == names)

    async def ended(self) -> str:
        """Its exit code and what it said."""
        _, errors = await self.process.communicate()
        return f"{self.process.returncode} {errors.decode()}"


class Session:
    """One user's folders, on one display."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in ("state", "config", "run"):
            (folder / part).mkdir(mode=0o700)
        self._started: list[Started] = []

    async def start(self, *words: object, cwd: Path | None = None, **environment: str) -> Started:
        variables = {"XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "XDG_RUNTIME_DIR": "run"}
        own = {name: str(self.folder / part) for name, part in variables.items()}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(SCRIPT), *map(str, words)),
            cwd=cwd,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={
                **os.environ,
                "QT_QPA_PLATFORM": "offscreen",
                "QT_LOGGING_RULES": "qt.qpa.*=false",
                **own,
                **environment,
            },
        )
        self._started.append(Started(process))
        return self._started[-1]

    async def end(self) -> None:
        for started in self._started:
            if started.process.returncode is None:
                started.process.kill()
                await started.process.communicate()
        left_workers.end(*left_workers.workers_in(self.folder / "run"))


@asynccontextmanager
async def session(folder: Path) -> AsyncIterator[Session]:
    one = Session(folder)
    try:
        yield one
    finally:
        await one.end()


@pytest.fixture
def short() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cap-") as folder:
        yield Path(folder)


@pytest.fixture
def files(short: Path) -> list[Path]:
    return [write_notebook(short / f"{name}.ipynb", "1") for name in "abc"]


async def test_a_second_start_hands_its_files_over_and_ends(short: Path, files: list[Path]) -> None:
    a, b, _ = files
    odd = write_notebook(short / os.fsdecode(b"\xff e.ipynb"), "1")
    async with session(short) as one:
        first = await one.start(a)
        await first.shows(a)
        second = await one.start(b.name, a.name, cwd=short)
        assert await second.ended() == "0 "
        await first.shows(a, b)
        third = await one.start(odd.as_uri())
        assert await third.ended() == "0 "
        await first.until(lambda titles: len(titles) == 3)
        assert await (await one.start()).ended() == "0 "
        await first.until(lambda titles: len(titles) == 4)  # the welcome
        assert await (await one.start()).ended() == "0 "
        assert len(first.titles) == 4


async def test_of_two_starts_at_one_instant_one_opens_both_files(short: Path, files: list[Path]) -> None:
    a, b, _ = files
    async with session(short) as one:
        starts = await asyncio.gather(one.start(a), one.start(b))
        waits = {asyncio.ensure_future(start.process.wait()): start for start in starts}
        done, left = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        (handed,), (running,) = done, left
        assert await waits[handed].ended() == "0 "
        await waits[running].shows(a, b)
        await one.end()
        await running


async def test_a_killed_ones_place_is_taken(short: Path, files: list[Path]) -> None:
    a, b, c = files
    async with session(short) as one:
        first = await one.start(a)
        await first.shows(a)
        first.process.kill()
        await first.process.communicate()
        second = await one.start(b)
        await second.until(lambda titles: any(title.startswith("b.ipynb") for title in titles))
        assert await (await one.start(c)).ended() == "0 "
        await second.until(lambda titles: any(title.startswith("c.ipynb") for title in titles))


async def test_beside_one_that_hangs_windows_are_opened_where_that_is_wanted(short: Path, files: list[Path]) -> None:
    a, b, c = files
    async with session(short) as one:
        first = await one.start(a)
        await first.shows(a)
        first.process.send_signal(signal.SIGSTOP)
        unwanted = await one.start(b, PRESSED="Close")
        assert "does not answer" in await unwanted.ended()
        assert unwanted.process.returncode == 0
        second = await one.start(b, PRESSED="Open separately")
        await second.shows(b)
        assert second.process.stderr is not None
        assert b"does not answer" in await second.process.stderr.readline()
        first.process.send_signal(signal.SIGCONT)
        third = await one.start(c)
        assert await third.ended() == "0 "
        await first.shows(a, c)  # and not what it was asked for while nobody waited any more


async def test_one_that_hung_and_answers_now_is_handed_the_files_on_trying_again(
    short: Path, files: list[Path]
) -> None:
    a, b, _ = files
    async with session(short) as one:
        first = await one.start(a)
        await first.shows(a)
        first.process.send_signal(signal.SIGSTOP)
        second = await one.start(b, PRESSED="Try again")
        assert second.process.stderr is not None
        assert b"asks in a window" in await second.process.stderr.readline()
        first.process.send_signal(signal.SIGCONT)
        await first.shows(a, b)
        await second.ended()
        assert second.process.returncode == 0


async def test_other_states_other_displays_and_separate_ones_are_their_own(short: Path, files: list[Path]) -> None:
    a, b, c = files
    async with session(short) as one:
        first = await one.start(a)
        await first.shows(a)
        display = await one.start(b, WAYLAND_DISPLAY="wayland-7")
        await display.shows(b)
        separate = await one.start("--separate", c)
        await separate.shows(c)
        assert first.process.returncode is display.process.returncode is separate.process.returncode is None
