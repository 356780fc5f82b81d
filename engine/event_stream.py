"""The one event stream of a notebook: numbers what happened, joins floods of text, and is bounded.

The engine emits; one consumer iterates.  While more than TEXT_LIMIT characters of printed text wait, the
reading of the worker's log is paused (the log on disk holds the rest), so that neither memory nor the
window's loop suffers (invariant 13).
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from collections.abc import AsyncIterator, Callable

from engine.errors import BrokenInvariant
from engine.events import Event, TextPrinted

TEXT_LIMIT = 256 * 1024  # characters that may wait before reading is paused
JOINED_LIMIT = 64 * 1024  # characters of one event that adjacent pieces of a stream are joined into


class EventStream:
    """Facts in, one ordered iteration out.

    pause and resume stop and go on with what feeds the stream; both must be cheap and idempotent.
    """

    def __init__(
        self,
        notebook_id: str,
        *,
        pause: Callable[[], None] = lambda: None,
        resume: Callable[[], None] = lambda: None,
    ) -> None:
        self._notebook_id = notebook_id
        self._pause, self._resume = pause, resume
        self._waiting: deque[Event] = deque()
        self._text_size = 0
        self._sequence = 0
        self._arrived = asyncio.Event()
        self._consumed = False
        self._closed = False

    def emit(self, event: Event) -> None:
        """Append event; adjacent text of one stream of one execution becomes one event."""
        if self._closed:
            return
        if isinstance(event, TextPrinted):
            self._text_size += len(event.text)
            if self._join(event):
                return
        self._waiting.append(self._numbered(event))
        self._arrived.set()
        if self._text_size > TEXT_LIMIT:
            self._pause()

    def close(self) -> None:
        """No more events; the consumer ends after what still waits."""
        self._closed = True
        self._arrived.set()

    async def events(self) -> AsyncIterator[Event]:
        """Every event in order, once.  Raises BrokenInvariant for a second consumer."""
        if self._consumed:
            raise BrokenInvariant("an event stream has one consumer")
        self._consumed = True
        while True:
            while self._waiting:
                yield self._taken()
            if self._closed:
                return
            self._arrived.clear()
            await self._arrived.wait()

    def _join(self, event: TextPrinted) -> bool:
        last = self._waiting[-1] if self._waiting else None
        if (
            not isinstance(last, TextPrinted)
            or (last.execution_id, last.stream) != (event.execution_id, event.stream)
            or len(last.text) + len(event.text) > JOINED_LIMIT
        ):
            return False
        self._waiting[-1] = dataclasses.replace(last, text=last.text + event.text)
        return True

    def _numbered(self, event: Event) -> Event:
        self._sequence += 1
        return dataclasses.replace(event, notebook_id=self._notebook_id, sequence=self._sequence)

    def _taken(self) -> Event:
        event = self._waiting.popleft()
        if isinstance(event, TextPrinted):
            self._text_size -= len(event.text)
            if self._text_size <= TEXT_LIMIT // 2:
                self._resume()
        return event
