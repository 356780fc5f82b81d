"""Finds what a test leaves running: threads, child processes and Qt timers.

A Watch is made before a test and asked after all of its fixtures are torn down.  What it finds is
ended, so that one test's leak does not fail those that follow.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer

ENDING_S = 2.0  # how long a thread or process that was told to end may take to do so
_PR_SET_CHILD_SUBREAPER = 36
# helpers that multiprocessing keeps for the life of the process
_LASTING_PROCESSES = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parents die, so that a daemonised leak is found too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Watch:
    """What ran before the test; nothing else may run after it."""

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        _, alive = psutil.wait_procs(_children(), timeout=0)  # those whose parents died between two tests have ended
        self._children = set(alive)

    def what_is_left(self, *, qt: bool) -> list[str]:
        """Sentences about leaks; waits up to ENDING_S for what is just ending."""
        return [*self._left_threads(), *self._left_children(), *(_left_timers() if qt else ())]

    def _left_threads(self) -> Iterator[str]:
        for thread in set(threading.enumerate()) - self._threads:
            if isinstance(thread, threading._DummyThread):
                continue  # a thread of qasync's executor, which ends with the loop; Python only ever saw it pass
            thread.join(ENDING_S)
            if thread.is_alive():
                yield f"the test left a thread running: {thread!r}"

    def _left_children(self) -> Iterator[str]:
        new = set(_children()) - self._children
        _, alive = psutil.wait_procs(new, timeout=ENDING_S)
        for process in alive:
            words = _words(process)
            process.kill()
            process.wait()
            if not any(name in words for name in _LASTING_PROCESSES):
                yield f"the test left a process running: {words}"


def _children() -> list[psutil.Process]:
    lasting = (p for p in psutil.Process().children())
    return [p for p in lasting if not any(name in _words(p) for name in _LASTING_PROCESSES)]


def _words(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {' '.join(process.cmdline())}"
    except psutil.Error:
        return str(process.pid)


def _left_timers() -> Iterator[str]:
    """Active QTimers; they are stopped.  Widgets that nothing holds any more are let go first."""
    if not any(_active_timers()):
        return
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    for timer in _active_timers():
        timer.stop()
        yield f"the test left a QTimer running: every {timer.interval()} ms, parent {timer.parent()!r}"


def _active_timers() -> Iterator[QTimer]:
    from PySide6.QtCore import QTimer
    from shiboken6 import Shiboken

    for thing in gc.get_objects():
        if type(thing) is QTimer and Shiboken.isValid(thing) and thing.isActive():
            yield thing
