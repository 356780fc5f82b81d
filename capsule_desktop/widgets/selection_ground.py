"""The ground of selected text in lines of fixed height: whole lines, and a little beyond the end of each but the last.

Qt's own ground is as high as the letters and leaves gaps between such lines.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QTextDocument, QTextLine

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.text_edits import Selection


def ground(style: CellStyle) -> QColor:
    """Of what is selected, and of the two brackets that belong together."""
    colour = QColor(style.palette.accent)
    colour.setAlphaF(0.22)
    return colour


def paint_selection(
    painter: QPainter, document: QTextDocument, selection: Selection, style: CellStyle, *, left_px: int, clip: QRect
) -> None:
    """left_px: how far the text is scrolled sideways.  clip: what is to be painted, as painter has it."""
    colour, height = ground(style), style.code_line
    block = document.findBlock(selection.start)
    while block.isValid() and block.position() <= selection.end:
        top = document.documentLayout().blockBoundingRect(block).top()
        if top > clip.bottom():
            break
        start, end = selection.start - block.position(), selection.end - block.position()
        for number in range(block.layout().lineCount()):
            span = _span(block.layout().lineAt(number), start, end, beyond=height / 3)
            if span is not None:
                left, right = span
                painter.fillRect(QRectF(left - left_px, top + number * height, right - left, height), colour)
        block = block.next()


def _span(line: QTextLine, start: int, end: int, *, beyond: float) -> tuple[float, float] | None:
    """From where to where a line is selected, None for nowhere.  beyond: pixels for its end, where that is, too."""
    first, last = max(start, line.textStart()), min(end, line.textStart() + line.textLength())
    if first > last or (first == last and end <= last):
        return None
    return _x_at(line, first), _x_at(line, last) + (beyond if end > last else 0)


def _x_at(line: QTextLine, position: int) -> float:
    return line.cursorToX(position)[0]  # type: ignore[index,no-any-return]  # the stubs say int; it is (x, position)
