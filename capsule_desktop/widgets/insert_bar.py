"""What appears between two cells under the pointer: "+ Code" and "+ Text" on a thin line.

One a view, moved to where the pointer is.  For the mouse alone: the keyboard has A and B.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.cell_style import CellStyle

_HEIGHT_PX = 22
_PADDING_PX = 9
_GAP_PX = 8


class InsertBar(QWidget):
    """Asks for INSERT_BELOW or INSERT_TEXT_BELOW; below what, its owner knows."""

    requested = Signal(Action)

    def __init__(self, style: CellStyle, parent: QWidget) -> None:
        super().__init__(parent)
        self._style = style
        self._pills = (_Pill("+ Code", style, self), _Pill("+ Text", style, self))
        self._pills[0].clicked.connect(lambda: self.requested.emit(Action.INSERT_BELOW))
        self._pills[1].clicked.connect(lambda: self.requested.emit(Action.INSERT_TEXT_BELOW))
        self.hide()

    def apply_style(self, style: CellStyle) -> None:
        self._style = style
        for pill in self._pills:
            pill.apply_style(style)

    def show_at(self, left: int, middle: int, width: int) -> None:
        """Around the line y = `middle`."""
        height = self._style.px(_HEIGHT_PX)
        self.setGeometry(left, middle - height // 2, width, height)
        wanted = [pill.sizeHint().width() for pill in self._pills]
        x = (width - sum(wanted) - _GAP_PX) // 2
        for pill, pill_width in zip(self._pills, wanted, strict=True):
            pill.setGeometry(x, 0, pill_width, height)
            x += pill_width + _GAP_PX
        self.raise_()
        self.show()

    def leaveEvent(self, event: QEvent) -> None:
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(self._style.palette.line))
        painter.drawLine(0, self.height() // 2, self.width(), self.height() // 2)


class _Pill(QAbstractButton):
    def __init__(self, text: str, style: CellStyle, parent: QWidget) -> None:
        super().__init__(parent)
        self._style = style
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def apply_style(self, style: CellStyle) -> None:
        self._style = style

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self._style.label_font).horizontalAdvance(self.text()) + 2 * self._style.px(_PADDING_PX)
        return QSize(width, self._style.px(_HEIGHT_PX))

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self._style.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(palette.accent if self.underMouse() else palette.line))
        painter.setBrush(QColor(palette.surface))
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setPen(QColor(palette.accent if self.underMouse() else palette.muted))
        painter.setFont(self._style.label_font)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
