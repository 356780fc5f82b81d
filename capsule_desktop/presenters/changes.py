"""What changed in a document, brought to its view: the only way by which cells and outputs get there.

Owns the delay of what passes: a run that clears the outputs is shown when it prints, ends, or takes its time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.changes import (
    OF_RUNS,
    CellChanged,
    CellPart,
    CellsInserted,
    CellsMoved,
    CellsRemoved,
    DirtyChanged,
    DocumentChange,
    MetadataChanged,
    OutputAdded,
    OutputsCleared,
    TextChanged,
)
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets.values import CellState


class ChangesPresenter:
    """on_headings_changed: the contents may be others; on_dirty_changed: the title's mark."""

    def __init__(
        self, parts: Parts, on_headings_changed: Callable[[], None], on_dirty_changed: Callable[[], None]
    ) -> None:
        self._parts = parts
        self._on_headings_changed, self._on_dirty_changed = on_headings_changed, on_dirty_changed
        self._cleared: set[CellId] = set()  # in the document, not yet in the view

    def take(self, change: DocumentChange) -> None:
        view = self._parts.view
        match change:
            case CellsInserted() | CellsRemoved() | CellsMoved():
                view.order_changed()
                self._on_headings_changed()
            case CellChanged(cell_id=cell_id, parts=parts):
                self._show_change(cell_id, parts)
            case TextChanged(cell_id=cell_id, change=edit, typed=typed):
                if not typed:
                    view.source_replaced(cell_id, edit.caret_after)
                view.cell_changed(cell_id)
            case OutputAdded(cell_id=cell_id, output=output):
                if self._no_longer_cleared(cell_id):
                    view.outputs_changed(cell_id)
                else:
                    view.output_appended(cell_id, output)
            case OutputsCleared(cell_id=cell_id, wait=wait):
                self._show_cleared(cell_id, wait)
            case DirtyChanged():
                self._on_dirty_changed()
            case MetadataChanged():
                pass
            case _:
                assert_never(change)

    def _show_change(self, cell_id: CellId, parts: frozenset[CellPart]) -> None:
        view = self._parts.view
        if CellPart.SOURCE in parts:
            view.source_replaced(cell_id, None)
        if CellPart.OUTPUTS in parts:
            self._show_outputs(cell_id)
        if self._parts.runs.of(cell_id).state is not CellState.RUNNING or parts - OF_RUNS:
            view.cell_changed(cell_id)
        if CellPart.KIND in parts:
            self._on_headings_changed()
        if CellPart.EXECUTION_COUNT in parts and self._no_longer_cleared(cell_id):
            view.outputs_changed(cell_id)  # the run is over and printed nothing

    def _show_outputs(self, cell_id: CellId) -> None:
        """New outputs at once; that a run has begun anew only when it prints, ends or takes its time."""
        if self._parts.runs.of(cell_id).state is CellState.RUNNING and not self._parts.document.outputs(cell_id):
            self._cleared.add(cell_id)
            self._parts.deferred.later(("outputs", cell_id), lambda: self._show_emptied(cell_id))
        else:
            self._no_longer_cleared(cell_id)
            self._parts.view.outputs_changed(cell_id)

    def _show_emptied(self, cell_id: CellId) -> None:
        if self._no_longer_cleared(cell_id) and cell_id in self._parts.document:
            self._parts.view.outputs_changed(cell_id)

    def _show_cleared(self, cell_id: CellId, wait: bool) -> None:
        if wait:
            self._cleared.add(cell_id)
        else:
            self._parts.view.outputs_changed(cell_id)

    def _no_longer_cleared(self, cell_id: CellId) -> bool:
        """Whether the view still shows what the document has cleared; from now on it does not."""
        self._parts.deferred.drop(("outputs", cell_id))
        was = cell_id in self._cleared
        self._cleared.discard(cell_id)
        return was
