"""PNG, JPEG, GIF and other bitmaps from the bytes of an output, within bounds that hold before anything is decoded.

The format is told by the first bytes and forced upon Qt: left to guess, it would take an SVG that calls itself a PNG,
and the SVG reader opens files (invariant 11).
"""

from __future__ import annotations

import base64
import binascii

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from capsule_desktop.widgets.outputs.refusal import Refusal

MAX_PIXELS = 50_000_000  # 200 MB decoded
MAX_ENCODED_CHARS = 100_000_000
_KEPT_WIDTH_PX = 4096  # no column is wider; more would only cost memory
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
)
BROKEN = Refusal("The image is broken and cannot be shown.")


def decoded_base64(value: object) -> bytes | Refusal:
    """The bytes of a base64 value as nbformat has it, newlines and all."""
    if not isinstance(value, str):
        return BROKEN
    if len(value) > MAX_ENCODED_CHARS:
        return Refusal(f"The image is too large to show: {len(value) // 1_000_000:,} MB.")
    try:
        return base64.b64decode(value)
    except (binascii.Error, ValueError):  # ValueError: characters beyond ASCII
        return BROKEN


def bitmap_format(content: bytes) -> str | None:
    """Qt's name of the format, None if it is not one that we decode."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((name for signature, name in _SIGNATURES if content.startswith(signature)), None)


def decoded_bitmap(content: bytes) -> QImage | Refusal:
    """The first frame, scaled down to what a screen can show."""
    name = bitmap_format(content)
    if name is None:
        return BROKEN
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, name.encode())
    reader.setAutoDetectImageFormat(False)
    reader.setDecideFormatFromContent(False)
    reader.setAutoTransform(True)
    refusal = _refusal(reader.size())
    if refusal is not None:
        return refusal
    image = reader.read()
    if image.isNull():
        return BROKEN
    if image.width() > _KEPT_WIDTH_PX:
        return image.scaledToWidth(_KEPT_WIDTH_PX, Qt.TransformationMode.SmoothTransformation)
    return image


def _refusal(size: QSize) -> Refusal | None:
    if not size.isValid() or size.isEmpty():
        return BROKEN
    if size.width() * size.height() > MAX_PIXELS:
        return Refusal(f"The image is too large to show: {size.width():,} by {size.height():,} pixels.")
    return None
