"""What earlier Pythons of a notebook kept, and its Python of now began without: offered until brought back or refused.

Owned by AutomaticCheckpoints, which never evicts these files; recorded, so that they are offered at the next opening,
too.  One that was brought back stays recorded until Python's own checkpoint has its variables (a death before that
must not lose them).  At most LIMIT are held: of more, the smallest of the older ones goes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from engine.commands import ExecutionId
from engine.events import Event, VariablesOffered
from engine.store.records import CheckpointRecord

LIMIT = 3


class Records(Protocol):
    """What is needed of the notebook's store."""

    def record_earlier(self, records: tuple[CheckpointRecord, ...]) -> None: ...


class EarlierVariables:
    """left: what the store has, the oldest first.  tell: an event, once what was recorded is on the disk."""

    def __init__(self, left: tuple[CheckpointRecord, ...], store: Records, tell: Callable[[Event], None]) -> None:
        self._records, self._store, self._tell = left, store, tell
        self._back: dict[str, float] = {}  # paths, since when: in Python again, and in no checkpoint of its own yet
        self._silent = 0
        self._told = VariablesOffered(offer=None)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that must stay."""
        return tuple(Path(record.path) for record in self._records)

    def find(self, execution_id: str) -> CheckpointRecord | None:
        """The one that was made after that execution."""
        return next((record for record in self._offered() if record.execution_id == execution_id), None)

    def began_anew(self) -> None:
        """Another Python is there: what was brought back into the one before is not in it."""
        self._back.clear()

    def add(self, record: CheckpointRecord) -> None:
        """The last that was kept before the Python of now began; told unless that has it already."""
        others = [other for other in self._records if other.path != record.path]
        if len(others) >= LIMIT:
            others.remove(min(others, key=lambda other: other.size_bytes))
        self._put((*others, record))

    def dismiss(self) -> None:
        """The user wants none of them."""
        self._put(tuple(record for record in self._records if record.path in self._back))

    def brought_back(self, record: CheckpointRecord) -> None:
        """Python has these variables again."""
        self._back[record.path] = time.time()
        self.tell()

    def kept(self, created_at: float) -> None:
        """Python's own checkpoint of that time has all that was brought back before."""
        saved = {path for path, since in self._back.items() if since <= created_at}
        if saved:
            self._back = {path: since for path, since in self._back.items() if path not in saved}
            self._put(tuple(record for record in self._records if record.path not in saved))

    @contextmanager
    def silent(self) -> Iterator[None]:
        """While variables are being brought back: what becomes of the offer is told when that is known."""
        self._silent += 1
        try:
            yield
        finally:
            self._silent -= 1
            self.tell()

    def tell(self) -> None:
        """The newest of them, where that is news."""
        offered = self._offered()
        event = VariablesOffered(offer=None)
        if offered:
            newest = offered[-1]
            event = VariablesOffered(
                offer=ExecutionId(newest.execution_id), cell_id=newest.cell_id, created_at=newest.created_at
            )
        if not self._silent and event != self._told:
            self._told = event
            self._tell(event)

    def _offered(self) -> tuple[CheckpointRecord, ...]:
        return tuple(record for record in self._records if record.path not in self._back)

    def _put(self, records: tuple[CheckpointRecord, ...]) -> None:
        if records != self._records:
            self._records = records
            self._store.record_earlier(records)
        self.tell()
