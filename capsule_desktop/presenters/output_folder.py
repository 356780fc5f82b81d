"""Where this process's kernels write what cells print, and the removal of what dead processes left there.

Each process has a folder of its own under one that all share, with a lock in it that ends with the process: a folder
whose lock nobody holds belongs to one that was killed, and nothing will read it any more.  Called off the loop.
"""

from __future__ import annotations

import shutil
import uuid
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QLockFile

LOCK = "lock"


class OutputFolder:
    """shared: the folder of all processes, made at the first claim()."""

    def __init__(self, shared: Path) -> None:
        self._shared = shared
        self._lock: QLockFile | None = None
        self.path = shared / uuid.uuid4().hex

    def claim(self) -> None:
        """Make it ours.  A folder that cannot be made is told of by the kernel that needs it."""
        with suppress(OSError):
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _lock(self.path)

    def sweep(self) -> None:
        """Remove the folders of processes that are gone."""
        with suppress(OSError):
            for folder in self._shared.iterdir():
                if folder != self.path and folder.is_dir() and (lock := _lock(folder)) is not None:
                    shutil.rmtree(folder, ignore_errors=True)
                    lock.unlock()

    def remove(self) -> None:
        """Give it back, with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None


def _lock(folder: Path) -> QLockFile | None:
    """The lock of a folder; None where a living process holds it.  Qt takes over that of a dead one."""
    lock = QLockFile(str(folder / LOCK))
    lock.setStaleLockTime(0)  # a process may live longer than any limit
    return lock if lock.tryLock(0) else None
