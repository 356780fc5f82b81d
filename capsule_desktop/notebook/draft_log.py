"""The file of a draft: an append-only log whose records have a length and a checksum, each fsynced before it counts.

Called off the loop, by any thread.  What a torn write left at the end is cut off; garbage with records behind it
is damage, which scan() tells.  A log is only ever replaced by a whole new one, renamed into its place.
"""

from __future__ import annotations

import errno
import os
import struct
import threading
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from capsule_desktop.notebook.disk import sync_folder
from capsule_desktop.notebook.draft_records import BadRecord, Base, CellDraft, Edit, Record, decode, encode, folded
from engine.file_system import BINARY, write_at

NAME = "drafts.log"
COMPACT_FROM_BYTES = 256 * 1024  # below this, rewriting saves nothing that anybody would notice
COMPACT_FACTOR = 4  # times what it took when it was written anew
_HEADER = b"capsule drafts 1\n"
_MARK = b"\xabDR\xcd"  # no body has these bytes, so that records are found again behind garbage
_HEAD = struct.Struct(">4sII")  # mark, length of the body, crc32 of the body


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What bytes of a log hold.  damaged: records stand behind something that is none."""

    records: tuple[Record, ...]
    damaged: bool


def scan(data: bytes) -> Scan:
    """Never fails; what follows the last readable record is a torn write, and no damage."""
    place, records, garbage, damaged = 0, list[Record](), False, False
    if data.startswith(_HEADER):
        place = len(_HEADER)
    else:
        garbage = not _HEADER.startswith(data)
        damaged = garbage and _MARK not in data  # nothing of it can be read
    while place < len(data):
        found = _record_at(data, place)
        if found is None:
            garbage = True
            place = data.find(_MARK, place + 1)
            if place < 0:
                break
            continue
        record, place = found
        records.append(record)
        damaged = damaged or garbage
    return Scan(records=tuple(records), damaged=damaged)


def _record_at(data: bytes, place: int) -> tuple[Record, int] | None:
    """The record that begins there, and where it ends."""
    start = place + _HEAD.size
    if start > len(data):
        return None
    mark, length, crc = _HEAD.unpack_from(data, place)
    if mark != _MARK or start + length > len(data):
        return None
    body = data[start : start + length]
    if zlib.crc32(body) != crc:
        return None
    try:
        return decode(body), start + length
    except BadRecord:
        return None


def framed(record: Record) -> bytes:
    body = encode(record)
    return _HEAD.pack(_MARK, len(body), zlib.crc32(body)) + body


class DraftLog:
    """One notebook's log, written by one process (the store's lock sees to that).  Nothing is made before restart()."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._good_bytes = 0  # written and fsynced; what is behind them is a failed write's
        self._anew_bytes = 0  # of the log as it was written anew last

    def restart(self, *records: Record) -> None:
        """These alone, in a new file that takes the old one's place.  Raises OSError; the old one stays then."""
        with self._lock:
            self._write_anew(records)

    def append(self, record: Record, *, patience_s: float = -1) -> None:
        """It survives a power loss when this returns.  Raises OSError; it is as if nothing had been asked then.

        patience_s: how long to wait for an earlier record that is being written, before TimeoutError; -1: for ever.
        """
        if not self._lock.acquire(timeout=patience_s):
            raise TimeoutError(errno.ETIMEDOUT, "the disk does not answer")
        try:
            assert self._descriptor is not None  # whoever records has restarted the log with a base
            data = framed(record)
            try:
                _write_at(self._descriptor, self._good_bytes, data)
                os.fsync(self._descriptor)
            except OSError:
                with suppress(OSError):  # else the next write does it, which begins at the same place
                    os.ftruncate(self._descriptor, self._good_bytes)
                raise
            self._good_bytes += len(data)
            if self._good_bytes > max(COMPACT_FROM_BYTES, COMPACT_FACTOR * self._anew_bytes):
                self._compact()
        finally:
            self._lock.release()

    def remove(self, *, keep_as: str = "") -> None:
        """The log is gone, or kept under another name in its folder.  Raises OSError."""
        with self._lock:
            self._close()
            with suppress(FileNotFoundError):
                if keep_as:
                    self.path.replace(self.path.with_name(keep_as))
                else:
                    self.path.unlink()
            sync_folder(self.path.parent)

    def close(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _compact(self) -> None:
        """The same state in fewer bytes; not while a save is under way, whose intent says which edits it has."""
        records = scan(self.path.read_bytes()).records
        compacted = compact(records)
        if compacted == records:
            self._anew_bytes = self._good_bytes  # looked at again when it has grown as much once more
            return
        with suppress(OSError):  # the long log says the same
            self._write_anew(compacted)

    def _write_anew(self, records: Iterable[Record]) -> None:
        data = b"".join((_HEADER, *map(framed, records)))
        temporary = self.path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | BINARY, 0o600)
        try:
            _write_at(descriptor, 0, data)
            os.fsync(descriptor)
            temporary.replace(self.path)
        except BaseException:
            os.close(descriptor)
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(self.path.parent)
        self._close()
        self._descriptor, self._good_bytes, self._anew_bytes = descriptor, len(data), len(data)


def compact(records: tuple[Record, ...]) -> tuple[Record, ...]:
    """Records that say the same; these themselves where there is nothing to fold, or an intent stands among them."""
    base = next((record for record in reversed(records) if isinstance(record, Base)), None)
    edits = [record for record in records if isinstance(record, Edit)]
    if base is None or len(edits) < 2 or len(records) != len(edits) + 1:
        return records
    whole = folded(edits)
    if whole.order is not None:  # what was deleted comes back with all its fields, by the user's undo alone
        here = set(whole.order)
        gone = {c: CellDraft(last_run=draft.last_run or "") for c, draft in whole.cells.items() if c not in here}
        cells = {**whole.cells, **gone}
        whole = Edit(number=whole.number, cells=cells, order=whole.order, metadata=whole.metadata)
    return base, whole


def _write_at(descriptor: int, place: int, data: bytes) -> None:
    """All of data, and nothing behind it.  Raises OSError."""
    os.ftruncate(descriptor, place)
    view = memoryview(data)
    while view:
        written = write_at(descriptor, view, place)
        view, place = view[written:], place + written
