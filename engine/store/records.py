"""What a notebook's store keeps, as frozen values: executions, what waits, the worker, automatic checkpoints.

Times are seconds since 1970.  Made by the runner, the recovery and the worker's reports; read back at the next
opening.  No I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RunState(StrEnum):
    """How far an execution came, as far as is recorded."""

    QUEUED = "queued"  # submitted; no process life has claimed it
    CLAIMED = "claimed"  # some process life was about to send it, or did
    SETTLED = "settled"  # its outcome is recorded
    SKIPPED = "skipped"  # it will never run


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One execution.  outcome: engine.events.Outcome's value once SETTLED, else "".

    position: its place among those that wait.  started_at: of the claim, None before.  message: why it was
    lost or skipped, or the error's text.  stopped: the user asked for its end while it ran.
    """

    execution_id: str
    cell_id: str
    source: str
    submitted_at: float
    state: RunState = RunState.QUEUED
    continue_on_error: bool = False
    resumed_from: str = ""
    position: int = 0
    claimed_by: str = ""
    started_at: float | None = None
    outcome: str = ""
    duration_s: float | None = None
    execution_count: int | None = None
    error_type: str = ""
    message: str = ""
    pinned: bool = False
    stopped: bool = False


@dataclass(frozen=True, kw_only=True)
class AnswerRecord:
    """What a prompt was answered with; text None: end of file, a password, or not kept by the user's choice."""

    execution_id: str
    input_number: int
    prompt: str
    password: bool
    answered: bool
    text: str | None


@dataclass(frozen=True, kw_only=True)
class WorkerRecord:
    """What must be known of a worker to attach to it again, and (token) to know what it wrote when it was alone."""

    session_id: str
    socket: str
    pid: int
    token: bytes
    working_directory: str
    log_directory: str
    python_version: str
    executable: str
    started_at: float


@dataclass(frozen=True, kw_only=True)
class CheckpointRecord:
    """An automatic checkpoint that is signed and in place.  execution_id: after which it was made."""

    execution_id: str
    cell_id: str
    path: str
    created_at: float
    size_bytes: int
    left_out: int


@dataclass(frozen=True, kw_only=True)
class StoredState:
    """All that an opening needs: what has not ended, how each cell ran last, and what is left of the last kernel."""

    unsettled: tuple[RunRecord, ...] = ()  # QUEUED and CLAIMED, in the order they would run
    latest: tuple[RunRecord, ...] = ()  # of each cell, the last that was SETTLED
    answers: tuple[AnswerRecord, ...] = ()  # of unsettled executions
    worker: WorkerRecord | None = None
    interpreter: str = ""  # the path of the one that was chosen
    checkpoint: CheckpointRecord | None = None  # the newest
    earlier: tuple[CheckpointRecord, ...] = ()  # of earlier Pythons, still offered, the oldest first
    held: bool = False
    continue_on_error: bool = False
