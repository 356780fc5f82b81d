"""Whether the system ended a process for lack of memory, by the counters that Linux keeps of such ends.

Looked at with every heartbeat and once more at the worker's end: a count that rose in between was most likely the
worker's.  Its control group's counter (cgroup v2) where that can be read, else the machine's.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

_ROOT = Path("/")


class OutOfMemory:
    """root: the file system that /proc and /sys are looked for in."""

    def __init__(self, pid: int, root: Path = _ROOT) -> None:
        self._counters = (*_group_counter(pid, root), root / "proc/vmstat")
        self._before = self._count()

    def look(self) -> None:
        """The worker lives: what was counted so far was not it."""
        self._before = self._count()

    def rose(self) -> bool | None:
        """Whether a process was ended for lack of memory since the last look; None where the system does not say."""
        now = self._count()
        return None if now is None or self._before is None else now > self._before

    def _count(self) -> int | None:
        for counter in self._counters:
            try:
                lines = counter.read_bytes().splitlines()
            except OSError:
                continue
            for line in lines:
                name, _, number = line.partition(b" ")
                if name == b"oom_kill" and number.isdigit():
                    return int(number)
        return None


def _group_counter(pid: int, root: Path) -> list[Path]:
    """memory.events of the process's own group (the line "0::/path")."""
    try:
        lines = (root / f"proc/{pid}/cgroup").read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    groups = [PurePosixPath(line[3:]).relative_to("/") for line in lines if line.startswith("0::/")]
    return [root / "sys/fs/cgroup" / group / "memory.events" for group in groups]
