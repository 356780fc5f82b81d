"""The engine's event stream as a Qt signal: the one place where the two meet.

A notebook's presenter owns one.  The consumer yields to the loop every SLICE_S, so that a flood of
events cannot keep the window from painting and from taking keys.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from PySide6.QtCore import QObject, Signal

from engine.events import Event

SLICE_S = 0.004  # what may be handled before the loop gets a turn: half of a 120 Hz frame


class EventSignals(QObject):
    """Emits event_occurred(Event) for everything that happens in one notebook, in order."""

    event_occurred = Signal(object)

    async def forward(self, events: AsyncIterator[Event]) -> None:
        """Run until the stream ends; a task of the presenter's owner."""
        slice_end = time.perf_counter() + SLICE_S
        async for event in events:
            self.event_occurred.emit(event)
            if time.perf_counter() > slice_end:
                await asyncio.sleep(0)
                slice_end = time.perf_counter() + SLICE_S
