"""What a key does to the text of a code cell: auto-indent, brackets that close themselves, moving and commenting
lines.

Pure: text and selection in, an Edit out.  None means that the key has no rule here and the editor inserts it
plainly. Positions count in the text as given; editors pass UTF-16 units (text_units.py).  The rules never scan a
whole large cell: what they look at is bounded by the line, the selection and brackets.SCAN_LIMIT.
"""

from __future__ import annotations

import re

from capsule_desktop.widgets.brackets import CLOSERS, OPENERS, Scan, scan
from capsule_desktop.widgets.line_rules import indent_lines
from capsule_desktop.widgets.text_edits import (
    INDENT,
    Edit,
    Selection,
    end_of_line,
    indent_of,
    indent_width,
    start_of_line,
)

_QUOTES = "\"'"
_PAIRS = {**OPENERS, '"': '"', "'": "'"}
_BEFORE_PAIR = " \t\n)]}:;,"  # what may follow a bracket that closes itself
_STRING_PREFIX = re.compile(r"(?<![\w])(?:[rbfut]|rb|br|fr|rf|tr|rt)$", re.IGNORECASE)
_LEAVES_BLOCK = re.compile(r"\s*(?:return|pass|break|continue|raise)\b")


def typed(text: str, selection: Selection, character: str) -> Edit | None:
    """A printable character; None for plain insertion."""
    if not selection.empty:
        return _wrap(text, selection, character) if character in _PAIRS else None
    if character in CLOSERS:
        return _overtype_bracket(text, selection.caret, character) or _dedent_closer(text, selection.caret, character)
    if character in OPENERS:
        return _open_bracket(text, selection.caret, character)
    if character in _QUOTES:
        return _quote(text, selection.caret, character)
    return None


def newline(text: str, selection: Selection) -> Edit:
    """Enter: the next line begins where Python wants it."""
    start, end = selection.start, selection.end
    around = scan(text, start)
    indent = _next_indent(text, start, around)
    line_end = end_of_line(text, end)
    rest = text[end:line_end].lstrip(" \t")
    skipped = end + (line_end - end - len(rest)) if around.in_code else end
    after = ""
    if around.in_code and around.open and text[start - 1 : start] in OPENERS and rest[:1] == OPENERS[text[start - 1]]:
        after = "\n" + " " * indent_of(text, around.open[-1])
    caret = start + 1 + indent
    return Edit(start=start, end=skipped, inserted="\n" + " " * indent + after, anchor=caret, caret=caret)


def backspace(text: str, selection: Selection) -> Edit | None:
    """Takes an empty pair at once, and indentation by its stops."""
    caret = selection.caret
    if not selection.empty or caret == 0:
        return None
    before, after = text[caret - 1], text[caret : caret + 1]
    if before in _PAIRS and after == _PAIRS[before] and _is_own_pair(text, caret):
        return Edit(start=caret - 1, end=caret + 1, inserted="", anchor=caret - 1, caret=caret - 1)
    line_start = start_of_line(text, caret)
    lead = text[line_start:caret]
    if len(lead) < 2 or lead.strip(" "):
        return None
    width = (len(lead) - 1) % INDENT + 1
    return Edit(start=caret - width, end=caret, inserted="", anchor=caret - width, caret=caret - width)


def tab(text: str, selection: Selection) -> Edit:
    """Indents the selected lines, else goes on to the next stop with spaces."""
    if "\n" in text[selection.start : selection.end]:
        return indent_lines(text, selection)
    column = selection.start - start_of_line(text, selection.start)
    spaces = " " * (INDENT - column % INDENT)
    caret = selection.start + len(spaces)
    return Edit(start=selection.start, end=selection.end, inserted=spaces, anchor=caret, caret=caret)


def _wrap(text: str, selection: Selection, opener: str) -> Edit:
    inner = text[selection.start : selection.end]
    return Edit(
        start=selection.start,
        end=selection.end,
        inserted=opener + inner + _PAIRS[opener],
        anchor=selection.anchor + 1,
        caret=selection.caret + 1,
    )


def _step_over(caret: int, width: int = 1) -> Edit:
    return Edit(start=caret, end=caret, inserted="", anchor=caret + width, caret=caret + width)


def _pair(caret: int, opener: str, closer: str) -> Edit:
    return Edit(start=caret, end=caret, inserted=opener + closer, anchor=caret + len(opener), caret=caret + len(opener))


def _overtype_bracket(text: str, caret: int, closer: str) -> Edit | None:
    if text[caret : caret + 1] != closer:
        return None
    around = scan(text, caret)
    if around.in_code and not (around.open and text[around.open[-1]] == CLOSERS[closer]):
        return None
    return _step_over(caret)


def _dedent_closer(text: str, caret: int, closer: str) -> Edit | None:
    """A closer typed first on its line goes to where the line of its opener begins."""
    line_start = start_of_line(text, caret)
    if caret == line_start or text[line_start:caret].strip():
        return None
    around = scan(text, caret)
    if not (around.in_code and around.open and text[around.open[-1]] == CLOSERS[closer]):
        return None
    lead = " " * indent_of(text, around.open[-1])
    after = line_start + len(lead) + 1
    return Edit(start=line_start, end=caret, inserted=lead + closer, anchor=after, caret=after)


def _open_bracket(text: str, caret: int, opener: str) -> Edit | None:
    following = text[caret : caret + 1]
    around = scan(text, caret)
    fits = not following or following in _BEFORE_PAIR or following == around.quote[:1]
    if not fits or around.in_comment:
        return None
    return _pair(caret, opener, OPENERS[opener])


def _quote(text: str, caret: int, quote: str) -> Edit | None:
    around = scan(text, caret)
    if around.in_comment:
        return None
    if around.quote:
        return _quote_in_string(text, caret, quote, around)
    if text[max(0, caret - 2) : caret] == quote * 2:
        return _pair(caret, quote, quote * 3)  # the third of a triple
    following = text[caret : caret + 1]
    before = text[max(0, caret - 3) : caret]
    if (following and following not in _BEFORE_PAIR) or before[-1:] == quote:
        return None
    if (before[-1:].isalnum() or before[-1:] == "_") and not _STRING_PREFIX.search(before):
        return None
    return _pair(caret, quote, quote)


def _quote_in_string(text: str, caret: int, quote: str, around: Scan) -> Edit | None:
    ends_here = around.quote[0] == quote and text.startswith(around.quote, caret)
    escaped = (caret - len(text[:caret].rstrip("\\"))) % 2 == 1
    return _step_over(caret) if ends_here and not escaped else None


def _is_own_pair(text: str, caret: int) -> bool:
    """Whether the two around the caret belong together: the quotes of `"a"|"b"` do not."""
    if text[caret] not in _QUOTES:
        return True
    around = scan(text, caret)
    return around.quote == text[caret] and around.quote_start == caret - 1


def _next_indent(text: str, caret: int, around: Scan) -> int:
    line_start = start_of_line(text, caret)
    if around.quote:
        return indent_width(text[line_start:caret]) if len(around.quote) == 3 else indent_of(text, around.quote_start)
    if around.open:
        return _indent_in_bracket(text, caret, around.open[-1])
    before = text[line_start:caret]
    statement_start = _statement_start(text, line_start)
    indent = min(
        indent_width(text[statement_start:]), max(len(before), 0) if statement_start == line_start else len(text)
    )
    code = _without_comment(text, line_start, caret)
    if code.endswith(":"):
        return indent + INDENT
    if _LEAVES_BLOCK.match(text[statement_start:caret]) and code:
        return max(0, indent - INDENT)
    return indent


def _indent_in_bracket(text: str, caret: int, opener: int) -> int:
    """Under what follows the bracket, or, where nothing does, one step in from the bracket's line."""
    line_end = min(end_of_line(text, opener), caret)
    if not text[opener + 1 : line_end].strip() or text[opener + 1 : line_end].lstrip().startswith("#"):
        return indent_of(text, opener) + INDENT
    if start_of_line(text, caret) > opener:
        return indent_width(text[start_of_line(text, caret) : caret])
    return opener + 1 - start_of_line(text, opener)


def _statement_start(text: str, line_start: int) -> int:
    """The line on which the statement began whose last brackets or string close on this line."""
    around = scan(text, line_start)
    if around.open:
        return start_of_line(text, around.open[0])
    if len(around.quote) == 3:
        return start_of_line(text, around.quote_start)
    return line_start


def _without_comment(text: str, line_start: int, caret: int) -> str:
    """The line's code up to the caret."""
    position = text.find("#", line_start, caret)
    while position >= 0 and not scan(text, position).in_code:
        position = text.find("#", position + 1, caret)
    return text[line_start : caret if position < 0 else position].rstrip()
