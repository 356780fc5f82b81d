"""Length-prefixed frames, sans-IO: bytes in, frame bodies out.

A frame is a 4-byte big-endian length and that many bytes.  Used for the control socket and for
output logs alike, so that one reader serves both.  Garbage yields FramingError and nothing else.
"""

from __future__ import annotations

import struct
from typing import Iterator

from .messages import MAX_FRAME_BYTES

_LENGTH = struct.Struct(">I")


class FramingError(Exception):
    """The bytes are not frames of ours; nothing after them can be trusted."""


def frame(body: bytes) -> bytes:
    """One frame around body.  Raises FramingError where body is over MAX_FRAME_BYTES."""
    if len(body) > MAX_FRAME_BYTES:
        raise FramingError(f"a frame of {len(body)} bytes is over the limit of {MAX_FRAME_BYTES}")
    return _LENGTH.pack(len(body)) + body


class FrameReader:
    """Takes bytes in any pieces and gives frame bodies; holds at most one unfinished frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending_bytes(self) -> int:
        """Bytes of an unfinished frame; 0 at a clean end."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The bodies that data completes.  Raises FramingError at a length over MAX_FRAME_BYTES."""
        self._buffer += data
        start = 0
        try:
            while len(self._buffer) - start >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(self._buffer, start)
                if length > MAX_FRAME_BYTES:
                    raise FramingError(f"a frame of {length} bytes is announced, over the limit of {MAX_FRAME_BYTES}")
                end = start + _LENGTH.size + length
                if end > len(self._buffer):
                    break
                body = bytes(memoryview(self._buffer)[start + _LENGTH.size : end])
                start = end
                yield body
        finally:
            del self._buffer[:start]
