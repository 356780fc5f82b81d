"""The application in a process of its own, driven and looked at over a pipe; made to be killed and started again.

No waiting by the clock: `until` looks again at everything that the application shows whenever that has changed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.support import left_workers
from tests.support.application_pipe import ApplicationPipe, make_folders, start

SCRIPT = Path(__file__).with_name("killable_application.py")


@dataclass(frozen=True)
class Shown:
    """One window of the application."""

    path: str | None
    title: str
    banner: str
    messages: list[str]
    notes: str
    has_python: bool
    cells: list[dict[str, Any]]

    def states(self) -> list[str]:
        return [cell["state"] for cell in self.cells]

    def text(self, index: int) -> str:
        """Of a cell's outputs; "" while there is no such cell."""
        return str(self.cells[index]["text"]) if index < len(self.cells) else ""


class ApplicationProcess(ApplicationPipe):
    """windows: what they show now."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__(process)
        self.windows: list[Shown] = []

    @property
    def shown(self) -> Shown:
        return self.windows[-1]

    def take(self, told: Any) -> None:
        self.windows = [Shown(**window) for window in told]

    async def until(self, holds: Callable[[Shown], bool]) -> Shown:
        """What the last window shows once that holds."""
        await self.told(lambda: bool(self.windows) and holds(self.shown))
        assert self.windows, "the application has ended without a window"
        assert holds(self.shown), f"the application has ended; it showed {self.windows}"
        return self.shown

    async def ended(self) -> int:
        await self.drained
        return await self.gone

    async def killed(self) -> None:
        self.kill()
        await self.ended()


class User:
    """One user's folders, and the workers that live on in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make_folders(folder)

    @asynccontextmanager
    async def application(self, *files: Path, through: str = "") -> AsyncIterator[ApplicationProcess]:
        """Killed in the end, if it has not ended by then.  through: a script that is to run it, "" for none."""
        scripts = (through, str(SCRIPT)) if through else (str(SCRIPT),)
        command = (sys.executable, *scripts, str(self.folder), *map(str, files))
        application = ApplicationProcess(await start(self.folder, *command, stderr=asyncio.subprocess.DEVNULL))
        try:
            yield application
        finally:
            await application.killed()

    def workers(self) -> list[psutil.Process]:
        """All Pythons of this user's notebooks, and spares."""
        return left_workers.workers_in(self.folder / "run")

    def end_workers(self) -> None:
        left_workers.end(*self.workers())
