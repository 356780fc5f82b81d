"""When a flooding cell had printed which line: what the tail on the screen is compared with.

A thread in the worker notes (time, line) every 5 ms into a file; CLOCK_MONOTONIC is one clock for all
processes of a machine, so its times and the window's can be subtracted.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from pathlib import Path

INTERVAL_S = 0.005
_NOTE = struct.Struct("<dq")

FLOOD = "i = 0\nwhile True:\n    print(i)\n    i += 1"


def noting_cell(path: Path) -> str:
    """Source of the cell to run before FLOOD."""
    return f"""
import struct, threading, time
i = 0
def note():
    with open({str(path)!r}, "wb", buffering=0) as file:
        while not over.wait({INTERVAL_S}):
            file.write(struct.pack("<dq", time.perf_counter(), i))
over = threading.Event()
threading.Thread(target=note, daemon=True).start()
"""


class Production:
    """The notes of one flood."""

    def __init__(self, notes: bytes) -> None:
        whole = len(notes) // _NOTE.size * _NOTE.size
        pairs = [pair for pair in _NOTE.iter_unpack(notes[:whole]) if pair[1] > 0]
        self._times = [time for time, _ in pairs]
        self._lines = [line for _, line in pairs]

    def made_at(self, line: int) -> float:
        """The latest moment (time.perf_counter()) by which line had been printed, to INTERVAL_S."""
        return self._times[min(bisect_left(self._lines, line), len(self._times) - 1)]

    @property
    def seconds(self) -> float:
        """From the first printed line to the last note."""
        last = bisect_left(self._lines, self._lines[-1])
        return self._times[last] - self._times[0]
