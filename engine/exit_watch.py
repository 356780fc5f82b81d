"""Told when a process ends: by pidfd, else by a thread that waits for it.

Both makers of processes use it (session/process.py for workers, interpreters/running.py for commands), on asyncio's
loop and on qasync's: asyncio's child watchers are not there under qasync.  By pidfd it is told of a child before it has
been reaped, so that until then nobody else can get its number, nor its group's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import threading
from collections.abc import Callable


class ExitWatch:
    """Of process pid, from now until stop().  child: the same, where it is a child of ours.

    on_exit: called on the loop once it has ended, and again until stop().  Never for what is no child where the system
    has no pidfds: is_told says so.  Raises ProcessLookupError where what is no child has gone; a child that somebody
    has reaped (the system does, where whoever started us ignores SIGCHLD) is told of at once.
    """

    def __init__(self, pid: int, child: subprocess.Popen[bytes] | None, on_exit: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_exit = on_exit
        self.pidfd = _pidfd_of(pid, child)
        self.is_told = self.pidfd is not None or child is not None
        if self.pidfd is not None:
            self._loop.add_reader(self.pidfd, on_exit)
        elif child is not None:
            threading.Thread(target=self._wait_in_thread, args=(child,), name=f"exit of {pid}", daemon=True).start()

    def stop(self) -> None:
        """Watch it no longer; the thread, where there is one, ends with the process."""
        if self.pidfd is not None:
            self._loop.remove_reader(self.pidfd)
            os.close(self.pidfd)
            self.pidfd = None

    def _wait_in_thread(self, child: subprocess.Popen[bytes]) -> None:
        child.wait()
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody is left to tell
            self._loop.call_soon_threadsafe(self._on_exit)


def _pidfd_of(pid: int, child: subprocess.Popen[bytes] | None) -> int | None:
    """None where there are none: not Linux, a kernel before 5.3, or a sandbox that forbids it."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if isinstance(error, ProcessLookupError) and child is None:
            raise
        return None
