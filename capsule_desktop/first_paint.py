"""When a window has been painted: what is not needed for that is done afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import MutableMapping

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

TOLD_TO = "CAPSULE_SAY_PAINTED"  # a descriptor's number: who measures the start of the application leaves one open


def say_painted(environment: MutableMapping[str, str]) -> None:
    """The moment (time.perf_counter()), to whoever asked for it and may have gone; no child is to have their pipe."""
    asked = environment.pop(TOLD_TO, "")
    if asked.isdigit():
        with contextlib.suppress(OSError), os.fdopen(int(asked), "w", encoding="ascii") as told:
            print(time.perf_counter(), file=told)


class FirstPaint(QObject):
    """Watches window for the next paint that begins from now on."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        window.installEventFilter(self)
        window.update()

    async def ended(self) -> None:
        """Never, for a window that nobody can see."""
        await self._ended

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt paints a window and all that is in it in one go, so what is due next is due after the whole paint."""
        if watched is self._window and event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self, self._end)
        return False

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)
