"""Which cells exist as widgets, and the spare ones that wait to be others.

Owns every CellWidget of a view.  A cell that goes out of reach gives its widget up unless it is pinned; the caret
it had is remembered and given back when it is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.cell_widget import CellWidget
from capsule_desktop.widgets.values import CellSource

_MOST_SPARE = 24  # a screen or two of the smallest cells


class CellShelf:
    """Makes cells of a CellSource; `make` gives a new, connected widget."""

    def __init__(
        self,
        source: CellSource,
        make: Callable[[], CellWidget],
        clock: Callable[[], float],
        on_made: Callable[[CellWidget], None],
    ) -> None:
        self._source = source
        self._make = make
        self._clock = clock
        self._on_made = on_made
        self._cells: dict[CellId, CellWidget] = {}
        self._spare: list[CellWidget] = []
        self._carets: dict[CellId, int] = {}

    def __contains__(self, cell_id: object) -> bool:
        return cell_id in self._cells

    def __iter__(self) -> Iterator[CellWidget]:
        return iter(tuple(self._cells.values()))

    def get(self, cell_id: CellId | None) -> CellWidget | None:
        return self._cells.get(cell_id) if cell_id is not None else None

    def cell(self, cell_id: CellId) -> CellWidget:
        """The cell's widget, made if need be."""
        cell = self._cells.get(cell_id)
        if cell is None:
            cell = self._cells[cell_id] = self._take_spare(cell_id) or self._make()
            self._fill(cell, cell_id)
            self._on_made(cell)
        return cell

    def update(self, cell_id: CellId) -> CellWidget | None:
        """Re-read a cell that is a widget; None where it is none."""
        cell = self._cells.get(cell_id)
        if cell is not None:
            cell.update_cell(self._source.cell(cell_id), partial(self._source.attachment, cell_id), self._clock())
        return cell

    def caret(self, cell_id: CellId) -> int:
        """Where the caret of a cell is or was, in UTF-16 units."""
        cell = self._cells.get(cell_id)
        if cell is not None and cell.editor is not None:
            return cell.editor.caret_position()
        return self._carets.get(cell_id, 0)

    def keep_only(self, wanted: Collection[CellId]) -> None:
        """Give up the widgets of all others but the pinned ones."""
        for cell_id in [i for i, cell in self._cells.items() if i not in wanted and not cell.pinned]:
            self._give_up(cell_id)

    def forget(self, gone: Collection[CellId]) -> None:
        """These cells are no longer in the notebook, pinned or not."""
        for cell_id in gone:
            if cell_id in self._cells:
                self._give_up(cell_id)
            self._carets.pop(cell_id, None)

    def apply_style(self, style: CellStyle) -> None:
        for cell in (*self._cells.values(), *self._spare):
            cell.apply_style(style)

    def _give_up(self, cell_id: CellId) -> None:
        if caret := self.caret(cell_id):
            self._carets[cell_id] = caret
        cell = self._cells.pop(cell_id)
        cell.release()
        if len(self._spare) < _MOST_SPARE:
            self._spare.append(cell)
        else:
            cell.deleteLater()

    def _take_spare(self, cell_id: CellId) -> CellWidget | None:
        """Best one that was of the same kind: its parts are there already."""
        kind = self._source.cell(cell_id).kind
        for at in range(len(self._spare) - 1, -1, -1):
            if self._spare[at].view.kind == kind:
                return self._spare.pop(at)
        return self._spare.pop() if len(self._spare) >= _MOST_SPARE else None

    def _fill(self, cell: CellWidget, cell_id: CellId) -> None:
        attachment = partial(self._source.attachment, cell_id)
        cell.show_cell(self._source.cell(cell_id), self._source.outputs(cell_id), attachment, self._clock())
        if cell.editor is not None and (caret := self._carets.get(cell_id)) is not None:
            cell.editor.place_caret(caret)
