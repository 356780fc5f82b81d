from __future__ import annotations

import asyncio

import pytest

from engine.errors import BrokenInvariant, PeerError, WorkerStartError
from engine.protocol.messages import PROTOCOL_VERSION, Attached, Refused
from engine.session.endings import EndReason
from engine.session.handshake import Handshake
from engine.session.unattachable import WorkerOfAnotherVersion, WorkerTaken
from tests.support.fake_worker import ready


def attached(version: int = PROTOCOL_VERSION) -> Attached:
    return Attached(protocol_version=version, pid=1, running="", log_ends={})


def never() -> asyncio.Future[EndReason]:
    return asyncio.get_running_loop().create_future()


async def test_attached_then_ready_complete_it() -> None:
    handshake, first, last = Handshake(), attached(), ready()
    assert handshake.note(first)
    assert handshake.note(last)
    assert await handshake.completed(never()) == first
    assert handshake.said_ready == last


async def test_what_comes_twice_or_too_early_counts_for_nothing() -> None:
    handshake = Handshake()
    assert not handshake.note(ready())
    with pytest.raises(BrokenInvariant):
        _ = handshake.said_ready
    assert handshake.note(attached())
    assert not handshake.note(attached())
    assert handshake.note(ready())
    assert not handshake.note(ready())


async def test_a_refusal_and_another_version_fail_it() -> None:
    for message, kind, words in (
        (Refused(reason="no"), PeerError, "refused: no"),
        (Refused(reason="another application is attached"), WorkerTaken, "Another application has"),
        (Refused(reason="this worker speaks protocol 2, the application 1"), WorkerOfAnotherVersion, "protocol 2"),
        (attached(99), WorkerOfAnotherVersion, "another version of Capsule Desktop .*protocol 99"),
    ):
        handshake = Handshake()
        assert not handshake.note(message)
        with pytest.raises(kind, match=words):
            await handshake.completed(never())


async def test_the_sessions_end_fails_it_with_the_last_words() -> None:
    ended = never()
    ended.set_result(EndReason(expected=False, words="it fell over"))
    with pytest.raises(WorkerStartError, match="it fell over"):
        await Handshake().completed(ended)
