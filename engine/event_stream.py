"""The one event stream of a notebook: numbers what happened, joins floods of text, and is bounded.

The engine emits; one consumer iterates.  While more than WAITING_LIMIT characters wait, the reading of the
worker's log is paused (the log on disk holds the rest), so that neither memory nor the window's loop
suffers (invariant 13).  What does not come from a log is little: of heartbeats the latest alone waits.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable

from engine.errors import BrokenInvariant
from engine.events import DisplayShown, DisplayUpdated, Event, KernelHealth, PageShown, TextPrinted, TracebackShown

WAITING_LIMIT = 256 * 1024  # characters that may wait before reading is paused
EVENT_SIZE = 64  # what an event counts beside its text, so that many small ones are bounded too
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
        self._size = 0
        self._sequence = 0
        self._arrived = asyncio.Event()
        self._consumed = False
        self._closed = False

    def emit(self, event: Event) -> None:
        """Append event; adjacent text of one stream of one execution becomes one event, adjacent heartbeats too."""
        if self._closed:
            return
        if not self._join(event):
            self._waiting.append(self._numbered(event))
            self._size += _size(event)
            self._arrived.set()
        if self._size > WAITING_LIMIT:
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

    def _join(self, event: Event) -> bool:
        """Whether event went into the one that waits last."""
        last = self._waiting[-1] if self._waiting else None
        together = joined(last, event)
        if last is None or together is None:
            return False
        self._waiting[-1] = together
        self._size += _size(together) - _size(last)
        return True

    def _numbered(self, event: Event) -> Event:
        self._sequence += 1
        return dataclasses.replace(event, notebook_id=self._notebook_id, sequence=self._sequence)

    def _taken(self) -> Event:
        event = self._waiting.popleft()
        self._size -= _size(event)
        if self._size <= WAITING_LIMIT // 2:
            self._resume()
        return event


def joined(last: Event | None, event: Event) -> Event | None:
    """What last and the event behind it are as one, with last's number; None where each stands for itself."""
    match last, event:
        case TextPrinted(), TextPrinted() if _follows(last, event):
            return dataclasses.replace(last, text=last.text + event.text)
        case KernelHealth(), KernelHealth():
            return dataclasses.replace(event, notebook_id=last.notebook_id, sequence=last.sequence)
        case _:
            return None


def _follows(last: TextPrinted, event: TextPrinted) -> bool:
    same_place = (last.execution_id, last.stream) == (event.execution_id, event.stream)
    # each piece of the background log says where it ends: a notebook may have some of them already
    is_of_one_log = last.background_end == event.background_end
    return same_place and is_of_one_log and len(last.text) + len(event.text) <= JOINED_LIMIT


def _size(event: Event) -> int:
    """Roughly the characters that an event holds."""
    match event:
        case TextPrinted(text=text):
            return EVENT_SIZE + len(text)
        case DisplayShown(data=data) | DisplayUpdated(data=data) | PageShown(data=data):
            return EVENT_SIZE + _length(data.values())
        case TracebackShown(message=message, traceback=lines):
            return EVENT_SIZE + len(message) + _length(lines)
        case _:
            return EVENT_SIZE


def _length(values: Iterable[object]) -> int:
    return sum(len(value if isinstance(value, str) else repr(value)) for value in values)
