"""`!command`: a program on a terminal of its own, what it prints shown as it comes; or kept, as a list of lines."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
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
    """Lines of a program's output: `.n` as one text, `.s` in one line."""

    @property
    def n(self) -> str:
        return "\n".join(self)

    @property
    def s(self) -> str:
        return " ".join(self)

    @property
    def l(self) -> list[str]:  # noqa: E743  # IPython's name
        return list(self)


def run(command: str, show: Callable[[str], object]) -> int:
    """Run command by the shell; its exit status, negative for a signal.

    An interrupt is Ctrl+C on its terminal, and what has not ended by itself then is killed; the cell goes on behind
    it, as in IPython.
    """
    master, slave = os.openpty()
    try:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *_SIZE, 0, 0))
        arguments = ["/bin/sh", "-c", _ON_TERMINAL, os.ttyname(slave), command]
        with _closing(slave):  # the program has it by then: reading ends when the last one has closed it
            process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, start_new_session=True
            )
        try:
            _copy(master, show)
        except KeyboardInterrupt:
            _interrupt(process, master, show)
        except BaseException:
            _kill(process)
            raise
        return process.wait()
    finally:
        os.close(master)


@contextlib.contextmanager
def _closing(fd: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(fd)


def _copy(master: int, show: Callable[[str], object], limit_s: float | None = None) -> None:
    """Until nobody has the terminal open; limit_s: or nothing came for so long."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with selectors.DefaultSelector() as selector:  # select() itself knows no descriptor above 1023
        selector.register(master, selectors.EVENT_READ)
        while selector.select(limit_s):
            try:
                data = os.read(master, 65536)
            except OSError:  # EIO, as Linux says it
                data = b""
            show(decoder.decode(data, final=not data))
            if not data:
                return


def _interrupt(process: subprocess.Popen[bytes], master: int, show: Callable[[str], object]) -> None:
    try:
        os.write(master, b"\x03")
        _copy(master, show, _GRACE_S)
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

    def system(self, command: str) -> None:
        """Show what it prints as it comes."""
        if command.rstrip().endswith("&"):
            raise OSError("Background processes not supported.")
        self._namespace["_exit_code"] = run(command, _show_on_stdout)

    def output_of(self, command: str) -> Lines:
        """Keep what it prints."""
        pieces: list[str] = []
        self._namespace["_exit_code"] = run(command, pieces.append)
        return Lines("".join(pieces).replace("\r\n", "\n").splitlines())


def _show_on_stdout(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
