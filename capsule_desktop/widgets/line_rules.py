"""What a key does to whole lines of a cell: indent, dedent, comment, move, delete.

Pure: text and selection in, an Edit out; the selection goes along with its lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from capsule_desktop.widgets.text_edits import INDENT, Edit, Selection, end_of_line, indent_width, start_of_line


def indent_lines(text: str, selection: Selection) -> Edit:
    return _edit_lines(text, selection, lambda line: " " * INDENT + line if line.strip() else line)


def dedent_lines(text: str, selection: Selection) -> Edit:
    return _edit_lines(text, selection, _dedented)


def toggle_comment(text: str, selection: Selection) -> Edit:
    """Comments the lines out at their common indentation, or, where all are comments already, back in."""
    start, end = _line_range(text, selection)
    filled = [line for line in text[start:end].split("\n") if line.strip()]
    if filled and all(line.lstrip().startswith("#") for line in filled):
        return _edit_lines(text, selection, lambda line: re.sub(r"^(\s*)# ?", r"\1", line))
    column = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    return _edit_lines(
        text, selection, lambda line: f"{line[:column]}# {line[column:]}" if line.strip() or not filled else line
    )


def go_to_start(text: str, selection: Selection, *, extend: bool) -> Edit:
    """To the line's first character that is no blank; from there to its very start."""
    start = start_of_line(text, selection.caret)
    line = text[start : end_of_line(text, selection.caret)]
    filled = start + len(line) - len(line.lstrip())
    caret = start if selection.caret == filled else filled
    return Edit(start=0, end=0, inserted="", anchor=selection.anchor if extend else caret, caret=caret)


def move_lines(text: str, selection: Selection, *, up: bool) -> Edit | None:
    """Swaps the lines with the one above or below; None at the edge."""
    start, end = _line_range(text, selection)
    lines = text[start:end]
    if up:
        if start == 0:
            return None
        other_start = start_of_line(text, start - 1)
        other = text[other_start : start - 1]
        shift = -(len(other) + 1)
        return _swap(selection, other_start, end, f"{lines}\n{other}", shift)
    if end == len(text):
        return None
    other_end = end_of_line(text, end + 1)
    other = text[end + 1 : other_end]
    return _swap(selection, start, other_end, f"{other}\n{lines}", len(other) + 1)


def delete_lines(text: str, selection: Selection) -> Edit:
    """The lines go; the caret keeps its column on what comes up."""
    start, end = _line_range(text, selection)
    column = selection.caret - start_of_line(text, selection.caret)
    if end < len(text):
        caret = min(start + column, start + end_of_line(text, end + 1) - end - 1)
        return Edit(start=start, end=end + 1, inserted="", anchor=caret, caret=caret)
    start = max(0, start - 1)
    caret = min(start_of_line(text, start) + column, start)
    return Edit(start=start, end=end, inserted="", anchor=caret, caret=caret)


def _dedented(line: str) -> str:
    lead = indent_width(line)
    return line[min(lead, INDENT) :] if not line.startswith("\t") else line[1:]


def _swap(selection: Selection, start: int, end: int, inserted: str, shift: int) -> Edit:
    """The selection goes along; what of it lay behind the lines may end with the text."""
    anchor, caret = (min(end, position + shift) for position in (selection.anchor, selection.caret))
    return Edit(start=start, end=end, inserted=inserted, anchor=anchor, caret=caret)


def _edit_lines(text: str, selection: Selection, change: Callable[[str], str]) -> Edit:
    """Each line through `change`, which alters only what stands before the line's code; the selection follows it."""
    start, end = _line_range(text, selection)
    old = text[start:end].split("\n")
    new = [change(line) for line in old]

    def moved(position: int) -> int:
        if position > end:
            return position + sum(map(len, new)) - sum(map(len, old))
        line_start, shift = start, 0
        for before, after in zip(old, new, strict=True):
            if position <= line_start + len(before):
                column, tail = position - line_start, _common_tail(before, after)
                place = (
                    column + len(after) - len(before)
                    if column >= len(before) - tail
                    else min(column, len(after) - tail)
                )
                return line_start + shift + max(place, 0)
            line_start += len(before) + 1
            shift += len(after) - len(before)
        return position + shift

    return Edit(
        start=start, end=end, inserted="\n".join(new), anchor=moved(selection.anchor), caret=moved(selection.caret)
    )


def _common_tail(one: str, other: str) -> int:
    return next(
        (i for i in range(min(len(one), len(other))) if one[-1 - i] != other[-1 - i]), min(len(one), len(other))
    )


def _line_range(text: str, selection: Selection) -> tuple[int, int]:
    """From the first line's start to the last one's end; a selection that ends at a line's start leaves it out."""
    end = selection.end
    if end > selection.start and text[end - 1] == "\n":
        end -= 1
    return start_of_line(text, selection.start), end_of_line(text, end)
