"""How each cell stands with its runs: queued, running, done… from the engine's facts alone.  Pure.

The presenter feeds it events and asks it for a cell's state; what a cell shows is derived from here and
from the document, never kept in a widget.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.values import CellState, PromptView
from engine.events import ExecutionFinished, Outcome

_AFTER = {
    Outcome.OK: CellState.DONE,
    Outcome.ERROR: CellState.ERROR,
    Outcome.REFUSED: CellState.ERROR,
    Outcome.LOST: CellState.LOST,
}


@dataclass(frozen=True, kw_only=True)
class CellRun:
    """The last run of a cell.  source: what was run, to tell whether it was edited since.

    started_at: time.monotonic(), while it runs.  note: why it was skipped or lost, in words.
    """

    execution_id: str = ""
    state: CellState = CellState.NEVER_RUN
    source: str | None = None
    started_at: float | None = None
    duration_s: float | None = None
    note: str = ""
    prompt: PromptView | None = None


_NEVER = CellRun()


class RunStates:
    """Every cell's last run, by cell; and which cell an execution belongs to."""

    def __init__(self) -> None:
        self._runs: dict[CellId, CellRun] = {}
        self._cells: dict[str, CellId] = {}

    def of(self, cell_id: CellId) -> CellRun:
        return self._runs.get(cell_id, _NEVER)

    def cell_of(self, execution_id: str) -> CellId | None:
        """The cell of an execution of this session; None where it is unknown."""
        return self._cells.get(execution_id)

    def active(self) -> list[tuple[CellId, CellRun]]:
        """What runs, waits for input or is queued, in the order it was queued."""
        busy = (CellState.RUNNING, CellState.WAITING, CellState.QUEUED)
        return [(cell, self.of(cell)) for cell in self._cells.values() if self.of(cell).state in busy]

    def queued(self, cell_id: CellId, execution_id: str, source: str) -> None:
        self._cells[execution_id] = cell_id
        self._runs[cell_id] = CellRun(execution_id=execution_id, state=CellState.QUEUED, source=source)

    def started(self, execution_id: str, now: float) -> None:
        self._change(execution_id, state=CellState.RUNNING, started_at=now)

    def asked(self, execution_id: str, prompt: PromptView) -> None:
        self._change(execution_id, state=CellState.WAITING, prompt=prompt)

    def answered(self, execution_id: str) -> None:
        self._change(execution_id, state=CellState.RUNNING, prompt=None)

    def skipped(self, execution_id: str, reason: str) -> None:
        self._change(execution_id, state=CellState.NEVER_RUN, source=None, note=f"Skipped: {reason}.")

    def finished(self, event: ExecutionFinished) -> None:
        lost = event.outcome is Outcome.LOST
        self._change(
            event.execution_id,
            state=_AFTER[event.outcome],
            started_at=None,
            duration_s=None if lost else event.duration_s,
            note=event.message if lost else "",
            prompt=None,
        )

    def forget(self, cell_id: CellId) -> None:
        """The cell's outputs were cleared: it stands as never run, unless it is active."""
        if self.of(cell_id).started_at is None and self.of(cell_id).state is not CellState.QUEUED:
            self._runs.pop(cell_id, None)

    def _change(self, execution_id: str, **changes: object) -> None:
        cell_id = self._cells.get(execution_id)
        if cell_id is None or self.of(cell_id).execution_id != execution_id:
            return
        self._runs[cell_id] = replace(self._runs[cell_id], **changes)  # type: ignore[arg-type]  # named above
