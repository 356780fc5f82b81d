"""An edit of a text with the selection it leaves, and the lines that editing rules reckon with.

Pure; positions count in the text as given, which for editors is UTF-16 units.
"""

from __future__ import annotations

from dataclasses import dataclass

INDENT = 4


@dataclass(frozen=True, kw_only=True)
class Selection:
    """From anchor to caret, either way round."""

    anchor: int
    caret: int

    @property
    def start(self) -> int:
        return min(self.anchor, self.caret)

    @property
    def end(self) -> int:
        return max(self.anchor, self.caret)

    @property
    def empty(self) -> bool:
        return self.anchor == self.caret


@dataclass(frozen=True, kw_only=True)
class Edit:
    """text[start:end] becomes `inserted`, then the selection goes from anchor to caret."""

    start: int
    end: int
    inserted: str
    anchor: int
    caret: int

    def applied_to(self, text: str) -> str:
        return text[: self.start] + self.inserted + text[self.end :]


def start_of_line(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


def end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def indent_of(text: str, position: int) -> int:
    line_start = start_of_line(text, position)
    return indent_width(text[line_start : end_of_line(text, line_start)])


def indent_width(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
