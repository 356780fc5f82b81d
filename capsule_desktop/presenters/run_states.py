"""How each cell stands with its runs: queued, running, done… from the engine's facts and records alone.  Pure.

The presenter feeds it events and asks it for a cell's state; what a cell shows is derived from here and
from the document, never kept in a widget.  A cell may be queued again while it runs: its executions go
in the order they were queued, so the first that has not ended is how the cell stands.  What an earlier
window submitted is taken as what this one did; a cell of which nothing is known stands as never run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.state_words import stopped_after_text
from capsule_desktop.widgets.values import CellState, PromptView
from engine.events import ExecutionFinished, Outcome
from engine.store.records import RunRecord, RunState

_AFTER = {
    Outcome.OK: CellState.DONE,
    Outcome.ERROR: CellState.ERROR,
    Outcome.REFUSED: CellState.ERROR,
    Outcome.LOST: CellState.LOST,
}


@dataclass(frozen=True, kw_only=True)
class CellRun:
    """One run of a cell.  source: what was run, to tell whether it was edited since.

    started_at: time.monotonic(), while it runs.  note: why it was skipped or lost, in a sentence; details: what
    else its worker said at its end.
    """

    execution_id: str = ""
    state: CellState = CellState.NEVER_RUN
    source: str | None = None
    started_at: float | None = None
    duration_s: float | None = None
    note: str = ""
    details: str = ""
    prompt: PromptView | None = None


_NEVER = CellRun()
_INTERRUPT = "KeyboardInterrupt"  # what a worker raises in a cell that is stopped, and anybody may raise


class RunStates:
    """Every cell's runs, by cell; and which cell an execution belongs to."""

    def __init__(self) -> None:
        self._cells: dict[str, CellId] = {}  # of every execution that was told of: threads may print long after
        self._active: dict[str, CellRun] = {}  # in the order they were queued
        self._active_of: dict[CellId, list[str]] = {}
        self._ended: dict[CellId, CellRun] = {}  # the last that ended, of each cell
        self._sources: dict[str, str] = {}  # submitted, not yet said to be queued
        self._dropped: set[str] = set()
        self._asked_to_stop: set[str] = set()
        self._of_earlier: set[str] = set()  # what an earlier Python ran when this one began
        self.stopped_at: CellId | None = None  # the cell whose failure ended this Python's last run, until the next one

    def of(self, cell_id: CellId) -> CellRun:
        active = self._active_of.get(cell_id)
        return self._active[active[0]] if active else self._ended.get(cell_id, _NEVER)

    def cell_of(self, execution_id: str) -> CellId | None:
        """The cell of an execution; None where it is unknown."""
        return self._cells.get(execution_id)

    def is_active(self, execution_id: str) -> bool:
        """Whether it runs, waits for input or is queued."""
        return execution_id in self._active

    def active(self) -> list[tuple[CellId, CellRun]]:
        """What runs, waits for input or is queued, in the order it was queued; a cell may be there twice."""
        return [(self._cells[run.execution_id], run) for run in self._active.values()]

    def under_way(self) -> tuple[CellId, CellRun] | None:
        """What runs or waits for input; found without a look at what is queued behind it."""
        found = (run for run in self._active.values() if run.state is not CellState.QUEUED)
        run = next(found, None)
        return None if run is None else (self._cells[run.execution_id], run)

    def is_dropped(self, execution_id: str) -> bool:
        """Whether what it still prints is for nobody: see drop_all()."""
        return execution_id in self._dropped

    def submitted(self, execution_id: str, cell_id: CellId, source: str) -> None:
        """It was handed to the engine; shown from queued() on."""
        self._cells[execution_id] = cell_id
        self._sources[execution_id] = source

    def recorded(self, record: RunRecord) -> None:
        """How a cell stands whose outputs are those of this past run; nothing newer of it is known yet."""
        cell_id = CellId(record.cell_id)
        if record.state is not RunState.SETTLED or self._active_of.get(cell_id) or cell_id in self._ended:
            return
        self._cells[record.execution_id] = cell_id
        self._ended[cell_id] = recorded_run(record)

    def queued(self, execution_id: str, cell_id: CellId, source: str) -> None:
        """source: what will run.  It may have been submitted by an earlier window, which went."""
        submitted = self._sources.pop(execution_id, None)
        if self.is_dropped(execution_id) or execution_id in self._active:
            return
        self.stopped_at = None
        self._cells[execution_id] = cell_id
        run = CellRun(execution_id=execution_id, state=CellState.QUEUED, source=source or submitted or "")
        self._active[execution_id] = run
        self._active_of.setdefault(cell_id, []).append(execution_id)

    def started(self, execution_id: str, now: float) -> None:
        self._change(execution_id, state=CellState.RUNNING, started_at=now)
        if execution_id in self._active:  # in the queue it may have been put before another of the same cell
            of_cell = self._active_of[self._cells[execution_id]]
            of_cell.remove(execution_id)
            of_cell.insert(0, execution_id)

    def asked(self, execution_id: str, prompt: PromptView) -> None:
        self._change(execution_id, state=CellState.WAITING, prompt=prompt)

    def python_began(self) -> None:
        """Another Python: how the last run of the one before it ended is not how this one stands."""
        self.stopped_at = None
        self._of_earlier = {run.execution_id for run in self._active.values() if run.state is not CellState.QUEUED}

    def stop_asked(self, execution_id: str) -> None:
        """The user wants it to end: where it ends by that, it is no error."""
        self._asked_to_stop.add(execution_id)

    def answered(self, execution_id: str) -> None:
        self._change(execution_id, state=CellState.RUNNING, prompt=None)

    def skipped(self, execution_id: str, reason: str) -> None:
        """The cell stands as before, with its outputs of then."""
        self._asked_to_stop.discard(execution_id)
        if execution_id in self._active:
            before = self._ended.get(self._cells[execution_id], CellRun(execution_id=execution_id))
            self._end(execution_id)
            self._ended[self._cells[execution_id]] = replace(before, note=f"Skipped: {reason}.")

    def finished(self, event: ExecutionFinished) -> None:
        if event.execution_id not in self._of_earlier:
            self.stopped_at = None if event.outcome is Outcome.OK else self._cells.get(event.execution_id)
        duration_s = _duration(event.outcome, event.duration_s)
        state = _state(event, stopped=event.execution_id in self._asked_to_stop)
        note, details = _words(state, event.outcome, event.message, duration_s)
        self._asked_to_stop.discard(event.execution_id)
        self._end(
            event.execution_id,
            state=state,
            started_at=None,
            duration_s=duration_s,
            note=note,
            details=details,
            prompt=None,
        )

    def forget(self, cell_id: CellId) -> None:
        """The cell's outputs were cleared: it stands as never run, unless it is active."""
        self._ended.pop(cell_id, None)

    def drop_all(self) -> None:
        """Every cell stands as never run, and what is under way counts for nothing: its worker is being ended."""
        self._ended.clear()
        self._active_of.clear()
        for execution_id in (*self._active, *self._sources):
            del self._cells[execution_id]
            self._dropped.add(execution_id)
        self._active.clear()
        self._sources.clear()

    def _change(self, execution_id: str, **changes: object) -> None:
        run = self._active.get(execution_id)
        if run is not None:
            self._active[execution_id] = replace(run, **changes)  # type: ignore[arg-type]  # named above

    def _end(self, execution_id: str, **changes: object) -> None:
        self._change(execution_id, **changes)
        run = self._active.pop(execution_id, None)
        if run is not None:
            cell_id = self._cells[execution_id]
            self._active_of[cell_id].remove(execution_id)
            self._ended[cell_id] = run


def recorded_run(record: RunRecord) -> CellRun:
    """record: of a run that has ended."""
    outcome = Outcome(record.outcome)
    duration_s = _duration(outcome, record.duration_s)
    state = _state(record, stopped=record.stopped)
    note, details = _words(state, outcome, record.message, duration_s)
    return CellRun(
        execution_id=record.execution_id,
        state=state,
        source=record.source,
        duration_s=duration_s,
        note=note,
        details=details,
    )


def _state(end: ExecutionFinished | RunRecord, *, stopped: bool) -> CellState:
    """Whoever raises a KeyboardInterrupt unasked, or another error when asked to stop, has an error."""
    is_error = end.outcome == Outcome.ERROR
    return CellState.STOPPED if stopped and is_error and end.error_type == _INTERRUPT else _AFTER[Outcome(end.outcome)]


def _words(state: CellState, outcome: Outcome, message: str, duration_s: float | None) -> tuple[str, str]:
    """The line for below the cell, and the rest; neither where the traceback among the outputs says it."""
    if state is CellState.STOPPED:
        return f"Stopped by you{'' if duration_s is None else f' after {stopped_after_text(duration_s)}'}.", ""
    if outcome not in (Outcome.LOST, Outcome.REFUSED):
        return "", ""
    note, _, details = message.partition("\n")
    if outcome is Outcome.LOST and duration_s is not None:
        note = f"Interrupted after {stopped_after_text(duration_s)}. {note[:1].upper()}{note[1:]}"
    return note, details


def _duration(outcome: Outcome, duration_s: float | None) -> float | None:
    """One that was lost before it began took no time."""
    return None if outcome is Outcome.LOST and not duration_s else duration_s
