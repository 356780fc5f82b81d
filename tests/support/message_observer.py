"""Watches a session's messages through an interceptor; the only way in which a test may see them.

What came is kept, so that waiting for what has come already returns at once: no test has to sleep, and
none opens a second reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from engine.protocol.messages import CheckpointReport, Message, Ready


class Observable(Protocol):
    def add_message_interceptor(self, interceptor: Callable[[Message], None]) -> None: ...
    def remove_message_interceptor(self, interceptor: Callable[[Message], None]) -> None: ...


class MessageObserver:
    """`with MessageObserver(session) as seen: ...; await seen.message(Result)`"""

    def __init__(self, session: Observable) -> None:
        self._session = session
        self._changed = asyncio.Event()
        self.messages: list[Message] = []

    def __enter__(self) -> Self:
        self._session.add_message_interceptor(self._observe)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._session.remove_message_interceptor(self._observe)

    async def message[M: Message](self, kind: type[M], such: Callable[[M], bool] = lambda _: True) -> M:
        """The first message of that kind for which such holds, whether it came already or is to come."""
        seen = 0
        while True:
            while seen < len(self.messages):
                message = self.messages[seen]
                seen += 1
                if isinstance(message, kind) and such(message):
                    return message
            self._changed.clear()
            await self._changed.wait()

    async def ready(self) -> Ready:
        return await self.message(Ready)

    async def checkpoint_report(self, request_id: str) -> CheckpointReport:
        return await self.message(CheckpointReport, lambda report: report.request_id == request_id)

    def all_of[M: Message](self, kind: type[M]) -> list[M]:
        """What has come of that kind so far."""
        return [message for message in self.messages if isinstance(message, kind)]

    def _observe(self, message: Message) -> None:
        self.messages.append(message)
        self._changed.set()
