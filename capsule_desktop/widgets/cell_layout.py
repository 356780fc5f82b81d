"""Where each cell of a notebook lies: heights known and guessed, one below the other.

Pure arithmetic on integers, no Qt.  A guess holds until a cell has been made once; what was measured is kept for as
long as the cell is in the list.  Sums are made lazily, in C, so that 10,000 cells cost well under a millisecond.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from capsule_desktop.notebook.cell import CellId


class CellLayout:
    """Cells in order with their heights; y counts from the top of the first cell."""

    def __init__(self, gap: int) -> None:
        self._gap = gap
        self._ids: list[CellId] = []
        self._index: dict[CellId, int] = {}
        self._steps: list[int] = []  # each cell's height with the gap below it
        self._tops: list[int] | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, cell_id: object) -> bool:
        return cell_id in self._index

    def cell_at(self, index: int) -> CellId:
        return self._ids[index]

    def index_of(self, cell_id: CellId) -> int:
        return self._index[cell_id]

    @property
    def ids(self) -> Sequence[CellId]:
        return self._ids

    @property
    def height(self) -> int:
        return self._all_tops()[-1] - self._gap if self._ids else 0

    def set_order(self, ids: Sequence[CellId], guess: Callable[[CellId], int]) -> None:
        """The cells that were there keep their heights; new ones get a guess."""
        known = dict(zip(self._ids, self._steps, strict=True))
        self._ids = list(ids)
        self._index = {cell_id: i for i, cell_id in enumerate(self._ids)}
        self._steps = [known[i] if i in known else guess(i) + self._gap for i in self._ids]
        self._tops = None

    def scale(self, factor: float) -> None:
        """All heights at another zoom; they are guesses again."""
        self._steps = [round((step - self._gap) * factor) + self._gap for step in self._steps]
        self._tops = None

    def height_of(self, index: int) -> int:
        return self._steps[index] - self._gap

    def set_height(self, index: int, height: int) -> bool:
        """Whether it differs from what was thought."""
        if self._steps[index] == height + self._gap:
            return False
        self._steps[index] = height + self._gap
        self._tops = None
        return True

    def top_of(self, index: int) -> int:
        return self._all_tops()[index]

    def index_at(self, y: int) -> int:
        """The cell at y, its gap below included; the first or last one beyond the ends."""
        return max(0, min(bisect_right(self._all_tops(), y, hi=len(self._ids)) - 1, len(self._ids) - 1))

    def _all_tops(self) -> list[int]:
        if self._tops is None:
            self._tops = list(accumulate(self._steps, initial=0))
        return self._tops
