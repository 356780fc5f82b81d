"""The worker’s memory in the status line: a bar and words, amber when it fills up, red when it is nearly full.

The colour only repeats what the words say.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from capsule_desktop.widgets.palette import SPACE_PX, Palette

AMBER_FROM, RED_FROM = 0.75, 0.90  # shares of the limit
_BAR_PX = (40, 6)


@dataclass(frozen=True, kw_only=True)
class MemoryView:
    """text: "Memory 3.1 of 16 GB"; short: "3.1 GB"; detail: a sentence.  share: 0..1, None where no limit is known."""

    text: str
    short: str
    detail: str
    share: float | None = None


class _Bar(QWidget):
    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._tokens = palette
        self._share = 0.0
        self.setFixedSize(*_BAR_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_share(self, share: float) -> None:
        if share != self._share:
            self._share = share
            self.update()

    def apply_palette(self, palette: Palette) -> None:
        self._tokens = palette
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        radius = whole.height() / 2
        painter.setBrush(QColor(self._tokens.line))
        painter.drawRoundedRect(whole, radius, radius)
        filled = QRectF(whole)
        filled.setWidth(max(whole.height(), whole.width() * min(1.0, self._share)))
        painter.setBrush(QColor(level_colour(self._share, self._tokens)))
        painter.drawRoundedRect(filled, radius, radius)


class MemoryGauge(QWidget):
    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: MemoryView | None = None
        self._is_short = False
        self._bar = _Bar(palette, self)
        self._words = QLabel(self)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_PX[2])
        row.addWidget(self._bar)
        row.addWidget(self._words)

    def set_memory(self, view: MemoryView | None) -> None:
        self._view = view
        detail = "" if view is None else view.detail
        self.setToolTip(detail)
        self.setAccessibleName(detail)
        share = None if view is None else view.share
        self._bar.setVisible(share is not None)
        self._bar.set_share(share or 0.0)
        self._show_words()

    def set_short(self, is_short: bool) -> None:
        if is_short != self._is_short:
            self._is_short = is_short
            self._show_words()

    def needed_px(self, *, short: bool) -> int:
        """How wide it would be; 0 where nothing is to be shown."""
        if self._view is None:
            return 0
        words = self._words.fontMetrics().horizontalAdvance(self._view.short if short else self._view.text)
        return words + (_BAR_PX[0] + SPACE_PX[2] if self._view.share is not None else 0)

    def apply_palette(self, palette: Palette) -> None:
        self._bar.apply_palette(palette)

    def _show_words(self) -> None:
        view = self._view
        self._words.setText("" if view is None else view.short if self._is_short else view.text)


def level_colour(share: float, palette: Palette) -> str:
    if share >= RED_FROM:
        return palette.error
    return palette.stale if share >= AMBER_FROM else palette.muted
