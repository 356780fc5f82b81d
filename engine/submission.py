"""One execution that was asked for: for the queue, for the store, and as the events that tell of it.  Pure."""

from __future__ import annotations

import time
from dataclasses import dataclass

from engine.commands import ExecutionId, RunCell
from engine.durable.outcome import ExecutionOutcome
from engine.events import ExecutionFinished, ExecutionQueued, ExecutionSkipped, ExecutionStarted
from engine.store.records import RunRecord


@dataclass(frozen=True, kw_only=True)
class Submission:
    execution_id: ExecutionId
    command: RunCell


def submission_of(record: RunRecord) -> Submission:
    """What an earlier process life was asked to run."""
    command = RunCell(
        cell_id=record.cell_id,
        source=record.source,
        continue_on_error=record.continue_on_error,
        resumed_from=record.resumed_from,
    )
    return Submission(execution_id=ExecutionId(record.execution_id), command=command)


def record_of(submission: Submission) -> RunRecord:
    command = submission.command
    return RunRecord(
        execution_id=submission.execution_id,
        cell_id=command.cell_id,
        source=command.source,
        submitted_at=time.time(),
        continue_on_error=command.continue_on_error,
        resumed_from=command.resumed_from,
    )


def queued(submission: Submission) -> ExecutionQueued:
    command = submission.command
    return ExecutionQueued(execution_id=submission.execution_id, cell_id=command.cell_id, source=command.source)


def started(submission: Submission, started_at: float) -> ExecutionStarted:
    cell_id = submission.command.cell_id
    return ExecutionStarted(execution_id=submission.execution_id, cell_id=cell_id, started_at=started_at)


def finished(submission: Submission, outcome: ExecutionOutcome) -> ExecutionFinished:
    return ExecutionFinished(
        execution_id=submission.execution_id,
        cell_id=submission.command.cell_id,
        outcome=outcome.type,
        duration_s=outcome.duration_s,
        execution_count=outcome.execution_count,
        error_type=outcome.error_type,
        message=outcome.message,
    )


def skipped(submission: Submission, reason: str) -> ExecutionSkipped:
    cell_id = submission.command.cell_id
    return ExecutionSkipped(execution_id=submission.execution_id, cell_id=cell_id, reason=reason)
