from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol import codec
from engine.protocol.codec import Decoder, encode
from engine.protocol.framing import FrameReader
from engine.protocol.messages import MESSAGE_TYPES, Message, Part
from tests.support import wire_messages


def decoded(data: bytes) -> list[Message]:
    decoder = Decoder()
    joined = (decoder.decode(body) for body in FrameReader().feed(data))
    return [message for message in joined if message is not None]


@pytest.mark.parametrize("kind", [kind for kind in MESSAGE_TYPES.values() if kind is not Part])
@given(data=st.data())
def test_every_message_comes_back_as_it_was_sent(kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(wire_messages.of_type(kind))
    assert decoded(encode(message)) == [message]


@given(st.lists(wire_messages.messages, max_size=4), st.integers(8, 60))
def test_messages_in_parts_come_back_whole_and_in_order(sent: list[Message], part_bytes: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "PART_BYTES", part_bytes)
        assert decoded(b"".join(map(encode, sent))) == sent
