"""A button of the toolbar: icon and words, or in a narrow window the icon alone.

Owns its words (kept while they are not shown) and the chevron of those that open a menu.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolButton, QWidget

from capsule_desktop.widgets.icons import ICON_PX

_CHEVRON_PX = 12
_CHEVRON_FROM_RIGHT_PX = 8
_PARTS = " · "  # between the parts of the words
_UNSAID = "Python "
_LEAST_NAME_PX = 24  # a letter, … and a letter


class ToolButton(QToolButton):
    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._compact = False
        self.setText(words)
        self.setAccessibleName(words)
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    @property
    def compact(self) -> bool:
        return self._compact

    def set_compact(self, compact: bool) -> None:
        if compact == self._compact:
            return
        self._compact = compact
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if compact else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        self.setToolButtonStyle(style)
        self.setProperty("compact", compact)
        self.style().polish(self)
        self.updateGeometry()


class MenuButton(ToolButton):
    """Opens its menu on a click; a chevron says so."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self._chevron = QIcon()
        self._limit_px = 0
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setProperty("menu", True)

    def set_words(self, words: str) -> None:
        self._words = words
        self._elide()

    def set_limit(self, limit_px: int) -> None:
        """The widest that the words may be; longer ones are elided in the middle."""
        if limit_px != self._limit_px:
            self._limit_px = limit_px
            self._elide()

    def set_chevron(self, chevron: QIcon) -> None:
        self._chevron = chevron
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        left = self.width() - _CHEVRON_FROM_RIGHT_PX - _CHEVRON_PX
        place = QRect(left, (self.height() - _CHEVRON_PX) // 2, _CHEVRON_PX, _CHEVRON_PX)
        mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
        self._chevron.paint(QPainter(self), place, Qt.AlignmentFlag.AlignCenter, mode)

    def _elide(self) -> None:
        shown = shortened(self._words, self.fontMetrics(), self._limit_px) if self._limit_px else self._words
        self.setText(shown.replace("&", "&&"))
        self.updateGeometry()


def shortened(words: str, metrics: QFontMetrics, room_px: int) -> str:
    """words in room_px: of "Python 3.12 · name · missing" the name gives way, then what needs no saying."""
    first, *rest = words.split(_PARTS)
    if metrics.horizontalAdvance(words) <= room_px or not rest:
        return metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room_px)
    name, *last = rest
    without = _PARTS.join((first, *last))
    left_px = room_px - metrics.horizontalAdvance(without + _PARTS)
    if left_px >= _LEAST_NAME_PX:
        return _PARTS.join((first, metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, left_px), *last))
    if last and metrics.horizontalAdvance(without) <= room_px:
        return without
    if words.startswith(_UNSAID):
        return shortened(words.removeprefix(_UNSAID), metrics, room_px)
    return metrics.elidedText(without if last else words, Qt.TextElideMode.ElideRight, room_px)
