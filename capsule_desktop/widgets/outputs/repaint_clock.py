"""Says when to show what has come: at once after a rest, then at most every 33 ms.

Where showing is slow, it comes less often, so that at least half of the time is left to everything else.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

REPAINT_MS = 33  # thirty pictures a second; a flood painted more often starves the event loop


class RepaintClock(QObject):
    """`request` as often as you like; `due` comes as often as the eye needs."""

    due = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._wanted = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)

    @property
    def is_batching(self) -> bool:
        """Whether a request now would wait for the next time."""
        return self._timer.isActive()

    def request(self) -> None:
        if self.is_batching:
            self._wanted = True
        else:
            self._show()

    def _on_timeout(self) -> None:
        if self._wanted:
            self._show()

    def _show(self) -> None:
        self._wanted = False
        self._timer.start(REPAINT_MS)  # started first: what comes while it is shown is for the next time
        begin = time.perf_counter()
        self.due.emit()
        took_ms = round((time.perf_counter() - begin) * 1000)
        if 2 * took_ms > REPAINT_MS:
            self._timer.start(2 * took_ms)
