"""Calls for an end once a deadline has passed, from a thread of its own: for what the main thread cannot watch itself.

Arming costs a notification only where the thread sleeps without end; between short works it stays in the sleep
of the first one.  Used by keeper.py.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Generator

_AGAIN_S = 0.05  # between two calls: a __del__ or a C callback may have swallowed the first


class Watchdog:
    """expire: called with the deadline when that has passed, and again until the work is over."""

    def __init__(self, expire: Callable[[float], None]) -> None:
        self._expire = expire
        self._changed = threading.Condition()
        self._deadline = math.inf  # by time.monotonic()
        self._sleeps = False
        self._started = False

    @contextlib.contextmanager
    def until(self, deadline: float) -> Generator[None, None, None]:
        """Watch what is done in the block."""
        with self._changed:
            self._deadline = deadline
            if self._sleeps:
                self._changed.notify()
        if not self._started:
            self._started = True
            threading.Thread(target=self._watch, name="capsule watchdog", daemon=True).start()
        try:
            yield
        finally:
            self._deadline = math.inf

    def _watch(self) -> None:
        while True:
            deadline = self._next_passed()
            self._expire(deadline)
            threading.Event().wait(_AGAIN_S)

    def _next_passed(self) -> float:
        with self._changed:
            while (left_s := (deadline := self._deadline) - time.monotonic()) > 0:
                self._sleeps = deadline == math.inf
                self._changed.wait(None if self._sleeps else left_s)
                self._sleeps = False
            return deadline
