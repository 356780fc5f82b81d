"""A sentence in the page's own voice: why an output is shown otherwise, or that some are not shown."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from capsule_desktop.widgets.fonts import LABEL_PX, sans
from capsule_desktop.widgets.outputs.view import OutputView
from capsule_desktop.widgets.palette import LIGHT, Palette

_PADDING_PX = 2
_FLAGS = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class NoticeView(OutputView):
    """Muted text; with `asks` also a link for the whole output, by a click or by Enter."""

    def __init__(self, sentence: str, parent: QWidget | None = None, *, asks: bool = False) -> None:
        super().__init__(parent)
        self._sentence = sentence
        self._asks = asks
        self._palette = LIGHT
        # Not the widget's: the application's style sheet takes that back when the widget gets another parent.
        self._font = sans(LABEL_PX)
        self.setAccessibleName(sentence)
        if asks:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def sentence(self) -> str:
        return self._sentence

    def set_sentence(self, sentence: str) -> None:
        self._sentence = sentence
        self.setAccessibleName(sentence)
        self.update()
        self.height_changed.emit()

    def apply_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def apply_zoom(self, zoom: float) -> None:
        super().apply_zoom(zoom)
        self._font = sans(self.px(LABEL_PX))

    def height_for(self, width: int) -> int:
        room = QRect(0, 0, max(1, width - 2 * self.inset), 10_000)
        return QFontMetrics(self._font).boundingRect(room, _FLAGS, self._sentence).height() + 2 * _PADDING_PX

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._font)
        painter.setPen(QColor(self._palette.function if self._asks else self._palette.muted))
        room = self.rect().adjusted(self.inset, _PADDING_PX, -self.inset, -_PADDING_PX)
        painter.drawText(room, _FLAGS, self._sentence)
        if self.hasFocus():
            painter.setPen(QColor(self._palette.accent))
            painter.drawRoundedRect(room.adjusted(-4, -1, 4, 0), 4, 4)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._asks and event.button() == Qt.MouseButton.LeftButton:
            self.full_output_requested.emit()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._asks and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.full_output_requested.emit()
        else:
            super().keyPressEvent(event)
