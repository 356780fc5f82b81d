from __future__ import annotations

import msgpack
import pytest

from engine.protocol import codec
from engine.protocol.codec import MAX_OPEN_GROUPS, CodecError, Decoder, UnknownType, encode
from engine.protocol.framing import FrameReader
from engine.protocol.messages import (
    MAX_FRAME_BYTES,
    CheckpointReport,
    Display,
    Message,
    Output,
    Shutdown,
    VariableNote,
)


def body(**fields: object) -> bytes:
    packed: bytes = msgpack.packb({"id": "i", "timestamp": 1.0, **fields})
    return packed


def part(**fields: object) -> bytes:
    return body(**{"type": "Part", "group": "g", "index": 0, "count": 2, "data": b"x", **fields})


def decoded(data: bytes) -> list[Message]:
    decoder = Decoder()
    joined = (decoder.decode(one) for one in FrameReader().feed(data))
    return [message for message in joined if message is not None]


def test_a_large_message_goes_in_parts_below_the_frame_limit() -> None:
    big = Display(execution_id="a", data={"image/png": "x" * 25_000_000}, metadata={})
    data = encode(big)
    assert all(len(one) <= MAX_FRAME_BYTES for one in FrameReader().feed(data))
    assert decoded(data) == [big]


def test_parts_of_two_messages_may_alternate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "PART_BYTES", 50)
    one, other = (Output(execution_id="a", stream="stdout", text=letter * 300) for letter in "ab")
    pieces = [list(FrameReader().feed(encode(message))) for message in (one, other)]
    decoder = Decoder()
    got = [decoder.decode(piece) for pair in zip(*pieces, strict=True) for piece in pair]
    assert [message for message in got if message is not None] == [one, other]


def test_a_message_over_the_limit_is_not_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "PART_BYTES", 10)
    monkeypatch.setattr(codec, "MAX_MESSAGE_BYTES", 100)
    with pytest.raises(CodecError, match="over the limit"):
        encode(Output(execution_id="a", stream="stdout", text="x" * 200))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"\xc1", "not msgpack"),
        (b"\x91" * 5000, "not msgpack"),
        (msgpack.packb([1]), "not a map"),
        (msgpack.packb({"id": "i"}), "no type"),
        (body(type=3), "no type"),
        (body(type="Ready", pid=1), "lacks"),
        (body(type="LogAt", execution_id=1, end_offset=1), "LogAt.execution_id: expected str, got int"),
        (body(type="LogAt", execution_id="a", end_offset=True), "expected int, got bool"),
        (body(type="Adopt", session_id="", working_directory="", log_directory="", outlives=1), "expected bool"),
        (body(type="QueryReply", request_id="", reply={1: 2}), "text keys"),
        (body(type="Page", execution_id="a", data=[]), "text keys"),
        (body(type="Traceback", execution_id="a", error_type="", message="", traceback="x"), "expected a list"),
        (body(type="CheckpointReport", request_id="", path="", size_bytes=1, variables=[1]), "variable's row"),
        (body(type="Heartbeat", memory_bytes=1, cpu_s="x", variables=1, running=""), "expected a number"),
    ],
)
def test_what_is_no_valid_message_says_what_is_wrong(value: bytes, words: str) -> None:
    with pytest.raises(CodecError, match=words):
        Decoder().decode(value)


def test_an_unknown_type_is_named_with_its_message_id() -> None:
    with pytest.raises(UnknownType) as caught:
        Decoder().decode(body(type="Comm"))
    assert (caught.value.type_name, caught.value.message_id) == ("Comm", "i")


def test_a_field_that_a_later_version_added_is_dropped() -> None:
    message = Decoder().decode(body(type="Shutdown", later=1))
    assert message == Shutdown(id="i", timestamp=1.0)


def test_a_field_with_a_default_may_be_missing() -> None:
    message = Decoder().decode(body(type="Display", execution_id="a", data={}, metadata={}))
    assert message == Display(id="i", timestamp=1.0, execution_id="a", data={}, metadata={})


def test_rows_of_a_report_come_back_as_rows() -> None:
    row = VariableNote(name="x", type_name="int", outcome="saved", size_bytes=3)
    report = CheckpointReport(request_id="r", path="p", size_bytes=3, variables=[row])
    assert decoded(encode(report)) == [report]


@pytest.mark.parametrize(
    ("bodies", "words"),
    [
        ([part(index=1)], "out of order"),
        ([part(), part()], "out of order"),
        ([part(count=0)], "out of order"),
        ([part(count=10**9)], "out of order"),
        ([part(group=str(n)) for n in range(MAX_OPEN_GROUPS + 1)], "at once"),
        ([part(data=part(count=1), count=1)], "a part holds a part"),
    ],
)
def test_parts_that_fit_nothing_are_refused(bodies: list[bytes], words: str) -> None:
    decoder = Decoder()
    with pytest.raises(CodecError, match=words):
        list(map(decoder.decode, bodies))


def test_parts_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MAX_MESSAGE_BYTES", codec.PART_BYTES * 3)
    decoder = Decoder()
    decoder.decode(part(data=bytes(codec.PART_BYTES * 2)))
    with pytest.raises(CodecError, match="over the limit"):
        decoder.decode(part(group="other", data=bytes(codec.PART_BYTES * 2)))


def test_a_finished_message_in_parts_frees_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "PART_BYTES", 50)
    monkeypatch.setattr(codec, "MAX_MESSAGE_BYTES", 2000)
    decoder = Decoder()
    for _ in range(10):
        pieces = FrameReader().feed(encode(Output(execution_id="a", stream="stdout", text="x" * 500)))
        assert [m for m in map(decoder.decode, pieces) if m is not None]


def test_text_with_lone_surrogates_survives() -> None:
    message = Output(execution_id="a", stream="stdout", text="\udcff")
    assert decoded(encode(message)) == [message]


def test_what_msgpack_cannot_hold_is_an_error_of_ours() -> None:
    with pytest.raises(CodecError, match="cannot be encoded"):
        encode(Display(execution_id="a", data={"x": object()}, metadata={}))
