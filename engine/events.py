"""What happened: frozen facts on the one event stream of a notebook, in order.

Every event carries its notebook and a sequence number that rises by one; those that belong to an
execution carry its id.  Nothing here is a request, and nothing is said before it is true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.commands import ExecutionId, RequestId

JsonValue = object  # what json.loads may give


@dataclass(frozen=True, kw_only=True)
class Event:
    notebook_id: str = ""  # filled in by the stream
    sequence: int = 0  # likewise
    background_end: int | None = None  # bytes of the background log that are told with it; None where it says nothing


class Outcome(StrEnum):
    OK = "ok"
    ERROR = "error"  # the user's code failed
    LOST = "lost"  # the worker ended, or did not start, while it ran
    REFUSED = "refused"  # ours: Busy, Duplicate, OutputDrainTimeout


@dataclass(frozen=True, kw_only=True)
class KernelStarting(Event):
    """A worker is being started (or taken from the warm spare)."""


@dataclass(frozen=True, kw_only=True)
class KernelReady(Event):
    pid: int
    python_version: str
    ipython_version: str
    executable: str


@dataclass(frozen=True, kw_only=True)
class KernelEnded(Event):
    """The worker is gone.  expected: the user asked for it; reason in words either way."""

    expected: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class KernelKept(Event):
    """No worker was started instead of the one that runs, which goes on as it was.

    expected: the user wanted none; reason in words either way.
    """

    expected: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class KernelHealth(Event):
    """A heartbeat, or (answering False) that none came for a while.

    memory_limit_bytes: what the worker may use, of the machine or of its control group; 0 where it is unknown.
    """

    answering: bool
    memory_bytes: int
    memory_limit_bytes: int = 0
    cpu_s: float
    variables: int


@dataclass(frozen=True, kw_only=True)
class ExecutionQueued(Event):
    """Its submission is on the disk.  source: what will run, which the cell may no longer say."""

    execution_id: ExecutionId
    cell_id: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class QueueChanged(Event):
    """What waits, in the order it will run.  held: nothing is started until the user says so; reason: why, in words."""

    waiting: tuple[ExecutionId, ...]
    held: bool
    reason: str
    continue_on_error: bool


@dataclass(frozen=True, kw_only=True)
class ExecutionStarted(Event):
    execution_id: ExecutionId
    cell_id: str
    started_at: float  # seconds since 1970


@dataclass(frozen=True, kw_only=True)
class ExecutionSkipped(Event):
    """It was queued and will not run; reason in words."""

    execution_id: ExecutionId
    cell_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ExecutionFinished(Event):
    """The last event of an execution but for what its background threads print later."""

    execution_id: ExecutionId
    cell_id: str
    outcome: Outcome
    duration_s: float
    execution_count: int | None
    error_type: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class TextPrinted(Event):
    execution_id: ExecutionId
    stream: str  # "stdout" or "stderr"
    text: str


@dataclass(frozen=True, kw_only=True)
class DisplayShown(Event):
    """A MIME bundle; execution_count is set for a cell's value (execute_result)."""

    execution_id: ExecutionId
    data: Mapping[str, JsonValue]
    metadata: Mapping[str, JsonValue]
    display_id: str
    execution_count: int | None


@dataclass(frozen=True, kw_only=True)
class DisplayUpdated(Event):
    """Every display with this id, in any cell, now shows this."""

    data: Mapping[str, JsonValue]
    metadata: Mapping[str, JsonValue]
    display_id: str


@dataclass(frozen=True, kw_only=True)
class OutputCleared(Event):
    execution_id: ExecutionId
    wait: bool


@dataclass(frozen=True, kw_only=True)
class TracebackShown(Event):
    execution_id: ExecutionId
    error_type: str
    message: str
    traceback: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PageShown(Event):
    """`?` help: shown beside the outputs, never kept."""

    execution_id: ExecutionId
    data: Mapping[str, JsonValue]


@dataclass(frozen=True, kw_only=True)
class NextInputSuggested(Event):
    """%load: text for the cell itself (replace) or for a new cell below it."""

    execution_id: ExecutionId
    text: str
    replace: bool


@dataclass(frozen=True, kw_only=True)
class InputRequested(Event):
    execution_id: ExecutionId
    cell_id: str
    input_number: int
    prompt: str
    password: bool


@dataclass(frozen=True, kw_only=True)
class InputAnswered(Event):
    """The prompt is settled; text is None for end of file and for a password, never the secret."""

    execution_id: ExecutionId
    input_number: int
    text: str | None


@dataclass(frozen=True, kw_only=True)
class VariableRow:
    """One row of a report: outcome in words ("restored", "not saved", …), reason "" or why."""

    name: str
    type_name: str
    outcome: str
    reason: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class CheckpointSaved(Event):
    request_id: RequestId
    name: str
    path: str
    size_bytes: int
    variables: tuple[VariableRow, ...]


@dataclass(frozen=True, kw_only=True)
class CheckpointRestored(Event):
    request_id: RequestId
    name: str
    path: str
    variables: tuple[VariableRow, ...]
    surroundings: tuple[VariableRow, ...]


@dataclass(frozen=True, kw_only=True)
class CheckpointKept(Event):
    """The automatic checkpoint after an execution is signed and on the disk."""

    execution_id: ExecutionId
    cell_id: str
    created_at: float  # seconds since 1970
    size_bytes: int
    left_out: int  # variables that it could not save


@dataclass(frozen=True, kw_only=True)
class CheckpointSkipped(Event):
    """There is no automatic checkpoint after this execution; reason in words ("over 50 MB")."""

    execution_id: ExecutionId
    cell_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class StateRestored(Event):
    """The worker has the variables of the last automatic checkpoint again.

    execution_id, cell_id: after which execution it was made; created_at: seconds since 1970.
    merged: into what is there, from an earlier Python's checkpoint, which is not the last one.
    """

    execution_id: ExecutionId
    cell_id: str
    created_at: float
    variables: tuple[VariableRow, ...]
    surroundings: tuple[VariableRow, ...]
    merged: bool = False


@dataclass(frozen=True, kw_only=True)
class VariablesOffered(Event):
    """Python was started without the variables that an earlier one kept, which can be brought back.

    offer: after which execution they were kept, None where nothing is offered (any more).  created_at: seconds since
    1970.
    """

    offer: ExecutionId | None
    cell_id: str = ""
    created_at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class KernelAttached(Event):
    """A worker that lived on without a window is ours again; KernelReady follows.  running: "" for idle."""

    running: str


@dataclass(frozen=True, kw_only=True)
class RevivalGivenUp(Event):
    """The worker ended so often in a row that none is started by itself any more."""

    deaths: int


@dataclass(frozen=True, kw_only=True)
class StoreStalled(Event):
    """Nothing can be recorded just now (reason: "the disk is full"), and facts wait; "" when it can again."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class RequestFailed(Event):
    """A request came to nothing: what happened, what is safe and what to do, in words.

    kind: stable, for callers: "checkpoint", "restore", "foreign_checkpoint", "kernel_start", "answer",
    "interrupt", "cancel", "shut_down", "attach" (a living worker of an earlier life is not ours).
    """

    request_id: RequestId
    kind: str
    message: str
