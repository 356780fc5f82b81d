"""Paints the box around a cell's source, and the numbers of its lines.

Stateless, as gutter.py is: the cell widget says what and where.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.palette import RADIUS_PX

_CORNER_PX = RADIUS_PX + 2  # beyond it, the box has straight edges only


def paint_box(painter: QPainter, box: QRect, style: CellStyle, ground: str, *, editing: bool) -> None:
    """A thin line; the accent, and twice as wide, while one edits.

    Corners are painted once and kept: filling a rounded path took half of a cell's paint.
    """
    pen, line = (2, style.palette.accent) if editing else (1, style.palette.line)
    left, top, right, bottom = box.left(), box.top(), box.right() + 1, box.bottom() + 1
    middle, sides = right - left - 2 * _CORNER_PX, bottom - top - 2 * _CORNER_PX
    painter.fillRect(left + _CORNER_PX, top, middle, bottom - top, QColor(ground))
    painter.fillRect(left, top + _CORNER_PX, right - left, sides, QColor(ground))
    for y in (top, bottom - pen):
        painter.fillRect(left + _CORNER_PX, y, middle, pen, QColor(line))
    for x in (left, right - pen):
        painter.fillRect(x, top + _CORNER_PX, pen, sides, QColor(line))
    scale = painter.device().devicePixelRatioF()
    corners = _corners(ground, line, pen, scale)
    size = _CORNER_PX * scale
    for x, column in ((left, 0), (right - _CORNER_PX, 1)):
        for y, row in ((top, 0), (bottom - _CORNER_PX, 1)):
            source = QRectF(column * size, row * size, size, size)
            painter.drawImage(QRectF(x, y, _CORNER_PX, _CORNER_PX), corners, source)


@lru_cache(maxsize=32)
def _corners(ground: str, line: str, pen: int, scale: float) -> QImage:
    """The four corners of a box, as the smallest box that has them."""
    side_px = round(2 * _CORNER_PX * scale)
    image = QImage(side_px, side_px, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    painter.setPen(QPen(QColor(line), pen))
    painter.setBrush(QColor(ground))
    edge = pen / 2
    whole = QRectF(0, 0, 2 * _CORNER_PX, 2 * _CORNER_PX)
    painter.drawRoundedRect(whole.adjusted(edge, edge, -edge, -edge), RADIUS_PX, RADIUS_PX)
    painter.end()
    return image


def paint_line_numbers(painter: QPainter, column: QRect, seen: QRect, count: int, style: CellStyle) -> None:
    """Right-aligned in `column`, whose top is the first line's; only those within `seen`."""
    line = style.code_line
    first = max(0, (seen.top() - column.top()) // line)
    last = min(count, (seen.bottom() - column.top()) // line + 1)
    painter.setPen(QColor(style.palette.muted))
    painter.setFont(style.code_font)
    flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for number in range(first, last):
        rect = QRect(column.left(), column.top() + number * line, column.width(), line)
        painter.drawText(rect, flags, str(number + 1))
