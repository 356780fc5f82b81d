"""A quiet line below a cell's outputs that says what would help, with words to press that do it."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.link_button import LinkButton
from capsule_desktop.widgets.values import OfferView

_GAP_PX = 4
_RING_PX = 4  # what the button has around its words, for the ring of the focus
_SIDES = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class OfferRow(QWidget):
    taken = Signal()

    def __init__(self, style: CellStyle, parent: QWidget) -> None:
        super().__init__(parent)
        self._style, self._view = style, OfferView(words="")
        self._button = LinkButton("", style, self)
        self._button.clicked.connect(self.taken)

    def show_offer(self, view: OfferView) -> None:
        self._view = view
        self._button.setText(view.label)
        self._button.setAccessibleName(f"{view.label}: {view.words}")
        self._button.setVisible(bool(view.label))
        self.setAccessibleName(view.words)
        self._lay_out()
        self.update()

    def apply_style(self, style: CellStyle) -> None:
        self._style = style
        self._button.apply_style(style)
        self._lay_out()
        self.update()

    @property
    def margin(self) -> int:
        """How far left of the words it begins."""
        return self._style.px(_RING_PX)

    def height_for(self, width: int) -> int:
        """width: its margin included."""
        words = self.words_rect(width)
        return max(words.bottom(), self._button_rect(width, words).bottom()) + 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(self._style.palette.text))
        painter.setFont(self._style.note_font)
        words = self.words_rect(self.width())
        painter.drawText(words, self._flags(self.width()), self._view.words)

    def words_rect(self, width: int) -> QRect:
        """Set as low as makes words and button one line."""
        metrics = QFontMetrics(self._style.note_font)
        lower = max(0, (self._button.sizeHint().height() - metrics.height()) // 2) if self._view.label else 0
        room = QRect(self.margin, 0, width - self.margin, 10_000)
        return metrics.boundingRect(room, self._flags(width), self._view.words).translated(0, lower)

    def _flags(self, width: int) -> int:
        """A name that is longer than a line is broken, rather than cut off."""
        metrics = QFontMetrics(self._style.note_font)
        longest = max(map(metrics.horizontalAdvance, self._view.words.replace("-", " ").split()), default=0)
        wrap = Qt.TextFlag.TextWrapAnywhere if longest > width - self.margin else Qt.TextFlag.TextWordWrap
        return wrap.value | _SIDES.value

    def _button_rect(self, width: int, words: QRect) -> QRect:
        """Behind the words where they are one line and leave room, else below them."""
        if not self._view.label:
            return QRect()
        size, line = self._button.sizeHint(), QFontMetrics(self._style.note_font).height()
        if words.height() <= line and words.right() + 1 + _GAP_PX + size.width() <= width:
            return QRect(words.right() + 1 + _GAP_PX, 0, size.width(), size.height())
        return QRect(0, words.bottom() + 1, size.width(), size.height())

    def _lay_out(self) -> None:
        self._button.setGeometry(self._button_rect(self.width(), self.words_rect(self.width())))
