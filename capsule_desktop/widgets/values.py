"""The plain values that presenters hand to widgets: what a cell looks like now, and who can be asked.

Frozen.  Widgets keep no state of their own that outlives them: a cell that scrolls out of sight is
dropped, and made again from its CellView when it comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.edits import TextChange as TextChange  # what editors tell, in UTF-16 units as Qt counts
from capsule_desktop.notebook.outputs import Output


class CellState(StrEnum):
    """The word in the gutter (interaction.md, "State of a cell")."""

    NEVER_RUN = "never_run"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    ERROR = "error"
    WAITING = "waiting"
    STOPPED = "stopped"  # by the user
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class PromptView:
    """An input() that waits in the cell; password hides what is typed.  kept: whether the store keeps the answer."""

    execution_id: str
    input_number: int
    prompt: str
    password: bool
    kept: bool = True


@dataclass(frozen=True, kw_only=True)
class SourceLine:
    """A line of a cell's source at a past run.  mark: "-" not there now, "+" only there now, "…" some left out."""

    mark: str
    text: str


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A past run of a cell, as it is shown below it.

    title: "Run 5 of 12"; words: how it ended and when, "Done · 14:02, 3.2 s".  source: what differs from the cell's
    present source, or (whole) all of it; empty where they are the same.
    """

    execution_id: str
    title: str
    words: str
    state: CellState
    outputs: tuple[Output, ...]
    source: tuple[SourceLine, ...] = ()
    whole: bool = False
    note: str = ""
    pinned: bool = False


@dataclass(frozen=True, kw_only=True)
class HistoryView:
    """The runs of a cell that ran before.  words: "5 of 12"; past: the one that is looked at, None for the present.

    pinned: one that is shown beside the present.
    """

    words: str
    has_earlier: bool
    has_later: bool
    past: RunView | None = None
    pinned: RunView | None = None


@dataclass(frozen=True, kw_only=True)
class OfferView:
    """What would help a cell that failed, or did: words, and what can be pressed for it ("" for nothing)."""

    words: str
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class CellView:
    """All that a cell widget shows, but for its outputs.

    started_at: time.monotonic() of the start while RUNNING or WAITING, else None (the live timer).
    duration_s: of the last run, None where not known.  edited: the source changed since it ran.
    note: words under the cell, e.g. why it is LOST or was skipped; "" for none.  has_details: there is more to read.
    history: None where the cell has no other run, or none was asked for yet.
    editing_markdown: a markdown cell that shows its source instead of its rendering.
    """

    cell_id: CellId
    kind: CellKind
    source: str
    state: CellState = CellState.NEVER_RUN
    execution_count: int | None = None
    duration_s: float | None = None
    started_at: float | None = None
    edited: bool = False
    note: str = ""
    has_details: bool = False
    history: HistoryView | None = None
    prompt: PromptView | None = None
    offer: OfferView | None = None
    editing_markdown: bool = False
    outputs_collapsed: bool = False
    outputs_scrolled: bool = False
    line_numbers: bool = False


class CellSource(Protocol):
    """Where a view gets its cells from when they come near the viewport; every call is cheap."""

    def cell_ids(self) -> Sequence[CellId]: ...

    def cell(self, cell_id: CellId) -> CellView: ...

    def outputs(self, cell_id: CellId) -> Sequence[Output]: ...

    def attachment(self, cell_id: CellId, name: str) -> bytes | None:
        """The decoded image that `attachment:name` means in this markdown cell."""
