"""Running cells: which of them an action means, and how the selection goes on afterwards.

Markdown and raw cells "run" by being rendered.  Code goes to the engine in the order of the notebook;
the engine queues, and an error skips what is behind it.  Invariant 11: a restart starts nothing where no Python was
started in this window: it would run what the notebook's folder has before a cell of it was run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets import messages
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.message_dialog import Choice
from engine.commands import RestartKernel, RunCell, ShutDownKernel
from engine.events import Event, KernelAttached, KernelEnded, KernelReady, KernelStarting


class RunningPresenter:
    """has_kernel: whether there are variables that a restart would lose."""

    def __init__(self, parts: Parts, has_kernel: Callable[[], bool]) -> None:
        self._parts = parts
        self._has_kernel = has_kernel
        self._has_begun = False  # some Python was started in this window, or lived on
        self._is_there = False  # and has not ended since
        self.actions: Mapping[Action, Callable[[], None]] = {
            Action.RUN_SELECT_BELOW: self._run_select_below,
            Action.RUN_IN_PLACE: self._run_in_place,
            Action.RUN_INSERT_BELOW: self._run_insert_below,
            Action.RUN_ALL: self._run_all,
            Action.RUN_ABOVE: self._run_above,
            Action.RUN_BELOW: self._run_below,
            Action.RESTART: partial(self._ask_restart, self._restart),
            Action.RESTART_CLEAR: partial(self._ask_restart, self._restart_clear, clear=True),
            Action.RESTART_RUN_ALL: partial(self._ask_restart, self._restart_run_all, run_all=True),
            Action.SHUT_DOWN: self._ask_shut_down,
        }

    @property
    def withheld(self) -> frozenset[Action]:
        """What would do nothing now."""
        ending = frozenset() if self._is_there else frozenset({Action.SHUT_DOWN})
        return ending if self._has_begun else ending | {Action.RESTART, Action.RESTART_CLEAR}

    def take(self, event: Event) -> None:
        match event:
            case KernelStarting() | KernelAttached() | KernelReady():
                self._has_begun = self._is_there = True
            case KernelEnded():  # of a restart, before the next one is ready
                self._is_there = False
            case _:
                pass

    def run(self, cell_ids: Iterable[CellId]) -> None:
        """Queue code cells and render markdown cells; empty code cells only lose their outputs."""
        document = self._parts.document
        for cell_id in cell_ids:
            cell = document.body(cell_id)
            match cell.kind:
                case CellKind.CODE if cell.source.strip():
                    execution_id = self._parts.submit(RunCell(cell_id=cell_id, source=cell.source))
                    self._parts.runs.submitted(execution_id, cell_id, cell.source)
                case CellKind.CODE:
                    self._parts.runs.forget(cell_id)
                    document.clear_outputs([cell_id])
                case CellKind.MARKDOWN:
                    self._parts.cells.editing_markdown.discard(cell_id)
                    self._parts.view.cell_changed(cell_id)
                case CellKind.RAW:
                    pass

    def _submit(self, command: RestartKernel | ShutDownKernel) -> None:
        self._parts.submit(command)

    def _run_select_below(self) -> None:
        selection, document = self._parts.selection, self._parts.document
        chosen = selection.value.selected
        self.run(chosen)
        below = document.index(chosen[-1]) + 1
        if below == len(document):
            self._edit(document.insert(below))
        else:
            selection.enter_command_mode()
            selection.select(document.cell_id_at(below))
        self._parts.view.ensure_visible(selection.value.current)

    def _run_in_place(self) -> None:
        self.run(self._parts.selection.value.selected)
        self._parts.selection.enter_command_mode()

    def _run_insert_below(self) -> None:
        document = self._parts.document
        chosen = self._parts.selection.value.selected
        self.run(chosen)
        self._edit(document.insert(document.index(chosen[-1]) + 1))
        self._parts.view.ensure_visible(self._parts.selection.value.current)

    def _edit(self, cell_id: CellId) -> None:
        self._parts.selection.select(cell_id)
        self._parts.selection.enter_edit_mode()

    def _run_all(self) -> None:
        self._parts.selection.enter_command_mode()
        self.run(self._parts.document.cell_ids())

    def _run_above(self) -> None:
        self._parts.selection.enter_command_mode()
        first = self._parts.document.index(self._parts.selection.value.selected[0])
        self.run(self._parts.document.cell_ids()[:first])

    def _run_below(self) -> None:
        self._parts.selection.enter_command_mode()
        first = self._parts.document.index(self._parts.selection.value.selected[0])
        self.run(self._parts.document.cell_ids()[first:])

    def _ask_restart(self, then: Callable[[], None], *, clear: bool = False, run_all: bool = False) -> None:
        if not self._has_kernel():
            then()
            return
        view = messages.restart(running=bool(self._parts.runs.active()), clear=clear, run_all=run_all)
        self._parts.ask(view, lambda choice: then() if choice is Choice.RESTART else None)

    def _restart(self) -> None:
        if self._has_begun:
            self._submit(RestartKernel())

    def _restart_clear(self) -> None:
        self._restart()
        self._parts.runs.drop_all()
        self._parts.document.clear_outputs(self._parts.document.cell_ids())
        for cell_id in self._parts.document.cell_ids():
            self._parts.view.cell_changed(cell_id)

    def _restart_run_all(self) -> None:
        self._submit(RestartKernel())
        self._run_all()

    def _ask_shut_down(self) -> None:
        view = messages.shut_down(running=bool(self._parts.runs.active()))
        self._parts.ask(view, lambda choice: self._submit(ShutDownKernel()) if choice is Choice.SHUT_DOWN else None)
