"""The output logs: one file an execution, and one for what comes after or belongs to none.

Owns their files and how far each reaches.  Called by outlet.py under its lock, so there is one writer
at a time.  A log grows by whole frames as far as anyone is told.  A full disk leaves what could not be
written waiting in memory; past MAX_WAITING_BYTES and MAX_LOG_BYTES text is dropped, visibly (invariant 13).
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import struct
from pathlib import Path
from typing import Callable

from ..protocol.codec import encode
from ..protocol.messages import BACKGROUND, BACKGROUND_LOG, MAX_FRAME_BYTES, Output

MAX_LOG_BYTES = 4 * 1024**3  # text past it is dropped: a runaway print must not fill the disk
MAX_WAITING_BYTES = 16 * 1024**2  # frames that a full disk did not take; more text is dropped
_RECENT = 1000  # ids that are known even if their logs are taken away
_EXECUTION_ID = re.compile(r"[0-9a-f]{1,64}")
_LENGTH = struct.Struct(">I")
_logger = logging.getLogger("capsule.worker")


class Log:
    """One append-only file of frames."""

    def __init__(self, path: Path, *, name: str, new: bool, limit_bytes: int = MAX_LOG_BYTES) -> None:
        """Raises FileExistsError where it must be new and is not."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | (os.O_EXCL if new else 0)
        self._fd = os.open(path, flags, 0o600)
        self._name = name
        self._limit_bytes = limit_bytes
        self._waiting = bytearray()
        self._writing = self._failed = self._full = False
        self._written = self.end = 0 if new else self._drop_torn_tail()

    @property
    def stalled(self) -> bool:
        """Whether frames wait that the disk did not take."""
        return bool(self._waiting)

    def append(self, frames: bytes) -> None:
        """Write frames behind what waits already; what cannot be written waits.

        Called from within itself (an object's __del__ that prints), it leaves the frames to the outer call.
        """
        self._waiting += frames
        if self._writing:
            return
        self._writing = True
        try:
            while self._waiting:
                written = os.write(self._fd, self._waiting)
                del self._waiting[:written]
                self._written += written
            self.end = self._written
        except OSError as error:
            if not self._failed:
                _logger.warning("output of %s waits in memory: %s", self._name, error)
            self._failed = True
        finally:
            self._writing = False

    def append_text(self, frames: bytes) -> None:
        """As append, but dropped with one visible line where there is no room."""
        if self.end < self._limit_bytes and len(self._waiting) < MAX_WAITING_BYTES:
            self._full = False
            self.append(frames)
        elif not self._full:
            self._full = True
            notice = "\n[output is dropped from here on: there is no room to keep it]\n"
            self.append(encode(Output(execution_id=self._name, stream="stderr", text=notice)))

    def touch(self) -> None:
        """Its modification time is now: so long the execution lived, even if it prints nothing and then dies."""
        with contextlib.suppress(OSError):
            os.utime(self._fd)

    def close(self) -> None:
        os.close(self._fd)

    def _drop_torn_tail(self) -> int:
        """The end of the last whole frame; what a killed worker left of one behind it is cut off."""
        size, end = os.fstat(self._fd).st_size, 0
        while len(head := os.pread(self._fd, _LENGTH.size, end)) == _LENGTH.size:
            (length,) = _LENGTH.unpack(head)
            if length > MAX_FRAME_BYTES or end + _LENGTH.size + length > size:
                break
            end += _LENGTH.size + length
        os.ftruncate(self._fd, end)
        return end


class Logs:
    """Every log of this worker; told says (execution_id, end) after each append."""

    def __init__(self, told: Callable[[str, int], None]) -> None:
        self._told = told
        self._directory: Path | None = None
        self._background: Log | None = None
        self._running: tuple[str, Log] | None = None
        self._ends: dict[str, int] = {}
        self._recent: dict[str, None] = {}
        self.moved = 0  # appends so far: who waits for the writer sees by it that something moves

    def adopt(self, directory: Path) -> None:
        """From now on logs are made in directory; said again for the same one, nothing changes."""
        if directory == self._directory:
            return
        background = Log(directory / BACKGROUND_LOG, name=BACKGROUND, new=False)
        if self._background is not None:
            self._background.close()
        self._directory, self._background = directory, background
        self._ends[BACKGROUND] = background.end

    def ends(self) -> dict[str, int]:
        """How far they reach: of the execution that runs, the last that ended, and the background."""
        return dict(self._ends)

    def knows(self, execution_id: str) -> bool:
        """Whether an execution of this id ran, here or in an earlier worker of the same notebook."""
        return execution_id in self._recent or (
            self._directory is not None and (self._directory / f"{execution_id}.log").exists()
        )

    def begin(self, execution_id: str) -> None:
        """Make an execution's log.  Raises FileExistsError where it ran before, OSError where none can be made."""
        if self._directory is None or not _EXECUTION_ID.fullmatch(execution_id):
            raise OSError(f"no log can be made for execution {execution_id!r}")
        log = Log(self._directory / f"{execution_id}.log", name=execution_id, new=True)
        self._running = (execution_id, log)
        self._ends[execution_id] = 0
        self._recent[execution_id] = None
        if len(self._recent) > _RECENT:
            del self._recent[next(iter(self._recent))]

    def append(self, execution_id: str, frames: bytes, *, text: bool = False) -> None:
        """To the running execution's own log, or to the background's when it is not the one that runs."""
        if self._running is not None and self._running[0] == execution_id:
            self._append_to(*self._running, frames, text=text)
        elif self._background is not None:
            self._append_to(BACKGROUND, self._background, frames, text=text)
        # else no notebook is there yet: start-up files may print, to nobody

    def stalled(self) -> bool:
        """Whether the running execution's log waits for the disk, after one more try."""
        if self._running is not None:
            self._append_to(*self._running, b"")
        return self._running is not None and self._running[1].stalled

    def touch(self) -> None:
        if self._running is not None:
            self._running[1].touch()

    def end(self, frames: bytes) -> bool:
        """Append the running execution's last frame and close its log; False where the disk did not take it."""
        if self._running is None:
            return False
        (name, log), self._running = self._running, None
        self._append_to(name, log, frames)
        self._ends = {each: end for each, end in self._ends.items() if each in (BACKGROUND, name)}
        log.close()
        return not log.stalled

    def _append_to(self, name: str, log: Log, frames: bytes, *, text: bool = False) -> None:
        self.moved += 1
        if text:
            log.append_text(frames)
        else:
            log.append(frames)
        if log.end != self._ends[name]:
            self._ends[name] = log.end
            self._told(name, log.end)

    def forget_files(self) -> None:
        """In a forked child: its copies of the files go, and nothing it does reaches them."""
        for log in (self._background, self._running[1] if self._running else None):
            if log is not None:
                log.close()
        self._background = self._running = self._directory = None
