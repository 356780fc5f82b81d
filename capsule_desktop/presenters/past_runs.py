"""What is known of the past runs of each cell, and which of them is looked at or pinned.  Pure.

HistoryPresenter tells it what it read and what was asked for; CellViews asks it for what a cell shows.  The present
run of a cell is never among its past ones, whether or not it is recorded already.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.outputs import Output
from capsule_desktop.presenters.run_states import CellRun, recorded_run
from capsule_desktop.presenters.source_diff import source_diff
from capsule_desktop.presenters.time_words import clock_text
from capsule_desktop.widgets.state_words import duration_text, stopped_after_text
from capsule_desktop.widgets.values import CellState, HistoryView, RunView
from engine.store.records import RunRecord, RunState

_WORDS = {
    CellState.DONE: "Done",
    CellState.ERROR: "Error",
    CellState.STOPPED: "Stopped",
    CellState.LOST: "Lost",
}
_CUT_SHORT = frozenset({CellState.STOPPED, CellState.LOST})


@dataclass(frozen=True, kw_only=True)
class ShownRun:
    """A past run whose outputs have been read."""

    record: RunRecord
    outputs: tuple[Output, ...]


class PastRuns:
    """clock: time.time."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._records: dict[CellId, tuple[RunRecord, ...]] = {}  # those that have ended, the oldest first
        self._outdated: set[CellId] = set()
        self._wanted: dict[CellId, str] = {}  # where one stands; shown as soon as it was read
        self._looked_at: dict[CellId, ShownRun] = {}
        self._pinned: dict[CellId, ShownRun] = {}
        self._whole: set[CellId] = set()

    # what was read

    def is_known(self, cell_id: CellId) -> bool:
        """Its records were read, and nothing ended since."""
        return cell_id in self._records and cell_id not in self._outdated

    def learned(self, cell_id: CellId, records: tuple[RunRecord, ...]) -> None:
        self._outdated.discard(cell_id)
        self._records[cell_id] = tuple(record for record in records if record.state is RunState.SETTLED)

    def outdate(self, cell_id: CellId) -> None:
        """One more run has ended; what is known of the others still holds."""
        self._outdated.add(cell_id)

    # what is asked for

    def step(self, cell_id: CellId, present: CellRun, by: int) -> str:
        """Go to the run before or after the one where one stands; its id, "" for the present."""
        past = self._past(cell_id, present)
        at = max(0, min(self._place(cell_id, past) + by, len(past)))
        if at == len(past):
            self.to_present(cell_id)
            return ""
        self._wanted[cell_id] = past[at].execution_id
        return past[at].execution_id

    def wanted(self, cell_id: CellId) -> str:
        """Where one stands: an execution's id, "" for the present."""
        return self._wanted.get(cell_id, "")

    def look_at(self, cell_id: CellId, outputs: tuple[Output, ...]) -> None:
        """The wanted run was read."""
        record = self.record(cell_id, self.wanted(cell_id))
        if record is not None:
            self._looked_at[cell_id] = ShownRun(record=record, outputs=outputs)

    def to_present(self, cell_id: CellId) -> bool:
        """Whether one stood in the past."""
        self._whole.discard(cell_id)
        self._looked_at.pop(cell_id, None)
        return self._wanted.pop(cell_id, None) is not None

    def looked_at(self, cell_id: CellId) -> ShownRun | None:
        return self._looked_at.get(cell_id)

    def pinned(self, cell_id: CellId) -> ShownRun | None:
        return self._pinned.get(cell_id)

    def shown(self, cell_id: CellId, execution_id: str) -> ShownRun | None:
        """That run, where its outputs are shown."""
        runs = (self._looked_at.get(cell_id), self._pinned.get(cell_id))
        return next((run for run in runs if run is not None and run.record.execution_id == execution_id), None)

    def pin(self, cell_id: CellId, execution_id: str, pinned: bool) -> None:
        """One run of a cell is shown beside its present one, at most."""
        self._note_pinned(cell_id, execution_id, pinned)
        run, before = self.shown(cell_id, execution_id), self._pinned.get(cell_id)
        if pinned and run is not None:
            self._pinned[cell_id] = run
        elif not pinned and before is not None and before.record.execution_id == execution_id:
            del self._pinned[cell_id]

    def hidden_pin(self, cell_id: CellId) -> str:
        """The run that an earlier window pinned, where it is not shown yet; "" for none."""
        if cell_id in self._pinned:
            return ""
        return next((r.execution_id for r in reversed(self._records.get(cell_id, ())) if r.pinned), "")

    def show_pinned(self, cell_id: CellId, execution_id: str, outputs: tuple[Output, ...]) -> None:
        record = self.record(cell_id, execution_id)
        if record is not None and record.pinned:
            self._pinned[cell_id] = ShownRun(record=record, outputs=outputs)

    def show_whole_source(self, cell_id: CellId, whole: bool) -> None:
        (self._whole.add if whole else self._whole.discard)(cell_id)

    def record(self, cell_id: CellId, execution_id: str) -> RunRecord | None:
        records = self._records.get(cell_id, ())
        return next((record for record in records if record.execution_id == execution_id), None)

    # what a cell shows of it

    def view(self, cell_id: CellId, present: CellRun, source: str) -> HistoryView | None:
        """None where the cell has no past run, as far as is known.  source: what the cell says now."""
        past = self._past(cell_id, present)
        if not past:
            return None
        place, stands_for_a_run = self._place(cell_id, past), present.state is not CellState.NEVER_RUN
        count = len(past) + stands_for_a_run
        looked_at, pinned = self._looked_at.get(cell_id), self._pinned.get(cell_id)
        if looked_at is not None and pinned is not None and looked_at.record.execution_id == pinned.record.execution_id:
            pinned = None
        at_present = f"{count} of {count}" if stands_for_a_run else f"{count} earlier"
        return HistoryView(
            words=f"{place + 1} of {count}" if place < len(past) else at_present,
            has_earlier=place > 0,
            has_later=place < len(past),
            past=None if looked_at is None else self._run_view(cell_id, looked_at, past, count, source),
            pinned=None if pinned is None else self._run_view(cell_id, pinned, past, count, source),
        )

    def _past(self, cell_id: CellId, present: CellRun) -> tuple[RunRecord, ...]:
        records = self._records.get(cell_id, ())
        return tuple(record for record in records if record.execution_id != present.execution_id)

    def _place(self, cell_id: CellId, past: tuple[RunRecord, ...]) -> int:
        """Of where one stands, from 0; that of the present is behind the last past one."""
        wanted = self.wanted(cell_id)
        return next((at for at, record in enumerate(past) if record.execution_id == wanted), len(past))

    def _note_pinned(self, cell_id: CellId, execution_id: str, pinned: bool) -> None:
        self._records[cell_id] = tuple(
            replace(record, pinned=pinned) if record.execution_id == execution_id else record
            for record in self._records.get(cell_id, ())
        )

    def _run_view(
        self, cell_id: CellId, run: ShownRun, past: tuple[RunRecord, ...], count: int, source: str
    ) -> RunView:
        record, whole = run.record, cell_id in self._whole
        number = next((at for at, one in enumerate(past, start=1) if one.execution_id == record.execution_id), 0)
        stood = recorded_run(record)
        now = self.record(cell_id, record.execution_id) or record
        return RunView(
            execution_id=record.execution_id,
            title=f"Run {number} of {count}" if number else "An earlier run",
            words=f"{_WORDS[stood.state]} · {self._when(record, stood)}",
            state=stood.state,
            outputs=run.outputs,
            source=source_diff(record.source, source, whole=whole),
            whole=whole,
            note=stood.note,
            pinned=now.pinned,
        )

    def _when(self, record: RunRecord, stood: CellRun) -> str:
        began = clock_text(record.started_at or record.submitted_at, self._clock())
        if stood.duration_s is None:
            return began
        took = stopped_after_text if stood.state in _CUT_SHORT else duration_text
        return f"{began}, {took(stood.duration_s)}"
