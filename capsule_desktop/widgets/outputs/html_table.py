"""A table of an HTML output as values: what stands in which cell, what is a heading, what a cell spans.

No Qt.  Reads the canonical HTML that html_parts.py makes: every tag closed, every attribute in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

MAX_CELLS = 200_000
MAX_PLACES = 1_000_000  # of the grid, and covered by spans
_MAX_SPAN = 10_000
_TOKEN = re.compile(r'<(?P<close>/?)(?P<tag>[a-z0-9]+)(?P<attributes>(?:\s+[\w:-]+="[^"]*")*)\s*>|(?P<text>[^<]+)')
_SPAN = re.compile(r'(row|col)span="\s*(\d{1,6})')
_HREF = re.compile(r'href="([^"]*)"')
_BLANKS = re.compile(r"\s+")
_NUMBER = re.compile(r"[-+\u2212]?[$€£¥]?(?:\d[\d,_ \u00a0']*)?\.?\d*(?:[eE][-+]?\d+)?[jJ%]?")
_NO_VALUE = frozenset({"", "NaN", "nan", "None", "<NA>", "NaT", "inf", "-inf", "...", "…", "⋮", "--"})


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell at its left upper place in the grid."""

    row: int
    column: int
    text: str
    heading: bool
    row_span: int = 1
    column_span: int = 1
    link: str = ""


@dataclass(frozen=True)
class Table:
    """Cells on a grid of `rows` by `columns`; the first ones are headings and, in each row, the index."""

    cells: tuple[TableCell, ...]
    rows: int
    columns: int
    heading_rows: int
    index_columns: int
    numeric: tuple[bool, ...]  # by column: whether its values are numbers
    caption: str = ""
    left_out: int = 0  # rows beyond MAX_CELLS

    def texts(self) -> list[list[str]]:
        """The grid's texts, row by row; what a cell spans besides its own place is empty."""
        grid = [[""] * self.columns for _ in range(self.rows)]
        for cell in self.cells:
            grid[cell.row][cell.column] = cell.text
        return grid


@dataclass(slots=True)
class _Raw:
    """A cell as it is read, before it has a place."""

    heading: bool
    attributes: str
    text: str = ""
    link: str = ""


def parsed_table(html: str) -> Table | None:
    """The table in a <table> element; None where it has no cells, or spans that make a monster of it."""
    reader = _Reader()
    reader.read(html)
    cells, left_out = _placed(reader.rows)
    if not cells:
        return None
    rows = max(cell.row + cell.row_span for cell in cells)
    columns = max(cell.column + cell.column_span for cell in cells)
    if rows * columns > MAX_PLACES:
        return None
    heading_rows = min(reader.head_rows or _leading_heading_rows(cells), rows)
    return Table(
        cells=tuple(cells),
        rows=rows,
        columns=columns,
        heading_rows=heading_rows,
        index_columns=_index_columns(cells, heading_rows, columns),
        numeric=_numeric(cells, heading_rows, columns),
        caption=_tidy(reader.caption),
        left_out=left_out,
    )


class _Reader:
    """Goes through the tags and keeps rows of raw cells."""

    def __init__(self) -> None:
        self.rows: list[list[_Raw]] = []
        self.head_rows = 0
        self.caption = ""
        self._cell: _Raw | None = None
        self._in_head = self._in_caption = False

    def read(self, html: str) -> None:
        for token in _TOKEN.finditer(html):
            if token["text"] is not None:
                self._text(token["text"])
            elif token["close"]:
                self._close(token["tag"])
            else:
                self._open(token["tag"], token["attributes"])

    def _text(self, text: str) -> None:
        if self._cell is not None:
            self._cell.text += text
        elif self._in_caption:
            self.caption += text

    def _open(self, tag: str, attributes: str) -> None:
        match tag:
            case "thead":
                self._in_head = True
            case "caption":
                self._in_caption = True
            case "tr":
                self.rows.append([])
                self.head_rows += self._in_head
            case "td" | "th":
                self._cell = _Raw(tag == "th", attributes)
                if self.rows:
                    self.rows[-1].append(self._cell)
            case "br" | "p" | "div" | "li":
                self._text(" ")
            case "a" if self._cell is not None:
                href = _HREF.search(attributes)
                self._cell.link = unescape(href[1]) if href else ""
            case _:
                pass  # bold and the like

    def _close(self, tag: str) -> None:
        match tag:
            case "thead":
                self._in_head = False
            case "caption":
                self._in_caption = False
            case "td" | "th":
                self._cell = None
            case _:
                pass


def _placed(rows: Sequence[Sequence[_Raw]]) -> tuple[list[TableCell], int]:
    """Cells at their places, after HTML's own rule: a cell takes the first place that no span from above covers."""
    cells: list[TableCell] = []
    covered: dict[int, int] = {}  # column: up to which row
    places = 0
    for number, row in enumerate(rows):
        if len(cells) + len(row) > MAX_CELLS:
            return cells, len(rows) - number
        column = 0
        for raw in row:
            while covered.get(column, 0) > number:
                column += 1
            row_span, column_span = _spans(raw.attributes)
            row_span = min(row_span, len(rows) - number)
            places += row_span * column_span
            if places > MAX_PLACES:
                return [], len(rows)
            cells.append(TableCell(number, column, _tidy(raw.text), raw.heading, row_span, column_span, raw.link))
            if row_span > 1:
                covered.update(dict.fromkeys(range(column, column + column_span), number + row_span))
            column += column_span
    return cells, 0


def _spans(attributes: str) -> tuple[int, int]:
    if not attributes:
        return 1, 1
    found = {name: int(number) for name, number in _SPAN.findall(attributes)}
    # A colspan wider than any table is a bomb: it is kept within what the cells may add up to.
    return max(1, min(found.get("row", 1), _MAX_SPAN)), max(1, min(found.get("col", 1), 1000))


def _leading_heading_rows(cells: Sequence[TableCell]) -> int:
    with_values = [cell.row for cell in cells if not cell.heading]
    return min(with_values) if with_values else 0


def _index_columns(cells: Sequence[TableCell], heading_rows: int, columns: int) -> int:
    """How many columns at the left are headings in every row below the head."""
    values = [cell.column for cell in cells if cell.row >= heading_rows and not cell.heading]
    return min(values, default=0) if any(_body(cells, heading_rows)) else min(1, columns - 1)


def _body(cells: Sequence[TableCell], heading_rows: int) -> Iterator[TableCell]:
    return (cell for cell in cells if cell.row >= heading_rows)


def _numeric(cells: Sequence[TableCell], heading_rows: int, columns: int) -> tuple[bool, ...]:
    result = [False] * columns
    texts: set[int] = set()
    for cell in _body(cells, heading_rows):
        if cell.text in _NO_VALUE:
            continue
        if cell.column not in texts and _NUMBER.fullmatch(cell.text):
            result[cell.column] = True
        else:
            texts.add(cell.column)
    return tuple(is_number and column not in texts for column, is_number in enumerate(result))


def _tidy(text: str) -> str:
    return _BLANKS.sub(" ", unescape(text)).strip()
