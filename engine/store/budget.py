"""The budget of a notebook's folder: which past executions go when their files take too much, oldest first.

Never those that wait or run, are pinned or asked for, are the newest of their cell, or carry the newest checkpoint
or one that is offered.
Databases that were put aside go before them, but never the newest.  A file that no execution is known for (of a store
that was put aside, say) goes next, but not before a worker that was left alone could have ended.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.store import damage, history
from engine.store.rows import checkpoint_from_json

LIMIT_BYTES = 1 << 30
ORPHAN_AGE_S = 2 * 24 * 3600.0  # a worker stays alone for a day
PART = 200  # rows in one operation of the writer
_OWN = re.compile(r"([0-9a-f]{8,64})\..+")


@dataclass
class Files:
    """What one execution has on the disk."""

    paths: list[Path] = field(default_factory=list)
    size_bytes: int = 0
    changed_at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to go."""

    execution_ids: tuple[str, ...] = ()
    files: tuple[Files, ...] = ()


def scan(folders: Iterable[Path]) -> dict[str, Files]:
    """The files of each execution, by its id.  What belongs to none is not counted."""
    found: dict[str, Files] = {}
    for folder in filter(Path.is_dir, folders):
        for path in folder.iterdir():
            name = _OWN.fullmatch(path.name)
            if name is None:
                continue
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # a draft that was renamed meanwhile
            files = found.setdefault(name[1], Files())
            files.paths.append(path)
            files.size_bytes += status.st_size
            files.changed_at = max(files.changed_at, status.st_mtime)
    return found


def put_aside(folder: Path) -> list[Files]:
    """The databases that were moved aside in a store's folder, the oldest first."""
    found = []
    for aside in sorted(folder.glob(damage.PATTERN), key=lambda each: each.stat().st_mtime):
        paths = [path for path in aside.iterdir() if path.is_file()]
        found.append(Files(paths=[*paths, aside], size_bytes=sum(path.stat().st_size for path in paths)))
    return found


def choose(
    connection: sqlite3.Connection,
    found: Mapping[str, Files],
    keep: frozenset[str],
    limit_bytes: int,
    aside: Sequence[Files] = (),
    other_bytes: int = 0,
) -> Plan:
    """What must go for the rest to be within limit_bytes, or all that may.

    aside: of put_aside().  other_bytes: of what counts and stays.
    """
    taken = sum(files.size_bytes for files in (*found.values(), *aside))
    over = taken + other_bytes + _size_of(connection) - limit_bytes
    execution_ids: list[str] = []
    files: list[Files] = []
    for old in aside[:-1]:
        if over > 0:
            files.append(old)
            over -= old.size_bytes
    if over <= 0:
        return Plan(files=tuple(files))
    for execution_id, row_bytes in _oldest_first(connection, found, keep):
        own = found.get(execution_id, Files())
        if row_bytes is not None:
            execution_ids.append(execution_id)
        files.append(own)
        over -= own.size_bytes + (row_bytes or 0)
        if over <= 0:
            break
    return Plan(execution_ids=tuple(execution_ids), files=tuple(files))


def parts(execution_ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """So many at a time that nothing else waits for long."""
    for start in range(0, len(execution_ids), PART):
        yield tuple(execution_ids[start : start + PART])


def forget(connection: sqlite3.Connection, execution_ids: Sequence[str]) -> None:
    """Remove all that the tables say of them."""
    for table in ("executions", "inputs", "checkpoints", "journal"):
        connection.executemany(
            f"DELETE FROM {table} WHERE execution_id = ?", [(execution_id,) for execution_id in execution_ids]
        )


def remove(files: Iterable[Files]) -> int:
    """Delete them; how many bytes that were.  One that cannot be deleted is found again the next time."""
    freed = 0
    for each in files:
        for path in each.paths:
            try:
                size = 0 if path.is_dir() else path.stat().st_size
                path.rmdir() if path.is_dir() else path.unlink()
            except OSError:
                continue
            freed += size
    return freed


def _oldest_first(
    connection: sqlite3.Connection, found: Mapping[str, Files], keep: frozenset[str]
) -> Iterator[tuple[str, int | None]]:
    """What may go: executions without a row (None for its bytes), then the others."""
    before = time.time() - ORPHAN_AGE_S
    for execution_id in sorted(found, key=lambda name: found[name].changed_at):
        if (
            execution_id not in keep
            and found[execution_id].changed_at < before
            and not _known(connection, execution_id)
        ):
            yield execution_id, None
    keep |= _newest_checkpoint(connection) | _offered(connection)
    for execution_id, row_bytes in connection.execute(_MAY_GO):
        if execution_id not in keep:
            yield execution_id, row_bytes


def _newest_checkpoint(connection: sqlite3.Connection) -> frozenset[str]:
    """The execution that it was made after last, and the one that its file is named for: nothing changed since."""
    newest = connection.execute("SELECT execution_id, record FROM checkpoints ORDER BY seq DESC LIMIT 1").fetchone()
    return frozenset() if newest is None else frozenset({newest[0], Path(checkpoint_from_json(newest[1]).path).stem})


def _offered(connection: sqlite3.Connection) -> frozenset[str]:
    """Those of earlier Pythons likewise."""
    records = history.earlier(connection)
    return frozenset(name for record in records for name in (record.execution_id, Path(record.path).stem))


def _known(connection: sqlite3.Connection, execution_id: str) -> bool:
    row = connection.execute("SELECT 1 FROM executions WHERE execution_id = ?", (execution_id,)).fetchone()
    return row is not None


def _size_of(connection: sqlite3.Connection) -> int:
    """Of the database without the room in it that is free."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


_MAY_GO = """
SELECT execution_id, length(source) + length(message) + 200 FROM executions
WHERE state IN ('settled', 'skipped') AND NOT pinned AND NOT EXISTS (
    SELECT 1 FROM latest WHERE latest.cell_id = executions.cell_id AND latest.execution_id = executions.execution_id
)
ORDER BY seq
"""
