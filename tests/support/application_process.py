"""The application in a process of its own, driven and looked at over a pipe; made to be killed and started again.

No waiting by the clock: `until` looks again at everything that the application shows whenever that has changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.support import left_workers

SCRIPT = Path(__file__).with_name("killable_application.py")


@dataclass(frozen=True)
class Shown:
    """One window of the application."""

    path: str | None
    title: str
    banner: str
    messages: list[str]
    has_python: bool
    cells: list[dict[str, Any]]

    def states(self) -> list[str]:
        return [cell["state"] for cell in self.cells]

    def text(self, index: int) -> str:
        """Of a cell's outputs; "" while there is no such cell."""
        return str(self.cells[index]["text"]) if index < len(self.cells) else ""


class ApplicationProcess:
    """folder: one user's; every life of the application that is started on it finds what the earlier one left."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.windows: list[Shown] = []
        self._changed = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read())

    @property
    def shown(self) -> Shown:
        return self.windows[-1]

    def do(self, name: str, *arguments: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([name, *arguments]).encode() + b"\n")

    async def until(self, holds: Callable[[Shown], bool]) -> Shown:
        """What the last window shows once that holds."""
        while not (self.windows and holds(self.shown)):
            assert not self._reading.done(), f"the application has ended; it showed {self.windows}"
            self._changed.clear()
            changed = asyncio.ensure_future(self._changed.wait())
            await asyncio.wait({changed, self._reading}, return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
        return self.shown

    async def kill(self) -> None:
        """Without a word, as a power cut."""
        self._process.send_signal(signal.SIGKILL)
        await self.ended()

    async def ended(self) -> int:
        await self._reading
        return await self._process.wait()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self.windows = [Shown(**window) for window in json.loads(line)]
            self._changed.set()
        self._changed.set()


class User:
    """One user's folders, and the workers that live on in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in ("state", "config", "checkpoints", "run"):
            (folder / part).mkdir(mode=0o700)

    @asynccontextmanager
    async def application(self, *files: Path) -> AsyncIterator[ApplicationProcess]:
        """Killed in the end, if it has not ended by then."""
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(SCRIPT), str(self.folder), *map(str, files)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            limit=16 * 1024 * 1024,
        )
        application = ApplicationProcess(process)
        try:
            yield application
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await application.ended()

    def workers(self) -> list[psutil.Process]:
        """All Pythons of this user's notebooks, and spares."""
        return left_workers.workers_in(self.folder / "run")

    def end_workers(self) -> None:
        left_workers.end(*self.workers())
