"""How much memory a worker can have: the machine’s, or less where a control group (a container) sets a limit."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

_ROOT = Path("/")


def memory_limit_bytes(root: Path = _ROOT) -> int:
    """0 where it is unknown.  root: the file system that /proc and /sys are looked for in."""
    limits = [*_group_limits(root), *_physical()]
    return min(limits, default=0)


def _physical() -> list[int]:
    try:
        return [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, ValueError, OSError):
        return []


def _group_limits(root: Path) -> list[int]:
    """memory.max of the process's own group and of all above it (cgroup v2; the line "0::/path")."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    limits = []
    for line in lines:
        if line.startswith("0::/"):
            group = PurePosixPath(line[3:])
            for each in (group, *group.parents):
                limits += _limit_in(root / "sys/fs/cgroup" / each.relative_to("/") / "memory.max")
    return limits


def _limit_in(file: Path) -> list[int]:
    """ "max" is none."""
    try:
        words = file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return []
    return [int(words)] if words.isdecimal() else []
