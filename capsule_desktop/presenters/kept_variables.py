"""What is known of automatic checkpoints: the last one that is on the disk, and why there is no newer one.

Fed with events; StoredState.checkpoint says it at the opening of a notebook.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.events import CheckpointKept, CheckpointSkipped, Event, StateRestored
from engine.store.records import CheckpointRecord


@dataclass(frozen=True, kw_only=True)
class Kept:
    """cell_id: the cell after whose run the variables were kept; created_at: seconds since 1970."""

    cell_id: str
    created_at: float
    left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class Skipped:
    cell_id: str
    reason: str


class KeptVariables:
    """skipped: why the variables after the last run are not kept; None where they are, or nothing ran."""

    def __init__(self) -> None:
        self.last: Kept | None = None
        self.skipped: Skipped | None = None

    def remember(self, record: CheckpointRecord | None) -> None:
        """What an earlier opening left behind."""
        if record is not None:
            self.last = Kept(cell_id=record.cell_id, created_at=record.created_at, left_out=record.left_out)

    def take(self, event: Event) -> None:
        match event:
            case CheckpointKept():
                kept = Kept(cell_id=event.cell_id, created_at=event.created_at, left_out=event.left_out)
                self.last, self.skipped = kept, None
            case CheckpointSkipped():
                self.skipped = Skipped(cell_id=event.cell_id, reason=event.reason)
            case StateRestored(merged=False):
                self.last, self.skipped = Kept(cell_id=event.cell_id, created_at=event.created_at), None
            case _:
                pass
