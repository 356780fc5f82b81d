"""When a window has painted: the moment at which what a user waits for can be seen.

Qt paints every dirty widget of a window while it handles the window's UpdateRequest, and hands the
picture to the screen at its end.  PaintEnds handles that event in the window's place, so it knows both
moments: what was there before the painting was painted, and the time after it is the end of the paint.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

LIMIT_S = 30.0

Shown = Callable[[], bool]


class PaintEnds(QObject):
    """Watches one top-level window."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._waiting: list[tuple[Shown, asyncio.Future[float]]] = []
        self._observers: list[Callable[[float], None]] = []
        self._paints = False
        self._last_end = time.perf_counter()
        window.installEventFilter(self)

    def observe(self, observer: Callable[[float], None]) -> None:
        """Call observer with the time of every paint's end."""
        self._observers.append(observer)

    async def after(self, shown: Shown) -> float:
        """The end (time.perf_counter()) of the first paint before whose beginning shown() was true."""
        done: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting.append((shown, done))
        async with asyncio.timeout(LIMIT_S):
            return await done

    async def settled(self, quiet_s: float = 0.06) -> None:
        """Wait until nothing has been painted for quiet_s: a user does not press the next key while it still moves."""
        while time.perf_counter() - self._last_end < quiet_s:
            await asyncio.sleep(quiet_s / 4)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._window or event.type() != QEvent.Type.UpdateRequest or self._paints:
            return False
        ready = [done for shown, done in self._waiting if shown()]
        self._paints = True
        try:
            self._window.event(event)
        finally:
            self._paints = False
        end = self._last_end = time.perf_counter()
        for done in ready:
            if not done.done():
                done.set_result(end)
        self._waiting = [(shown, done) for shown, done in self._waiting if not done.done()]
        for observer in self._observers:
            observer(end)
        return True
