"""Where the cells of a table are in pixels: widths from what stands in the columns, one height for all rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate

from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetrics

from capsule_desktop.widgets.outputs.html_table import Table, TableCell

ROW_PX = 26
PADDING_PX = 12
_MAX_COLUMN_PX = 320
_MEASURED_A_COLUMN = 12  # of the longest texts; shaping all of a long column would take longer than painting it

type _Widest = Callable[[set[str]], int]


class TableLayout:
    """The grid of a table; row and column numbers are the table's own, headings included."""

    def __init__(self, table: Table, metrics: QFontMetrics, heading_metrics: QFontMetrics, zoom: float) -> None:
        self._table = table
        self.row_px, self.padding = round(ROW_PX * zoom), round(PADDING_PX * zoom)
        most = round(_MAX_COLUMN_PX * zoom)
        widths = _widths(table, partial(_widest, metrics, most), partial(_widest, heading_metrics, most), self.padding)
        self._edges = (0, *accumulate(widths))
        self.by_row: list[list[TableCell]] = [[] for _ in range(table.rows)]
        for cell in table.cells:
            for row in range(cell.row, cell.row + cell.row_span):
                self.by_row[row].append(cell)

    @property
    def width(self) -> int:
        return self._edges[-1]

    @property
    def height(self) -> int:
        return self._table.rows * self.row_px

    @property
    def heading_height(self) -> int:
        return self._table.heading_rows * self.row_px

    @property
    def index_width(self) -> int:
        return self._edges[self._table.index_columns]

    def rect(self, cell: TableCell) -> QRect:
        left, right = self._edges[cell.column], self._edges[cell.column + cell.column_span]
        return QRect(left, cell.row * self.row_px, right - left, cell.row_span * self.row_px)

    def place(self, x: int, y: int) -> tuple[int, int]:
        """The row and column at a point, the nearest where it lies outside."""
        row = min(max(0, y // self.row_px), self._table.rows - 1)
        column = bisect_right(self._edges, x) - 1
        return row, min(max(0, column), self._table.columns - 1)

    def cell_at(self, row: int, column: int) -> TableCell | None:
        return next((c for c in self.by_row[row] if c.column <= column < c.column + c.column_span), None)


def _widths(table: Table, widest: _Widest, widest_heading: _Widest, padding: int) -> Sequence[int]:
    texts: list[set[str]] = [set() for _ in range(table.columns)]
    headings: list[set[str]] = [set() for _ in range(table.columns)]
    spanning: list[TableCell] = []
    for cell in table.cells:
        if cell.column_span > 1:
            spanning.append(cell)
        else:
            (headings if cell.row < table.heading_rows else texts)[cell.column].add(cell.text)
    widths = [
        max(widest(texts[column]), widest_heading(headings[column])) + 2 * padding for column in range(table.columns)
    ]
    for cell in spanning:
        needed = widest_heading({cell.text}) + 2 * padding
        missing = needed - sum(widths[cell.column : cell.column + cell.column_span])
        widths[cell.column + cell.column_span - 1] += max(0, missing)
    return widths


def _widest(metrics: QFontMetrics, most: int, texts: set[str]) -> int:
    longest = sorted(texts, key=len)[-_MEASURED_A_COLUMN:]
    return min(most, max((metrics.horizontalAdvance(text[:200]) for text in longest), default=0))
