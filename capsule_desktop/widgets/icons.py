"""Icons: our own SVGs of a 16 px grid, drawn in a colour of the palette.

Owns the tinting: an SVG says `currentColor` and gets a token's value here.  Every icon carries a
pixmap for each common scale, so it is crisp on a screen of 1, 1.5, 2 or 3.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from capsule_desktop.resources import resource_bytes

ICON_PX = 16
_SCALES = (1.0, 1.5, 2.0, 3.0)
_APP_ICON_SIZES_PX = (16, 24, 32, 48, 64, 128, 256)
_APP_ICON = "icons/capsule-desktop.svg"


@cache
def icon(name: str, colour: str, disabled_colour: str = "", size_px: int = ICON_PX) -> QIcon:
    """The icon resources/icons/{name}.svg in `colour`; greyed as `disabled_colour` where one is given."""
    result = QIcon()
    for scale in _SCALES:
        result.addPixmap(icon_pixmap(name, colour, size_px, scale), QIcon.Mode.Normal)
        if disabled_colour:
            result.addPixmap(icon_pixmap(name, disabled_colour, size_px, scale), QIcon.Mode.Disabled)
    return result


def icon_pixmap(name: str, colour: str, size_px: int = ICON_PX, scale: float = 1.0) -> QPixmap:
    """One icon as a pixmap of size_px logical pixels for a screen of this scale."""
    svg = resource_bytes(f"icons/{name}.svg").replace(b"currentColor", colour.encode("ascii"))
    return _render(svg, round(size_px * scale), scale)


@cache
def app_icon() -> QIcon:
    """The application's own icon, for windows and the task bar; its colours are its own."""
    result = QIcon()
    for size_px in _APP_ICON_SIZES_PX:
        result.addPixmap(_render(resource_bytes(_APP_ICON), size_px, 1.0))
    return result


def _render(svg: bytes, device_px: int, scale: float) -> QPixmap:
    pixmap = QPixmap(device_px, device_px)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, device_px, device_px))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap
