"""Lines of text on a grid of equal columns: how they wrap, and which character stands where.

No Qt.  East Asian wide characters take two columns, combining ones none, a tab goes to the next eighth column.  Lines
of ordinary characters are placed by arithmetic, since a flood lays out two thousand of them thirty times a second.
"""

from __future__ import annotations

import re
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


# Two columns each: what East Asian Width calls wide or fullwidth, emoji among them.
_WIDE = re.compile(
    "[\u1100-\u115f\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1"
    "\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c"
    "\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c"
    "\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6"
    "\U00016fe0-\U00018dff\U0001aff0-\U0001b2ff\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a"
    "\U0001f200-\U0001f320\U0001f32d-\U0001f64f\U0001f680-\U0001f6fc\U0001f7e0-\U0001f7f0\U0001f90c-\U0001faff"
    "\U00020000-\U0003fffd]"
)
# None: marks on the character before, joiners, variation selectors, and the like.
_JOINING = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0900-\u0902\u093c\u0941-\u0948\u094d"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u2064\u20d0-\u20f0"
    "\u302a-\u302d\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\u00ad\U000e0001-\U000e01ef]"
)


class Row(NamedTuple):
    """The characters start to stop of a line, shown in one row."""

    line: int
    start: int
    stop: int


class TextGrid:
    """`texts` wrapped at `columns`; by_words: at blanks where there are, as prose is, which takes longer."""

    def __init__(self, texts: Sequence[str], columns: int, *, by_words: bool = False) -> None:
        self._texts = texts
        self._columns = max(1, columns)
        self._by_words = by_words
        self._ends = list(accumulate(map(self._row_count, texts)))

    @property
    def rows(self) -> int:
        return self._ends[-1] if self._ends else 0

    def row(self, index: int) -> Row:
        """Row `index`, 0 to rows - 1."""
        line = bisect_right(self._ends, index)
        within = index - self.first_row(line)
        text = self._texts[line]
        if self._by_words:
            starts = (*_word_breaks(text, self._columns), len(text))
            return Row(line, starts[within], starts[within + 1])
        if is_ordinary(text):
            return Row(line, within * self._columns, min(len(text), (within + 1) * self._columns))
        breaks = (*_breaks(text, self._columns), len(text))
        return Row(line, breaks[within], breaks[within + 1])

    def first_row(self, line: int) -> int:
        return self._ends[line - 1] if line else 0

    def _row_count(self, text: str) -> int:
        count = _row_count(text, self._columns)
        return len(_word_breaks(text, self._columns)) if self._by_words and count > 1 else count

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
    if 2 * len(text) <= columns and "\t" not in text:
        return 1  # whatever is in it: no character but a tab takes more than two
    if len(text) <= columns and is_ordinary(text):
        return 1
    if len(text) + len(_WIDE.findall(text)) + (TAB_COLUMNS - 1) * text.count("\t") <= columns:
        return 1
    return max(1, -(-len(text) // columns)) if is_ordinary(text) else len(_breaks(text, columns))


@lru_cache(maxsize=4096)
def _breaks(text: str, columns: int) -> tuple[int, ...]:
    """Where each row of a line starts."""
    if "\t" in text or _JOINING.search(text):
        return _breaks_by_character(text, columns)
    starts, room = [0], columns
    index = 0
    while index < len(text):
        # Half of the room holds as many characters even if all are wide, so few steps fill a row.
        piece = text[index : index + max(1, room // 2)]
        width = len(piece) + len(_WIDE.findall(piece))
        if width > room and index > starts[-1]:
            starts.append(index)
            room = columns
            continue
        index, room = index + len(piece), room - width
    return tuple(starts)


@lru_cache(maxsize=1024)
def _word_breaks(text: str, columns: int) -> tuple[int, ...]:
    """Where each row of a line starts: behind the last blank, unless that is in the row's first half or only indents.

    The blank stands at the row's end, one past its last column even.
    """
    starts = [0]
    while True:
        start = starts[-1]
        piece = text[start : start + 2 * columns + 1]  # a row has more characters only of such as take no column
        rows = _breaks(piece, columns)
        if len(rows) == 1 and start + len(piece) >= len(text):
            return tuple(starts)
        stop = rows[1] if len(rows) > 1 else len(piece)
        blank = piece.rfind(" ", stop // 2, stop + 1)
        following = start + (blank + 1 if piece[: max(0, blank)].strip() else stop)
        if following >= len(text):
            return tuple(starts)
        starts.append(following)


def _breaks_by_character(text: str, columns: int) -> tuple[int, ...]:
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
    if _JOINING.match(character):
        return 0
    return 2 if _WIDE.match(character) else 1
