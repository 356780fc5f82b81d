"""The images that come with rich text, in a data: address or as an attachment: decoded within the bounds of outputs.

Qt's own reader is never let guess: it takes an SVG for an image whatever it is called, and its SVG reader opens files
(invariant 11) and draws without end (invariant 13).
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter

from capsule_desktop.widgets.outputs.bitmap import bitmap_format, decoded_base64, decoded_bitmap
from capsule_desktop.widgets.outputs.refusal import Refusal
from capsule_desktop.widgets.outputs.vector import safe_renderer

_MAX_VECTOR_PX = 2048
_SHARPNESS = 2  # a drawing is made for screens of twice the resolution


def embedded_image(address: str) -> QImage | None:
    """The image of a data: address; None where it is no image that can be shown."""
    head, comma, body = address.partition(",")
    if not comma or not head.lower().startswith("data:image/") or not head.lower().endswith(";base64"):
        return None
    content = decoded_base64(body)
    return None if isinstance(content, Refusal) else inside_image(content)


def inside_image(content: bytes) -> QImage | None:
    """A bitmap or an SVG drawing, told apart by what it is, not by what it is called."""
    if bitmap_format(content) is None:
        return _drawn(content)
    image = decoded_bitmap(content)
    return None if isinstance(image, Refusal) else image


def _drawn(content: bytes) -> QImage | None:
    renderer = safe_renderer(content.decode("utf-8", "replace"))
    if isinstance(renderer, Refusal):
        return None
    size = renderer.defaultSize()
    if max(size.width(), size.height()) > _MAX_VECTOR_PX:
        size.scale(QSize(_MAX_VECTOR_PX, _MAX_VECTOR_PX), Qt.AspectRatioMode.KeepAspectRatio)
    image = QImage(size * _SHARPNESS, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    image.setDevicePixelRatio(_SHARPNESS)
    return image
