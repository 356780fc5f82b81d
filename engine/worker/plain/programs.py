"""`!command`: a program on a terminal of its own, what it prints shown as it comes.

`lines = !command`: a program on a pipe, as in IPython: `ls` and its like print in columns for a terminal.
"""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import re
import selectors
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from typing import Any

_SIZE = (24, 80)  # rows and columns of the terminal
_GRACE_S = 2.0  # after Ctrl+C, for the program to end by itself
# The new session's leader gets the first terminal it opens as its own: then Ctrl+C reaches it, and /dev/tty is there.
# What it reads is at its end, as for all that a cell starts: nobody could answer, and it would wait for ever.
_ON_TERMINAL = 'exec 3<>"$0" 3>&-; exec /bin/sh -c "$1"'


class Lines(list[str]):
    """Lines of a program's output: `.n` as one text, `.s` in one line; grep() and fields() as IPython has them."""

    @property
    def n(self) -> str:
        return "\n".join(self)

    @property
    def s(self) -> str:
        return " ".join(self)

    @property
    def l(self) -> list[str]:  # noqa: E743  # IPython's name
        return list(self)

    def grep(self, pattern: str | Callable[[str], object], prune: bool = False, field: int | None = None) -> Lines:
        """The lines that have it, whatever its case; prune: those that have not; field: looked for in that one."""
        matches = pattern if callable(pattern) else re.compile(pattern, re.IGNORECASE).search
        return Lines(line for line in self if bool(matches(_searched(line, field))) is not prune)

    def fields(self, *numbers: int) -> Lines | list[list[str]]:
        """Of each line these of its words in one; without numbers: all its words, in a list."""
        words = [line.split() for line in self]
        if not numbers:
            return words
        chosen = ([line[number] for number in numbers if -len(line) <= number < len(line)] for line in words)
        return Lines(" ".join(line) for line in chosen if line)


def _searched(line: str, field: int | None) -> str:
    if field is None:
        return line
    words = line.split()
    return words[field] if -len(words) <= field < len(words) else ""


def run(command: str, show: Callable[[str], object]) -> int:
    """Run command by the shell, on a terminal; its exit status, negative for a signal.

    An interrupt is Ctrl+C on its terminal, and what has not ended by itself then is killed; the cell goes on behind
    it, as in IPython.
    """
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *_SIZE, 0, 0))
    arguments = ["/bin/sh", "-c", _ON_TERMINAL, os.ttyname(slave), command]
    return _run(arguments, master, slave, show, lambda _process: os.write(master, b"\x03"))


def keep(command: str, show: Callable[[str], object]) -> int:
    """The same on a pipe, by which it knows that nobody reads along."""
    reading, writing = os.pipe()
    arguments = ["/bin/sh", "-c", command]
    return _run(arguments, reading, writing, show, lambda process: os.killpg(process.pid, signal.SIGINT))


def _run(
    arguments: list[str],
    reading: int,
    writing: int,
    show: Callable[[str], object],
    press_ctrl_c: Callable[[subprocess.Popen[bytes]], object],
) -> int:
    """Closes both ends."""
    with _closing(reading):
        with _closing(writing):  # the program has it by then: reading ends when the last one has closed it
            process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=writing, stderr=writing, start_new_session=True
            )
        try:
            _copy(reading, show)
        except KeyboardInterrupt:
            _interrupt(process, reading, show, press_ctrl_c)
        except BaseException:
            _kill(process)
            raise
        return process.wait()


@contextlib.contextmanager
def _closing(fd: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(fd)


def _copy(reading: int, show: Callable[[str], object], limit_s: float | None = None) -> None:
    """Until nobody has the other end open; limit_s: or nothing came for so long."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with selectors.DefaultSelector() as selector:  # select() itself knows no descriptor above 1023
        selector.register(reading, selectors.EVENT_READ)
        while selector.select(limit_s):
            try:
                data = os.read(reading, 65536)
            except OSError:  # EIO, as Linux says it
                data = b""
            show(decoder.decode(data, final=not data))
            if not data:
                return


def _interrupt(
    process: subprocess.Popen[bytes],
    reading: int,
    show: Callable[[str], object],
    press_ctrl_c: Callable[[subprocess.Popen[bytes]], object],
) -> None:
    try:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            press_ctrl_c(process)
        _copy(reading, show, _GRACE_S)
    finally:
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Programs:
    """Programs that cells run; the status of the last is in the namespace, as IPython has it."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace

    def system(self, command: str) -> int:
        """Show what it prints as it comes; its status."""
        if command.rstrip().endswith("&"):
            raise OSError("Background processes not supported.")
        status = self._namespace["_exit_code"] = run(command, _show_on_stdout)
        return status

    def output_of(self, command: str) -> Lines:
        """Keep what it prints."""
        pieces: list[str] = []
        self._namespace["_exit_code"] = keep(command, pieces.append)
        return Lines("".join(pieces).replace("\r\n", "\n").splitlines())


def _show_on_stdout(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
