"""Opening state.sqlite: its pragmas, its tables, and whether it is whole."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from engine.file_system import BINARY
from engine.store import schema
from engine.store.mounts import file_system_type, is_network

NAME = "state.sqlite"
Connect = Callable[[str], sqlite3.Connection]


def connect(path: str) -> sqlite3.Connection:
    """In autocommit mode: transactions are begun and ended by whoever writes, in words that can be read."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=2.0)


def open_file(path: Path, connecting: Connect = connect) -> sqlite3.Connection:
    """Open or make a store's database.  Raises sqlite3.Error, OSError and StoreTooNew; leaves nothing open then."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | BINARY, 0o600))  # its -wal and -shm take this mode over
    return _prepared(connecting(str(path)), network=is_network(file_system_type(path.parent)))


def open_memory(connecting: Connect = connect) -> sqlite3.Connection:
    return _prepared(connecting(":memory:"), network=False)


def check(connection: sqlite3.Connection) -> None:
    """SQLite's own check of every page; some milliseconds for each ten megabytes.  Raises sqlite3.DatabaseError."""
    found: list[tuple[str]] = connection.execute("PRAGMA quick_check(1)").fetchall()
    if found != [("ok",)]:
        raise sqlite3.DatabaseError(found[0][0])


def tidy_at_closing(connection: sqlite3.Connection) -> None:
    """Copy the write-ahead log back and remove it when the database is closed, now that it is found whole."""
    connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, False)


def _prepared(connection: sqlite3.Connection, *, network: bool) -> sqlite3.Connection:
    try:
        # a database that turns out to be damaged goes aside as it was found
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
        mode = connection.execute(f"PRAGMA journal_mode = {'DELETE' if network else 'WAL'}").fetchone()[0]
        # a write-ahead log is synced by FULL; a rollback journal's removal only by EXTRA
        connection.execute(f"PRAGMA synchronous = {'FULL' if mode == 'wal' else 'EXTRA'}")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # the writer copies it back when nobody waits
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -16000")
        connection.execute("PRAGMA secure_delete = ON")  # a dropped answer is not to be found in free pages
        schema.bring_up_to_date(connection)
    except BaseException:
        connection.close()
        raise
    return connection
