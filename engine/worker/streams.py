"""sys.stdout and sys.stderr of the cells, and fds 1 and 2 beneath them.

TextStream queues text in its lane of the outlet, behind what stands in the lane's pipe, so that print
keeps its order against os.write, C code and child processes; the outlet moves it on.  In a forked child
it writes to the capture pipe, line by line, instead.
"""

from __future__ import annotations

import array
import fcntl
import io
import os
import sys
import termios
from typing import Iterable

from .outlet import LONG_PIECES, Lane, Outlet
from .owners import OWNER

LARGE_CHARACTERS = 64 * 1024  # of one write: moved at once

_ioctl, _owner, _FIONREAD = fcntl.ioctl, OWNER.get, termios.FIONREAD


class TextStream(io.TextIOBase):
    """One of the two, as its users know it: no terminal, UTF-8, never closed."""

    encoding = "UTF-8"
    errors = None  # of no consequence: text is never encoded on this way
    newlines = None

    def __init__(self, outlet: Outlet, lane: Lane, fd: int) -> None:
        self.name = lane.capture.stream
        self._outlet = outlet
        self._lane = lane
        self._pieces = lane.pieces
        self._read_end = lane.capture.read_end
        self._standing = array.array("i", [0])
        self._fd = fd
        self._in_child = False
        self._child_line = ""
        self.buffer = ByteStream(self)

    def write(self, text: str) -> int:
        """Queue text.  Raises TypeError at what is no str."""
        # a million of these are the floor of a million prints: every line here was measured
        pieces = self._pieces
        if text != "\n":  # print's second write: nothing came between
            if not isinstance(text, str):
                raise TypeError(f"write() argument must be str, not {type(text)}")  # ipykernel's words
            _ioctl(self._read_end, _FIONREAD, self._standing)
            if self._standing[0] or self._lane.taking:
                self._outlet.take_in(self._lane)
        pieces.append((_owner(), text))
        if len(pieces) > LONG_PIECES or len(text) > LARGE_CHARACTERS:
            self._outlet.flush(self._lane)
        elif self._lane.due is None:
            self._outlet.arm(self._lane)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:  # type: ignore[override]  # typeshed wants buffers here
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Everything printed before stands in the log when this returns."""
        if not self._in_child:
            self._outlet.flush(self._lane)
        elif self._child_line:
            line, self._child_line = self._child_line, ""
            write_all(self._fd, line.encode(errors="replace"))

    def fileno(self) -> int:
        """Where a program may print for this stream; what was printed before is moved on first."""
        self.flush()
        return self._fd

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing: a closed stdout would take the next cells' output along."""

    def after_fork_in_child(self) -> None:
        """From now on straight into the pipe: the outlet is the parent's."""
        self._in_child = True
        self.write = self._write_in_child  # type: ignore[method-assign]  # no test for it in the parent's write

    def _write_in_child(self, text: str) -> int:
        self._child_line += text
        if "\n" in text:
            self.flush()
        return len(text)


class ByteStream(io.RawIOBase):
    """sys.stdout.buffer: bytes into the capture pipe, behind the text that was printed before them."""

    def __init__(self, text: TextStream) -> None:
        self._text = text
        self.name = text.name

    def write(self, data: bytes) -> int:  # type: ignore[override]  # any buffer, as RawIOBase has it
        return write_all(self._text.fileno(), data)

    def flush(self) -> None:
        self._text.flush()

    def fileno(self) -> int:
        return self._text.fileno()

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing, as for the text above it."""


def write_all(fd: int, data: bytes) -> int:
    """Every byte of data; waits where the pipe is full."""
    rest = memoryview(data).cast("B")
    while rest:
        rest = rest[os.write(fd, rest) :]
    return memoryview(data).nbytes


def install(outlet: Outlet) -> None:
    """Put both in the place of sys.stdout and sys.stderr; fd 0 gives end of file, to Python and programs alike."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # Python's own were opened on the worker's stderr file, and take a pipe for a file
    sys.__stdout__, sys.__stderr__ = (  # type: ignore[misc]  # typeshed has them final
        open(fd, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        for fd in (1, 2)
    )
    sys.stdout = TextStream(outlet, outlet.lanes[0], 1)
    sys.stderr = TextStream(outlet, outlet.lanes[1], 2)
