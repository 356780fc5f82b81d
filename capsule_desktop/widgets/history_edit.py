"""A line edit that goes back through earlier lines with Up and Down, as a shell does.

What is being typed is kept while one looks at earlier lines, and comes back at the end of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget


class HistoryEdit(QLineEdit):
    def __init__(self, history: Sequence[str], parent: QWidget | None = None) -> None:
        """history: earlier lines, oldest first."""
        super().__init__(parent)
        self._history = tuple(history)
        self._place = len(self._history)  # one past the last: the line that is being typed
        self._typed = ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Up:
            self._go(self._place - 1)
        elif event.key() == Qt.Key.Key_Down:
            self._go(self._place + 1)
        else:
            super().keyPressEvent(event)

    def _go(self, place: int) -> None:
        if not 0 <= place <= len(self._history):
            return
        if self._place == len(self._history):
            self._typed = self.text()
        self._place = place
        self.setText(self._typed if place == len(self._history) else self._history[place])
