"""The programs that a cell waits for: who gets Stop's SIGINT and Cancel's SIGKILL besides the cell.

They are the processes of the worker's own group that began after the cell did.  Earlier ones (a server
in the background) and those with a session of their own (setsid) are left alone.  Read afresh each
time from /proc, or from ps where there is none; called on the reader thread only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator

_PASSES = 5  # through the list of processes
_SLACK_S = 0.02  # /proc tells starts in ticks of 10 ms, rounded down


def signal_foreground(number: int, *, since: float) -> None:
    """Send number to them; since is the cell's beginning by now()."""
    for pid in list(_started_after(since - _SLACK_S)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def kill_foreground(*, since: float) -> None:
    """SIGKILL to them, and to those that they were starting meanwhile; what makes more without end keeps some."""
    met: set[int] = set()
    for _ in range(_PASSES):
        found = set(_started_after(since - _SLACK_S)) - met
        if not found:
            return
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        met |= found


def now() -> float:
    """Seconds on the clock that starts of processes are told by."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.time()


def _started_after(since: float) -> Iterator[int]:
    group, own = os.getpgrp(), os.getpid()
    for pid, its_group, started in _linux() if sys.platform == "linux" else _by_ps():
        if its_group == group and pid != own and started >= since:
            yield pid


def _linux() -> Iterator[tuple[int, int, float]]:
    ticks = os.sysconf("SC_CLK_TCK")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it went meanwhile
                # after the name, which may hold anything: state, ppid, pgrp, … and as the 20th the start
                fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                yield int(entry.name), int(fields[2]), int(fields[19]) / ticks


def _by_ps() -> Iterator[tuple[int, int, float]]:
    table = subprocess.run(
        ["/bin/ps", "-A", "-o", "pid=,pgid=,etime="],
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,  # not one of them itself
    )
    for pid, group, elapsed in (line.split() for line in table.stdout.splitlines()):
        yield int(pid), int(group), time.time() - _seconds(elapsed) - 1


def _seconds(elapsed: str) -> float:
    """[[days-]hours:]minutes:seconds, as ps writes it."""
    days, _, clock = elapsed.rpartition("-")
    total = 0
    for part in clock.split(":"):
        total = total * 60 + int(part)
    return total + int(days or 0) * 86400
