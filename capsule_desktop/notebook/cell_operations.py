"""What splitting, merging and changing the type make of cells, as JupyterLab does it.  Values in, values out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from capsule_desktop.notebook import utf16
from capsule_desktop.notebook.cell import Cell, CellId, CellKind

_HEADING = re.compile(r"#+\s*|\s*")


def split(cell: Cell, position: int, new_id: CellId) -> tuple[Cell, Cell]:
    """Two cells of one; the line breaks at the cut go.

    position: in UTF-16 units.  The second keeps the id, the outputs and with them a run that is still going on.
    """
    index = utf16.index(cell.source, position)
    above = cell.source[:index].rstrip("\n")
    first = replace(cell, cell_id=new_id, source=above, outputs=(), execution_count=None, run="")
    return first, replace(cell, source=cell.source[index:].lstrip("\n"))


def merged(primary: Cell, cells: Sequence[Cell]) -> Cell:
    """All sources, an empty line between them, in primary, whose type and metadata hold; outputs go."""
    attachments = {name: bundle for cell in cells for name, bundle in cell.attachments.items()}
    return replace(
        primary,
        source="\n\n".join(cell.source for cell in cells),
        outputs=(),
        execution_count=None,
        run="",
        attachments={} if primary.kind is CellKind.CODE else attachments,
    )


def with_kind(cell: Cell, kind: CellKind) -> Cell:
    """The same source as another type; what only the old type has (outputs, attachments) goes."""
    if kind is cell.kind:
        return cell
    keeps_attachments = kind is not CellKind.CODE
    return replace(
        cell,
        kind=kind,
        outputs=(),
        execution_count=None,
        run="",
        attachments=cell.attachments if keeps_attachments else {},
    )


def with_heading(cell: Cell, level: int) -> Cell:
    """A markdown cell that begins with a heading of this level, 1 to 6."""
    match = _HEADING.match(cell.source)
    text = cell.source[match.end() if match else 0 :]
    return replace(with_kind(cell, CellKind.MARKDOWN), source="#" * level + " " + text)
