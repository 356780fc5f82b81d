"""The driver's end of an application in a process of its own (piped_application.py)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

LINE_LIMIT = 64 * 1024 * 1024


def make_folders(user: Path) -> None:
    """One user's; every life of the application that is started on them finds what the earlier one left."""
    for part in ("state", "config", "checkpoints", "run"):
        (user / part).mkdir(mode=0o700)


async def start(
    user: Path, *command: str, stderr: int | None = None, environment: Mapping[str, str] = MappingProxyType({})
) -> asyncio.subprocess.Process:
    """Run command offscreen for the user whose folders these are, with environment on top of ours."""
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(user / "run"), **environment},
        limit=LINE_LIMIT,
    )


class ApplicationPipe(ABC):
    """gone: the process has ended.  drained: all that it told was taken; what its death tore off was never told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._news = asyncio.Event()
        self.drained = asyncio.ensure_future(self._read())
        self.gone = asyncio.ensure_future(process.wait())

    @abstractmethod
    def take(self, told: Any) -> None:
        """What a line says."""

    def do(self, *command: object) -> None:
        """Ask for something, by its name and with its arguments; nothing where the application has gone."""
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(json.dumps(command).encode() + b"\n")

    async def told(self, enough: Callable[[], bool]) -> None:
        """Ask again whenever something was taken, until it is enough or nothing more will come."""
        while not (enough() or self.drained.done()):
            self._news.clear()
            news = asyncio.ensure_future(self._news.wait())
            await asyncio.wait({news, self.drained}, return_when=asyncio.FIRST_COMPLETED)
            news.cancel()

    def kill(self) -> None:
        """Without a word, as a power cut; nothing where it has gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while (line := await self._process.stdout.readline()).endswith(b"\n"):
            self.take(json.loads(line))
            self._news.set()
