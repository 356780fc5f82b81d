"""Going on where a notebook was interrupted: the last automatic checkpoint into Python, then the cells from there.

Nothing runs before the variables are back, and nothing where they cannot come back.  An earlier run is never run
again by itself: each of these is a new execution that names the one it is for (invariant 8).  Variables that a
living Python has, or may have, are replaced by nobody but a user who was asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets import messages
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.message_dialog import Choice
from engine.commands import ExecutionId, HoldQueue, MoveInQueue, RestoreLastCheckpoint, RunCell
from engine.events import Event, KernelEnded, KernelReady, QueueChanged, RequestFailed, StateRestored
from engine.store.records import WorkerRecord


@dataclass(frozen=True, kw_only=True)
class _Resumption:
    """What is to be run when the variables are back; with_waiting: and what is held behind it."""

    request_id: str
    cell_ids: tuple[CellId, ...]
    with_waiting: bool


class ResumingPresenter:
    """has_kernel: whether there are variables now, which the checkpoint would replace."""

    def __init__(self, parts: Parts, kept: KeptVariables, has_kernel: Callable[[], bool]) -> None:
        self._parts, self._kept, self._has_kernel = parts, kept, has_kernel
        self._resumption: _Resumption | None = None
        self._held: tuple[ExecutionId, ...] = ()
        self._left: WorkerRecord | None = None  # the last Python of before, while it is not known whether it lives
        self.actions: Mapping[Action, Callable[[], None]] = {
            Action.RESTORE_LAST_CHECKPOINT: lambda: self.with_consent(self.bring_back),
            Action.RESUME_FROM_HERE: lambda: self.with_consent(self._resume_from_here),
        }

    @property
    def is_possible(self) -> bool:
        """Whether there is something to go back to, and nothing runs that it would take its variables from."""
        return self._kept.last is not None and self._parts.runs.under_way() is None

    def found(self, worker: WorkerRecord | None) -> None:
        """The last Python of an earlier time, which is now being attached to if it lives."""
        self._left = worker

    def bring_back(self) -> None:
        """The variables alone."""
        self._parts.submit(RestoreLastCheckpoint())

    def resume(self, cell_ids: Sequence[CellId], *, with_waiting: bool = False) -> None:
        """Bring the variables back, then run these and (with_waiting) what is held."""
        request_id = self._parts.submit(RestoreLastCheckpoint())
        self._resumption = _Resumption(request_id=request_id, cell_ids=tuple(cell_ids), with_waiting=with_waiting)

    def take(self, event: Event) -> None:
        match event:
            case KernelReady() | KernelEnded():
                self._left = None
            case QueueChanged(waiting=waiting, held=held):
                self._held = waiting if held else ()
            case StateRestored(merged=False) if self._resumption is not None:
                resumption, self._resumption = self._resumption, None
                self._run(resumption)
            case RequestFailed(request_id=request_id):
                if self._resumption is not None and self._resumption.request_id == request_id:
                    self._resumption = None
            case _:
                pass

    def _run(self, resumption: _Resumption) -> None:
        before = self._held[0] if resumption.with_waiting and self._held else None
        for cell_id in resumption.cell_ids:
            if cell_id in self._parts.document:
                self._run_cell(cell_id, before)
        if before is not None:
            self._parts.submit(HoldQueue(held=False))

    def _run_cell(self, cell_id: CellId, before: ExecutionId | None) -> None:
        cell = self._parts.document.body(cell_id)
        if cell.kind is not CellKind.CODE or not cell.source.strip():
            return
        earlier = self._parts.runs.of(cell_id).execution_id
        execution_id = self._parts.submit(RunCell(cell_id=cell_id, source=cell.source, resumed_from=earlier))
        self._parts.runs.submitted(execution_id, cell_id, cell.source)
        if before is not None:
            self._parts.submit(MoveInQueue(execution_id=ExecutionId(execution_id), before=before))

    def _resume_from_here(self) -> None:
        document = self._parts.document
        first = document.index(self._parts.selection.value.selected[0])
        self._parts.selection.enter_command_mode()
        self.resume(document.cell_ids()[first:])

    def with_consent(self, do: Callable[[], None]) -> None:
        """Do what replaces the variables, once the user says so where there may be any."""
        if not (self._has_kernel() or (self._left is not None and _is_there(self._left.pid))):
            do()
            return
        kept = self._kept.last
        label = "the last checkpoint" if kept is None else self._parts.label(CellId(kept.cell_id))
        view = messages.restore_last(label)
        self._parts.ask(view, lambda choice: do() if choice is Choice.RESTORE else None)


def _is_there(pid: int) -> bool:
    """Another's process has a number that was ours: then ours has ended."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
