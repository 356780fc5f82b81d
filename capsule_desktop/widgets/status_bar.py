"""The line at the bottom: what runs, what is kept, memory, and where the caret is.

Owns how it gives way in a narrow window: notes go whole, the last first, then the words of the memory's gauge are
shortened, then caret, gauge and the first note go; only what runs is ever elided.  Every word is a value from the
presenter, so that nothing is claimed here that is not true (invariant 9: shown means kept).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from capsule_desktop.widgets.dots import DOT_PX, DotState, StateDot
from capsule_desktop.widgets.elided_label import ElidedLabel
from capsule_desktop.widgets.memory_gauge import MemoryGauge, MemoryView
from capsule_desktop.widgets.palette import SPACE_PX, STATUS_PX, Palette

_BETWEEN_NOTES = "     "
_GAP_PX = SPACE_PX[4]  # between two parts of the line


@dataclass(frozen=True, kw_only=True)
class StatusView:
    """activity: "Running cell 6 of 9", "Idle".  notes: truths such as "Variables kept 14:02, after cell 12", the most
    important first.  caret: "Ln 3, Col 18" or ""."""

    activity: str = ""
    dot: DotState = DotState.NONE
    notes: tuple[str, ...] = ()
    memory: MemoryView | None = None
    caret: str = ""


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """What of the line is shown."""

    notes: int
    gauge: bool = True
    gauge_is_short: bool = False
    caret: bool = True


class StatusBar(QFrame):
    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status-bar")
        self.setFixedHeight(STATUS_PX)
        self.setAccessibleName("Status")
        self._view = StatusView()
        self._dot = StateDot(palette, self)
        self._activity = ElidedLabel(self)
        self._activity.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)  # see _fit()
        self._notes, self._caret = QLabel(self), QLabel(self)
        self._gauge = MemoryGauge(palette, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_PX[3], 0, SPACE_PX[4], 0)
        row.setSpacing(SPACE_PX[2])
        for widget in (self._dot, self._activity, self._notes):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self._gauge)
        row.addSpacing(SPACE_PX[2])
        row.addWidget(self._caret)
        for label in (self._notes, self._caret):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.set_status(StatusView())

    def set_status(self, view: StatusView) -> None:
        self._view = view
        self._dot.set_state(view.dot)
        self._dot.setVisible(view.dot is not DotState.NONE)
        self._activity.set_words(view.activity)
        self._gauge.set_memory(view.memory)
        self._caret.setText(view.caret)
        self._fit(self.width())

    def apply_palette(self, palette: Palette) -> None:
        self._dot.apply_palette(palette)
        self._gauge.apply_palette(palette)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, STATUS_PX)  # a long line gives way, it never holds the window wide

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(event.size().width())

    def _fit(self, width_px: int) -> None:
        """The fullest layout that has room, else the barest; the activity has what it needs, or what is left."""
        margins = self.contentsMargins()
        inset_px = SPACE_PX[3] + SPACE_PX[4] + margins.left() + margins.right()
        dot_px = DOT_PX + SPACE_PX[2] if self._view.dot is not DotState.NONE else 0
        room_px = width_px - inset_px - dot_px
        activity_px = self._px(self._view.activity) + 1
        layouts = list(self._layouts())
        fitting = (layout for layout in layouts if activity_px + self._others_px(layout) <= room_px)
        chosen = next(fitting, layouts[-1])
        self._show(chosen)
        self._activity.setFixedWidth(max(0, min(activity_px, room_px - self._others_px(chosen))))

    def _layouts(self) -> Iterator[_Layout]:
        count = len(self._view.notes)
        for notes in range(count, 0, -1):
            yield _Layout(notes=notes)
        if not count:
            yield _Layout(notes=0)
        for notes in (1, 0) if count else (0,):
            yield _Layout(notes=notes, gauge_is_short=True)
            yield _Layout(notes=notes, gauge_is_short=True, caret=False)
            yield _Layout(notes=notes, gauge=False, caret=False)

    def _others_px(self, layout: _Layout) -> int:
        notes = self._joined(layout.notes)
        parts = (
            self._px(notes),
            self._gauge.needed_px(short=layout.gauge_is_short) if layout.gauge else 0,
            self._px(self._view.caret) if layout.caret else 0,
        )
        return sum(part + _GAP_PX for part in parts if part)

    def _show(self, layout: _Layout) -> None:
        notes = self._joined(layout.notes)
        self._notes.setText(notes)
        self._notes.setVisible(bool(notes))
        self._notes.setContentsMargins(SPACE_PX[2], 0, 0, 0)
        self._gauge.set_short(layout.gauge_is_short)
        self._gauge.setVisible(layout.gauge and self._view.memory is not None)
        self._caret.setVisible(layout.caret and bool(self._view.caret))
        self.setToolTip(_BETWEEN_NOTES.join(self._view.notes) if layout.notes < len(self._view.notes) else "")

    def _joined(self, count: int) -> str:
        return _BETWEEN_NOTES.join(self._view.notes[:count])

    def _px(self, words: str) -> int:
        return self._notes.fontMetrics().horizontalAdvance(words)
