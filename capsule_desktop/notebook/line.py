"""One line of terminal text, and the styles of its characters.

A line that was written with nothing but colours keeps what was written and reads its spans from that when they are
first asked for.  Pure; made by ansi.py and by views that write lines of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from capsule_desktop.notebook.sgr import PLAIN, Style, select

COLOR = re.compile(r"\x1b\[([0-?]{0,64})m")


class Span(NamedTuple):
    """`length` characters in one style."""

    length: int
    style: Style


class Line:
    """`text` without its sequences; no spans means all PLAIN.  continues: it was cut, and the next line belongs to it.

    written: the text with its colours, which hold from the style `before` on, in the place of spans.
    """

    __slots__ = ("_before", "_spans", "_written", "continues", "text")

    def __init__(
        self,
        text: str,
        spans: tuple[Span, ...] = (),
        continues: bool = False,
        *,
        written: str = "",
        before: Style = PLAIN,
    ) -> None:
        self.text = text
        self.continues = continues
        self._spans = spans
        self._written = written
        self._before = before

    @property
    def spans(self) -> tuple[Span, ...]:
        if self._written:
            self._spans, self._written = _read(self._written, self._before), ""
        return self._spans

    def runs(self) -> tuple[Span, ...]:
        return self.spans or (Span(len(self.text), PLAIN),)

    def continued(self) -> Line:
        """The same line, cut here."""
        return Line(self.text, self.spans, True)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Line):
            return NotImplemented
        return (self.text, self.spans, self.continues) == (other.text, other.spans, other.continues)

    def __hash__(self) -> int:
        return hash((self.text, self.spans, self.continues))

    def __repr__(self) -> str:
        return f"Line({self.text!r}, {self.spans!r}, {self.continues!r})"


def style_after(style: Style, written: str) -> Style:
    """What holds at the end of a line of text and colours; most lines end with a reset."""
    last = written.rfind("\x1b[")
    if last < 0:
        return style
    if written.startswith(("\x1b[0m", "\x1b[m"), last):
        return PLAIN
    for params in COLOR.findall(written):
        style = select(style, params)
    return style


def _read(written: str, style: Style) -> tuple[Span, ...]:
    parts = COLOR.split(written)  # text, parameters, text, parameters, ... text
    spans: list[Span] = []
    for index, part in enumerate(parts):
        if index & 1:
            style = select(style, part)
        else:
            spans.append(Span(len(part), style))
    return joined(spans)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Neighbours of one style as one span; () where all is PLAIN."""
    result: list[Span] = []
    for span in spans:
        if result and result[-1].style == span.style:
            result[-1] = Span(result[-1].length + span.length, span.style)
        elif span.length:
            result.append(span)
    return () if all(span.style == PLAIN for span in result) else tuple(result)
