"""The line at the bottom: what runs, what is kept, memory, and where the caret is.

Owns the layout only; every word is a value from the presenter, so that nothing is claimed here
that is not true (invariant 9: shown means kept).
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from capsule_desktop.widgets.dots import DotState, StateDot
from capsule_desktop.widgets.palette import SPACE_PX, STATUS_PX, Palette

_NOTES_FROM_PX = 720  # below this width the notes go: activity, memory and caret are what one looks for


@dataclass(frozen=True, kw_only=True)
class StatusView:
    """activity: "Running cell 6 of 9", "Idle".  notes: truths such as "All shown output is kept".
    memory: "Memory 3.1 of 16 GB" or "".  caret: "Ln 3, Col 18" or ""."""

    activity: str = ""
    dot: DotState = DotState.NONE
    notes: tuple[str, ...] = ()
    memory: str = ""
    caret: str = ""


class StatusBar(QFrame):
    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status-bar")
        self.setFixedHeight(STATUS_PX)
        self.setAccessibleName("Status")
        self._dot = StateDot(palette, self)
        self._activity, self._notes, self._memory, self._caret = (QLabel(self) for _ in range(4))
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_PX[3], 0, SPACE_PX[4], 0)
        row.setSpacing(SPACE_PX[2])
        row.addWidget(self._dot)
        row.addWidget(self._activity)
        row.addSpacing(SPACE_PX[2])
        row.addWidget(self._notes)
        row.addStretch(1)
        row.addWidget(self._memory)
        row.addSpacing(SPACE_PX[2])
        row.addWidget(self._caret)
        for label in (self._activity, self._notes, self._memory, self._caret):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.set_status(StatusView())

    def set_status(self, view: StatusView) -> None:
        self._dot.set_state(view.dot)
        self._dot.setVisible(view.dot is not DotState.NONE)
        self._activity.setText(view.activity)
        self._notes.setText("     ".join(view.notes))
        self._memory.setText(view.memory)
        self._caret.setText(view.caret)

    def apply_palette(self, palette: Palette) -> None:
        self._dot.apply_palette(palette)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, STATUS_PX)  # a long line is clipped, it never holds the window wide

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._notes.setVisible(event.size().width() >= _NOTES_FROM_PX)
