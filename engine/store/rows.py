"""Records to rows and back.  Pure.

Text of people and their code (sources, prompts, answers, messages, cell ids) is kept as bytes: a Python string
may hold lone surrogates, which SQLite's text cannot, and a store must not fail on what a cell printed or asked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, fields

from engine.store.records import AnswerRecord, CheckpointRecord, RunRecord, RunState, WorkerRecord

Cell = str | bytes | int | float | None

_PEOPLES = frozenset({"cell_id", "source", "error_type", "message", "prompt", "text"})
_FLAGS = frozenset({"continue_on_error", "pinned", "stopped", "password", "answered"})
RUN_COLUMNS = tuple(field.name for field in fields(RunRecord))
ANSWER_COLUMNS = tuple(field.name for field in fields(AnswerRecord))


def packed(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def unpacked(data: bytes) -> str:
    """What packed() was given; bytes that it never made are shown as far as they can be read."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def source_key(source: str) -> int:
    """64 bits that find earlier runs of the same source."""
    return int.from_bytes(hashlib.blake2b(packed(source), digest_size=8).digest(), signed=True)


def of_run(record: RunRecord) -> dict[str, Cell]:
    return {name: _into(name, getattr(record, name)) for name in RUN_COLUMNS}


def to_run(row: tuple[Cell, ...]) -> RunRecord:
    """A row of RUN_COLUMNS."""
    values = {name: _back(name, cell) for name, cell in zip(RUN_COLUMNS, row, strict=True)}
    values["state"] = RunState(str(values["state"]))
    return RunRecord(**values)  # type: ignore[arg-type]  # the schema's columns have the fields' types


def to_answer(row: tuple[Cell, ...]) -> AnswerRecord:
    """A row of ANSWER_COLUMNS."""
    values = {name: _back(name, cell) for name, cell in zip(ANSWER_COLUMNS, row, strict=True)}
    return AnswerRecord(**values)  # type: ignore[arg-type]  # likewise


def worker_to_json(record: WorkerRecord) -> str:
    return json.dumps({**asdict(record), "token": record.token.hex()})


def worker_from_json(text: str) -> WorkerRecord:
    values = json.loads(text)
    return WorkerRecord(**{**values, "token": bytes.fromhex(values["token"])})


def checkpoint_to_json(record: CheckpointRecord) -> str:
    return json.dumps(asdict(record))


def checkpoint_from_json(text: str) -> CheckpointRecord:
    return CheckpointRecord(**json.loads(text))


def checkpoints_to_json(records: Iterable[CheckpointRecord]) -> str:
    return json.dumps([asdict(record) for record in records])


def checkpoints_from_json(text: str) -> tuple[CheckpointRecord, ...]:
    return tuple(CheckpointRecord(**values) for values in json.loads(text))


def _into(name: str, value: object) -> Cell:
    if isinstance(value, RunState):
        return value.value
    if name in _PEOPLES and isinstance(value, str):
        return packed(value)
    if isinstance(value, bool):
        return int(value)
    assert value is None or isinstance(value, str | bytes | int | float)
    return value


def _back(name: str, cell: Cell) -> Cell:
    if isinstance(cell, bytes):
        return unpacked(cell)
    return bool(cell) if name in _FLAGS else cell
