"""What changed in a document: frozen facts for whoever subscribed, given out when all of the change is done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.edits import TextChange
from capsule_desktop.notebook.outputs import Output


class CellPart(StrEnum):
    SOURCE = auto()  # replaced as a whole; single edits come as TextChanged
    KIND = auto()
    OUTPUTS = auto()
    EXECUTION_COUNT = auto()
    METADATA = auto()
    ATTACHMENTS = auto()
    RUN = auto()  # whose outputs it has; nobody sees that


OF_RUNS = frozenset({CellPart.OUTPUTS, CellPart.EXECUTION_COUNT, CellPart.RUN})  # what a run brings


@dataclass(frozen=True, kw_only=True)
class CellsInserted:
    """cell_ids stand from index on."""

    index: int
    cell_ids: tuple[CellId, ...]


@dataclass(frozen=True, kw_only=True)
class CellsRemoved:
    """cell_ids stood from index on, in the order that held before this fact."""

    index: int
    cell_ids: tuple[CellId, ...]


@dataclass(frozen=True, kw_only=True)
class CellsMoved:
    """From index on, the same cells stand in this new order."""

    index: int
    cell_ids: tuple[CellId, ...]


@dataclass(frozen=True, kw_only=True)
class CellChanged:
    cell_id: CellId
    parts: frozenset[CellPart]


@dataclass(frozen=True, kw_only=True)
class TextChanged:
    """typed: it came through edit_text(), so the editor that sent it shows it already."""

    cell_id: CellId
    change: TextChange
    typed: bool


@dataclass(frozen=True, kw_only=True)
class OutputAdded:
    """A piece of a running cell's output; adjacent pieces of a stream are one output."""

    cell_id: CellId
    output: Output


@dataclass(frozen=True, kw_only=True)
class OutputsCleared:
    """wait: only when the next output comes (which then follows as OutputAdded, with no second fact)."""

    cell_id: CellId
    wait: bool


@dataclass(frozen=True, kw_only=True)
class MetadataChanged:
    """The notebook's own metadata, not a cell's."""


@dataclass(frozen=True, kw_only=True)
class DirtyChanged:
    dirty: bool


DocumentChange = (
    CellsInserted
    | CellsRemoved
    | CellsMoved
    | CellChanged
    | TextChanged
    | OutputAdded
    | OutputsCleared
    | MetadataChanged
    | DirtyChanged
)


def order_changes(
    index: int, removed: tuple[CellId, ...], inserted: tuple[CellId, ...]
) -> list[CellsInserted | CellsRemoved | CellsMoved]:
    """The facts that lead, one after the other, from one order of a run of places to another."""
    gone, come = set(removed) - set(inserted), set(inserted) - set(removed)
    facts: list[CellsInserted | CellsRemoved | CellsMoved] = []
    for start, run in reversed(_runs(removed, gone)):
        facts.append(CellsRemoved(index=index + start, cell_ids=run))
    staying = tuple(cell_id for cell_id in inserted if cell_id not in come)
    if staying != tuple(cell_id for cell_id in removed if cell_id not in gone):
        facts.append(CellsMoved(index=index, cell_ids=staying))
    for start, run in _runs(inserted, come):
        facts.append(CellsInserted(index=index + start, cell_ids=run))
    return facts


def _runs(cell_ids: tuple[CellId, ...], wanted: set[CellId]) -> list[tuple[int, tuple[CellId, ...]]]:
    runs: list[tuple[int, tuple[CellId, ...]]] = []
    for place, cell_id in enumerate(cell_ids):
        if cell_id not in wanted:
            continue
        if runs and runs[-1][0] + len(runs[-1][1]) == place:
            runs[-1] = (runs[-1][0], (*runs[-1][1], cell_id))
        else:
            runs.append((place, (cell_id,)))
    return runs
