"""Words that do something, without a frame: what stands in a quiet line of a cell.

Paints itself by a CellStyle, since cells are zoomed and style sheets are not.  A click, Space or Enter presses it.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from capsule_desktop.widgets.cell_style import CellStyle

_PADDING_PX = 4
_LINE_PX = 20


class LinkButton(QAbstractButton):
    def __init__(self, words: str, style: CellStyle, parent: QWidget) -> None:
        super().__init__(parent)
        self._style = style
        self.setText(words)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def apply_style(self, style: CellStyle) -> None:
        self._style = style
        self.update()

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self._style.small_font).horizontalAdvance(self.text())
        return QSize(width + 2 * self._style.px(_PADDING_PX), self._style.px(_LINE_PX))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self._style.small_font)
        font.setUnderline(self.underMouse())
        painter.setFont(font)
        painter.setPen(QColor(self._style.palette.accent))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._style.palette.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
