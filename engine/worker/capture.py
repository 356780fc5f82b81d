"""A capture pipe in the place of fd 1 or 2: what C code, os.write and child processes print.

Owns the read end and the decoding of what comes out of it, in which a character split between two
reads stays whole.  Read by outlet.py, under its lock.
"""

from __future__ import annotations

import array
import codecs
import contextlib
import fcntl
import os
import sys
import termios

PIPE_BYTES = 1024 * 1024  # C code that holds the GIL while it prints more than fits would wait for ever


class Capture:
    """Everything that is written to fd from now on."""

    def __init__(self, fd: int, *, stream: str) -> None:
        self.stream = stream
        self.read_end, write_end = os.pipe()
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # the user's quota of large pipes is used up
                fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        os.dup2(write_end, fd)  # inheritable: child processes print here too
        os.close(write_end)
        self._standing = array.array("i", [0])
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def standing(self) -> int:
        """How many bytes are in the pipe now."""
        fcntl.ioctl(self.read_end, termios.FIONREAD, self._standing)
        return self._standing[0]

    def read(self, limit: int) -> str:
        """Up to limit bytes' text; waits for nothing as long as limit is at most standing()."""
        return self._decode(os.read(self.read_end, limit))

    def rest(self) -> str:
        """What is left of a character whose end never came, when nothing is in the pipe."""
        return "" if self.standing() else self._decode(b"", True)

    def close(self) -> None:
        os.close(self.read_end)
