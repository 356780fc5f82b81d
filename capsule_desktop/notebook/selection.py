"""Which cells of a document are selected, which one is current, and whether keys act on cells or on text.

Pure.  The selection is the run of cells from the anchor to the current cell, as in Jupyter.  Invariant: the current
cell and the anchor are always cells of the document; follow() is subscribed to it for that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, auto

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.changes import DocumentChange
from capsule_desktop.notebook.document import Document


class Mode(StrEnum):
    COMMAND = auto()
    EDIT = auto()


@dataclass(frozen=True, kw_only=True)
class Selected:
    """selected: in the document's order; anchor: where extending began."""

    current: CellId
    anchor: CellId
    selected: tuple[CellId, ...]
    mode: Mode


class Selection:
    def __init__(self, document: Document) -> None:
        self._document = document
        first = document.cell_id_at(0)
        self._order = document.cell_ids()  # as last seen: tells where a removed cell stood
        self._value = Selected(current=first, anchor=first, selected=(first,), mode=Mode.COMMAND)
        self._subscribers: list[Callable[[Selected], None]] = []
        document.subscribe(self.follow)

    @property
    def value(self) -> Selected:
        return self._value

    def subscribe(self, subscriber: Callable[[Selected], None]) -> Callable[[], None]:
        """Call subscriber with every new value; the result ends that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def select(self, cell_id: CellId) -> None:
        """This cell alone."""
        self._set(cell_id, cell_id)

    def select_many(self, first: CellId, last: CellId) -> None:
        """From first to last, which becomes the current cell."""
        self._set(last, first)

    def extend_to(self, cell_id: CellId) -> None:
        """Shift+click: from the anchor to this cell."""
        self._set(cell_id, self._value.anchor)

    def select_all(self) -> None:
        self._set(self._document.cell_id_at(len(self._document) - 1), self._document.cell_id_at(0))

    def move(self, offset: int) -> None:
        """To the cell offset places from the current one, as far as there are cells."""
        self.select(self._neighbour(offset))

    def extend(self, offset: int) -> None:
        self._set(self._neighbour(offset), self._value.anchor)

    def enter_edit_mode(self) -> None:
        """Editing is in one cell: the others are selected no more."""
        current = self._value.current
        self._set(current, current, Mode.EDIT)

    def enter_command_mode(self) -> None:
        self._set(self._value.current, self._value.anchor, Mode.COMMAND)

    def follow(self, _change: DocumentChange) -> None:
        """Stay valid: in the place of a removed cell, the one that came to stand there is current."""
        before, self._order = self._order, self._document.cell_ids()
        if before == self._order:
            return
        current, anchor = self._value.current, self._value.anchor
        if current not in self._document:
            staying = sum(cell_id in self._document for cell_id in before[: before.index(current)])
            current = self._order[min(staying, len(self._order) - 1)]
            self._set(current, current, Mode.COMMAND)
        else:
            self._set(current, anchor if anchor in self._document else current)

    def _neighbour(self, offset: int) -> CellId:
        index = self._document.index(self._value.current) + offset
        return self._document.cell_id_at(min(max(0, index), len(self._document) - 1))

    def _set(self, current: CellId, anchor: CellId, mode: Mode | None = None) -> None:
        first, last = sorted((self._document.index(current), self._document.index(anchor)))
        selected = tuple(self._document.cell_ids()[first : last + 1])
        mode = mode or self._value.mode
        value = Selected(current=current, anchor=anchor, selected=selected, mode=mode)
        if value != self._value:
            self._value = value
            for subscriber in tuple(self._subscribers):
                subscriber(value)
