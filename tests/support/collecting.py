"""Cyclic garbage of tests is collected on the main thread, between tests.

A store's writer, or any other thread, that happened to start a collection would destroy Qt's objects there, which ends
the process with a segmentation fault in whatever test comes next.  The application does the same (collector.py).
"""

from __future__ import annotations

import gc
from itertools import count

_MIDDLE, _FULL = 8, 64  # after how many tests the older generations are looked at, too
_tests = count(1)


def begin() -> None:
    """Before every test: one of the application's own ends by switching collections on again."""
    gc.disable()


def between_tests() -> None:
    number = next(_tests)
    gc.collect(2 if number % _FULL == 0 else 1 if number % _MIDDLE == 0 else 0)
