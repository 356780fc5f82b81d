"""What came back with a notebook: the outputs of earlier runs, how its cells stood, and one message that says so.

Fed with the store's records when it is opened, and with the events of what is taken up.  Puts into the document only
what no save has: outputs that a draft names by their run, and runs that the window which began them never saw the
end of.  Runs nothing (invariant 11); Resume is asked for by a button.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from capsule_desktop.notebook.cell import Cell, CellId
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.opening import Opened
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.recorded_outputs import recorded_run
from capsule_desktop.presenters.resuming import ResumingPresenter
from capsule_desktop.presenters.time_words import clock_text
from capsule_desktop.widgets import recovery_words
from capsule_desktop.widgets.recovery_words import CameBack, Interrupted
from engine.events import Event, ExecutionFinished, ExecutionQueued, KernelAttached, Outcome, StateRestored
from engine.store.records import CheckpointRecord, RunRecord, RunState, StoredState


class RecordedPast(Protocol):
    """The engine's past of one notebook."""

    @property
    def at_opening(self) -> StoredState: ...

    def replay(self, execution_id: str, cell_id: str = "") -> AsyncIterator[Event]: ...


class RecoveryPresenter:
    """opened: what the window shows.  crashed: the application that showed it before had not ended in order."""

    def __init__(
        self,
        parts: Parts,
        opened: Opened,
        resuming: ResumingPresenter,
        *,
        crashed: bool,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._parts, self._opened, self._resuming, self._wall = parts, opened, resuming, wall
        self._came = CameBack(crashed=crashed)
        self._seen: Mapping[CellId, str] = {} if opened.recovered is None else opened.recovered.last_runs
        self._claimed: dict[str, RunRecord] = {}  # what ran when the notebook was left
        self._left: frozenset[str] = frozenset()  # all that had not ended then
        self._records: dict[CellId, RunRecord] = {}
        self._checkpoint: CheckpointRecord | None = None
        self._interrupted: list[CellId] = []
        self._outputs: tuple[CellId, ...] = ()
        self._filling: asyncio.Task[None] | None = None
        self._is_filled = False

    def open(self, past: RecordedPast) -> None:
        """Before any event of the notebook is taken."""
        state = past.at_opening
        self._checkpoint = state.checkpoint
        self._resuming.found(state.worker)
        self._claimed = {r.execution_id: r for r in state.unsettled if r.state is RunState.CLAIMED}
        self._left = frozenset(r.execution_id for r in state.unsettled)
        self._records = {CellId(r.cell_id): r for r in state.latest}
        unseen = [record for record in state.latest if self._is_unseen(record)]
        self._make_room([*unseen, *state.unsettled])
        unseen = [record for record in unseen if CellId(record.cell_id) in self._parts.document]
        self._number_runs(state.latest)
        missing = {**self._run_of(), **{CellId(r.cell_id): r.execution_id for r in unseen}}
        shown = self._shown_records(missing)
        for record in shown:
            self._parts.runs.recorded(record)
            self._parts.view.cell_changed(CellId(record.cell_id))
        removed = (r for r in state.unsettled if CellId(r.cell_id) not in self._parts.document)
        taken_in = {CellId(r.cell_id): r.execution_id for r in (*state.latest, *removed)}
        self._parts.document.has_taken_in({cell_id: run for cell_id, run in taken_in.items() if cell_id not in missing})
        self._tell_edits(missing)
        self._filling = self._parts.tasks.spawn(self._fill(past, missing), name="bring back outputs")

    async def filled(self) -> None:
        """Wait until the document has all outputs that it is to have: a save before that would lose them."""
        if self._filling is not None:
            await asyncio.wait([self._filling])

    def take(self, event: Event) -> None:
        """After the presenter of the runs."""
        match event:
            case KernelAttached(running=running):
                self._claimed.pop(running, None)  # it goes on, which is told elsewhere
                self._came = replace(self._came, variables="")  # Python has them, or newer ones
                if self._parts.banners.says(Topic.RECOVERY):
                    self._tell()
            case ExecutionFinished(execution_id=execution_id) if execution_id in self._claimed:
                self._tell_end(event)
            case ExecutionQueued(execution_id=execution_id, cell_id=cell_id) if execution_id not in self._left:
                if CellId(cell_id) in self._interrupted:  # the user goes on by himself
                    self._parts.banners.drop(Topic.RECOVERY)
            case ExecutionFinished(execution_id=execution_id, outcome=Outcome.OK) if execution_id not in self._left:
                if not self._interrupted:  # the user has gone on, and the kept variables are now those after this
                    self._parts.banners.drop(Topic.RECOVERY)
            case StateRestored() if not self._interrupted:
                self._parts.banners.drop(Topic.RECOVERY)
            case _:
                pass

    def let_go(self) -> None:
        if self._filling is not None:
            self._filling.cancel()

    # --- records and outputs

    def _is_unseen(self, record: RunRecord) -> bool:
        """Whether it ended, and the window that showed the notebook never kept that: there, that is all of it.

        What a save or a draft has taken in is written down with it, so that no clock is asked; where nothing is written
        down, no run has been taken in, whatever time the file has.
        """
        if self._opened.recovered is None:
            return self._came.crashed and self._opened.is_draft_known
        seen = self._seen.get(CellId(record.cell_id), "")
        return seen != record.execution_id and seen not in self._claimed

    def _make_room(self, records: Iterable[RunRecord]) -> None:
        """A cell that was run and not kept in time is made again from what was run."""
        document = self._parts.document
        for record in records:
            cell_id = CellId(record.cell_id)
            if cell_id in document:
                if self._came.crashed and self._is_newer(record) and document.body(cell_id).source != record.source:
                    document.replace_text(cell_id, record.source)
            elif self._came.crashed and self._has_lasting_ids and not self._was_removed(cell_id):
                document.insert(len(document), source=record.source, cell_id=cell_id)

    def _is_newer(self, record: RunRecord) -> bool:
        """Whether it ran after all that the document has of its cell."""
        cell_id = CellId(record.cell_id)
        latest = self._records.get(cell_id, record)
        is_past = (latest.started_at or 0.0) > (record.started_at or 0.0)
        return (
            self._seen.get(cell_id, "") != record.execution_id and record.state is not RunState.QUEUED and not is_past
        )

    def _was_removed(self, cell_id: CellId) -> bool:
        """By the user, who may have left a run of it going on or waiting."""
        return self._opened.recovered is not None and cell_id in self._opened.recovered.removed

    def _number_runs(self, records: Iterable[RunRecord]) -> None:
        """What the draft leaves to a run's log has that run's number: the draft may be older than its end."""
        document = self._parts.document
        for record in records:
            cell_id, count = CellId(record.cell_id), record.execution_count
            if cell_id in document and document.body(cell_id).run == record.execution_id:
                cell = document.cell(cell_id)
                if cell.execution_count != count:
                    document.show_run(cell_id, record.execution_id, cell.outputs, count)
                    self._parts.view.cell_changed(cell_id)

    @property
    def _has_lasting_ids(self) -> bool:
        """Else a record does not say which cell of the file it is of."""
        on_disk = self._opened.on_disk
        return self._opened.recovered is not None or on_disk is None or on_disk.file.has_ids

    def _run_of(self) -> dict[CellId, str]:
        """The cells whose outputs the draft leaves to the log of a run, but for those that are told anew."""
        recovered = self._opened.recovered
        found = {} if recovered is None else recovered.run_of
        unread = self._opened.unread - self._claimed.keys()
        return {cell_id: run for cell_id, run in found.items() if run in unread}

    def _shown_records(self, missing: Mapping[CellId, str]) -> list[RunRecord]:
        """Of the cells whose outputs are, or will be, those of their last recorded run."""
        document = self._parts.document
        known = [(cell_id, record) for cell_id, record in self._records.items() if cell_id in document]
        return [record for cell_id, record in known if self._shows(document.body(cell_id), record, missing)]

    def _shows(self, cell: Cell, record: RunRecord, missing: Mapping[CellId, str]) -> bool:
        if cell.cell_id in missing or cell.run:
            return missing.get(cell.cell_id, cell.run) == record.execution_id
        if record.outcome == Outcome.LOST:
            return cell.execution_count is None and bool(cell.outputs)
        return cell.execution_count is not None and cell.execution_count == record.execution_count

    async def _fill(self, past: RecordedPast, missing: Mapping[CellId, str]) -> None:
        empty: set[CellId] = set()
        for cell_id, execution_id in missing.items():
            run = await recorded_run(past.replay(execution_id, cell_id))
            record, document = self._records.get(cell_id), self._parts.document
            if cell_id not in document or self._parts.runs.of(cell_id).started_at is not None:
                continue  # it runs again
            is_of_record = record is not None and record.execution_id == execution_id
            count = record.execution_count if record and is_of_record else document.body(cell_id).execution_count
            document.show_run(cell_id, execution_id, run.outputs, count)
            for update in run.updates.values():
                document.update_display(update.display_id, update.data, update.metadata)
            self._parts.view.cell_changed(cell_id)
            if not run.outputs:
                empty.add(cell_id)
        self._came = replace(self._came, outputs=self._numbers(c for c in self._outputs if c not in empty))
        self._is_filled = True
        self._tell()

    # --- words

    def _tell_edits(self, missing: Mapping[CellId, str]) -> None:
        recovered = self._opened.recovered
        if recovered is None:
            edited, outputs = [], list(missing)
        else:
            saved = {cell.cell_id: cell for cell in recovered.content.saved}
            cells = recovered.content.cells
            edited = [c.cell_id for c in cells if c.cell_id not in saved or _is_edited(saved[c.cell_id], c)]
            whole = [cell for cell in cells if cell.run not in self._claimed]
            outputs = [c.cell_id for c in whole if c.cell_id in missing or _has_new_outputs(saved.get(c.cell_id), c)]
        self._outputs = tuple(outputs)
        self._came = replace(self._came, edited=self._numbers(edited))
        if self._checkpoint is not None:
            kept = clock_text(self._checkpoint.created_at, self._wall())
            self._came = replace(
                self._came, variables=self._place(self._checkpoint.cell_id), variables_kept=f", at {kept}"
            )

    def _tell_end(self, event: ExecutionFinished) -> None:
        record = self._claimed.pop(event.execution_id)
        cell_id = CellId(record.cell_id)
        label = self._parts.label(cell_id)
        if event.outcome is Outcome.LOST:
            why = event.message.partition("\n")[0]
            interrupted = Interrupted(label=label, duration_s=event.duration_s, reason=why)
            self._interrupted.append(cell_id)
            self._came = replace(self._came, interrupted=(*self._came.interrupted, interrupted))
            self._came = replace(self._came, resume=self._resume_place())
        else:
            self._came = replace(self._came, finished=(*self._came.finished, *self._numbers([cell_id])))
        self._tell()

    def _tell(self) -> None:
        if self._is_filled and self._came.is_worth_telling:
            self._parts.banners.show(Topic.RECOVERY, recovery_words.banner(self._came), self._on_button)

    def _on_button(self, key: str) -> None:
        match key:
            case recovery_words.RESUME:
                self._resuming.with_consent(self._resume)
            case recovery_words.VARIABLES:
                self._resuming.with_consent(self._bring_back)
            case recovery_words.DETAILS:
                self._parts.tell(recovery_words.details_view(self._came))
            case _:
                pass

    def _resume(self) -> None:
        self._parts.banners.drop(Topic.RECOVERY)
        cells = self._resumed_cells()
        if cells:
            self._parts.view.ensure_visible(cells[0])
        self._resuming.resume(cells, with_waiting=True)

    def _bring_back(self) -> None:
        self._parts.banners.drop(Topic.RECOVERY)
        self._resuming.bring_back()

    def _resumed_cells(self) -> list[CellId]:
        """What was interrupted, and before it what ran after the variables were kept, in the order they ran."""
        checkpoint = self._checkpoint
        if checkpoint is None:
            return []
        records = self._records.values()
        same = (r.started_at for r in records if r.execution_id == checkpoint.execution_id)
        kept_at = next(same, None) or checkpoint.created_at  # it is written while the next cell runs already
        later = [r for r in records if (r.started_at or 0) > kept_at and r.outcome == Outcome.OK]
        later.sort(key=lambda record: record.started_at or 0)
        again = [CellId(record.cell_id) for record in later]
        return [c for c in (*again, *self._interrupted) if c in self._parts.document]

    def _resume_place(self) -> str:
        cells = self._resumed_cells()
        return self._place(cells[0]) if cells else ""

    def _numbers(self, cell_ids: Iterable[CellId]) -> tuple[int, ...]:
        return tuple(self._parts.number(cell_id) for cell_id in cell_ids if cell_id in self._parts.document)

    def _place(self, cell_id: str) -> str:
        label = self._parts.label(CellId(cell_id))
        return f"{label[0].lower()}{label[1:]}"


def _is_edited(saved: Cell, cell: Cell) -> bool:
    return (saved.source, saved.kind, saved.metadata) != (cell.source, cell.kind, cell.metadata)


def _has_new_outputs(saved: Cell | None, cell: Cell) -> bool:
    return bool(cell.outputs) and (
        saved is None or (cell.outputs is not saved.outputs and cell.outputs != saved.outputs)
    )
