"""Two states of a notebook cell by cell, and within a cell line by line: what a person needs to choose between them.

Pure, called off the loop (a large notebook takes a while).  Bounded: of very many differences the first are said and
the rest are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum, auto

from capsule_desktop.notebook.cell import Cell
from capsule_desktop.notebook.json_text import same

CONTEXT_LINES = 2  # that are the same, on either side of a difference
LINES_LIMIT = 2_000  # of all cells together; more nobody reads in a dialog


class Side(StrEnum):
    BOTH = auto()
    MINE = auto()  # there is nothing of it in theirs
    THEIRS = auto()


@dataclass(frozen=True, kw_only=True)
class LinePair:
    """A line of mine beside one of theirs; None: nothing stands there.  gap: lines that are the same are left out."""

    mine: str | None
    theirs: str | None
    gap: bool = False

    @property
    def differs(self) -> bool:
        return self.mine != self.theirs


@dataclass(frozen=True, kw_only=True)
class CellPair:
    """A cell that is not the same on both sides.  Numbers as people count; 0 where it is not there.

    notes: what differs besides the source ("its outputs differ").
    """

    side: Side
    my_number: int
    their_number: int
    lines: tuple[LinePair, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """left_out: cells that differ too, beyond what is said here."""

    pairs: tuple[CellPair, ...]
    same_cells: int
    left_out: int = 0


def compare(mine: Sequence[Cell], theirs: Sequence[Cell]) -> Comparison:
    pairs, same_cells, lines, left_out = list[CellPair](), 0, 0, 0
    for my_index, their_index in _aligned(mine, theirs):
        one = None if my_index is None else mine[my_index]
        other = None if their_index is None else theirs[their_index]
        notes = _notes(one, other)
        if one is not None and other is not None and one.source == other.source and not notes:
            same_cells += 1
        elif lines > LINES_LIMIT:
            left_out += 1
        else:
            pair = _pair(one, other, my_index, their_index, notes, LINES_LIMIT - lines)
            lines += len(pair.lines)
            pairs.append(pair)
    return Comparison(pairs=tuple(pairs), same_cells=same_cells, left_out=left_out)


def _aligned(mine: Sequence[Cell], theirs: Sequence[Cell]) -> Iterator[tuple[int | None, int | None]]:
    """Which cells belong together: those of one id, or of one text where the file has no ids."""
    my_keys, their_keys = _keys(mine, theirs)
    for kind, start, stop, their_start, their_stop in SequenceMatcher(
        None, my_keys, their_keys, autojunk=False
    ).get_opcodes():
        both = min(stop - start, their_stop - their_start)
        paired = both if kind == "equal" or (kind == "replace" and my_keys and isinstance(my_keys[0], tuple)) else 0
        for step in range(paired):
            yield start + step, their_start + step
        for index in range(start + paired, stop):
            yield index, None
        for index in range(their_start + paired, their_stop):
            yield None, index


def _keys(mine: Sequence[Cell], theirs: Sequence[Cell]) -> tuple[list[object], list[object]]:
    ids = {cell.cell_id for cell in mine} & {cell.cell_id for cell in theirs}
    if ids:
        return [cell.cell_id for cell in mine], [cell.cell_id for cell in theirs]
    return [(cell.kind, cell.source) for cell in mine], [(cell.kind, cell.source) for cell in theirs]


def _notes(one: Cell | None, other: Cell | None) -> tuple[str, ...]:
    if one is None or other is None:
        return ()
    differing = {
        f"here it is {one.kind}, on disk {other.kind}": one.kind is not other.kind,
        "its outputs differ": one.outputs != other.outputs or one.execution_count != other.execution_count,
        "its metadata differ": not same(one.metadata, other.metadata),
        "its attachments differ": not same(one.attachments, other.attachments),
    }
    return tuple(words for words, differs in differing.items() if differs)


def _pair(
    one: Cell | None,
    other: Cell | None,
    my_index: int | None,
    their_index: int | None,
    notes: tuple[str, ...],
    limit: int,
) -> CellPair:
    side = Side.BOTH if one and other else Side.MINE if one else Side.THEIRS
    my_lines = one.source.split("\n") if one else []
    their_lines = other.source.split("\n") if other else []
    lines = tuple(_lines(my_lines, their_lines))
    if len(lines) > limit:
        lines = (*lines[:limit], LinePair(mine="", theirs="", gap=True))
    return CellPair(
        side=side,
        my_number=0 if my_index is None else my_index + 1,
        their_number=0 if their_index is None else their_index + 1,
        lines=lines,
        notes=notes,
    )


def _lines(mine: list[str], theirs: list[str]) -> Iterator[LinePair]:
    """Side by side, with little of what is the same."""
    shown = 0
    for group in SequenceMatcher(None, mine, theirs, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        if group[0][1] > shown:
            yield LinePair(mine="", theirs="", gap=True)
        for _kind, start, stop, their_start, their_stop in group:
            for step in range(max(stop - start, their_stop - their_start)):
                my_line = mine[start + step] if start + step < stop else None
                their_line = theirs[their_start + step] if their_start + step < their_stop else None
                yield LinePair(mine=my_line, theirs=their_line)
        shown = group[-1][2]
    if shown and shown < len(mine):
        yield LinePair(mine="", theirs="", gap=True)
