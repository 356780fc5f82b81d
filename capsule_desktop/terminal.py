"""The terminal of a headless run: answers to input() from standard input, the progress bar, and words on stderr.

Nothing here blocks the loop: standard input is read when it has something, and echo is switched off for a
password by hand (getpass.getpass would hold a thread until Enter is pressed, Ctrl+C or not).
"""

from __future__ import annotations

import asyncio
import os
import re
import stat
import sys
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_READ_BYTES = 64 * 1024


class StandardInput:
    """Lines of a file descriptor, one for each question, in order; used on a running loop."""

    def __init__(self, descriptor: int = 0, out: TextIO | None = None) -> None:
        self._descriptor = descriptor
        self._out = out or sys.stderr
        self._unread = b""
        self._restore_echo: Callable[[], None] | None = None
        self._on_answer: Callable[[str | None], None] | None = None

    def ask(self, prompt: str, *, password: bool, on_answer: Callable[[str | None], None]) -> None:
        """Call on_answer with the next line, or with None at the end of the input; cancel() takes it back."""
        self._on_answer = on_answer
        if password:
            self._echo_off()  # before anybody can know that they may type
        self._out.write(prompt)
        self._out.flush()
        if b"\n" in self._unread or stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            self._read()  # a file is always ready, and epoll takes none
        else:
            asyncio.get_running_loop().add_reader(self._descriptor, self._read)

    def cancel(self) -> None:
        """No answer is wanted any more."""
        if self._on_answer is not None:
            self._on_answer = None
            self._stop_reading()

    def _read(self) -> None:
        ended = False
        while b"\n" not in self._unread and not ended:
            piece = os.read(self._descriptor, _READ_BYTES)
            self._unread += piece
            ended = not piece
            if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
                break
        line, found, rest = self._unread.partition(b"\n")
        if not found and not ended:
            return
        self._unread = rest
        answer, on_answer = (line.decode(errors="replace").removesuffix("\r"), self._on_answer)
        self._on_answer = None
        self._stop_reading()
        if on_answer is not None:
            on_answer(answer if line or found else None)

    def _stop_reading(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        if self._restore_echo is not None:
            self._restore_echo()
            self._restore_echo = None
            self._out.write("\n")

    def _echo_off(self) -> None:
        if os.isatty(self._descriptor):
            import termios  # Windows has none, and runs no cells yet

            loud, quiet = termios.tcgetattr(self._descriptor), termios.tcgetattr(self._descriptor)
            quiet[3] &= ~termios.ECHO
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, quiet)
            self._restore_echo = partial(termios.tcsetattr, self._descriptor, termios.TCSADRAIN, loud)


class RunProgress:
    """How far a run is: a bar where out is a terminal, nothing elsewhere.  A context manager."""

    def __init__(self, name: str, cells: int, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._console = Console(file=self._out)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=self._console, transient=True, disable=not self._out.isatty())
        self._task = self._bar.add_task(name, total=cells)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._bar.stop()

    def advance(self) -> None:
        self._bar.advance(self._task)

    def pause(self) -> None:
        """Out of the way of a question."""
        self._bar.stop()

    def resume(self) -> None:
        self._bar.start()

    def say(self, words: str) -> None:
        """A message above the bar; its colours stay only on a terminal."""
        words = words if self._out.isatty() else _ESCAPE.sub("", words)
        if self._out.isatty():
            self._bar.stop()
        self._out.write(words + "\n")
        self._out.flush()
        if self._out.isatty():
            self._bar.start()
