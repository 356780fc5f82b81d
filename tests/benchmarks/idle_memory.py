"""An application that was started and left alone: what it and its workers hold in memory, and which files it maps."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

IDLE_S = 2.0  # without processor time in the application and its workers: nothing is going on any more
LIMIT_S = 60.0
_PACE_S = 0.1


@dataclass(frozen=True)
class Idle:
    rss_bytes: int
    pss_bytes: int
    workers_pss_bytes: int
    """Of all its child processes."""
    mapped: tuple[Path, ...]


def idle_memory(command: Sequence[str], environment: Mapping[str, str]) -> Idle:
    """Start it, wait until it and its children rest, measure, kill it."""
    with subprocess.Popen(command, env=environment) as application:
        try:
            process = psutil.Process(application.pid)
            _until_idle(process)
            return _measured(process)
        finally:
            application.kill()


def _measured(process: psutil.Process) -> Idle:
    memory = process.memory_full_info()
    children = [child.memory_full_info().pss for child in process.children(recursive=True)]
    maps = (Path(mapped.path) for mapped in process.memory_maps())
    return Idle(memory.rss, memory.pss, sum(children), tuple(sorted({path for path in maps if path.is_file()})))


def _until_idle(process: psutil.Process) -> None:
    """Asks again and again: the application says when it has painted, but nothing says that all has been done."""
    began = rested_since = time.monotonic()
    used_s = 0.0
    while time.monotonic() - rested_since < IDLE_S:
        if time.monotonic() - began > LIMIT_S:
            raise TimeoutError(f"The application did not come to rest within {LIMIT_S:g} s.")
        time.sleep(_PACE_S)
        now_s = _used_s(process)
        if now_s - used_s > 1.5 / os.sysconf("SC_CLK_TCK"):  # a tick now and then is a timer's
            used_s, rested_since = now_s, time.monotonic()


def _used_s(process: psutil.Process) -> float:
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        times = each.cpu_times()
        total += times.user + times.system
    return total
