"""What the queue panel shows and what it asks for, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from capsule_desktop.widgets.values import CellState


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    """label: "Cell 6"; source: its first line; state: queued, or running or waiting for an answer, which come first.

    detail: "about 2 min", "about 1 min left", "held" or "".
    """

    execution_id: str
    label: str
    source: str
    state: CellState = CellState.QUEUED
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class RemoveRun:
    """Take it out of the queue; of one that runs: stop it."""

    execution_id: str


@dataclass(frozen=True, kw_only=True)
class MoveRun:
    """Let it run before another that waits, or (before "") as the last."""

    execution_id: str
    before: str


@dataclass(frozen=True, kw_only=True)
class ShowRun:
    """Bring its cell into sight."""

    execution_id: str


@dataclass(frozen=True, kw_only=True)
class HoldRuns:
    """held: start nothing of what waits now; else: go on."""

    held: bool


@dataclass(frozen=True, kw_only=True)
class RemoveAllRuns:
    """Take out all that waits."""


@dataclass(frozen=True, kw_only=True)
class GoOn:
    """Whether what waits runs on after an error."""

    enabled: bool


QueueRequest = RemoveRun | MoveRun | ShowRun | HoldRuns | RemoveAllRuns | GoOn


@dataclass(frozen=True, kw_only=True)
class QueueButton:
    label: str
    request: QueueRequest
    tip: str = ""


@dataclass(frozen=True, kw_only=True)
class QueueView:
    """rows: the first of what runs and waits, in order; count: of all.  behind: the first execution not among the rows.

    total: "about 6 min left" or "".  note: why it is held, in words, or "".  go_on: None where nothing waits.
    """

    rows: tuple[QueueRow, ...] = ()
    count: int = 0
    behind: str = ""
    total: str = ""
    note: str = ""
    buttons: tuple[QueueButton, ...] = ()
    go_on: bool | None = None
