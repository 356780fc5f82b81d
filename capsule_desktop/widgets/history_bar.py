"""◀ 5 of 12 ▶ in the corner of a cell that ran before: steps through its runs.

Lies over the cell's box, so that nothing moves when it appears, and stays where it is while one steps.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QWidget

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.key_words import key_words
from capsule_desktop.widgets.values import HistoryView

_HEIGHT_PX = 22
_ARROW_PX = 22
_PADDING_PX = 2


class HistoryBar(QWidget):
    """Shows a HistoryView; asks to step by -1 or 1."""

    step_requested = Signal(int)

    def __init__(self, style: CellStyle, parent: QWidget) -> None:
        super().__init__(parent)
        self._style = style
        self._words = ""
        self._earlier = _Arrow(-1, f"Earlier run ({key_words(Action.EARLIER_RUN)})", style, self)
        self._later = _Arrow(1, f"Later run ({key_words(Action.LATER_RUN)})", style, self)
        self._earlier.clicked.connect(lambda: self.step_requested.emit(-1))
        self._later.clicked.connect(lambda: self.step_requested.emit(1))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setToolTip("Runs of this cell")

    def show_history(self, history: HistoryView) -> None:
        self._words = history.words
        self._earlier.setEnabled(history.has_earlier)
        self._later.setEnabled(history.has_later)
        self.setAccessibleName(f"Runs of this cell: {history.words}")
        self.update()

    def apply_style(self, style: CellStyle) -> None:
        self._style = style
        for arrow in (self._earlier, self._later):
            arrow.apply_style(style)

    def sizeHint(self) -> QSize:
        px = self._style.px
        words = QFontMetrics(self._style.label_font).horizontalAdvance(self._words)
        return QSize(words + 2 * px(_ARROW_PX) + 2 * px(_PADDING_PX), px(_HEIGHT_PX))

    def place(self, right: int, bottom: int) -> None:
        """Its lower right corner there."""
        size, arrow = self.sizeHint(), self._style.px(_ARROW_PX)
        self.setGeometry(right - size.width(), bottom - size.height(), size.width(), size.height())
        self._earlier.setGeometry(0, 0, arrow, size.height())
        self._later.setGeometry(size.width() - arrow, 0, arrow, size.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # beside an arrow is not in the cell

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self._style.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(palette.line), 1))
        painter.setBrush(QColor(palette.surface))
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setPen(QColor(palette.muted))
        painter.setFont(self._style.label_font)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._words)


class _Arrow(QAbstractButton):
    def __init__(self, direction: int, name: str, style: CellStyle, parent: QWidget) -> None:
        super().__init__(parent)
        self._direction = direction
        self._style = style
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def apply_style(self, style: CellStyle) -> None:
        self._style = style

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        event.accept()  # one that is off, too: a click too many must not go into the cell

    def paintEvent(self, event: QPaintEvent) -> None:
        palette, px = self._style.palette, self._style.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(palette.accent if self.underMouse() or self.hasFocus() else palette.muted)
        if not self.isEnabled():
            colour = QColor(palette.line)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        centre, half = QRectF(self.rect()).center(), px(4) * self._direction
        tip, base = centre + QPointF(half, 0), centre - QPointF(half * 0.7, 0)
        painter.drawPolygon(QPolygonF([base - QPointF(0, half), tip, base + QPointF(0, half)]))
        if self.hasFocus():
            painter.setPen(QPen(QColor(palette.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            size = px(_HEIGHT_PX) - 5
            ring = QRect(0, 0, size, size)
            ring.moveCenter(self.rect().center())
            painter.drawEllipse(ring)
