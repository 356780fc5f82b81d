"""Paints rows of styled monospaced text on a grid, each run in its colours.

Owns the fonts of the four weights and the size of a cell.  Characters that fonts draw wider or narrower than the grid
(CJK, emoji) are put into their own cells, so that columns stay where the program meant them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from capsule_desktop.notebook.line import Line
from capsule_desktop.notebook.sgr import Style
from capsule_desktop.widgets.fonts import mono
from capsule_desktop.widgets.outputs.terminal_colors import TerminalColors
from capsule_desktop.widgets.outputs.text_grid import Row, columns, is_ordinary
from capsule_desktop.widgets.palette import CODE_PT_PX

LINE_PX = 20


class TextPainter:
    """Where a column is, and how a row of a line is painted."""

    def __init__(self, zoom: float) -> None:
        self._size_px = round(CODE_PT_PX * zoom)
        self._fonts: dict[tuple[bool, bool], QFont] = {}
        metrics = QFontMetricsF(mono(self._size_px))
        self.line_px = round(LINE_PX * zoom)
        self.column_px = metrics.horizontalAdvance("0" * 100) / 100
        self._baseline = (self.line_px - metrics.height()) / 2 + metrics.ascent()

    def paint(self, painter: QPainter, at: QPointF, line: Line, row: Row, colors: TerminalColors) -> None:
        """Paint `row` of `line` with its left upper corner at `at`."""
        places = columns(line.text[row.start : row.stop])
        position = 0
        for length, style in line.runs():
            begin, end = max(position, row.start), min(position + length, row.stop)
            if begin < end:
                left, right = places[begin - row.start], places[end - row.start]
                rect = QRectF(at.x() + left * self.column_px, at.y(), (right - left) * self.column_px, self.line_px)
                self._paint_run(painter, rect, line.text[begin:end], style, colors)
            position += length

    def fill(self, painter: QPainter, at: QPointF, line: Line, row: Row, part: tuple[int, int], color: QColor) -> None:
        """Paint the ground of the characters part[0] to part[1] of the row, such as a selection."""
        places = columns(line.text[row.start : row.stop])
        left = places[min(max(part[0], row.start), row.stop) - row.start]
        right = places[min(max(part[1], row.start), row.stop) - row.start]
        if left < right:
            painter.fillRect(
                QRectF(at.x() + left * self.column_px, at.y(), (right - left) * self.column_px, self.line_px), color
            )

    def _paint_run(self, painter: QPainter, rect: QRectF, text: str, style: Style, colors: TerminalColors) -> None:
        color, ground = colors.pair(style)
        if ground is not None:
            painter.fillRect(rect, ground)
        painter.setPen(color)
        painter.setFont(self._font(style))
        baseline = rect.y() + self._baseline
        if is_ordinary(text):
            painter.drawText(QPointF(rect.x(), baseline), text)
        else:
            self._paint_by_cells(painter, QPointF(rect.x(), baseline), text)
        if style.underline:
            painter.drawLine(QPointF(rect.x(), baseline + 2), QPointF(rect.right(), baseline + 2))
        if style.strike:
            painter.drawLine(QPointF(rect.x(), rect.center().y()), QPointF(rect.right(), rect.center().y()))

    def _paint_by_cells(self, painter: QPainter, at: QPointF, text: str) -> None:
        places = columns(text)
        for start, stop in _pieces(text, places):
            if text[start] != "\t":
                painter.drawText(QPointF(at.x() + places[start] * self.column_px, at.y()), text[start:stop])

    def _font(self, style: Style) -> QFont:
        key = (style.bold, style.italic)
        if key not in self._fonts:
            font = mono(self._size_px, QFont.Weight.Bold if style.bold else QFont.Weight.Normal)
            font.setItalic(style.italic)
            self._fonts[key] = font
        return self._fonts[key]


@cache
def text_painter(zoom: float = 1.0) -> TextPainter:
    """One for the application at each zoom: fonts are the same everywhere.  Needs a QGuiApplication."""
    return TextPainter(zoom)


def _pieces(text: str, places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """What is drawn in one go: ordinary characters together, any other in its own cell with its combining marks."""
    start = 0
    for index in range(1, len(text)):
        combines = places[index] == places[index + 1]
        if not combines and not (is_ordinary(text[index - 1]) and is_ordinary(text[index])):
            yield start, index
            start = index
    yield start, len(text)
