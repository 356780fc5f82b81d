"""The first words on a connection: Attach is answered by Attached or Refused, then comes Ready."""

from __future__ import annotations

import asyncio
import re
from typing import assert_never

from engine.errors import BrokenInvariant, PeerError, WorkerStartError
from engine.protocol.messages import PROTOCOL_VERSION, Attached, Ready, Refused
from engine.session.endings import EndReason
from engine.session.unattachable import of_another_version, taken

# what workers say in Refused: part of the protocol, since an older or newer worker says the same
_TAKEN = "another application is attached"
_OTHER_VERSION = re.compile(r"this worker speaks protocol (\d{1,9})\b")


class Handshake:
    """Completed once; what comes twice, or in the wrong order, counts for nothing."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._attached: asyncio.Future[Attached] = loop.create_future()
        self._ready: asyncio.Future[Ready] = loop.create_future()

    @property
    def said_ready(self) -> Ready:
        """Raises BrokenInvariant before the worker was ready."""
        if not self._ready.done():
            raise BrokenInvariant("the worker is not ready yet")
        return self._ready.result()

    def note(self, message: Attached | Refused | Ready) -> bool:
        """Take one of the handshake's messages; whether it brought the handshake on."""
        match message:
            case Attached(protocol_version=version) if version != PROTOCOL_VERSION:
                return self._fail(of_another_version(version, PROTOCOL_VERSION))
            case Attached() if not self._attached.done():
                self._attached.set_result(message)
                return True
            case Ready() if self._attached.done() and not self._ready.done():
                self._ready.set_result(message)
                return True
            case Refused(reason=reason):
                return self._fail(_refusal(reason))
            case Attached() | Ready():
                return False
        assert_never(message)

    async def completed(self, session_ended: asyncio.Future[EndReason]) -> Attached:
        """Wait for both.

        Raises PeerError (refused; unattachable.py names the kinds), WorkerStartError with its last words (the
        session ended).
        """
        for step in (self._attached, self._ready):
            await asyncio.wait((step, session_ended), return_when=asyncio.FIRST_COMPLETED)
            if not step.done():
                raise WorkerStartError(session_ended.result().words)
            step.result()
        return self._attached.result()

    def _fail(self, error: PeerError) -> bool:
        if not self._attached.done():
            self._attached.set_exception(error)
            self._attached.exception()  # seen: whoever waited may have been cancelled in the same turn
        return False


def _refusal(reason: str) -> PeerError:
    if reason == _TAKEN:
        return taken()
    if version := _OTHER_VERSION.match(reason):
        return of_another_version(int(version[1]), PROTOCOL_VERSION)
    return PeerError(f"Python refused: {reason}")
