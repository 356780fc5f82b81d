"""The notebook's name in bold and, muted beside it, where its work is: one centred line that elides.

Painted, not two labels: both stay one centred group.  The words give way part by part: "edited · draft saved 14:02",
"edited", none.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from capsule_desktop.widgets.fonts import CONTROL_TEXT_PX, sans
from capsule_desktop.widgets.palette import TOOLBAR_PX, Palette
from capsule_desktop.widgets.tool_tips import plain_tip

_GAP_PX = 6
_COMFORTABLE_NAME_PX = 160
_PARTS = " · "  # between the parts of the words


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
        self.setToolTip(plain_tip(f"{name} {words}".strip()))
        self.setAccessibleName(f"{name} {words}".strip())
        self.update()

    def apply_palette(self, palette: Palette) -> None:
        self._tokens = palette
        self.update()

    def comfortable_px(self) -> int:
        """The width below which the toolbar should rather drop words of its buttons."""
        name = QFontMetricsF(self._name_font).horizontalAdvance(self._name)
        return round(min(name, _COMFORTABLE_NAME_PX) + self._px(self._words))

    def sizeHint(self) -> QSize:
        return QSize(self.comfortable_px(), TOOLBAR_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        metrics = QFontMetricsF(self._name_font)
        words = self.shown_words()
        words_px = self._px(words)
        name = metrics.elidedText(self._name, Qt.TextElideMode.ElideMiddle, max(0.0, self.width() - words_px))
        name_px = metrics.horizontalAdvance(name)
        left = (self.width() - name_px - words_px) / 2
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.setFont(self._name_font)
        painter.setPen(QColor(self._tokens.text))
        painter.drawText(QRectF(left, 0, name_px + 1, self.height()), flags, name)
        if words:
            painter.setFont(self._words_font)
            painter.setPen(QColor(self._tokens.muted))
            painter.drawText(QRectF(left + name_px + _GAP_PX, 0, words_px, self.height()), flags, words)

    def shown_words(self) -> str:
        """All of them, or the first part, or none where they leave no room: the name is what one looks for."""
        name_px = QFontMetricsF(self._name_font).horizontalAdvance(self._name)
        first = self._words.partition(_PARTS)[0]
        for words in (self._words, first):
            if name_px + self._px(words) <= self.width():
                return words
        is_name_too_long = name_px > self.width()
        return first if is_name_too_long and self._px(first) <= self.width() / 3 else ""

    def _px(self, words: str) -> float:
        return QFontMetricsF(self._words_font).horizontalAdvance(words) + _GAP_PX if words else 0.0
