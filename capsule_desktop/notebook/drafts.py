"""A notebook's unsaved edits, read back: what a draft log says, put on the file that it builds on.

Pure but for read(); called off the loop at opening.  The file is the one the edits build on, or what a save that was
under way has put in its place, or something that others wrote: then nobody but the user may choose (Fit.CHANGED).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from pathlib import Path

from capsule_desktop.notebook import disk, draft_log
from capsule_desktop.notebook.base_copy import BaseCopy
from capsule_desktop.notebook.cell import Cell, CellId, CellKind
from capsule_desktop.notebook.disk import DiskState, OnDisk
from capsule_desktop.notebook.document import Content, Document, shown_cells
from capsule_desktop.notebook.draft_log import DraftLog
from capsule_desktop.notebook.draft_records import (
    Base,
    CellDraft,
    Edit,
    Inline,
    Intent,
    OfBase,
    OfRun,
    Record,
    folded,
)
from capsule_desktop.notebook.ipynb import NotebookFile, new_notebook_file, with_cell_ids
from capsule_desktop.notebook.json_text import same
from capsule_desktop.notebook.late_output import Heard
from capsule_desktop.notebook.outputs import Output

_NO_FILE = DiskState(mtime_ns=0, size=-1, crc=0)  # what no file is like, so that a save asks


class Fit(StrEnum):
    """What the file is to a draft."""

    BASE = auto()  # the edits build on just this
    SAVED = auto()  # a save that was under way has reached it
    CHANGED = auto()  # somebody else wrote it
    GONE = auto()  # it is not there, or cannot be read
    NEVER_SAVED = auto()  # the notebook had none


@dataclass(frozen=True, kw_only=True)
class RecoveredDocument:
    """A notebook with its unsaved edits.  state: what the file must have for a save to replace it without a question.

    run_of: the cells whose outputs are an execution's, which with_outputs() puts in.  last_runs: the last execution
    of each cell that the document had taken in; a later one in the store was never seen here.  removed: the cells that
    were in it at some time and then were deleted.
    """

    fit: Fit
    file: NotebookFile
    state: DiskState | None
    content: Content
    run_of: Mapping[CellId, str]
    removed: frozenset[CellId] = frozenset()

    @property
    def has_edits(self) -> bool:
        """Whether there is anything that the file does not have."""
        ids = tuple(cell.cell_id for cell in self.content.saved)
        same_cells = ids == tuple(cell.cell_id for cell in self.content.cells)
        edited = any(map(_differ, self.content.saved, self.content.cells)) or bool(self.run_of)
        return not same_cells or edited or not same(self.file.metadata, self.content.metadata)

    @property
    def last_runs(self) -> Mapping[CellId, str]:
        return self.content.last_runs

    def with_outputs(self, of_runs: Mapping[str, Sequence[Output]]) -> RecoveredDocument:
        """With the outputs of executions, by id; a cell of one that is missing here stays without."""
        cells = tuple(
            replace(cell, outputs=tuple(of_runs[cell.run])) if cell.run in of_runs else cell
            for cell in self.content.cells
        )
        return replace(self, content=replace(self.content, cells=cells))

    def document(self, path: Path | None) -> Document:
        return Document(self.file, path, content=self.content)


def _differ(one: Cell, other: Cell) -> bool:
    return one is not other and one != other


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a log says.  notice: words where not all of it could be read; "" otherwise."""

    base: Base
    edits: tuple[Edit, ...]
    intents: tuple[Intent, ...] = ()
    copy: BaseCopy
    notice: str = ""

    @property
    def has_edits(self) -> bool:
        return any(edit.says_something for edit in self.edits)

    def applied_to(self, on_disk: OnDisk | None) -> RecoveredDocument:
        """on_disk: the notebook's file as it is now; None where there is none or it cannot be read."""
        base, edit, fit = self._fitting(on_disk)
        if on_disk is not None and fit in (Fit.BASE, Fit.SAVED):
            return _on(on_disk.file, on_disk.state, base, edit, fit)
        if on_disk is not None and not edit.says_something:
            base = replace(base, order=on_disk.file.order, unfinished=())  # of runs, it has what others saved
            return _on(on_disk.file, on_disk.state, base, edit, Fit.BASE)
        if fit is Fit.NEVER_SAVED:
            return _on(new_notebook_file(), None, base, edit, fit)
        state = _NO_FILE if base.state is None else DiskState(*base.state)
        kept = self.copy.read(state.crc)
        if kept is not None:
            return _on(kept, state, base, edit, fit)
        return _on(on_disk.file if on_disk else new_notebook_file(), state, base, edit, fit, is_base=False)

    def _fitting(self, on_disk: OnDisk | None) -> tuple[Base, Edit, Fit]:
        whole = folded(self.edits)
        if on_disk is None:
            return self.base, whole, Fit.NEVER_SAVED if self.base.state is None else Fit.GONE
        if _has(on_disk, self.base):
            return self.base, whole, Fit.BASE
        for intent in reversed(self.intents):
            if _has(on_disk, intent.base):
                since = [edit for edit in self.edits if edit.number > intent.since]
                return intent.base, folded(since), Fit.SAVED
        return self.base, whole, Fit.CHANGED


def read(folder: Path) -> Draft | None:
    """The draft that a notebook's store folder holds; None where it holds none, or nothing of it can be read.

    A damaged log is kept aside, and one of what could be read of it takes its place.  Raises OSError where the log
    cannot be read.
    """
    path = folder / draft_log.NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    scanned = draft_log.scan(data)
    notice = _mended(folder, data, scanned.records) if scanned.damaged else ""
    return _draft(scanned.records, folder, notice)


def _mended(folder: Path, data: bytes, records: Sequence[Record]) -> str:
    """What to say of it.  At any moment the log says all that could be read, should this process die as well."""
    words = "A part of the record of unsaved edits could not be read. What could be read is here, and the saved file "
    aside = folder / f"drafts-{time.strftime('%Y%m%d-%H%M%S')}.damaged"
    try:
        disk.write_private(aside, data)
        log = DraftLog(folder)
        log.restart(*records)
        log.close()
    except OSError:
        return f"{words}is as it was."
    return f"{words}is as it was. The damaged record was kept as {aside}."


def _draft(records: Sequence[Record], folder: Path, notice: str) -> Draft | None:
    """Whatever stands before the last base belongs to a file that was saved since."""
    places = [place for place, record in enumerate(records) if isinstance(record, Base)]
    if not places and not notice:
        return None
    base = records[places[-1]] if places else Base(path=None, state=None, order=())
    assert isinstance(base, Base)
    since = records[places[-1] + 1 :] if places else records
    return Draft(
        base=base,
        edits=tuple(record for record in since if isinstance(record, Edit)),
        intents=tuple(record for record in since if isinstance(record, Intent)),
        copy=BaseCopy(folder),
        notice=notice,
    )


def _has(on_disk: OnDisk, base: Base) -> bool:
    return base.state is not None and base.state[1:] == (on_disk.state.size, on_disk.state.crc)


def _on(
    file: NotebookFile, state: DiskState | None, base: Base, edit: Edit, fit: Fit, *, is_base: bool = True
) -> RecoveredDocument:
    """edit on file.  is_base: file is the very base, so that its cells can be told by their places."""
    if is_base and len(base.order) == len(file.order):
        file = with_cell_ids(file, base.order)
    saved = shown_cells(file, base.order[0] if is_base and base.order else None)
    unfinished = {cell_id: base.last_runs.get(cell_id, "") for cell_id in base.unfinished}
    known = {c.cell_id: replace(c, run=unfinished[c.cell_id]) if c.cell_id in unfinished else c for c in saved}
    order = edit.order if edit.order is not None else base.order or tuple(known)
    pairs = [(cell_id, known.get(cell_id), edit.cells.get(cell_id)) for cell_id in order]
    cells = tuple(_edited(cell_id, cell, draft) for cell_id, cell, draft in pairs if cell or draft)
    drafts = edit.cells.items()
    run = {cell_id: draft.last_run for cell_id, draft in drafts if draft.last_run}
    began = {**{cell_id: earlier for cell_id, earlier in base.last_runs.items() if cell_id not in run}, **run}
    heard = _heard([cell.cell_id for cell in cells], base, edit)
    last_runs = {cell_id: run for cell_id, run in began.items() if run}
    metadata = file.metadata if edit.metadata is None else edit.metadata
    if "capsule" in file.metadata and "capsule" not in metadata:  # written by a save that was under way
        metadata = {**metadata, "capsule": file.metadata["capsule"]}
    content = Content(
        saved=saved,
        cells=cells or saved,
        metadata=metadata,
        last_runs=last_runs,
        heard=heard,
        late_end=min((has.end for has in heard.values()), default=base.late_end),
    )
    run_of = {cell.cell_id: cell.run for cell in content.cells if cell.run}
    removed = {*base.order, *base.last_runs, *edit.cells}.difference(cell.cell_id for cell in content.cells)
    return RecoveredDocument(
        fit=fit, file=file, state=state, content=content, run_of=run_of, removed=frozenset(removed)
    )


def _heard(cell_ids: Sequence[CellId], base: Base, edit: Edit) -> dict[CellId, Heard]:
    """What each cell has of late output, as far as that is known."""
    of_base = None if base.late_end is None else Heard(base.late_end, base.late_end)
    drafts = [(cell_id, edit.cells.get(cell_id, CellDraft())) for cell_id in cell_ids]
    heard = ((cell_id, of_base if draft.shown is None else draft.heard or of_base) for cell_id, draft in drafts)
    return {cell_id: has for cell_id, has in heard if has is not None}


def _edited(cell_id: CellId, cell: Cell | None, draft: CellDraft | None) -> Cell:
    base = cell or Cell(cell_id=cell_id, kind=CellKind.CODE, source="")
    if draft is None:
        return base
    edited = replace(
        base,
        kind=base.kind if draft.kind is None else draft.kind,
        source=base.source if draft.source is None else draft.source,
        metadata=base.metadata if draft.metadata is None else draft.metadata,
        attachments=base.attachments if draft.attachments is None else draft.attachments,
    )
    match draft.shown:
        case OfRun(execution_id):
            return replace(edited, outputs=(), execution_count=draft.count, run=execution_id)
        case Inline(outputs):
            return replace(edited, outputs=outputs, execution_count=draft.count, run="")
        case OfBase():
            return replace(edited, execution_count=draft.count, run="")
        case None:
            return edited
