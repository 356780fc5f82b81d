"""How much memory the worker uses, and how much it may: the machine's, or its control group's where that is less.

Read afresh from /proc and /sys; other systems tell their physical memory and a peak.  Said in Heartbeat, so that
an application can tell after a death whether memory ran out.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_ROOT = Path("/")
_V1_MOUNTS = ("sys/fs/cgroup/memory", "sys/fs/cgroup")


def memory_bytes() -> int:
    """The resident set; where the system only tells its peak, the peak."""
    try:
        return int((_ROOT / "proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except FileNotFoundError:  # macOS, where it is told in bytes
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def memory_limit_bytes(root: Path = _ROOT) -> int:
    """The least of the machine's memory and the limits of the groups that this process is in."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_group_limits(root)])


def _group_limits(root: Path) -> Iterator[int]:
    """Of both kinds of control groups, the process's own and all above it; a container may hide where its own is."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if not controllers:
            yield from _limits_in(root / "sys/fs/cgroup", group, "memory.max")
        elif "memory" in controllers.split(","):
            for mount in _V1_MOUNTS:
                yield from _limits_in(root / mount, group, "memory.limit_in_bytes")


def _limits_in(mount: Path, group: str, name: str) -> Iterator[int]:
    own = PurePosixPath(group)
    for each in (own, *own.parents):
        try:
            text = (mount / each.relative_to("/") / name).read_text().strip()
        except (OSError, ValueError):  # ValueError: a group beside the root of the container's own view, "/../x"
            continue
        if text.isdigit():  # else "max"
            yield int(text)
