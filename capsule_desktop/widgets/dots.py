"""State dots: the small round mark beside a state's word, never without the word.

Owns which token of the palette a state has.  Called by the toolbar, the status bar, the sidebar's
lists; a dot is painted, not a glyph, so it is round in every font and at every scale.
"""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from capsule_desktop.widgets.palette import Palette
from capsule_desktop.widgets.values import CellState

DOT_PX = 8
_ICON_PX = 16  # a button's icon size: of any other, Qt would scale the dot
_ICON_SCALES = (1.0, 2.0, 3.0)


class DotState(StrEnum):
    NONE = "none"  # nothing is painted, its place stays
    READY = "ready"  # idle kernel, done cell
    RUNNING = "running"
    QUEUED = "queued"  # also: starting, no kernel yet, stopped by the user
    WAITING = "waiting"  # for the user's answer
    WARNING = "warning"  # stale, not answering
    ERROR = "error"  # failed, lost, dead


def dot_of(state: CellState) -> DotState:
    match state:
        case CellState.NEVER_RUN:
            return DotState.NONE
        case CellState.QUEUED | CellState.STOPPED:
            return DotState.QUEUED
        case CellState.RUNNING:
            return DotState.RUNNING
        case CellState.DONE:
            return DotState.READY
        case CellState.WAITING:
            return DotState.WAITING
        case CellState.ERROR | CellState.LOST:
            return DotState.ERROR
    assert_never(state)


def dot_colour(state: DotState, palette: Palette) -> str:
    """The colour as #RRGGBB; "" for no dot."""
    match state:
        case DotState.NONE:
            return ""
        case DotState.READY:
            return palette.done
        case DotState.RUNNING:
            return palette.accent
        case DotState.QUEUED:
            return palette.queued_dot
        case DotState.WAITING:
            return palette.waiting
        case DotState.WARNING:
            return palette.stale
        case DotState.ERROR:
            return palette.error
    assert_never(state)


def paint_dot(painter: QPainter, centre: QPointF, state: DotState, palette: Palette) -> None:
    colour = dot_colour(state, palette)
    if not colour:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(centre, DOT_PX / 2, DOT_PX / 2)
    painter.restore()


def dot_icon(state: DotState, palette: Palette) -> QIcon:
    """A dot as the icon of a button; a null icon for no dot."""
    result = QIcon()
    if state is DotState.NONE:
        return result
    for scale in _ICON_SCALES:
        pixmap = QPixmap(QSize(_ICON_PX, _ICON_PX) * scale)
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_dot(painter, QPointF(_ICON_PX / 2, _ICON_PX / 2), state, palette)
        painter.end()
        result.addPixmap(pixmap)
    return result


class StateDot(QWidget):
    """A dot that stands beside a label; screen readers read the label."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = palette
        self._state = DotState.NONE
        self.setFixedSize(DOT_PX, DOT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_state(self, state: DotState) -> None:
        if state != self._state:
            self._state = state
            self.update()

    def apply_palette(self, palette: Palette) -> None:
        self._tokens = palette
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_dot(QPainter(self), QPointF(self.width() / 2, self.height() / 2), self._state, self._tokens)
