"""What of a document is to be recorded in its draft log, and what was recorded already.

Takes the document's facts on the loop and gives edits, whose cost is that of the cells that changed; values only,
since encoding and writing are a thread's.  What a run prints is in that run's log and is not recorded again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from capsule_desktop.notebook.cell import Cell, CellId
from capsule_desktop.notebook.changes import (
    OF_RUNS,
    CellChanged,
    CellsInserted,
    CellsMoved,
    CellsRemoved,
    DirtyChanged,
    DocumentChange,
    MetadataChanged,
    OutputAdded,
    OutputsCleared,
    TextChanged,
)
from capsule_desktop.notebook.disk import DiskState
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.draft_records import Base, CellDraft, Edit, Inline, Intent, OfBase, OfRun, Shown
from capsule_desktop.notebook.late_output import Heard


@dataclass(frozen=True)
class _Recorded:
    """What the log's records say of a cell by now."""

    cell: Cell
    shown: Shown
    heard: Heard | None
    last_run: str | None


class DraftRecorder:
    """changes() is everything since the last call; failed() takes an edit back that could not be written."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._number = 0
        self._changed: dict[CellId, None] = {}
        self._order_changed = self._metadata_changed = False
        self._recorded: dict[CellId, _Recorded] = {}
        self._kept_late: set[CellId] = set()  # whose outputs were recorded, and have but late output more by now
        self._removed: dict[CellId, None] = {}  # of what was ever here, what is not: no run of it brings it back
        self._has_edits = self._writes_edits = False
        self._saves = 0  # under way: records must then be true on the file before and on the one after

    def take(self, change: DocumentChange) -> bool:
        """Whether there is something (more) to record."""
        self._has_edits = self._has_edits or _is_edit(change)
        match change:
            case CellsInserted(cell_ids=cell_ids):
                self._order_changed = True
                self._changed.update(dict.fromkeys(cell_ids))
                for cell_id in cell_ids:
                    self._removed.pop(cell_id, None)
            case CellsRemoved(cell_ids=cell_ids):
                self._order_changed = True
                self._changed.update(dict.fromkeys(cell_ids))
                self._removed.update(dict.fromkeys(cell_ids))
                for cell_id in cell_ids:
                    self._recorded.pop(cell_id, None)  # if undo brings it back, all of it is recorded
            case CellsMoved():
                self._order_changed = True
            case CellChanged(cell_id=cell_id, parts=parts):
                self._changed[cell_id] = None
                if parts & OF_RUNS:
                    self._kept_late.discard(cell_id)
            case TextChanged(cell_id=cell_id):
                self._changed[cell_id] = None
            case OutputAdded(cell_id=cell_id) | OutputsCleared(cell_id=cell_id):
                return self._outputs_changed(cell_id)
            case MetadataChanged():
                self._metadata_changed = True
            case DirtyChanged():
                return False
            case _:
                assert_never(change)
        return True

    @property
    def has_changes(self) -> bool:
        return bool(self._changed or self._order_changed or self._metadata_changed)

    @property
    def has_edits(self) -> bool:
        """Whether something of the user's own is not given out yet: outputs have their runs' logs besides."""
        return self._has_edits

    @property
    def writes_edits(self) -> bool:
        """Whether what was given out last has something of the user's own."""
        return self._writes_edits

    def base(self, state: DiskState | None) -> Base:
        """What the document was opened from or saved to last, which had state."""
        path = self._document.path
        return Base(
            path=None if path is None else str(path),
            state=None if state is None else (state.mtime_ns, state.size, state.crc),
            order=self._document.saved_order,
            last_runs={**dict.fromkeys(self._removed, ""), **self._document.last_runs},
            unfinished=tuple(filter(self._is_unfinished, self._document.cell_ids())),
            late_end=self._document.late.end,
        )

    def everything(self) -> Edit:
        """All in which the document differs from its base: what a log begins with."""
        document = self._document
        self._recorded.clear()
        self._changed = dict.fromkeys(document.differing)
        self._order_changed, self._metadata_changed = document.order_differs, document.metadata_differs
        return self.changes()

    def changes(self) -> Edit:
        changed, order_changed, metadata_changed = self._changed, self._order_changed, self._metadata_changed
        self._changed, self._order_changed, self._metadata_changed = {}, False, False
        self._writes_edits, self._has_edits = self._has_edits, False
        self._number += 1
        document = self._document
        drafts = {c: self._draft(c) if c in document else self._draft_of_removed(c) for c in changed}
        return Edit(
            number=self._number,
            cells={cell_id: draft for cell_id, draft in drafts.items() if draft != CellDraft()},
            order=tuple(document.cell_ids()) if order_changed else None,
            metadata=document.metadata if metadata_changed else None,
        )

    def failed(self, edit: Edit) -> None:
        """It is in no log: what it said is recorded again."""
        self._has_edits = self._has_edits or self._writes_edits
        for cell_id in edit.cells:
            self._recorded.pop(cell_id, None)
            self._changed[cell_id] = None
        self._order_changed = self._order_changed or edit.order is not None
        self._metadata_changed = self._metadata_changed or edit.metadata is not None

    def save_begins(self) -> int:
        """To be called with the snapshot: the last edit that is in it.  What comes now is recorded as if anew."""
        self._saves += 1
        self._recorded.clear()
        return self._number

    def save_ended(self) -> None:
        self._saves -= 1

    @staticmethod
    def intent(since: int, base: Base, state: DiskState, order: Iterable[CellId]) -> Intent:
        """base: as it was at the snapshot; state and order: what the file will have."""
        described = (state.mtime_ns, state.size, state.crc)
        return Intent(since=since, base=replace(base, state=described, order=tuple(order)))

    # ------------------------------------------------------------------ inside

    def _is_unfinished(self, cell_id: CellId) -> bool:
        """It runs, or what it showed is still to come from the log of a run that left no number."""
        cell = self._document.body(cell_id)
        is_to_come = bool(cell.run) and cell.run == self._document.last_runs.get(cell_id)
        if not is_to_come or self._document.is_running(cell_id):
            return is_to_come
        is_in_file = bool(cell.outputs) and cell_id not in self._document.differing
        return cell.execution_count is None and not is_in_file

    def _outputs_changed(self, cell_id: CellId) -> bool:
        """Of a run going on the end is recorded: until then its log has all.

        What comes late is in a log, too, of which the record says what it has: it is not recorded a second time,
        so that a thread that prints for ever writes no draft.
        """
        if cell_id not in self._document or self._document.is_running(cell_id):
            return False
        recorded = self._recorded.get(cell_id)
        if recorded is not None and recorded.heard is not None and cell_id not in self._changed:
            self._kept_late.add(cell_id)
            return False
        self._changed[cell_id] = None
        return True

    def _draft(self, cell_id: CellId) -> CellDraft:
        """What of the cell is not recorded."""
        before = self._recorded.get(cell_id)
        cell, (shown, heard) = self._document.body(cell_id), self._shown_and_heard(cell_id, before)
        last_run = self._document.last_runs.get(cell_id)
        self._recorded[cell_id] = _Recorded(cell, shown, heard, last_run)
        if before is None:
            return CellDraft(
                kind=cell.kind,
                source=cell.source,
                metadata=cell.metadata,
                attachments=cell.attachments,
                shown=shown,
                count=cell.execution_count,
                heard=heard,
                last_run=last_run,
            )
        old = before.cell
        shows_same = _same(before.shown, shown) and old.execution_count == cell.execution_count
        shows_same = shows_same and (before.heard == heard or isinstance(shown, Inline))
        return CellDraft(
            kind=None if old.kind is cell.kind else cell.kind,
            source=None if old.source == cell.source else cell.source,
            metadata=None if old.metadata is cell.metadata else cell.metadata,
            attachments=None if old.attachments is cell.attachments else cell.attachments,
            shown=None if shows_same else shown,
            count=None if shows_same else cell.execution_count,
            heard=None if shows_same else heard,
            last_run=None if before.last_run == last_run else last_run,
        )

    def _draft_of_removed(self, cell_id: CellId) -> CellDraft:
        """That it was here, which the order alone does not say of one that came and went since the last record."""
        return CellDraft(last_run=self._document.last_runs.get(cell_id, ""))

    def _shown_and_heard(self, cell_id: CellId, before: _Recorded | None) -> tuple[Shown, Heard | None]:
        """What it shows, and what that has of late output; as recorded, where nothing else came since."""
        late = self._document.late
        if before is not None and cell_id in self._kept_late:
            return before.shown, before.heard
        self._kept_late.discard(cell_id)
        match shown := self._shown(cell_id):
            case OfRun():
                return shown, late.of_run(cell_id)
            case Inline():
                return shown, late.of_outputs(cell_id)
            case OfBase():
                return shown, None
            case _:
                assert_never(shown)

    def _shown(self, cell_id: CellId) -> Shown:
        document = self._document
        body = document.body(cell_id)
        if body.run and document.is_live(cell_id):  # putting together what it printed would cost
            return OfRun(body.run)
        cell, saved = document.cell(cell_id), document.saved_cell(cell_id)
        if saved is not None and cell.outputs and saved.outputs is cell.outputs and not self._saves:
            return OfBase()
        return OfRun(cell.run) if cell.run else Inline(cell.outputs)


def _is_edit(change: DocumentChange) -> bool:
    match change:
        case OutputAdded() | OutputsCleared() | DirtyChanged():
            return False
        case CellChanged(parts=parts):
            return not parts <= OF_RUNS
        case _:
            return True


def _same(before: Shown, shown: Shown) -> bool:
    """Outputs are told apart by identity: comparing them may cost decoding them."""
    if isinstance(before, Inline) and isinstance(shown, Inline):
        return before.outputs is shown.outputs or not (before.outputs or shown.outputs)
    return before == shown
