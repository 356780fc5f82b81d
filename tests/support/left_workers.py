"""Workers that were left alone: found by their runtime folder, and ended before a test goes on."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil


def workers_in(folder: Path) -> list[psutil.Process]:
    """All Pythons of notebooks, and spares, that were given a socket below folder; nobody else may run there."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(folder) in word for word in process.info["cmdline"] or ()):
            found.append(process)
    return found


def end(*workers: psutil.Process) -> None:
    """By SIGKILL; they have ended when this returns."""
    for worker in workers:
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.kill()
            worker.wait()
