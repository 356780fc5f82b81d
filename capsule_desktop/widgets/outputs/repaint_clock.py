"""Says when to show what has come: at once after a rest, then at most every 33 ms."""

from __future__ import annotations

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
        self._timer.setInterval(REPAINT_MS)
        self._timer.timeout.connect(self._on_timeout)

    def request(self) -> None:
        if self._timer.isActive():
            self._wanted = True
            return
        self._timer.start()
        self.due.emit()

    def _on_timeout(self) -> None:
        if self._wanted:
            self._wanted = False
            self._timer.start()
            self.due.emit()
