"""The loop's clock as a test moves it on: a limit runs out when something has happened, however slow the machine is."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest


class Clock:
    """The running loop's, which goes on at once by what is said: the test's own limit, too."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch, self._passed_s = monkeypatch, 0.0

    def pass_by(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._passed_s += seconds
        self._monkeypatch.setattr(loop, "time", lambda: time.monotonic() + self._passed_s)

    def pass_by_once_written(self, seconds: float, fifo: Path) -> None:
        """Go on by seconds once another process has written to fifo, which is made here."""
        once_written(fifo, lambda: self.pass_by(seconds))


def once_written(fifo: Path, do: Callable[[], object]) -> None:
    """Do it on the running loop once another process has written to fifo, which is made here."""
    os.mkfifo(fifo)
    reading, loop = os.open(fifo, os.O_RDWR | os.O_NONBLOCK), asyncio.get_running_loop()

    def written() -> None:
        loop.remove_reader(reading)
        os.close(reading)
        do()

    loop.add_reader(reading, written)
