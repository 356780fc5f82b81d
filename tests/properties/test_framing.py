from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.protocol.framing import FrameReader, frame

bodies = st.lists(st.binary(max_size=200), max_size=10)


@given(bodies, st.data())
def test_frames_in_any_pieces_give_what_the_whole_gives(sent: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(map(frame, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    edges = [0, *cuts, len(stream)]
    reader = FrameReader()
    got = [body for start, end in pairwise(edges) for body in reader.feed(stream[start:end])]
    assert got == sent
    assert reader.pending_bytes == 0


@given(bodies)
def test_frames_byte_by_byte_give_what_the_whole_gives(sent: list[bytes]) -> None:
    stream = b"".join(map(frame, sent))
    reader = FrameReader()
    assert [body for n in range(len(stream)) for body in reader.feed(stream[n : n + 1])] == sent


@given(bodies, st.binary(min_size=1, max_size=50))
def test_what_is_left_of_an_unfinished_frame_is_counted(sent: list[bytes], last: bytes) -> None:
    reader = FrameReader()
    whole = list(reader.feed(b"".join(map(frame, sent)) + frame(last)[:-1]))
    assert whole == sent
    assert reader.pending_bytes == len(frame(last)) - 1
