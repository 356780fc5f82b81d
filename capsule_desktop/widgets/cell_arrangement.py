"""Where the cells stand in the viewport of the list, and what holds still while they grow, come and go.

Owns the anchor, the place that the reader looks at: one cell, and how far its top is from the viewport's.  Invariant:
whatever grows, shrinks, comes or goes, the anchor stays where it is on the screen.  Only cells near the viewport are
made (cell_shelf.py); where all the others lie is arithmetic (cell_layout.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QAbstractScrollArea

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.cell_layout import CellLayout
from capsule_desktop.widgets.cell_shelf import CellShelf
from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.cell_widget import CellWidget
from capsule_desktop.widgets.column import column_left, column_width
from capsule_desktop.widgets.height_guess import guess_height
from capsule_desktop.widgets.idle_slices import IdleSlices
from capsule_desktop.widgets.values import CellSource

_GAP_PX = 16
TOP_PX = 24
_BOTTOM_PX = 160  # so that one need not type at the window's edge
_SETTLE_ROUNDS = 4  # making cells changes heights, which may bring further cells into view


class CellArrangement:
    """Puts the cells of source, as widgets of shelf, into area's viewport.  All lengths are in pixels.

    pinned: cells that stay widgets however far away they are.  on_placed: everything is in its place.
    """

    def __init__(
        self,
        area: QAbstractScrollArea,
        source: CellSource,
        shelf: CellShelf,
        idle: IdleSlices,
        style: CellStyle,
        *,
        pinned: Callable[[], Collection[CellId]],
        on_placed: Callable[[], None],
    ) -> None:
        self._area, self._viewport, self._bar = area, area.viewport(), area.verticalScrollBar()
        self._source, self._shelf, self._idle, self._style = source, shelf, idle, style
        self._pinned, self._on_placed = pinned, on_placed
        self._layout = CellLayout(_GAP_PX)
        self._typed_in: CellId | None = None  # holds still while one types, whatever grows above
        self._anchor: CellId | None = None
        self._anchor_y = TOP_PX  # where the anchor's top is in the viewport
        self._settling = False

    def __contains__(self, cell_id: object) -> bool:
        return cell_id in self._layout

    @property
    def is_empty(self) -> bool:
        return not len(self._layout)

    @property
    def column(self) -> tuple[int, int]:
        """The left edge of all cells in the viewport, and their width."""
        width = self._viewport.width()
        return column_left(width, self._style), column_width(width, self._style)

    def gap_at(self, viewport_y: int) -> tuple[CellId, int] | None:
        """The cell above the gap that is there, and the gap's middle in the viewport; None over a cell."""
        y = viewport_y + self._offset
        index = self._layout.index_at(y)
        bottom = self._layout.top_of(index) + self._layout.height_of(index)
        if not bottom <= y <= bottom + _GAP_PX or index < 0:
            return None
        return self._layout.cell_at(index), bottom + _GAP_PX // 2 - self._offset

    # what changes it

    def read_order(self) -> None:
        """Cells came, went or moved; the first visible one that is left stays where it is."""
        ids = self._source.cell_ids()
        present = set(ids)
        gone = [cell_id for cell_id in self._layout.ids if cell_id not in present]
        if self._anchor is None or self._anchor not in present:
            self._anchor = self._nearest_left(present)
        self._layout.set_order(ids, self._guess)
        self._shelf.forget(gone)
        if self._anchor is None and ids:
            self._anchor, self._anchor_y = ids[0], TOP_PX
        self._settle()

    def ensure_visible(self, cell_id: CellId) -> None:
        """Scrolls as little as shows the whole cell, or its top where it is higher than the view."""
        if cell_id not in self._layout:
            return
        index = self._layout.index_of(cell_id)
        self._measure(index)
        top = self._layout.top_of(index) - self._offset
        room = self._viewport.height() - self._layout.height_of(index)
        wanted = max(_GAP_PX, min(top, room - _GAP_PX)) if room > 2 * _GAP_PX else min(top, _GAP_PX)
        if room <= 2 * _GAP_PX and top < 0 and top + self._layout.height_of(index) > self._viewport.height() // 2:
            return  # one reads in it already
        if wanted != top:
            self._anchor, self._anchor_y = cell_id, wanted
            self._settle()

    def scrolled(self, dy: int) -> None:
        """The reader scrolled; our own setting of the bar is nothing."""
        if self._settling:
            return
        self._anchor_y += dy
        self._typed_in = None
        if abs(dy) < self._viewport.height():
            self._viewport.scroll(0, dy)
        else:
            self._take_anchor()
        self._settle()

    def hold(self, cell: CellWidget) -> None:
        """One types in it: it stays where it is, until release() or the next scrolling."""
        self._typed_in = cell.cell_id
        if self._anchor != cell.cell_id and cell.isVisible():
            self._anchor, self._anchor_y = cell.cell_id, cell.y()

    def release(self) -> None:
        self._typed_in = None

    def apply_style(self, style: CellStyle) -> None:
        """Before the cells get it; refresh_all() when they have it."""
        if style.zoom != self._style.zoom:
            self._layout.scale(style.zoom / self._style.zoom)
        self._style = style

    def refresh(self, cell: CellWidget) -> None:
        """A cell may have another height."""
        cell.forget_height()
        if self._settling:
            QTimer.singleShot(0, self._area, self.settle_made)
        else:
            self.settle_made()

    def refresh_all(self) -> None:
        for cell in self._shelf:
            cell.forget_height()
        self.settle_made()

    def settle_made(self) -> None:
        """What is made may have another height, at another width say."""
        _left, width = self.column
        for cell in self._shelf:
            if cell.cell_id in self._layout:
                self._layout.set_height(self._layout.index_of(cell.cell_id), cell.height_at(width))
        self._settle()

    def make(self, cell_id: CellId) -> None:
        """Make a cell of the list and put it in its place, wherever that is."""
        index = self._layout.index_of(cell_id)
        self._measure(index)
        self._place_one(self._shelf.cell(cell_id), index)

    # where everything is

    @property
    def _offset(self) -> int:
        """Where the viewport's top is, from the top of the first cell."""
        return self._bar.value() - TOP_PX

    def _settle(self) -> None:
        """Makes what is visible and puts everything in its place, with the anchor where it was."""
        if self._settling:
            return
        self._settling = True
        try:
            for _round in range(_SETTLE_ROUNDS):
                self._make_visible()
                if not self._sync_scroll_bar():
                    break
            self._place()
        finally:
            self._settling = False
        self._idle.add(self, self._make_one_near)

    def _make_visible(self) -> None:
        if self._anchor is None:
            return
        height = self._viewport.height()
        first = self._layout.index_of(self._anchor)
        index, y = first, self._anchor_y
        while index < len(self._layout) and y < height:
            if y + self._layout.height_of(index) > 0 or index == first or self._is_made(index):
                self._measure(index)
            y += self._layout.height_of(index) + _GAP_PX
            index += 1
        index, y = first - 1, self._anchor_y
        while index >= 0 and y > 0:
            self._measure(index)
            y -= self._layout.height_of(index) + _GAP_PX
            index -= 1

    def _measure(self, index: int) -> None:
        """Make the cell at `index` and take its true height."""
        cell = self._shelf.cell(self._layout.cell_at(index))
        _left, width = self.column
        self._layout.set_height(index, cell.height_at(width))

    def _is_made(self, index: int) -> bool:
        return self._layout.cell_at(index) in self._shelf

    def _sync_scroll_bar(self) -> bool:
        """Whether the ends of the list moved the anchor."""
        height = self._viewport.height()
        most = max(0, self._layout.height + TOP_PX + _BOTTOM_PX - height)
        self._bar.setRange(0, most)
        self._bar.setPageStep(height)
        if self._anchor is None:
            return False
        top = self._layout.top_of(self._layout.index_of(self._anchor)) + TOP_PX
        self._bar.setValue(top - self._anchor_y)
        moved = top - self._bar.value() != self._anchor_y
        self._anchor_y = top - self._bar.value()
        return moved

    def _place(self) -> None:
        if not self.is_empty:
            for cell in self._shelf:
                self._place_one(cell, self._layout.index_of(cell.cell_id))
            self._take_anchor()
        self._on_placed()

    def _place_one(self, cell: CellWidget, index: int) -> None:
        left, width = self.column
        cell.setGeometry(left, self._layout.top_of(index) - self._offset, width, self._layout.height_of(index))
        cell.setVisible(True)

    def _take_anchor(self) -> None:
        """The first visible cell; while one types, the one that is typed in."""
        offset = self._offset
        index = self._layout.index_at(max(0, offset))
        if offset > self._layout.top_of(index) + self._layout.height_of(index) and index + 1 < len(self._layout):
            index += 1  # only the gap below it is in view
        if self._typed_in is not None and self._typed_in in self._layout:
            typed = self._layout.index_of(self._typed_in)
            top = self._layout.top_of(typed) - offset
            if -self._layout.height_of(typed) < top < self._viewport.height():
                index = typed
        self._anchor, self._anchor_y = self._layout.cell_at(index), self._layout.top_of(index) - offset

    def _make_one_near(self) -> bool:
        """One cell within a viewport of what is visible; gives up those that are farther away."""
        if self._anchor is None:
            return False
        height, offset = self._viewport.height(), self._offset
        first, last = self._layout.index_at(offset - height), self._layout.index_at(offset + 2 * height)
        self._shelf.keep_only({*self._layout.ids[first : last + 1], *self._pinned()})
        missing = next((i for i in range(first, last + 1) if not self._is_made(i)), None)
        if missing is None:
            return False
        before = self._layout.height_of(missing)
        self._measure(missing)
        if self._layout.height_of(missing) != before:
            self._settle()
        else:
            self._place_one(self._shelf.cell(self._layout.cell_at(missing)), missing)
        return True

    def _nearest_left(self, present: set[CellId]) -> CellId | None:
        """The anchor's nearest neighbour that is still there, those below first."""
        if self._anchor is None:
            return None
        ids, at = self._layout.ids, self._layout.index_of(self._anchor)
        return next((i for i in (*ids[at:], *reversed(ids[:at])) if i in present), None)

    def _guess(self, cell_id: CellId) -> int:
        return guess_height(self._source.cell(cell_id), self._source.outputs(cell_id), self._style)
