"""Draft logs in memory, for tests: the bytes that a document's edits leave, and what they give when read back."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

from capsule_desktop.notebook import draft_log, drafts, ipynb
from capsule_desktop.notebook.cell import Cell
from capsule_desktop.notebook.disk import DiskState, OnDisk
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.draft_recorder import DraftRecorder
from capsule_desktop.notebook.draft_records import Edit, Record
from capsule_desktop.notebook.drafts import Draft, RecoveredDocument

HEADER = b"capsule drafts 1\n"


def as_log(*records: Record) -> bytes:
    return HEADER + b"".join(map(draft_log.framed, records))


def draft_in(folder: Path, data: bytes) -> Draft | None:
    (folder / draft_log.NAME).write_bytes(data)
    return drafts.read(folder)


def on_disk(data: bytes) -> OnDisk:
    return OnDisk(file=ipynb.parse(data), state=DiskState(mtime_ns=1, size=len(data), crc=zlib.crc32(data)))


def shown(document: Document) -> list[Cell]:
    """The cells as a draft keeps them: without the outputs that an execution's log has."""
    cells = [document.body(cell_id) for cell_id in document.cell_ids()]
    return [replace(cell, outputs=()) if cell.run else document.cell(cell.cell_id) for cell in cells]


class Writer:
    """A document under editing with its log, in memory."""

    def __init__(self, data: bytes | None, path: Path | None = Path("/a.ipynb")) -> None:
        self.state = None if data is None else on_disk(data).state
        self.document = Document(None if data is None else ipynb.parse(data), None if data is None else path)
        self.recorder = DraftRecorder(self.document)
        self.document.subscribe(self.recorder.take)
        self.records: list[Record] = [self.recorder.base(self.state), self.recorder.everything()]

    def keep(self) -> Edit:
        edit = self.recorder.changes()
        self.records.append(edit)
        return edit

    def draft(self, folder: Path) -> Draft:
        draft = draft_in(folder, as_log(*self.records))
        assert draft is not None
        return draft

    def recovered(self, folder: Path, data: bytes | None) -> RecoveredDocument:
        return self.draft(folder).applied_to(None if data is None else on_disk(data))

    def same(self, folder: Path, data: bytes | None) -> Document:
        """What is read back, which is what was written."""
        again = self.recovered(folder, data).document(self.document.path)
        assert shown(again) == shown(self.document)
        assert [cell.run for cell in shown(again)] == [cell.run for cell in shown(self.document)]
        assert again.metadata == self.document.metadata
        assert again.is_dirty == self.document.is_dirty
        return again
