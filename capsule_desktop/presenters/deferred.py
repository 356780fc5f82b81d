"""What changes for a moment only is not shown: a run of 5 ms leaves no flicker and costs no paint.

Holds the showing of passing states (queued, running, outputs cleared) for DELAY_MS, and forgets it when
the state that stays came meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, QTimer

DELAY_MS = 40  # shorter than what is seen as a delay, longer than a short cell takes


class Deferred(QObject):
    """One of a notebook; key names what is shown, and the last showing of a key counts."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: dict[Hashable, Callable[[], None]] = {}
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._show_all)

    def later(self, key: Hashable, show: Callable[[], None]) -> None:
        self._waiting[key] = show
        if not self._timer.isActive():
            self._timer.start()

    def now(self, key: Hashable, show: Callable[[], None]) -> None:
        self.drop(key)
        show()

    def drop(self, key: Hashable) -> bool:
        """Whether something waited under key; it is not shown any more."""
        return self._waiting.pop(key, None) is not None

    def _show_all(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for show in waiting.values():
            show()
