"""The run history of cells: reads the past runs that are asked for, brings them to the view, pins and puts back.

Owns the reads, which nobody waits for: the store is asked at the opening for what was pinned, when a reader stays at
a cell and when he uses the history, and never by running or scrolling.  What is looked at is kept in past_runs.py.
A new run brings its cell back to the present.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Protocol, assert_never

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.outputs import Output
from capsule_desktop.presenters.exports import OutputExports
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.recorded_outputs import recorded_outputs
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.full_output import FullOutput
from capsule_desktop.widgets.history_requests import (
    DetailsWanted,
    FullOutputWanted,
    HistoryRequest,
    HistoryWanted,
    PinWanted,
    PresentWanted,
    SourceWanted,
    StepWanted,
    WholeSourceWanted,
)
from engine.commands import ExecutionId, PinRun
from engine.errors import EngineError
from engine.events import Event, ExecutionFinished, ExecutionStarted
from engine.store.records import RunRecord

log = logging.getLogger("capsule.history")
PINS_LOOKED_FOR = 200  # cells at the opening; those of a longer notebook show their pins when their history is used


class RecordedRuns(Protocol):
    """The engine's past of one notebook."""

    async def runs_of(self, cell_id: str) -> tuple[RunRecord, ...]:
        """Oldest first."""

    def replay(self, execution_id: str) -> AsyncIterator[Event]:
        """What a past run showed, as events."""


class HistoryPresenter:
    """recorded: None while the notebook's store is not open."""

    def __init__(self, parts: Parts, recorded: Callable[[], RecordedRuns | None], exports: OutputExports) -> None:
        self._parts = parts
        self._recorded = recorded
        self._exports = exports
        self._past = parts.cells.past
        self._reading: set[asyncio.Task[None]] = set()
        self.actions: Mapping[Action, Callable[[], None]] = {
            Action.EARLIER_RUN: lambda: self._step(self._current, -1),
            Action.LATER_RUN: lambda: self._step(self._current, 1),
            Action.PRESENT_RUN: lambda: self._to_present(self._current),
            Action.PIN_RUN: self._toggle_pin,
            Action.PUT_SOURCE_BACK: lambda: self._put_back(self._current, self._past.wanted(self._current)),
        }

    def open(self, ran: Sequence[CellId]) -> None:
        """Bring back what earlier windows pinned.  ran: the cells of which there is a past."""
        cells = [cell_id for cell_id in ran if cell_id in self._parts.document]
        self._read(self._show_pins(cells[:PINS_LOOKED_FOR]), "pins")

    def take(self, event: Event) -> None:
        match event:
            case ExecutionStarted(cell_id=cell_id):
                self._to_present(CellId(cell_id))
            case ExecutionFinished(cell_id=cell_id):
                self._past.outdate(CellId(cell_id))
            case _:
                pass

    def requested(self, cell: str, request: HistoryRequest) -> None:
        """What a reader asked for in that cell."""
        cell_id = CellId(cell)
        match request:
            case HistoryWanted():
                self._look_up(cell_id)
            case StepWanted(by=by):
                self._step(cell_id, by)
            case PresentWanted():
                self._to_present(cell_id)
            case PinWanted(execution_id=execution_id, pinned=pinned):
                self._pin(cell_id, execution_id, pinned)
            case SourceWanted(execution_id=execution_id):
                self._put_back(cell_id, execution_id)
            case WholeSourceWanted(whole=whole):
                self._past.show_whole_source(cell_id, whole)
                self._show(cell_id)
            case FullOutputWanted(execution_id=execution_id, index=index):
                self._show_full(cell_id, execution_id, index)
            case DetailsWanted():
                details = self._parts.runs.of(cell_id).details
                FullOutput("Python’s last words", details, self._parts.window).open()
            case _:
                assert_never(request)

    def let_go(self) -> None:
        """The notebook goes: nothing that is still being read is shown."""
        for task in self._reading:
            task.cancel()

    # --- reading

    def _look_up(self, cell_id: CellId) -> None:
        if not self._past.is_known(cell_id):
            self._read(self._learn(cell_id), cell_id)

    def _read(self, reading: Coroutine[object, object, None], what: str) -> None:
        task = self._parts.tasks.spawn(reading, name=f"history of {what}")
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _learn(self, cell_id: CellId) -> None:
        records = await self._records_of(cell_id)
        if records is not None:
            self._past.learned(cell_id, records)
            self._show(cell_id)

    async def _records_of(self, cell_id: CellId) -> tuple[RunRecord, ...] | None:
        recorded = self._recorded()
        if recorded is None:
            return None
        try:
            return await recorded.runs_of(cell_id)
        except EngineError as error:
            log.info("the runs of cell %s cannot be read: %s", cell_id, error)
            return None

    async def _show_pins(self, cells: Sequence[CellId]) -> None:
        """One cell after the other: what is run meanwhile is recorded in between.  Of others nothing is remembered."""
        for cell_id in cells:
            records = await self._records_of(cell_id)
            if records is None:
                return
            if any(record.pinned for record in records) and not self._past.is_known(cell_id):
                self._past.learned(cell_id, records)
                await self._show_pinned(cell_id, self._past.hidden_pin(cell_id))

    async def _learn_and_step(self, cell_id: CellId, by: int) -> None:
        await self._learn(cell_id)
        self._go(cell_id, by)

    async def _look_at(self, cell_id: CellId, execution_id: str) -> None:
        outputs = await self._outputs_of(execution_id)
        if self._past.wanted(cell_id) != execution_id:
            return  # the reader has gone on
        if outputs is None:
            self._to_present(cell_id)
        else:
            self._past.look_at(cell_id, outputs)
            self._show(cell_id)

    async def _show_pinned(self, cell_id: CellId, execution_id: str) -> None:
        outputs = await self._outputs_of(execution_id)
        if outputs is not None:
            self._past.show_pinned(cell_id, execution_id, outputs)
            self._show(cell_id)

    async def _outputs_of(self, execution_id: str) -> tuple[Output, ...] | None:
        recorded = self._recorded()
        if recorded is None:
            return None
        try:
            return await recorded_outputs(recorded.replay(execution_id))
        except EngineError as error:
            log.info("execution %s cannot be shown again: %s", execution_id, error)
            return None

    # --- looking

    @property
    def _current(self) -> CellId:
        return self._parts.selection.value.current

    def _step(self, cell_id: CellId, by: int) -> None:
        if self._past.is_known(cell_id):
            self._go(cell_id, by)
        else:
            self._read(self._learn_and_step(cell_id, by), cell_id)

    def _go(self, cell_id: CellId, by: int) -> None:
        if cell_id not in self._parts.document:
            return
        execution_id = self._past.step(cell_id, self._parts.runs.of(cell_id), by)
        shown = self._past.shown(cell_id, execution_id)
        if shown is not None:
            self._past.look_at(cell_id, shown.outputs)
        elif execution_id:
            self._read(self._look_at(cell_id, execution_id), cell_id)
        pinned = self._past.hidden_pin(cell_id)
        if pinned:  # not when a pointer stays, or the page would move under it
            self._read(self._show_pinned(cell_id, pinned), cell_id)
        self._show(cell_id)

    def _to_present(self, cell_id: CellId) -> None:
        if self._past.to_present(cell_id):
            self._show(cell_id)

    def _show(self, cell_id: CellId) -> None:
        if cell_id in self._parts.document:
            self._parts.view.cell_changed(cell_id)

    def _show_full(self, cell_id: CellId, execution_id: str, index: int) -> None:
        run = self._past.shown(cell_id, execution_id)
        if run is not None and index < len(run.outputs):
            heading = f"Output of an earlier run of {self._parts.label(cell_id).lower()}"
            self._exports.show_output(heading, run.outputs[index])

    # --- pinning and putting back

    def _toggle_pin(self) -> None:
        cell_id = self._current
        run = self._past.looked_at(cell_id) or self._past.pinned(cell_id)
        if run is not None:
            record = self._past.record(cell_id, run.record.execution_id) or run.record
            self._pin(cell_id, record.execution_id, not record.pinned)

    def _pin(self, cell_id: CellId, execution_id: str, pinned: bool) -> None:
        """A run that is pinned takes the place of the one that was."""
        before = self._past.pinned(cell_id)
        if pinned and before is not None and before.record.execution_id != execution_id:
            self._keep(cell_id, before.record.execution_id, False)
        self._keep(cell_id, execution_id, pinned)
        self._show(cell_id)

    def _keep(self, cell_id: CellId, execution_id: str, pinned: bool) -> None:
        self._parts.submit(PinRun(execution_id=ExecutionId(execution_id), pinned=pinned))
        self._past.pin(cell_id, execution_id, pinned)

    def _put_back(self, cell_id: CellId, execution_id: str) -> None:
        """One step of the cell's own undo."""
        record = self._past.record(cell_id, execution_id)
        if record is not None and cell_id in self._parts.document:
            self._parts.document.replace_text(cell_id, record.source)
