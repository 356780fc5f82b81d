"""A window within its screen: whole on it, frame and all, also where the screen it was on is gone or smaller now.

Owns the arithmetic.  The frame of a window that is not shown yet is not known, and is taken for a usual one.
"""

from __future__ import annotations

from PySide6.QtCore import QMargins, QRect
from PySide6.QtWidgets import QWidget

_USUAL_FRAME_PX = QMargins(6, 40, 6, 6)  # left, top (the title bar), right, bottom


def limit_to_screen(window: QWidget) -> None:
    """Make window as large as its screen has room; where it is stays the window manager's choice."""
    window.resize(window.size().boundedTo(_room(window).size()))


def move_into_screen(window: QWidget) -> None:
    """Bring window, at a place it remembers, onto its screen as a whole; one that fills a screen stays as it is."""
    if not window.isMaximized() and not window.isFullScreen():
        window.setGeometry(within(window.geometry(), _room(window)))


def within(place: QRect, room: QRect) -> QRect:
    """place no larger than room, and moved no further than it must be to lie in it."""
    size = place.size().boundedTo(room.size())
    left = min(max(place.left(), room.left()), room.left() + room.width() - size.width())
    top = min(max(place.top(), room.top()), room.top() + room.height() - size.height())
    return QRect(left, top, size.width(), size.height())


def _room(window: QWidget) -> QRect:
    return window.screen().availableGeometry().marginsRemoved(_USUAL_FRAME_PX)
