"""One output log, read on from where it was: bytes of the file to messages.

Owned by the link, which says how far the log is valid.  Reads are bounded slices with pread from the
page cache; the file is the worker's and stays as it is.  Whatever is not a log of ours is a PeerError.
"""

from __future__ import annotations

import os
import re
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from engine.errors import PeerError
from engine.file_system import BINARY, NO_FOLLOW, NO_WAIT, read_at
from engine.protocol.codec import CodecError, Decoder, UnknownType
from engine.protocol.framing import FrameReader, FramingError, frame
from engine.protocol.messages import BACKGROUND, BACKGROUND_LOG, MAX_FRAME_BYTES, Message

_LENGTH = struct.Struct(">I")
FRAME_HEADER_BYTES = len(frame(b""))
_WINDOW_BYTES = 64 * 1024  # read at once where only the frames' lengths are wanted
SLICE_BYTES = 256 * 1024  # read at once; more would hold up the loop between two looks at the clock
_EXECUTION_ID = re.compile(r"[0-9a-f]{1,64}")  # hex alone: what a peer names becomes part of a path


def is_log_id(log_id: str) -> bool:
    """Whether a worker may have a log of that name."""
    return log_id == BACKGROUND or _EXECUTION_ID.fullmatch(log_id) is not None


class Span(NamedTuple):
    """Where the body of a frame is in its log, in bytes."""

    start: int
    length: int


def frame_spans(descriptor: int) -> Iterator[Span]:
    """The whole frames of an open log, as it is now; ends before the first that is none."""
    size, at, window, window_at = os.fstat(descriptor).st_size, 0, b"", 0
    while at + FRAME_HEADER_BYTES <= size:
        if at + FRAME_HEADER_BYTES > window_at + len(window):
            window, window_at = read_at(descriptor, _WINDOW_BYTES, at), at
            if len(window) < FRAME_HEADER_BYTES:
                return
        (length,) = _LENGTH.unpack_from(window, at - window_at)
        at += FRAME_HEADER_BYTES
        if length > MAX_FRAME_BYTES or at + length > size:
            return
        yield Span(at, length)
        at += length


def whole_frames_end(path: Path) -> int:
    """Bytes of whole frames at the beginning of a log, 0 where there is none; blocks for as long as it has frames.

    Raises PeerError where it cannot be read.
    """
    try:
        descriptor = open_log(path)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        return max((span.start + span.length for span in frame_spans(descriptor)), default=0)
    finally:
        os.close(descriptor)


def open_log(path: Path) -> int:
    """A descriptor of a log, for reading.  Raises OSError, and PeerError where it is no plain file."""
    descriptor = os.open(path, os.O_RDONLY | BINARY | NO_FOLLOW | NO_WAIT)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise PeerError(f"The output log {path.name} is no plain file.")
    return descriptor


def _unreadable(path: Path, error: OSError) -> PeerError:
    return PeerError(f"The output log {path.name} cannot be read: {error.strerror or error}.")


def log_path(directory: Path, log_id: str) -> Path:
    """Where the log of an execution (or "background") is.  Raises PeerError at what is no such id."""
    if log_id == BACKGROUND:
        return directory / BACKGROUND_LOG
    if not is_log_id(log_id):
        raise PeerError(f"The worker named a log that cannot be: {log_id[:80]!r}.")
    return directory / f"{log_id}.log"


class LogReader:
    """Reads one log in slices.  offset: how many bytes of it were read, which may end within a frame."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset
        self.settled_offset = offset  # where another reader may start, so that nothing is lost or doubled
        self._given_offset = offset
        self._taken_offset = offset
        self.unknown_types: set[str] = set()  # of a newer worker; skipped, since they only add
        self._frames = FrameReader()
        self._decoder = Decoder()
        self._descriptor: int | None = None

    def settle(self) -> None:
        """The message that read() gave last was dealt with: another reader need not see it again."""
        self.settled_offset = self._given_offset

    def size(self) -> int:
        """Bytes in the file now; 0 where the worker has not made it.  Raises PeerError where it cannot be read."""
        try:
            return os.fstat(self._open()).st_size
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def read(self, end: int) -> Iterator[Message]:
        """The messages that the next slice completes, no further than end.

        Raises PeerError where the file ends before, or where it holds something else than messages.
        """
        wanted = min(SLICE_BYTES, end - self.offset)
        try:
            data = read_at(self._open(), wanted, self.offset)
        except OSError as error:
            raise _unreadable(self.path, error) from error
        if not data:
            raise PeerError(f"The output log {self.path.name} ends before what the worker said.")
        self.offset += len(data)
        return self._messages(data)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _messages(self, data: bytes) -> Iterator[Message]:
        try:
            for body in self._frames.feed(data):
                self._taken_offset += FRAME_HEADER_BYTES + len(body)
                try:
                    message = self._decoder.decode(body)
                except UnknownType as error:
                    self.unknown_types.add(error.type_name)
                    continue
                if message is not None:
                    self._given_offset = self._taken_offset
                    yield message
        except (FramingError, CodecError) as error:
            raise PeerError(f"The output log {self.path.name} holds what is no message: {error}.") from error

    def _open(self) -> int:
        if self._descriptor is None:
            self._descriptor = open_log(self.path)
        return self._descriptor
