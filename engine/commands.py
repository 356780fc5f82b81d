"""What may be asked of the engine: frozen requests, handed to NotebookHandle.submit().

A submit returns an id and nothing else; what comes of it arrives on the notebook's event stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NewType

ExecutionId = NewType("ExecutionId", str)  # 32 hex digits
RequestId = NewType("RequestId", str)  # what submit() returns for everything but RunCell


@dataclass(frozen=True, kw_only=True)
class RunCell:
    """Queue source for one execution; submit() returns its ExecutionId.

    An error skips what is queued behind it, unless continue_on_error.  resumed_from: the earlier execution that
    the user asked to run again (invariant 8).
    """

    cell_id: str
    source: str
    continue_on_error: bool = False
    resumed_from: str = ""


@dataclass(frozen=True, kw_only=True)
class AnswerInput:
    """Answer prompt input_number of execution_id; text None is end of file (EOFError)."""

    execution_id: ExecutionId
    input_number: int
    text: str | None


@dataclass(frozen=True, kw_only=True)
class StartKernel:
    """Start the worker now instead of at the first RunCell."""


@dataclass(frozen=True, kw_only=True)
class InterruptKernel:
    """SIGINT to the running cell; what is queued behind it is skipped."""


@dataclass(frozen=True, kw_only=True)
class CancelExecution:
    """Take execution_id out of the queue, or interrupt it and escalate after grace_s."""

    execution_id: ExecutionId
    grace_s: float = 0.5


@dataclass(frozen=True, kw_only=True)
class MoveInQueue:
    """Let execution_id run before another one that waits, or (None) as the last."""

    execution_id: ExecutionId
    before: ExecutionId | None


@dataclass(frozen=True, kw_only=True)
class HoldQueue:
    """held: start nothing more after what runs now; what is queued stays queued until held is False again."""

    held: bool


@dataclass(frozen=True, kw_only=True)
class GoOnAfterErrors:
    """Whether what waits runs on when a cell before it failed; for this queue, until it is said otherwise."""

    enabled: bool


@dataclass(frozen=True, kw_only=True)
class EndWorker:
    """Kill the worker now, and bring the last automatic checkpoint into a new one; the queue is skipped."""


@dataclass(frozen=True, kw_only=True)
class RestoreLastCheckpoint:
    """Bring the last automatic checkpoint into the worker, started where none is."""


@dataclass(frozen=True, kw_only=True)
class BringBackEarlier:
    """Add the variables that were offered, kept after that execution, to those that Python has."""

    execution_id: ExecutionId


@dataclass(frozen=True, kw_only=True)
class DismissEarlier:
    """Offer no variables of earlier Pythons any more: their files go in their turn."""


@dataclass(frozen=True, kw_only=True)
class PinRun:
    """Keep (or no longer keep) a past execution whatever the budget says."""

    execution_id: ExecutionId
    pinned: bool


@dataclass(frozen=True, kw_only=True)
class KeepInterpreter:
    """The Python that was chosen for the notebook, by its path, for the next opening; "" for none."""

    path: str


@dataclass(frozen=True, kw_only=True)
class RestartKernel:
    """End the worker and start a new one (the warm spare); the queue is skipped.

    with_variables: bring the last automatic checkpoint into the new one, before anything runs there.
    Where the new one would be of another Python and cannot be started, the one that runs is left as it is.
    """

    with_variables: bool = False


@dataclass(frozen=True, kw_only=True)
class ShutDownKernel:
    """End the worker; the next RunCell starts one."""


@dataclass(frozen=True, kw_only=True)
class SaveCheckpoint:
    """Write the variables, signed, to path under a name people chose."""

    name: str
    path: Path


@dataclass(frozen=True, kw_only=True)
class RestoreCheckpoint:
    """Load a signed file into the namespace: merged, or (clear_existing) in place of what is there.

    trust_unsigned loads a file that another key signed; only ever set because the user said so.  sha256: of the
    contents that the user was asked about, which alone are loaded; empty where only the file's name was shown.
    """

    path: Path
    clear_existing: bool = False
    trust_unsigned: bool = False
    sha256: bytes = b""


Command = (
    RunCell
    | AnswerInput
    | StartKernel
    | InterruptKernel
    | CancelExecution
    | MoveInQueue
    | HoldQueue
    | GoOnAfterErrors
    | EndWorker
    | RestoreLastCheckpoint
    | BringBackEarlier
    | DismissEarlier
    | PinRun
    | KeepInterpreter
    | RestartKernel
    | ShutDownKernel
    | SaveCheckpoint
    | RestoreCheckpoint
)
