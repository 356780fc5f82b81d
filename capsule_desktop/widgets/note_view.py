"""The note below a cell's source: why it was lost or skipped, with a link to what else its worker said."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.link_button import LinkButton

_GAP_PX = 4
_FLAGS = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class NoteView(QWidget):
    details_requested = Signal()

    def __init__(self, style: CellStyle, parent: QWidget) -> None:
        super().__init__(parent)
        self._style = style
        self._words = ""
        self._failed = False
        self._details = LinkButton("Details", style, self)
        self._details.setAccessibleName("Details of why the run ended")
        self._details.clicked.connect(self.details_requested)

    def show_note(self, words: str, *, failed: bool, has_details: bool) -> None:
        self._words, self._failed = words, failed
        self._details.setVisible(has_details)
        self.setAccessibleName(words)
        self._lay_out()
        self.update()

    def apply_style(self, style: CellStyle) -> None:
        self._style = style
        self._details.apply_style(style)
        self._lay_out()
        self.update()

    def height_for(self, width: int) -> int:
        words = self._words_rect(width)
        return max(words.height(), self._details_rect(width, words).bottom() + 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(self._style.palette.error if self._failed else self._style.palette.muted))
        painter.setFont(self._style.note_font)
        painter.drawText(QRect(0, 0, self.width(), self.height()), _FLAGS, self._words)

    def _words_rect(self, width: int) -> QRect:
        return QFontMetrics(self._style.note_font).boundingRect(QRect(0, 0, width, 10_000), _FLAGS, self._words)

    def _details_rect(self, width: int, words: QRect) -> QRect:
        """Behind the words where they are one line and leave room, else below them."""
        if self._details.isHidden():
            return QRect()
        size, line = self._details.sizeHint(), QFontMetrics(self._style.note_font).height()
        if words.height() <= line and words.width() + _GAP_PX + size.width() <= width:
            return QRect(words.width() + _GAP_PX, (line - size.height()) // 2, size.width(), size.height())
        return QRect(-_GAP_PX, words.height(), size.width(), size.height())

    def _lay_out(self) -> None:
        self._details.setGeometry(self._details_rect(self.width(), self._words_rect(self.width())))
