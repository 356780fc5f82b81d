from __future__ import annotations

import struct

import pytest

from engine.protocol.framing import FrameReader, FramingError, frame
from engine.protocol.messages import MAX_FRAME_BYTES


def test_a_frame_is_its_big_endian_length_and_its_body() -> None:
    assert frame(b"abc") == b"\x00\x00\x00\x03abc"


def test_a_body_at_the_limit_passes_and_one_over_it_does_not() -> None:
    body = bytes(MAX_FRAME_BYTES)
    assert list(FrameReader().feed(frame(body))) == [body]
    with pytest.raises(FramingError, match="over the limit"):
        frame(body + b"x")


def test_a_length_over_the_limit_is_refused_before_its_body_comes() -> None:
    with pytest.raises(FramingError, match="over the limit"):
        list(FrameReader().feed(struct.pack(">I", MAX_FRAME_BYTES + 1)))


def test_frames_before_a_bad_one_are_given_first() -> None:
    frames = FrameReader().feed(frame(b"good") + b"\xff\xff\xff\xff")
    assert next(frames) == b"good"
    with pytest.raises(FramingError):
        next(frames)
