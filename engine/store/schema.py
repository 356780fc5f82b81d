"""The tables of state.sqlite, their version (SQLite's user_version) and how an older one is brought up to date.

`journal` is the truth: the SDK's mutating requests, in order.  `executions` and `inputs` are projections of it,
written in the same transaction; `latest` names of each cell the settled execution that began last.  Text that
people or their code wrote is kept as UTF-8 bytes (rows.py), since Python strings may hold what SQLite's cannot.
"""

from __future__ import annotations

import sqlite3

from engine.errors import StoreTooNew

_FIRST = """
CREATE TABLE journal (seq INTEGER PRIMARY KEY, execution_id TEXT NOT NULL, request BLOB NOT NULL);
CREATE INDEX journal_lineage ON journal (execution_id);
CREATE TABLE executions (
    seq INTEGER PRIMARY KEY,
    execution_id TEXT NOT NULL UNIQUE,
    cell_id BLOB NOT NULL,
    source BLOB NOT NULL,
    source_key INTEGER NOT NULL,
    submitted_at REAL NOT NULL,
    state TEXT NOT NULL,
    continue_on_error INTEGER NOT NULL,
    resumed_from TEXT NOT NULL,
    position INTEGER NOT NULL,
    claimed_by TEXT NOT NULL,
    started_at REAL,
    outcome TEXT NOT NULL,
    duration_s REAL,
    execution_count INTEGER,
    error_type BLOB NOT NULL,
    message BLOB NOT NULL,
    pinned INTEGER NOT NULL,
    promised INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX executions_of_cell ON executions (cell_id, seq);
CREATE INDEX executions_open ON executions (position, seq) WHERE state IN ('queued', 'claimed');
CREATE INDEX executions_timed ON executions (source_key, seq) WHERE outcome = 'ok';
CREATE TABLE latest (cell_id BLOB PRIMARY KEY, execution_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE inputs (
    execution_id TEXT NOT NULL,
    input_number INTEGER NOT NULL,
    prompt BLOB NOT NULL,
    password INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    text BLOB,
    PRIMARY KEY (execution_id, input_number)
) WITHOUT ROWID;
CREATE TABLE checkpoints (seq INTEGER PRIMARY KEY, execution_id TEXT NOT NULL UNIQUE, record TEXT NOT NULL);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

_STOPPED = "ALTER TABLE executions ADD COLUMN stopped INTEGER NOT NULL DEFAULT 0;"

MIGRATIONS = (_FIRST, _STOPPED)  # step n brings a store of version n to n + 1
VERSION = len(MIGRATIONS)


def bring_up_to_date(connection: sqlite3.Connection, steps: tuple[str, ...] = MIGRATIONS) -> None:
    """Make or migrate the tables, in one transaction a step.  Raises StoreTooNew, having changed nothing."""
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > len(steps):
        raise StoreTooNew(
            "a newer version of Capsule Desktop kept this notebook's runs and edits, and this version cannot read "
            "them. They were left as they are; open the notebook with the newer version."
        )
    for version in range(found, len(steps)):
        connection.executescript(f"BEGIN IMMEDIATE;\n{steps[version]}\nPRAGMA user_version = {version + 1};\nCOMMIT;")
