"""How a journaled request changes the tables `executions`, `inputs` and `latest`.

Called in the journal row's own transaction.  What is settled stands (invariant 5): later claims, settles and
answers change nothing, as the promises themselves keep their first value.
"""

from __future__ import annotations

import sqlite3
from typing import assert_never

from engine.events import Outcome
from engine.store import journal
from engine.store.requests import (
    Answered,
    Asked,
    Claimed,
    Created,
    ResultAwaited,
    Settled,
    fact_of,
    with_receipt,
)
from engine.store.rows import packed

UNREADABLE = "its record could not be read"


def apply(connection: sqlite3.Connection, request: str, at: float, *, keep_answers: bool) -> None:
    """Project a request that was handed over at the time `at` (seconds since 1970)."""
    if '"promise.' not in request:
        return  # most requests move tasks, which nobody is shown
    match fact_of(request):
        case None:
            pass
        case Created(execution_id=execution_id):
            connection.execute(_ENSURE, (execution_id, at))
        case ResultAwaited(execution_id=execution_id):
            connection.execute("UPDATE executions SET promised = 1 WHERE execution_id = ?", (execution_id,))
        case Claimed(execution_id=execution_id, process_life=life):
            connection.execute(_CLAIM, (life, at, execution_id))
        case Settled() as settled:
            _settle(connection, settled, keep_answers=keep_answers)
        case Asked(execution_id=execution_id, input_number=number, prompt=prompt, password=password):
            connection.execute(_ASK, (execution_id, number, packed(prompt), int(password)))
        case Answered() as answered:
            _answer(connection, answered, keep_answers=keep_answers)
        case fact:
            assert_never(fact)


def drop_answers(connection: sqlite3.Connection) -> None:
    """Forget the text of every answer; the journal keeps that of executions that have not ended, which need it."""
    connection.execute("UPDATE inputs SET text = NULL WHERE text IS NOT NULL")
    ended = connection.execute(
        "SELECT DISTINCT execution_id FROM journal WHERE execution_id IN "
        "(SELECT execution_id FROM executions WHERE state NOT IN ('queued', 'claimed'))"
    ).fetchall()
    for (execution_id,) in ended:
        _leave_receipts(connection, execution_id)


def _settle(connection: sqlite3.Connection, settled: Settled, *, keep_answers: bool) -> None:
    update = _SETTLE if settled.whole else f"{_SETTLE} AND promised = 1"
    changed = connection.execute(update, (*_outcome(settled.value), settled.execution_id)).rowcount
    if changed:
        connection.execute(_LATEST, (settled.execution_id,))
    if changed and not keep_answers:
        _leave_receipts(connection, settled.execution_id)


def _answer(connection: sqlite3.Connection, answered: Answered, *, keep_answers: bool) -> None:
    value = answered.value if isinstance(answered.value, dict) else {}
    which = (answered.execution_id, answered.input_number)
    if value.get("withdrawn") is True:
        connection.execute(f"DELETE FROM inputs WHERE {_OPEN_INPUT}", which)
        return
    text = value.get("data")
    kept = packed(text) if keep_answers and isinstance(text, str) and value.get("eof") is not True else None
    connection.execute(f"UPDATE inputs SET answered = 1, text = ? WHERE {_OPEN_INPUT}", (kept, *which))


def _leave_receipts(connection: sqlite3.Connection, execution_id: str) -> None:
    """The code that asked has ended, so nothing will be answered from the journal again."""
    asked = connection.execute("SELECT 1 FROM inputs WHERE execution_id = ? LIMIT 1", (execution_id,)).fetchone()
    for seq, request in journal.of_lineage(connection, execution_id) if asked else ():
        receipt = with_receipt(request)
        if receipt != request:
            journal.replace(connection, seq, receipt)


def _outcome(value: object) -> tuple[str, float | None, int | None, bytes, bytes]:
    """An outcome's columns, in _SETTLE's order; what cannot be read is lost."""
    fields = value if isinstance(value, dict) else {}
    if fields.get("type") == "timeout":
        reason = f"it was given {fields.get('limit_s')} s and did not end in time"
        return Outcome.LOST.value, None, None, b"Lost", packed(reason)
    kind, duration, count = fields.get("type"), fields.get("duration_s"), fields.get("execution_count")
    if not isinstance(kind, str) or kind not in {outcome.value for outcome in Outcome}:
        return Outcome.LOST.value, None, None, b"Lost", packed(UNREADABLE)
    return (
        kind,
        float(duration) if isinstance(duration, int | float) else None,
        count if isinstance(count, int) and abs(count) < 2**63 else None,
        packed(_text(fields.get("error_type"))),
        packed(_text(fields.get("message"))),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


_OPEN_INPUT = "execution_id = ? AND input_number = ? AND answered = 0"
# a promise without a submission: an earlier application's, of which at least the outcome can be kept
_ENSURE = """
INSERT INTO executions (
    execution_id, cell_id, source, source_key, submitted_at, state, continue_on_error,
    resumed_from, position, claimed_by, outcome, error_type, message, pinned
) VALUES (
    ?, x'', x'', 0, ?, 'queued', 0, '',
    (SELECT coalesce(max(position) + 1, 0) FROM executions WHERE state IN ('queued', 'claimed')),
    '', '', x'', x'', 0
)
ON CONFLICT DO NOTHING
"""
_CLAIM = """
UPDATE executions SET state = 'claimed', claimed_by = ?, started_at = ?
WHERE execution_id = ? AND state = 'queued'
"""
_SETTLE = """
UPDATE executions
SET state = 'settled', outcome = ?, duration_s = ?, execution_count = ?, error_type = ?, message = ?
WHERE execution_id = ? AND state IN ('queued', 'claimed')
"""
# one that a worker of an earlier life ran may be settled after one that began later
_LATEST = """
INSERT INTO latest SELECT cell_id, execution_id FROM executions AS settled WHERE execution_id = ? AND NOT EXISTS (
    SELECT 1 FROM latest JOIN executions AS newest USING (execution_id)
    WHERE latest.cell_id = settled.cell_id AND newest.started_at > settled.started_at
)
ON CONFLICT DO UPDATE SET execution_id = excluded.execution_id
"""
_ASK = """
INSERT INTO inputs (execution_id, input_number, prompt, password, answered, text) VALUES (?, ?, ?, ?, 0, NULL)
ON CONFLICT DO NOTHING
"""
