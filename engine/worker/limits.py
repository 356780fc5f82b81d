"""How much one checkpoint may cost, in bytes and in time: counted by the pickler and the file as they go.

An Allowance belongs to one save.  Whoever exceeds it gets LimitReached, which ends the save; interrupts.py raises
the same where code of the user's (a slow __reduce__) keeps the pickler from counting.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable
from pickle import PickleBuffer

_SHARED = 2  # first picklings count what two variables share twice, so they may come to this many times the limit


class LimitReached(BaseException):
    """A save is over its limit; the text says over which.  No Exception: code of the user's must not swallow it."""


class Allowance:
    """What a save may still use.  deadline: by clock().  at: the item at work, or the largest."""

    def __init__(
        self, limit_bytes: float = math.inf, deadline: float = math.inf, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.deadline = deadline
        self.at = ""
        self._limit_bytes = limit_bytes
        self._clock = clock
        self._left = {"pickled": limit_bytes * _SHARED, "written": limit_bytes}
        self._met: set[int] = set()

    def write(self, size_bytes: int) -> None:
        """So much is about to go into the file.  Raises LimitReached."""
        self._spend("written", size_bytes)

    def pickle(self, size_bytes: int) -> None:
        """So much was pickled to learn what it reaches.  Raises LimitReached."""
        self._spend("pickled", size_bytes)

    def meet(self, buffer: PickleBuffer) -> None:
        """A buffer that will go into the file as it is, counted once however many variables hold it.

        Raises LimitReached: before anything of the buffer was copied.
        """
        view = buffer.raw()
        interface = getattr(view.obj, "__array_interface__", None)
        place = interface["data"][0] if isinstance(interface, dict) else id(view.obj)
        if place not in self._met:
            self._met.add(place)
            self.pickle(view.nbytes)

    def _spend(self, what: str, size_bytes: int) -> None:
        self._left[what] -= size_bytes
        if self._left[what] < 0:
            raise LimitReached(too_large(self._limit_bytes))
        if self._clock() > self.deadline:
            raise LimitReached


class MeteredStream(io.BytesIO):
    """Memory for a first pickling.  The pickler writes at least every 64 KiB, so time is watched here too."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__()
        self._allowance = allowance

    def write(self, data: bytes) -> int:  # type: ignore[override]  # any buffer
        self._allowance.pickle(memoryview(data).nbytes)
        return super().write(data)


def too_large(limit_bytes: float) -> str:
    return f"the variables take more than {limit_bytes / 1024**2:.0f} MB"
