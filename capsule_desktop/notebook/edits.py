"""All undo: the text changes of a cell, and the cell operations of a notebook, each a list of its own.

Owns what one step is and how it is turned round.  Called by document.py, which applies the steps.  Invariant: a step
applied and then its inverse leave everything as it was, text histories included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from capsule_desktop.notebook import utf16
from capsule_desktop.notebook.cell import Cell, CellId

TEXT_STEPS = 2000  # a cell; older ones are forgotten
CELL_STEPS = 200  # a notebook; each may hold deleted cells with their outputs
BURST_S = 1.0  # a pause in typing longer than this begins a new step

_WORD_BEGINS = re.compile(r"\s\S")


@dataclass(frozen=True, kw_only=True)
class TextChange:
    """One edit of a cell's text: at position, `removed` went and `inserted` came; in UTF-16 units, carets too."""

    position: int
    removed: str
    inserted: str
    caret_before: int
    caret_after: int

    def inverse(self) -> TextChange:
        return TextChange(
            position=self.position,
            removed=self.inserted,
            inserted=self.removed,
            caret_before=self.caret_after,
            caret_after=self.caret_before,
        )


def applied(text: str, change: TextChange) -> str:
    """text after change.  Raises IndexError where it does not fit."""
    start = utf16.index(text, change.position)
    end = start + len(change.removed)
    if end > len(text):
        raise IndexError(f"{len(change.removed)} characters at {change.position} are more than the text has")
    return text[:start] + change.inserted + text[end:]


def change_between(before: str, after: str) -> TextChange:
    """The smallest single change that turns one text into the other; the caret ends behind it."""
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    tail = next((i for i in range(shorter - head) if before[-1 - i] != after[-1 - i]), shorter - head)
    removed, inserted = before[head : len(before) - tail], after[head : len(after) - tail]
    position = utf16.length(before[:head])
    return TextChange(
        position=position,
        removed=removed,
        inserted=inserted,
        caret_before=position + utf16.length(removed),
        caret_after=position + utf16.length(inserted),
    )


@dataclass
class TextHistory:
    """The steps of one cell's text that can be undone and redone; typing is one step a word or burst."""

    done: list[TextChange] = field(default_factory=list)
    undone: list[TextChange] = field(default_factory=list)
    last_at: float = float("-inf")  # when the last change came; -inf: the next one begins a step

    def add(self, change: TextChange, at: float) -> None:
        joins = self.done and not self.undone and at - self.last_at <= BURST_S
        merged = _merged(self.done[-1], change) if joins else None
        if merged is None:
            self.done.append(change)
            del self.done[:-TEXT_STEPS]
        else:
            self.done[-1] = merged
        self.undone.clear()
        self.last_at = at

    def undo(self) -> TextChange | None:
        """What to apply to the text now; None where there is nothing to undo."""
        return self._moved(self.done, self.undone)

    def redo(self) -> TextChange | None:
        return self._moved(self.undone, self.done)

    def _moved(self, source: list[TextChange], target: list[TextChange]) -> TextChange | None:
        self.last_at = float("-inf")
        if not source:
            return None
        inverse = source.pop().inverse()
        target.append(inverse)
        return inverse


def _merged(last: TextChange, new: TextChange) -> TextChange | None:
    """Both as one step, where they are one burst of typing or of deleting; else None."""
    if last.removed and not last.inserted and new.removed and not new.inserted:
        return _merged_deletions(last, new)
    if (last.removed and not last.inserted) or new.removed or "\n" in new.inserted or "\n" in last.inserted:
        return None
    if new.position != last.position + utf16.length(last.inserted):
        return None
    if _WORD_BEGINS.match(last.inserted[-1:] + new.inserted[:1]):
        return None
    return TextChange(
        position=last.position,
        removed=last.removed,
        inserted=last.inserted + new.inserted,
        caret_before=last.caret_before,
        caret_after=new.caret_after,
    )


def _merged_deletions(last: TextChange, new: TextChange) -> TextChange | None:
    if "\n" in new.removed or "\n" in last.removed:
        return None
    if new.position == last.position:  # the Delete key
        removed = last.removed + new.removed
    elif new.position + utf16.length(new.removed) == last.position:  # Backspace
        removed = new.removed + last.removed
    else:
        return None
    return TextChange(
        position=new.position,
        removed=removed,
        inserted="",
        caret_before=last.caret_before,
        caret_after=new.caret_after,
    )


@dataclass(frozen=True)
class Entry:
    """A cell and the history of its text, which belong together: one fits the other only."""

    cell: Cell
    history: TextHistory = field(default_factory=TextHistory)


@dataclass(frozen=True, kw_only=True)
class CellEdit:
    """One step of the cell list: where `removed` stood from index on, `inserted` stands, and entries hold (None: gone).

    keeps_text: the step says nothing about sources, so what was typed since stays.
    """

    label: str
    index: int
    removed: tuple[CellId, ...]
    inserted: tuple[CellId, ...]
    entries: Mapping[CellId, Entry | None]
    keeps_text: bool = False


@dataclass
class CellHistory:
    """The cell operations that can be undone and redone, as the edits that would do it."""

    done: list[CellEdit] = field(default_factory=list)
    undone: list[CellEdit] = field(default_factory=list)

    def add(self, inverse: CellEdit) -> None:
        self.done.append(inverse)
        del self.done[:-CELL_STEPS]
        self.undone.clear()


def splice(old: list[CellId], new: list[CellId]) -> tuple[int, tuple[CellId, ...], tuple[CellId, ...]]:
    """The one run of places in which two orders differ: its index, what stands there in old, and in new."""
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    tail = next((i for i in range(shorter - head) if old[-1 - i] != new[-1 - i]), shorter - head)
    return head, tuple(old[head : len(old) - tail]), tuple(new[head : len(new) - tail])
