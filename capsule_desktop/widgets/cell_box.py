"""Paints the box around a cell's source, the numbers of its lines, and the note below it.

Stateless, as gutter.py is: the cell widget says what and where.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.palette import RADIUS_PX


def paint_box(painter: QPainter, box: QRect, style: CellStyle, ground: str, *, editing: bool) -> None:
    """A thin line; the accent, and twice as wide, while one edits."""
    pen = 2 if editing else 1
    painter.setPen(QPen(QColor(style.palette.accent if editing else style.palette.line), pen))
    painter.setBrush(QColor(ground))
    edge = pen / 2
    painter.drawRoundedRect(QRectF(box).adjusted(edge, edge, -edge, -edge), RADIUS_PX, RADIUS_PX)


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


def paint_note(painter: QPainter, rect: QRect, note: str, style: CellStyle, *, failed: bool) -> None:
    painter.setPen(QColor(style.palette.error if failed else style.palette.muted))
    painter.setFont(style.note_font)
    painter.drawText(rect, Qt.TextFlag.TextWordWrap, note)
