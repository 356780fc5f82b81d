"""The files of crash reports: the one of this process, which a normal end takes away, and those that crashes left.

A report is locked while its process lives, by the kernel's word and not by a pid.  Blocking; no hooks (crash.py), no
Qt.  Invariant: files are 0600 and never sent anywhere; at most KEPT are kept, of at most LIMIT_BYTES each.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from engine import file_lock
from engine.file_system import BINARY, NO_FOLLOW

log = logging.getLogger("capsule.crash")

FOLDER = "crash-reports"
KEPT = 10
LIMIT_BYTES = 1024 * 1024
PRIVACY = (
    "This report was written by Capsule Desktop and is kept on this computer only.\n"
    "Nothing of it is sent to anybody. It says where in Capsule something went wrong, but not\n"
    "with which words: those may quote what Capsule was given. So none of your code, of what it\n"
    "printed and of your answers to input() is in it.\n"
)
_LIVING, _LEFT = ".living", ".txt"
_MARK = "\n==== "
_FATAL = "Fatal Python error"  # how faulthandler begins
_IN_ORDER = f"{_MARK}Capsule went on, and ended in order\n"
_FULL = f"{_MARK}What else went wrong is left out: the report is full\n"


class LivingReport:
    """This process's own; made by begin()."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self.descriptor = path, descriptor
        self._has_news = self._is_full = False

    @classmethod
    def begin(cls, folder: Path, about: str) -> LivingReport:
        """about: what is known when nothing has gone wrong yet.  Raises OSError where the folder cannot be written."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{time.strftime('%Y-%m-%d-%H%M%S')}-{os.getpid()}{_LIVING}"
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | BINARY | NO_FOLLOW
        descriptor = os.open(path, flags, 0o600)
        file_lock.take(descriptor)
        os.write(descriptor, f"{PRIVACY}\n{about}\n".encode())
        return cls(path, descriptor)

    def note(self, words: str) -> None:
        """More of what is known, while nothing has gone wrong."""
        self._write(f"{words}\n")

    def add(self, heading: str, details: str) -> bool:
        """Something went wrong; False where there is no more room for it."""
        self._has_news = True
        if self._is_full:
            return False
        text = f"{_MARK}{time.strftime('%H:%M:%S')} {heading}\n{details}"
        if os.fstat(self.descriptor).st_size + len(text.encode(errors="replace")) > LIMIT_BYTES - len(_FULL):
            self._is_full, text = True, _FULL
        self._write(text)
        return not self._is_full

    def end(self) -> None:
        """In order: nothing is left where nothing went wrong."""
        with suppress(OSError):  # it will be taken away, or shown, by the next start
            if self._has_news:
                self._write(_IN_ORDER)
                self._path.rename(self._path.with_suffix(_LEFT))
            else:
                self._path.unlink()
        os.close(self.descriptor)

    def _write(self, text: str) -> None:
        os.write(self.descriptor, text.encode(errors="replace"))


def take_over(folder: Path) -> tuple[Path, ...]:
    """The reports of crashes that no start has seen yet, newest first; the oldest of all go.

    Of a process that was killed there is nothing to say, and nothing is left.  Raises OSError.
    """
    if not folder.is_dir():
        return ()
    new = [left for path in sorted(folder.glob(f"*{_LIVING}"), reverse=True) for left in _taken_over(path)]
    for old in kept(folder)[KEPT:]:
        old.unlink(missing_ok=True)
    return tuple(path for path in new if path.exists())


def kept(folder: Path) -> list[Path]:
    """What can be read, newest first."""
    return sorted(folder.glob(f"*{_LEFT}"), reverse=True)


def read(path: Path) -> str:
    """Raises OSError."""
    with path.open("rb") as report:
        return report.read(LIMIT_BYTES).decode(errors="replace")


def _taken_over(path: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError), path.open("rb") as report:
        try:
            file_lock.take(report.fileno())
        except BlockingIOError:
            return  # it lives
        text = report.read(LIMIT_BYTES).decode(errors="replace")
        if _MARK in text or _FATAL in text:
            yield path.rename(path.with_suffix(_LEFT))
        else:
            path.unlink()
