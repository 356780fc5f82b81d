"""The tables of executions, answers, checkpoints and settings: what the runner writes to them, and all reads."""

from __future__ import annotations

import json
import sqlite3
import statistics
from collections.abc import Iterable, Sequence

from engine.store import rows
from engine.store.records import AnswerRecord, CheckpointRecord, RunRecord, StoredState, WorkerRecord
from engine.store.rows import packed

TIMED_RUNS = 5  # how many of the last runs of a source its typical duration is taken from
MAX_RUNS = 1000  # of a cell, in one answer: reading holds up what is to be written
_RUN = ", ".join(rows.RUN_COLUMNS)
_ANSWER = ", ".join(rows.ANSWER_COLUMNS)
_HELD, _GO_ON, _WORKER, _INTERPRETER = "held", "continue_on_error", "worker", "interpreter"
_EARLIER = "earlier checkpoints"


def submit(connection: sqlite3.Connection, record: RunRecord) -> None:
    """Keep a submission, as the last of those that wait; twice is once, and what has ended stays as it is."""
    connection.execute(_SUBMIT, {**rows.of_run(record), "source_key": rows.source_key(record.source)})


def requeue(connection: sqlite3.Connection, execution_id: str) -> None:
    """No worker has seen it, whoever claimed it: it waits again, where it stood."""
    connection.execute(
        "UPDATE executions SET state = 'queued', claimed_by = '', started_at = NULL"
        " WHERE execution_id = ? AND state = 'claimed'",
        (execution_id,),
    )


def skip(connection: sqlite3.Connection, execution_ids: Sequence[str], reason: str) -> None:
    """They will never run; what has ended stays as it is."""
    connection.executemany(
        f"UPDATE executions SET state = 'skipped', message = ? WHERE execution_id = ? AND {_OPEN}",
        [(packed(reason), execution_id) for execution_id in execution_ids],
    )


def order(connection: sqlite3.Connection, execution_ids: Sequence[str]) -> None:
    """These wait, in this order."""
    connection.executemany(
        f"UPDATE executions SET position = ? WHERE execution_id = ? AND {_OPEN}",
        [(position, execution_id) for position, execution_id in enumerate(execution_ids)],
    )


def pin(connection: sqlite3.Connection, execution_id: str, pinned: bool) -> None:
    connection.execute("UPDATE executions SET pinned = ? WHERE execution_id = ?", (int(pinned), execution_id))


def ask_to_stop(connection: sqlite3.Connection, execution_id: str) -> None:
    connection.execute("UPDATE executions SET stopped = 1 WHERE execution_id = ?", (execution_id,))


def hold(connection: sqlite3.Connection, held: bool) -> None:
    write_setting(connection, _HELD, "1" if held else None)


def go_on_after_errors(connection: sqlite3.Connection, enabled: bool) -> None:
    write_setting(connection, _GO_ON, "1" if enabled else None)


def record_worker(connection: sqlite3.Connection, record: WorkerRecord | None) -> None:
    write_setting(connection, _WORKER, None if record is None else rows.worker_to_json(record))


def record_interpreter(connection: sqlite3.Connection, path: str) -> None:
    """path: "" for none; its bytes may be no UTF-8."""
    write_setting(connection, _INTERPRETER, json.dumps(path))


def record_checkpoint(connection: sqlite3.Connection, record: CheckpointRecord) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO checkpoints (execution_id, record) VALUES (?, ?)",
        (record.execution_id, rows.checkpoint_to_json(record)),
    )


def forget_checkpoint(connection: sqlite3.Connection, execution_id: str) -> None:
    connection.execute("DELETE FROM checkpoints WHERE execution_id = ?", (execution_id,))


def record_earlier(connection: sqlite3.Connection, records: tuple[CheckpointRecord, ...]) -> None:
    write_setting(connection, _EARLIER, rows.checkpoints_to_json(records) if records else None)


def earlier(connection: sqlite3.Connection) -> tuple[CheckpointRecord, ...]:
    """The checkpoints of earlier Pythons that are offered, the oldest first."""
    return rows.checkpoints_from_json(setting(connection, _EARLIER) or "[]")


def write_setting(connection: sqlite3.Connection, name: str, value: str | None) -> None:
    """None takes it away."""
    if value is None:
        connection.execute("DELETE FROM settings WHERE name = ?", (name,))
    else:
        connection.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, value))


def setting(connection: sqlite3.Connection, name: str) -> str | None:
    row = connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def load(connection: sqlite3.Connection) -> StoredState:
    """Everything that an opening needs, at a cost that past executions do not raise."""
    worker = setting(connection, _WORKER)
    checkpoint = connection.execute("SELECT record FROM checkpoints ORDER BY seq DESC LIMIT 1").fetchone()
    return StoredState(
        unsettled=_runs(connection, f"FROM executions WHERE {_OPEN} ORDER BY state <> 'claimed', position, seq"),
        latest=_runs(connection, "FROM latest CROSS JOIN executions USING (execution_id) ORDER BY seq"),
        answers=_answers(connection, f"IN (SELECT execution_id FROM executions WHERE {_OPEN})"),
        worker=None if worker is None else rows.worker_from_json(worker),
        interpreter=json.loads(setting(connection, _INTERPRETER) or '""'),
        checkpoint=None if checkpoint is None else rows.checkpoint_from_json(checkpoint[0]),
        earlier=earlier(connection),
        held=setting(connection, _HELD) is not None,
        continue_on_error=setting(connection, _GO_ON) is not None,
    )


def runs_of(connection: sqlite3.Connection, cell_id: str) -> tuple[RunRecord, ...]:
    """The last MAX_RUNS runs of a cell, without those that were skipped, oldest first."""
    which = "FROM executions WHERE cell_id = ? AND state <> 'skipped' ORDER BY seq DESC LIMIT ?"
    return _runs(connection, which, (packed(cell_id), MAX_RUNS))[::-1]


def answers_of(connection: sqlite3.Connection, execution_id: str) -> tuple[AnswerRecord, ...]:
    """The prompts of an execution, in the order they were asked."""
    return _answers(connection, "= ?", (execution_id,))


def durations(connection: sqlite3.Connection, sources: Iterable[str]) -> dict[str, float]:
    """The median seconds of the last good runs of each source; sources that never ran well are left out."""
    typical = {}
    for source in sources:
        times = [
            seconds
            for (seconds,) in connection.execute(
                "SELECT duration_s FROM executions WHERE source_key = ? AND outcome = 'ok' AND duration_s IS NOT NULL "
                "ORDER BY seq DESC LIMIT ?",
                (rows.source_key(source), TIMED_RUNS),
            )
        ]
        if times:
            typical[source] = statistics.median(times)
    return typical


def _runs(connection: sqlite3.Connection, what: str, values: tuple[rows.Cell, ...] = ()) -> tuple[RunRecord, ...]:
    columns = _RUN.replace("cell_id", "executions.cell_id")
    return tuple(map(rows.to_run, connection.execute(f"SELECT {columns} {what}", values)))


def _answers(connection: sqlite3.Connection, whose: str, values: tuple[str, ...] = ()) -> tuple[AnswerRecord, ...]:
    found = connection.execute(
        f"SELECT {_ANSWER} FROM inputs WHERE execution_id {whose} ORDER BY execution_id, input_number", values
    )
    return tuple(map(rows.to_answer, found))


_OPEN = "state IN ('queued', 'claimed')"
_PLACES = {name: f":{name}" for name in (*rows.RUN_COLUMNS, "source_key")}
_PLACES["position"] = f"(SELECT coalesce(max(position) + 1, 0) FROM executions WHERE {_OPEN})"
_SUBMIT = f"""
INSERT INTO executions ({", ".join(_PLACES)}) VALUES ({", ".join(_PLACES.values())})
ON CONFLICT (execution_id) DO UPDATE SET
    cell_id = excluded.cell_id, source = excluded.source, source_key = excluded.source_key,
    submitted_at = excluded.submitted_at, continue_on_error = excluded.continue_on_error,
    resumed_from = excluded.resumed_from
WHERE {_OPEN}
"""
