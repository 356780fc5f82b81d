"""The journal: the promise SDK's mutating requests in the order they were made, which replaying brings back.

A request stays until its execution's lineage is forgotten, some executions after it was settled.
"""

from __future__ import annotations

import sqlite3

from engine.store.rows import packed, unpacked


def append(connection: sqlite3.Connection, execution_id: str, request: str) -> None:
    connection.execute("INSERT INTO journal (execution_id, request) VALUES (?, ?)", (execution_id, packed(request)))


def forget(connection: sqlite3.Connection, execution_id: str) -> None:
    connection.execute("DELETE FROM journal WHERE execution_id = ?", (execution_id,))


def requests(connection: sqlite3.Connection) -> list[str]:
    """All that is kept, oldest first."""
    return [unpacked(request) for (request,) in connection.execute("SELECT request FROM journal ORDER BY seq")]


def of_lineage(connection: sqlite3.Connection, execution_id: str) -> list[tuple[int, str]]:
    """An execution's requests with their numbers, oldest first."""
    rows = connection.execute("SELECT seq, request FROM journal WHERE execution_id = ? ORDER BY seq", (execution_id,))
    return [(seq, unpacked(request)) for seq, request in rows]


def replace(connection: sqlite3.Connection, seq: int, request: str) -> None:
    connection.execute("UPDATE journal SET request = ? WHERE seq = ?", (packed(request), seq))
