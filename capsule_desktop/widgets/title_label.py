"""The notebook's name in bold and, muted beside it, whether it is saved: one centred line that elides.

Painted, not two labels: the name gives way before the words, and both stay one centred group.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from capsule_desktop.widgets.fonts import CONTROL_TEXT_PX, sans
from capsule_desktop.widgets.palette import TOOLBAR_PX, Palette

_GAP_PX = 6
_COMFORTABLE_NAME_PX = 160


class TitleLabel(QWidget):
    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = palette
        self._name = ""
        self._words = ""
        self._name_font = sans(CONTROL_TEXT_PX, QFont.Weight.DemiBold)
        self._words_font = sans(CONTROL_TEXT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_title(self, name: str, words: str) -> None:
        self._name, self._words = name, words
        self.setToolTip(f"{name} {words}".strip())
        self.setAccessibleName(f"{name} {words}".strip())
        self.update()

    def apply_palette(self, palette: Palette) -> None:
        self._tokens = palette
        self.update()

    def comfortable_px(self) -> int:
        """The width below which the toolbar should rather drop words of its buttons."""
        name = QFontMetricsF(self._name_font).horizontalAdvance(self._name)
        return round(min(name, _COMFORTABLE_NAME_PX) + self._words_px())

    def sizeHint(self) -> QSize:
        return QSize(self.comfortable_px(), TOOLBAR_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        metrics = QFontMetricsF(self._name_font)
        words_px = self._words_px()
        whole_px = metrics.horizontalAdvance(self._name)
        if whole_px <= self.width() < whole_px + words_px or words_px > self.width() / 3:
            words_px = 0.0  # too narrow for both: the name is what one looks for
        name = metrics.elidedText(self._name, Qt.TextElideMode.ElideMiddle, max(0.0, self.width() - words_px))
        name_px = metrics.horizontalAdvance(name)
        left = (self.width() - name_px - words_px) / 2
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.setFont(self._name_font)
        painter.setPen(QColor(self._tokens.text))
        painter.drawText(QRectF(left, 0, name_px + 1, self.height()), flags, name)
        if words_px:
            painter.setFont(self._words_font)
            painter.setPen(QColor(self._tokens.muted))
            painter.drawText(QRectF(left + name_px + _GAP_PX, 0, words_px, self.height()), flags, self._words)

    def _words_px(self) -> float:
        return QFontMetricsF(self._words_font).horizontalAdvance(self._words) + _GAP_PX if self._words else 0.0
