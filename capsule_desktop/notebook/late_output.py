"""How much each cell has of what is printed after a run's end: by threads, forked children, programs left running.

All of it stands in one log, whose reading is told in bytes: what a document has of it is a place there and no copy,
so that a thread that prints for ever costs a draft nothing, and whoever opens the notebook next is told the rest,
once.  Owned by document.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from capsule_desktop.notebook.cell import CellId


@dataclass(frozen=True)
class Heard:
    """began: where the log ended when the cell's last run began.  end: up to there the cell has its part of it."""

    began: int
    end: int


class LateOutput:
    """end: up to where the log was told; None while that is not known.  heard: of the cells that began before."""

    def __init__(self, end: int | None = None, heard: Mapping[CellId, Heard] | None = None) -> None:
        self.end = end
        self._heard = dict(heard or {})
        self._begun: set[CellId] = set()  # before the end was known

    def told(self, end: int) -> None:
        """All up to end has been told."""
        self.end = end
        for cell_id in self._begun:
            self._heard[cell_id] = Heard(end, end)
        self._begun.clear()

    def begins(self, cell_id: CellId, *, is_taken_up: bool) -> None:
        """The cell runs; what came late of earlier runs went with their outputs.  is_taken_up: it began long ago."""
        if is_taken_up and cell_id in self._heard:
            return
        if self.end is None:
            self._begun.add(cell_id)
        else:
            self._heard[cell_id] = Heard(self.end, self.end)

    def has(self, cell_id: CellId, end: int) -> bool:
        """Whether the cell has its part up to end."""
        heard = self._heard.get(cell_id)
        return heard is not None and end <= heard.end

    def ran_last(self, cell_ids: Iterable[CellId], end: int) -> CellId | None:
        """Of cells in the order they ran, the last that had begun when the log reached to end."""
        began = ((cell_id, self._heard.get(cell_id)) for cell_id in cell_ids)
        return next((cell_id for cell_id, heard in reversed(list(began)) if heard is None or heard.began < end), None)

    def of_run(self, cell_id: CellId) -> Heard | None:
        """What a cell has whose outputs are those in the log of its run: nothing late."""
        heard = self._heard.get(cell_id)
        return None if heard is None else Heard(heard.began, heard.began)

    def of_outputs(self, cell_id: CellId) -> Heard | None:
        """What is among the cell's outputs as they are now."""
        heard = self._heard.get(cell_id)
        if self.end is None:
            return heard
        return Heard(self.end, self.end) if heard is None else Heard(heard.began, max(heard.end, self.end))
