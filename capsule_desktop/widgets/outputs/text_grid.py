"""Lines of text on a grid of equal columns: how they wrap, and which character stands where.

No Qt.  East Asian wide characters take two columns, combining ones none, a tab goes to the next eighth column.  Lines
of ordinary characters are placed by arithmetic, since a flood lays out two thousand of them thirty times a second.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

TAB_COLUMNS = 8
# One column each in every monospaced font: Latin, Greek, Cyrillic, punctuation, arrows, maths, boxes and blocks.
_ORDINARY = re.compile(
    "[\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u058f\u2010-\u2027\u2030-\u205e"
    "\u2190-\u2319\u2500-\u25fc\u27c0-\u27ff]*"
)


class Row(NamedTuple):
    """The characters start to stop of a line, shown in one row."""

    line: int
    start: int
    stop: int


class TextGrid:
    """`texts` wrapped at `columns`."""

    def __init__(self, texts: Sequence[str], columns: int) -> None:
        self._texts = texts
        self._columns = max(1, columns)
        self._ends = list(accumulate(_row_count(text, self._columns) for text in texts))

    @property
    def rows(self) -> int:
        return self._ends[-1] if self._ends else 0

    def row(self, index: int) -> Row:
        """Row `index`, 0 to rows - 1."""
        line = bisect_right(self._ends, index)
        within = index - self.first_row(line)
        text = self._texts[line]
        if is_ordinary(text):
            return Row(line, within * self._columns, min(len(text), (within + 1) * self._columns))
        breaks = (*_breaks(text, self._columns), len(text))
        return Row(line, breaks[within], breaks[within + 1])

    def first_row(self, line: int) -> int:
        return self._ends[line - 1] if line else 0

    def character(self, row: Row, column: float) -> int:
        """The character boundary of the row's line that is nearest to `column`."""
        places = columns(self._texts[row.line][row.start : row.stop])
        return row.start + min(range(len(places)), key=lambda index: abs(places[index] - column))


def is_ordinary(text: str) -> bool:
    return (text.isascii() and "\t" not in text) or _ORDINARY.fullmatch(text) is not None


def columns(text: str) -> Sequence[int]:
    """The column before each character, and the one after the last."""
    if is_ordinary(text):
        return range(len(text) + 1)
    places = [0]
    for character in text:
        places.append(places[-1] + _width(character, places[-1]))
    return places


def _row_count(text: str, columns: int) -> int:
    if len(text) <= columns and is_ordinary(text):
        return 1
    if 2 * len(text) + (TAB_COLUMNS - 2) * text.count("\t") <= columns:
        return 1  # whatever its characters are
    return max(1, -(-len(text) // columns)) if is_ordinary(text) else len(_breaks(text, columns))


@lru_cache(maxsize=4096)
def _breaks(text: str, columns: int) -> tuple[int, ...]:
    """Where each row of a line starts."""
    starts, column = [0], 0
    for index, character in enumerate(text):
        width = _width(character, column)
        if column + width > columns and index > starts[-1]:
            starts.append(index)
            column, width = 0, _width(character, 0)
        column += width
    return tuple(starts)


def _width(character: str, column: int) -> int:
    if character == "\t":
        return TAB_COLUMNS - column % TAB_COLUMNS
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
