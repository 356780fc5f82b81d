"""A connection to a store whose disk refuses, or takes its time, as a test says."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

_CODES = {"full": sqlite3.SQLITE_FULL, "io": sqlite3.SQLITE_IOERR}


class FailingDisk:
    """before(statement) is called before each statement is made, on the writer's thread; it may raise or wait."""

    def __init__(self, before: Callable[[str], None] = lambda _statement: None) -> None:
        self.before = before

    def connect(self, path: str) -> sqlite3.Connection:
        disk = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, parameters: object = (), /) -> sqlite3.Cursor:
                disk.before(sql)
                return super().execute(sql, parameters)  # type: ignore[arg-type]  # as it came

            def executemany(self, sql: str, parameters: object, /) -> sqlite3.Cursor:
                disk.before(sql)
                return super().executemany(sql, parameters)  # type: ignore[arg-type]  # as it came

        return sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Connection)


def refusal(how: str) -> sqlite3.OperationalError:
    """What SQLite raises when the disk is "full" or has an "io" error."""
    error = sqlite3.OperationalError(f"made by a test: {how}")
    error.sqlite_errorcode = _CODES[how]
    return error
