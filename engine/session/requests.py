"""Requests to one worker that wait for their reply, found again by the request's id.

Bounded by MAX_OPEN_REQUESTS: one more is refused.  An entry goes when it is answered, refused, timed
out or cancelled, and all go when the session ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from engine.errors import PeerError
from engine.protocol.messages import CheckpointReport, Error, Message, QueryReply, RestoreReport

MAX_OPEN_REQUESTS = 256

Reply = CheckpointReport | RestoreReport | QueryReply


class RequestTimedOut(PeerError):
    """The worker did not answer in time; a late answer is ignored."""


class Requests:
    def __init__(self) -> None:
        self._open: dict[str, asyncio.Future[Reply]] = {}
        self._over: str = ""  # why nothing is answered any more

    def __len__(self) -> int:
        return len(self._open)

    async def ask(self, message: Message, send: Callable[[Message], Awaitable[None]], limit_s: float | None) -> Reply:
        """Send message and wait for its reply.  Raises PeerError: refused, timed out, or the session ended."""
        if self._over:
            raise PeerError(self._over)
        if len(self._open) >= MAX_OPEN_REQUESTS:
            raise PeerError(f"The worker has {MAX_OPEN_REQUESTS} questions to answer already.")
        answered: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._open[message.id] = answered
        try:
            await send(message)
            async with asyncio.timeout(limit_s):
                return await answered
        except TimeoutError as error:
            raise RequestTimedOut(f"The worker did not answer within {limit_s:g} s.") from error
        finally:
            del self._open[message.id]

    def settle(self, message: Message) -> None:
        """Hand message to whoever asked for it; nothing where nobody (any longer) does."""
        match message:
            case CheckpointReport(request_id=request_id) | RestoreReport(request_id=request_id):
                self._answer(request_id, message)
            case QueryReply(request_id=request_id):
                self._answer(request_id, message)
            case Error(request_id=request_id) if request_id:
                self._fail(request_id, message.message)
            case _:
                pass

    def end(self, words: str) -> None:
        """The session is over: nothing that waits is answered any more."""
        self._over = words
        for request_id in list(self._open):
            self._fail(request_id, words)

    def _answer(self, request_id: str, reply: Reply) -> None:
        waiting = self._open.get(request_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)

    def _fail(self, request_id: str, words: str) -> None:
        waiting = self._open.get(request_id)
        if waiting is not None and not waiting.done():
            waiting.set_exception(PeerError(words))
            waiting.exception()  # seen: its asker may have been cancelled in the same turn
