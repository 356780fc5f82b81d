"""Automatic checkpoints on their way to the disk: a thread that writes them, seals them and says so.

One is written at a time and one may wait; a newer one takes the place of that, which is then said to be skipped.
A seal is the HMAC-SHA256 of the file's bytes with the worker's token as its key: by it an application that was
not there knows that this worker wrote the file.  Keeps who says what in order; keeper.py gives and asks.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from ..protocol.capsule import LayoutError, Manifest, manifest_tail
from ..protocol.messages import DRAFT_SUFFIX, KEPT_SUFFIX, AutomaticCheckpoint
from .sealed_file import unwritten, write_sealed

OVERTAKEN = "the next cell ended before its turn to be written came"
_PIECE_BYTES = 1024 * 1024
_logger = logging.getLogger("capsule.worker")


@dataclass
class Captured:
    """A checkpoint in memory: all but its end, which the manifest makes.

    execution_ids: after which executions the variables were so; the file is named by the first.
    behind: what is to be said after it, of later executions.
    """

    directory: Path
    groups: io.BytesIO
    manifest: Manifest
    execution_ids: list[str]
    behind: list[AutomaticCheckpoint] = field(default_factory=list)

    def digest(self) -> bytes:
        """Of what it holds, without its name and time."""
        digest = hashlib.sha256(self.groups.getbuffer())
        digest.update(manifest_tail(replace(self.manifest, name="", created_at=0.0)))
        return digest.digest()


class SealedDrafts:
    """The thread and what it is given.  say: sends a message to the application, if there is one."""

    def __init__(self, token: bytes, say: Callable[[AutomaticCheckpoint], None]) -> None:
        self._token = token
        self._say = say
        self._changed = threading.Condition()
        self._waiting: Captured | None = None
        self._writing: Captured | None = None
        self._kept: AutomaticCheckpoint | None = None  # the last one given; None where it failed
        self._digest = b""  # of that
        self._last_kept: AutomaticCheckpoint | None = None
        self._last: AutomaticCheckpoint | None = None
        self._started = False

    def give(self, captured: Captured) -> None:
        """Write this one when its turn comes."""
        with self._changed:
            overtaken, self._waiting = self._waiting, None
            if overtaken is not None:
                for execution_id in overtaken.execution_ids:
                    self._tell_in_turn(skipped(execution_id, OVERTAKEN))
                for message in overtaken.behind:
                    self._tell_in_turn(message)
            self._waiting = captured
            self._changed.notify_all()
        if not self._started:
            self._started = True
            threading.Thread(target=self._work, name="capsule checkpoint", daemon=True).start()

    def is_as_before(self, execution_id: str) -> bool:
        """Nothing changed since the last one that was given: say so, or False where that is of no use."""
        with self._changed:
            last = self._waiting or self._writing
            if last is not None:
                last.execution_ids.append(execution_id)
                return True
            if self._kept is None or not _is_there(self._kept.path):
                return False
            self._tell(_after(self._kept, execution_id))
            return True

    def skip(self, execution_id: str, words: str) -> None:
        with self._changed:
            self._tell_in_turn(skipped(execution_id, words))

    def write_now(self, execution_id: str, directory: Path, fill: Callable[[BinaryIO], Manifest]) -> None:
        """On the calling thread, behind what is being written: fill makes all but the file's end.

        Raises what fill does; what becomes of the file is said.
        """
        self.finish()
        made = self._file_of(execution_id, directory, fill)
        with self._changed:
            self._tell(made)

    def finish(self, limit_s: float | None = None) -> None:
        """Wait until all that was given is written, and said; limit_s: for so long at most."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is None and self._writing is None, limit_s)

    def say_again(self) -> None:
        """To an application that has just come: the last that was kept, and the last that was skipped behind it."""
        with self._changed:
            for message in (self._last_kept, self._last):
                if message is not None and (message is self._last_kept or message.skipped):
                    self._say(message)

    def _tell_in_turn(self, message: AutomaticCheckpoint) -> None:
        before = self._waiting or self._writing
        if before is None:
            self._tell(message)
        else:
            before.behind.append(message)

    def _tell(self, message: AutomaticCheckpoint) -> None:
        self._last = message
        if not message.skipped:
            self._last_kept = message
        self._say(message)

    # --- the thread ---------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            self._write_next()  # what was captured is let go with its frame

    def _write_next(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None)
            captured, self._waiting = self._waiting, None
            self._writing = captured
        assert captured is not None  # it was waited for
        made = self._made_of(captured)
        with self._changed:
            self._writing = None
            self._kept = None if made.skipped else made
            for message in (*(_after(made, each) for each in captured.execution_ids), *captured.behind):
                self._tell(message)
            self._changed.notify_all()

    def _made_of(self, captured: Captured) -> AutomaticCheckpoint:
        try:
            digest = captured.digest()
        except LayoutError as error:
            return skipped(captured.execution_ids[0], str(error))
        if self._kept is not None and digest == self._digest and _is_there(self._kept.path):
            return self._kept
        self._digest = digest

        def fill(file: BinaryIO) -> Manifest:
            _write_pieces(file, captured.groups)
            return captured.manifest

        return self._file_of(captured.execution_ids[0], captured.directory, fill)

    def _file_of(self, execution_id: str, directory: Path, fill: Callable[[BinaryIO], Manifest]) -> AutomaticCheckpoint:
        path = directory / f"{execution_id}{DRAFT_SUFFIX}"
        try:
            manifest, seal, size_bytes = write_sealed(path, fill, self._token)
        except (OSError, LayoutError) as error:
            _logger.warning("execution %s: no automatic checkpoint: %s", execution_id, error)
            return skipped(execution_id, unwritten(error))
        left_out = sum(bool(row.reason) for row in manifest.variables)
        return AutomaticCheckpoint(
            execution_id=execution_id,
            path=str(path),
            size_bytes=size_bytes,
            seal=seal,
            variables=len(manifest.variables) - left_out,
            left_out=left_out,
        )


def skipped(execution_id: str, words: str) -> AutomaticCheckpoint:
    return AutomaticCheckpoint(
        execution_id=execution_id, path="", size_bytes=0, seal=b"", variables=0, left_out=0, skipped=words
    )


def _write_pieces(file: BinaryIO, memory: io.BytesIO) -> None:
    """A piece at a time: between two, other threads run."""
    view = memory.getbuffer()
    for start in range(0, view.nbytes, _PIECE_BYTES):
        file.write(view[start : start + _PIECE_BYTES])


def _after(made: AutomaticCheckpoint, execution_id: str) -> AutomaticCheckpoint:
    """The same file after a later execution, or the same reason."""
    if made.execution_id == execution_id:
        return made
    return AutomaticCheckpoint(
        execution_id=execution_id,
        path=made.path,
        size_bytes=made.size_bytes,
        seal=made.seal,
        variables=made.variables,
        left_out=made.left_out,
        skipped=made.skipped,
    )


def _is_there(path: str) -> bool:
    """As the draft, or under the name that the application gives one that it has taken over."""
    return os.path.exists(path) or os.path.exists(path[: -len(DRAFT_SUFFIX)] + KEPT_SUFFIX)
