"""A cell of a document, and what kinds there are.  No Qt, no engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from capsule_desktop.notebook.outputs import Output

CellId = NewType("CellId", str)  # the nbformat 4.5 id where the file has one, else of this session


class CellKind(StrEnum):
    CODE = "code"
    MARKDOWN = "markdown"
    RAW = "raw"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell's content; a change makes a new Cell under the same id.

    source: its lines end with \\n alone, as in an editor (plain_lines), so that positions mean the same in both.
    run: the execution whose log has just these outputs; "" where none has, or where that is not known.
    """

    cell_id: CellId
    kind: CellKind
    source: str
    outputs: Sequence[Output] = ()  # a tuple, or one that is decoded at the first look
    execution_count: int | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    attachments: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    run: str = field(default="", compare=False)


def plain_lines(source: str) -> str:
    """source with every line end as \\n."""
    return source.replace("\r\n", "\n").replace("\r", "\n") if "\r" in source else source
