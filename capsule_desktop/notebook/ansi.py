"""Terminal text as styled lines: what a stream printed, with its colours, \\r, \\b and cursor moves.

Pure: `AnsiText.feed` takes pieces of any size and keeps the lines that an output shows.  The state is bounded
(invariant 13): the first `head_lines` and the last `tail_lines` are kept, those between are counted; a line is cut at
MAX_LINE_CHARS and goes on in the next one; an escape sequence is at most a few thousand characters.  What the pieces
add up to is the same however they were cut.  Plain text takes a fast path, since a flood is nearly always plain.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence

from capsule_desktop.notebook.line import COLOR, Line, Span, joined, style_after
from capsule_desktop.notebook.sgr import PLAIN, Style, select

HEAD_LINES = 50
TAIL_LINES = 2000
MAX_LINE_CHARS = 10_000  # one longer line would make a single paint slow


_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_STRING = r"\x1b[\]PX^_][^\x07\x1b\n]{0,4096}"  # OSC, DCS, SOS, PM, APC: a title, a link, nothing that is shown
_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x08\x0a-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<params>[0-?]{0,64})[ -/]{0,4}(?P<final>[@-~])"
    rf"|{_STRING}(?:\x07|\x1b\\|(?=\x1b[^\\])|(?=\n))"
    r"|\x1b[ -/]{0,4}[0-OQ-WYZ\\`-~]"
    rf"|(?P<cut>(?:\x1b\[[0-?]{{0,64}}[ -/]{{0,4}}|{_STRING}\x1b?|\x1b[ -/]{{0,4}})\Z)"
    r"|(?P<control>[\s\S])"
)


class AnsiText:
    """The lines a stream has printed so far: `head`, then `hidden` lines that were let go, then `tail`."""

    def __init__(self, *, head_lines: int = HEAD_LINES, tail_lines: int = TAIL_LINES) -> None:
        self.hidden = 0
        self.revision = 0  # how many pieces were fed
        self.head: list[Line] = []
        self.tail: deque[Line] = deque([Line("")])
        self._head_lines = head_lines
        self._tail_lines = tail_lines
        self._style = PLAIN
        self._column = 0
        self._up = 0  # how many lines the cursor stands above the last one
        self._cut = ""  # an escape sequence whose end has not come yet

    def feed(self, piece: str) -> None:
        """Take the next piece; its cost depends on the piece alone, not on what came before."""
        self.revision += 1
        if not piece.isascii():
            piece = _SURROGATE.sub("\ufffd", piece)
        if self._cut:
            piece, self._cut = self._cut + piece, ""
        if "\r\n" in piece:
            piece = piece.replace("\r\n", "\n")
        if _ODD.search(piece) is None:
            self._feed_plain(piece)
        else:
            self._feed_sequences(piece)

    def lines(self) -> list[Line]:
        """What is kept; an empty last line (text that ended in a newline) is left out."""
        kept = [*self.head, *self.tail]
        if not kept[-1].text:
            kept.pop()
        return kept

    def _feed_plain(self, piece: str) -> None:
        parts = piece.split("\n")
        if self._up or self._column + len(parts[0]) > MAX_LINE_CHARS or max(map(len, parts)) > MAX_LINE_CHARS:
            self._put_parts(parts)
            return
        self._put(parts[0])
        if len(parts) > 1:
            self._append_lines(parts[1:])

    def _put_parts(self, parts: Sequence[str]) -> None:
        self._put(parts[0])
        for part in parts[1:]:
            self._newline()
            self._put(part)

    def _append_lines(self, texts: list[str]) -> None:
        """Whole new lines below the last one; those that would fall out again at once are only counted."""
        missing_head = self._head_lines - len(self.head)
        if missing_head and len(self.tail) + len(texts) > self._tail_lines:
            first = self._tail_lines + missing_head
            self._extend_tail(texts[:first])
            texts = texts[first:]
        self._extend_tail(texts)

    def _extend_tail(self, texts: list[str]) -> None:
        if not texts:
            return
        if len(texts) > self._tail_lines and len(self.head) == self._head_lines:
            self.hidden += len(self.tail) + len(texts) - self._tail_lines
            self.tail.clear()
            texts = texts[-self._tail_lines :]
        self.tail.extend(Line(text, self._spans(len(text))) for text in texts)
        self._column = len(texts[-1])
        self._let_go()

    def _let_go(self) -> None:
        while len(self.tail) > self._tail_lines:
            line = self.tail.popleft()
            if len(self.head) < self._head_lines:
                self.head.append(line)
            else:
                self.hidden += 1

    def _spans(self, length: int) -> tuple[Span, ...]:
        return () if self._style is PLAIN or not length else (Span(length, self._style),)

    def _feed_sequences(self, piece: str) -> None:
        *lines, last = piece.split("\n")
        for line in lines:
            if self._take_coloured(line):
                self._newline()
            else:
                self._feed_tokens(line + "\n")
        self._feed_tokens(last)

    def _take_coloured(self, written: str) -> bool:
        """A whole line that holds nothing but text and colours, onto an empty one; False where it is more than that.
        Its colours are not read before somebody looks: of a flood, hardly a line is ever painted."""
        if self._up or self._column or self.tail[-1].text:
            return False
        text = COLOR.sub("", written)
        if len(text) > MAX_LINE_CHARS or _ODD.search(text):
            return False
        self.tail[-1] = Line(text, written=written, before=self._style)
        self._style = style_after(self._style, written)
        return True

    def _feed_tokens(self, piece: str) -> None:
        for token in _TOKEN.finditer(piece):
            match token.lastgroup:
                case "text":
                    self._put(token[0])
                case "final":
                    self._control_sequence(token["params"], token["final"])
                case "cut":
                    self._cut = token[0]
                case "control":
                    self._control(token[0])
                case _:
                    pass  # a sequence that means nothing on a page

    def _control(self, character: str) -> None:
        match character:
            case "\n":
                self._newline()
            case "\r":
                self._column = 0
            case "\b":
                self._column = max(0, self._column - 1)
            case _:
                pass

    def _newline(self) -> None:
        self._column = 0
        if self._up:
            self._up -= 1
            return
        self.tail.append(Line(""))
        self._let_go()

    def _control_sequence(self, params: str, final: str) -> None:
        if final == "m":
            self._style = select(self._style, params)
        elif final in _MOVES and not params.startswith(("?", "<", "=", ">")):
            self._move(final, _number(params))
        elif final == "K":
            self._erase_line(_number(params) or 0)
        elif final == "J" and not _number(params):
            self._erase_below()

    def _move(self, final: str, given: int | None) -> None:
        count = max(1, given or 1)
        match final:
            case "A" | "F":
                self._up = min(self._up + count, len(self.tail) - 1)
            case "B" | "E":
                self._up = max(0, self._up - count)
            case "C":
                self._column = min(self._column + count, MAX_LINE_CHARS - 1)
            case "D":
                self._column = max(0, self._column - count)
            case _:  # G
                self._column = min(count, MAX_LINE_CHARS) - 1
        if final in "EF":
            self._column = 0

    def _erase_line(self, mode: int) -> None:
        line = self.tail[-1 - self._up]
        match mode:
            case 0 if self._column < len(line.text):
                self._replace(Line(line.text[: self._column], joined(_cut(line, 0, self._column)), line.continues))
            case 1:
                blank = min(self._column + 1, len(line.text))
                self._replace(_overwritten(line, 0, " " * blank, PLAIN))
            case 2:
                self._replace(Line(""))
            case _:
                pass

    def _erase_below(self) -> None:
        self._erase_line(0)
        for _ in range(self._up):
            self.tail.pop()
        self._up = 0

    def _replace(self, line: Line) -> None:
        self.tail[-1 - self._up] = line

    def _put(self, text: str) -> None:
        while text:
            room = MAX_LINE_CHARS - self._column
            if room <= 0:
                self._replace(self.tail[-1 - self._up].continued())
                self._newline()
                continue
            self._replace(_overwritten(self.tail[-1 - self._up], self._column, text[:room], self._style))
            self._column += min(room, len(text))
            text = text[room:]


_MOVES = frozenset("ABCDEFG")


def _number(params: str) -> int | None:
    """The first parameter; None where it is left out or is none."""
    first = params.split(";", 1)[0]
    return min(int(first), 1_000_000) if first.isdecimal() else None


def _overwritten(line: Line, column: int, text: str, style: Style) -> Line:
    """`text` written at `column`, over what stood there; a gap before it is filled with blanks."""
    before = line.text if column == len(line.text) else line.text[:column].ljust(column)
    whole = before + text + line.text[column + len(text) :]
    if not line.spans and style == PLAIN:
        return Line(whole, (), line.continues)
    gap = column - min(column, len(line.text))
    end = column + len(text)
    pieces = [*_cut(line, 0, column), Span(gap, PLAIN), Span(len(text), style), *_cut(line, end, len(line.text))]
    return Line(whole, joined(pieces), line.continues)


def _cut(line: Line, start: int, stop: int) -> Iterable[Span]:
    """The spans of line[start:stop]."""
    position = 0
    for length, style in line.runs():
        begin, end = max(position, start), min(position + length, stop)
        if begin < end:
            yield Span(end - begin, style)
        position += length


def plain_text(text: str) -> str:
    """All of text as it would stand on a terminal, without its colours."""
    shown = AnsiText(head_lines=0, tail_lines=text.count("\n") + text.count("\x1b") + len(text) // MAX_LINE_CHARS + 2)
    shown.feed(text)
    return "".join(line.text + ("" if line.continues else "\n") for line in shown.lines())
