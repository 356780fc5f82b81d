"""Draft logs in memory, for tests: the bytes that a document's edits leave, and what they give when read back."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

from capsule_desktop.notebook import draft_log, drafts, ipynb
from capsule_desktop.notebook.cell import Cell
from capsule_desktop.notebook.disk import DiskState, OnDisk
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.draft_records import Record
from capsule_desktop.notebook.drafts import Draft

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
