"""A notebook of plain values for tests of the list of cells, and a reader that does to it what a presenter would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.outputs import Output
from capsule_desktop.widgets.text_units import from_units, to_units
from capsule_desktop.widgets.values import CellView, TextChange


class CellList:
    """A CellSource whose cells a test can change."""

    def __init__(self) -> None:
        self.views: dict[CellId, CellView] = {}
        self.shown_outputs: dict[CellId, tuple[Output, ...]] = {}
        self.attachments: dict[tuple[CellId, str], bytes] = {}
        self._made = 0

    def add(
        self, source: str = "", *, kind: CellKind = CellKind.CODE, outputs: Sequence[Output] = (), at: int | None = None
    ) -> CellId:
        cell_id = CellId(f"cell-{self._made}")
        self._made += 1
        items = list(self.views.items())
        items.insert(len(items) if at is None else at, (cell_id, CellView(cell_id=cell_id, kind=kind, source=source)))
        self.views = dict(items)
        self.shown_outputs[cell_id] = tuple(outputs)
        return cell_id

    def change(self, cell_id: CellId, **values: object) -> None:
        self.views[cell_id] = replace(self.views[cell_id], **values)  # type: ignore[arg-type]  # a test's own business

    def remove(self, cell_id: CellId) -> None:
        del self.views[cell_id]

    def take(self, cell_id: str, change: TextChange) -> None:
        """Apply what an editor told, and check that it tells the truth about what was there."""
        units = to_units(self.views[CellId(cell_id)].source)
        removed = to_units(change.removed)
        assert units[change.position : change.position + len(removed)] == removed
        after = units[: change.position] + to_units(change.inserted) + units[change.position + len(removed) :]
        self.change(CellId(cell_id), source=from_units(after))

    def cell_ids(self) -> Sequence[CellId]:
        return list(self.views)

    def cell(self, cell_id: CellId) -> CellView:
        return self.views[cell_id]

    def outputs(self, cell_id: CellId) -> Sequence[Output]:
        return self.shown_outputs[cell_id]

    def attachment(self, cell_id: CellId, name: str) -> bytes | None:
        return self.attachments.get((cell_id, name))
