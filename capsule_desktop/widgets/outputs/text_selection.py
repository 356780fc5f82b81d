"""What is selected in lines of text: an anchor, a caret, and what lies between them.

No Qt.  Positions are (line, character); a selection by word or by line keeps whole ones while it is dragged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple, assert_never

from capsule_desktop.notebook.line import Line

_WORD = re.compile(r"\w+|[^\w\s]+|\s+")


class Position(NamedTuple):
    line: int
    character: int


class Unit(Enum):
    CHARACTER = auto()
    WORD = auto()
    LINE = auto()


class Selection(NamedTuple):
    """From `start` up to `stop`; empty where they are the same."""

    start: Position
    stop: Position

    @property
    def empty(self) -> bool:
        return self.start == self.stop

    def within(self, line: int, length: int) -> tuple[int, int]:
        """The selected characters of a line of this length, as start and stop."""
        start = self.start.character if line == self.start.line else 0
        stop = self.stop.character if line == self.stop.line else length
        return (start, stop) if self.start.line <= line <= self.stop.line else (0, 0)

    def moved(self, lines: int) -> Selection | None:
        """The same text after it moved by `lines`; None where its start is gone."""
        if self.start.line + lines < 0:
            return None
        return Selection(*(Position(place.line + lines, place.character) for place in self))


def selected(anchor: Position, caret: Position, unit: Unit, lines: Sequence[Line]) -> Selection:
    """What a drag from anchor to caret selects."""
    first, last = sorted((anchor, caret))
    match unit:
        case Unit.CHARACTER:
            return Selection(first, last)
        case Unit.WORD:
            return Selection(
                Position(first.line, _word(lines[first.line].text, first.character)[0]),
                Position(last.line, _word(lines[last.line].text, last.character)[1]),
            )
        case Unit.LINE:
            return Selection(Position(first.line, 0), Position(last.line, len(lines[last.line].text)))
        case _:
            assert_never(unit)


def everything(lines: Sequence[Line]) -> Selection:
    last = len(lines) - 1
    return Selection(Position(0, 0), Position(max(0, last), len(lines[last].text) if lines else 0))


def text_of(selection: Selection, lines: Sequence[Line]) -> str:
    """The selected text; a line that was cut for its length is joined with what goes on below it."""
    pieces: list[str] = []
    for number in range(selection.start.line, selection.stop.line + 1):
        line = lines[number]
        start, stop = selection.within(number, len(line.text))
        pieces.append(line.text[start:stop])
        if number < selection.stop.line and not line.continues:
            pieces.append("\n")
    return "".join(pieces)


def _word(text: str, character: int) -> tuple[int, int]:
    for match in _WORD.finditer(text):
        if match.end() > character or match.end() == len(text):
            return match.span()
    return (0, 0)
