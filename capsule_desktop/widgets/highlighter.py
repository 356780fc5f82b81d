"""Colours the blocks of a code editor's document as it changes.

Our own in place of QSyntaxHighlighter, which does all that follows an opened triple quote inside the key press.
This one spends at most a few milliseconds there and leaves the rest to IdleSlices.  Formats lie on the layouts,
never in the document, and follow a composition (IME).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QTextBlock, QTextCharFormat, QTextDocument, QTextLayout

from capsule_desktop.widgets.code_lexer import PLAIN, PYTHON, LineState, Span, Tone, lex_line
from capsule_desktop.widgets.idle_slices import IdleSlices
from capsule_desktop.widgets.palette import Palette

_BUDGET_S = 0.003  # of one key press; a frame is 16 ms


class Highlighter(QObject):
    """Belongs to one document; `set_language` and `set_palette` colour it anew."""

    def __init__(self, document: QTextDocument, palette: Palette, idle: IdleSlices) -> None:
        super().__init__(document)
        self._document = document
        self._idle = idle
        self._start = PYTHON
        self._numbers: dict[LineState, int] = {}
        self._states: list[LineState] = []
        self._formats = _formats(palette)
        self._pending: int | None = None  # the first block that may be coloured wrongly
        self._blocks = 1  # how many there were at the last change
        self._paused = False
        document.contentsChange.connect(self._on_contents_change)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What changes meanwhile is not coloured: it is a format, or `restart` follows."""
        self._paused = True
        try:
            yield
        finally:
            self._paused = False

    def restart(self) -> None:
        """All of it is coloured anew, when there is time."""
        self._pending, self._blocks = 0, self._document.blockCount()
        self._idle.add(self, self._colour_some)

    def stop(self) -> None:
        """Nothing more is coloured until the text changes."""
        self._pending = None
        self._idle.remove(self)

    def set_palette(self, palette: Palette) -> None:
        self._formats = _formats(palette)
        self.restart()

    def set_python(self, python: bool) -> None:
        """False: plain text, as in markdown and raw cells."""
        start = PYTHON if python else PLAIN
        if start != self._start:
            self._start = start
            self.restart()

    def _on_contents_change(self, position: int, _removed: int, added: int) -> None:
        if self._paused:
            return
        first = self._document.findBlock(position)
        if not first.isValid():
            first = self._document.lastBlock()
        last = self._document.findBlock(position + added)
        last_number = last.blockNumber() if last.isValid() else self._document.blockCount() - 1
        pending, self._blocks = self._moved_pending(first.blockNumber()), self._document.blockCount()
        if pending is not None and pending < first.blockNumber():
            self._pending = pending
            return  # the slices come here anyway
        self._colour(first, last_number, time.perf_counter() + _BUDGET_S)
        if self._pending is None:
            self._pending = pending

    def _moved_pending(self, first_changed: int) -> int | None:
        """The pending block's number now that lines came or went."""
        if self._pending is None or self._pending < first_changed:
            return self._pending
        return max(first_changed, self._pending + self._document.blockCount() - self._blocks)

    def _colour_some(self) -> bool:
        if self._pending is not None:
            block = self._document.findBlockByNumber(min(self._pending, self._document.blockCount() - 1))
            self._colour(block, self._document.blockCount() - 1, time.perf_counter() + _BUDGET_S)
        return self._pending is not None

    def _colour(self, block: QTextBlock, last_number: int, until: float) -> None:
        """From `block` to `last_number` and on until what follows is right already, or time is up."""
        begin = end = block.position()
        before = block.previous()
        state = self._state_of(before) if before.isValid() else self._start
        self._pending = None
        while block.isValid():
            spans, state = lex_line(block.text(), state, first=block.blockNumber() == 0)
            number = self._number_of(state)
            changed, at = block.userState() != number, block.blockNumber()
            block.setUserState(number)
            self._apply(block, spans)
            end = block.position() + block.length()
            block = block.next()
            if not changed and at >= last_number:
                break
            if time.perf_counter() > until and block.isValid():
                self._pending = at + 1
                self._idle.add(self, self._colour_some)
                break
        self._document.markContentsDirty(begin, end - begin)

    def _apply(self, block: QTextBlock, spans: tuple[Span, ...]) -> None:
        layout = block.layout()
        preedit_at, preedit_length = layout.preeditAreaPosition(), len(layout.preeditAreaText())
        kept = [r for r in layout.formats() if preedit_length and _within(r, preedit_at, preedit_length)]
        ranges: list[QTextLayout.FormatRange] = []
        for span in spans:
            item = QTextLayout.FormatRange()
            shift = preedit_length if preedit_length and span.start >= preedit_at else 0
            item.start, item.length, item.format = span.start + shift, span.length, self._formats[span.tone]
            ranges.append(item)
        layout.setFormats(ranges + kept)

    def _number_of(self, state: LineState) -> int:
        number = self._numbers.get(state)
        if number is None:
            number = self._numbers[state] = len(self._states)
            self._states.append(state)
        return number

    def _state_of(self, block: QTextBlock) -> LineState:
        number = block.userState()
        return self._states[number] if 0 <= number < len(self._states) else self._start


def _within(item: QTextLayout.FormatRange, start: int, length: int) -> bool:
    return bool(item.start >= start and item.start + item.length <= start + length)


def _formats(palette: Palette) -> dict[Tone, QTextCharFormat]:
    colours = {
        Tone.KEYWORD: palette.keyword,
        Tone.STRING: palette.string,
        Tone.COMMENT: palette.comment,
        Tone.NUMBER: palette.number,
        Tone.FUNCTION: palette.function,
    }
    formats = {}
    for tone, colour in colours.items():
        formats[tone] = QTextCharFormat()
        formats[tone].setForeground(QColor(colour))
    return formats
