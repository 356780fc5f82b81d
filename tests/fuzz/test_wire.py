"""Garbage on the wire or in a log yields a protocol error, and nothing else."""

from __future__ import annotations

import contextlib

import msgpack
from hypothesis import example, given
from hypothesis import strategies as st

from engine.protocol.codec import CodecError, Decoder, encode
from engine.protocol.framing import FrameReader, FramingError, frame
from engine.protocol.messages import MESSAGE_TYPES, Message, Shutdown
from tests.support import wire_messages


def read(data: bytes) -> list[Message]:
    """What a link makes of data, up to the first protocol error."""
    decoder, got = Decoder(), []
    with contextlib.suppress(FramingError, CodecError):
        for body in FrameReader().feed(data):
            message = decoder.decode(body)
            if message is not None:
                got.append(message)
    return got


@given(st.binary(max_size=500))
def test_any_bytes(data: bytes) -> None:
    read(data)


@given(st.binary(max_size=500))
@example(b"\x91" * 5000)  # nested deeper than a stack goes
@example(b"\x81" * 5000)
@example(b"\xdf\xff\xff\xff\xff")  # a map that says it has four billion entries
@example(b"\xc6\xff\xff\xff\xff")
@example(b"\x81\x91\x01\x02")  # a key that no dict takes
@example(b"\xd7\xff" + b"\xff" * 8)  # a time that cannot be
def test_any_body_in_a_frame(body: bytes) -> None:
    read(frame(body))


@given(wire_messages.messages, st.data())
def test_a_message_with_bytes_changed(message: Message, data: st.DataObject) -> None:
    stream = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 4))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(stream))


@given(wire_messages.messages, st.data())
def test_a_message_cut_off_and_followed_by_another(message: Message, data: st.DataObject) -> None:
    stream = encode(message)
    read(stream[: data.draw(st.integers(0, len(stream)))] + encode(Shutdown()))


keys = st.sampled_from(sorted({f for kind in MESSAGE_TYPES.values() for f in kind.__dataclass_fields__}))


@given(st.sampled_from(sorted(MESSAGE_TYPES)), st.dictionaries(keys | st.text(max_size=5), wire_messages.json_values))
def test_fields_of_the_wrong_type_or_missing(name: str, fields: dict[str, object]) -> None:
    packed: bytes = msgpack.packb({**fields, "type": name}, unicode_errors="surrogatepass")
    read(frame(packed))
