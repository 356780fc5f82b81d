"""Where brackets open and close in Python text: what editing rules and the bracket highlight ask.

Pure; positions are indices into the text as given (editors pass UTF-16 units).  A scan is bounded: it begins at
most SCAN_LIMIT before the caret, at the start of a line, so that a key press in a huge cell costs what it costs in
a small one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OPENERS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = {close: open_ for open_, close in OPENERS.items()}
SCAN_LIMIT = 20_000  # characters to either side of the caret

_TOKEN = re.compile(r'"""|\'\'\'|["\'#()\[\]{}\n]|\\.', re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What stands at the end of a scan: quote is the string's delimiter or "", open the brackets' positions."""

    quote: str
    quote_start: int
    in_comment: bool
    open: tuple[int, ...]

    @property
    def in_code(self) -> bool:
        return not self.quote and not self.in_comment


def scan(text: str, end: int) -> Scan:
    """What encloses position `end`."""
    reader = _Reader()
    for match in _TOKEN.finditer(text, _scan_start(text, end), end):
        reader.take(match.group(), match.start())
    return Scan(
        quote=reader.quote,
        quote_start=reader.quote_start,
        in_comment=reader.comment,
        open=tuple(p for p, _ in reader.open),
    )


def matching(text: str, caret: int) -> tuple[int, int] | None:
    """The positions of the bracket beside the caret and of its partner; the one before the caret comes first."""
    beside = [p for p in (caret - 1, caret) if 0 <= p < len(text) and (text[p] in OPENERS or text[p] in CLOSERS)]
    if not beside:
        return None
    start, stop = _scan_start(text, caret), min(len(text), caret + SCAN_LIMIT)
    reader = _Reader()
    pairs: dict[int, int] = {}
    for match in _TOKEN.finditer(text, start, stop):
        partner = reader.take(match.group(), match.start())
        if partner is not None:
            pairs[partner], pairs[match.start()] = match.start(), partner
        if match.start() > caret and any(p in pairs for p in beside):
            break
    return next(((p, pairs[p]) for p in beside if p in pairs), None)


def _scan_start(text: str, end: int) -> int:
    return 0 if end <= SCAN_LIMIT else text.rfind("\n", 0, end - SCAN_LIMIT) + 1


class _Reader:
    """Takes tokens one by one; a closer gives the position of what it closes."""

    def __init__(self) -> None:
        self.quote = ""
        self.quote_start = 0
        self.comment = False
        self.open: list[tuple[int, str]] = []

    def take(self, token: str, position: int) -> int | None:
        if self.comment:
            self.comment = token != "\n"
        elif self.quote:
            self._take_in_string(token)
        elif token == "#":
            self.comment = True
        elif token[0] in "\"'":
            self.quote, self.quote_start = token, position
        elif token in OPENERS:
            self.open.append((position, token))
        elif token in CLOSERS:
            return self._close(token)
        return None

    def _take_in_string(self, token: str) -> None:
        if token == self.quote or (len(self.quote) == 1 and token == "\n"):
            self.quote = ""
        elif len(self.quote) == 1 and token == self.quote * 3:
            # "a""" : the string ends at the first, the other two open and close an empty one.
            self.quote = ""

    def _close(self, token: str) -> int | None:
        if self.open and self.open[-1][1] == CLOSERS[token]:
            return self.open.pop()[0]
        return None
