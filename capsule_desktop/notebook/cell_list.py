"""The ordered cells of a notebook under editing, with both kinds of undo: the part of a document that edits change.

document.py builds on it.  Every change of text or of the list is an edit of edits.py.  Subscribers get facts when a
change is complete.  Invariant: undoing all steps of a history and redoing them leaves everything as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from capsule_desktop.notebook import cell_operations, edits
from capsule_desktop.notebook.cell import Cell, CellId, CellKind, plain_lines
from capsule_desktop.notebook.changes import CellChanged, CellPart, DocumentChange, TextChanged, order_changes
from capsule_desktop.notebook.edits import CellEdit, CellHistory, Entry, TextChange
from capsule_desktop.notebook.ipynb import new_cell_id
from capsule_desktop.notebook.json_text import same


@dataclass(frozen=True)
class Clipboard:
    """Copied cells, of any notebook; pasting gives them new ids."""

    cells: tuple[Cell, ...]


class CellList:
    """clock: seconds, only used to tell one burst of typing from the next."""

    def __init__(self, cells: Iterable[Cell], clock: Callable[[], float] = time.monotonic) -> None:
        self._entries = {cell.cell_id: Entry(cell) for cell in cells}
        self._order = list(self._entries)
        self._history = CellHistory()
        self._subscribers: list[Callable[[DocumentChange], object]] = []
        self._clock = clock

    # ------------------------------------------------------------------ looking

    def subscribe(self, subscriber: Callable[[DocumentChange], object]) -> Callable[[], None]:
        """Call subscriber with every change from now on; the result ends that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def cell_ids(self) -> Sequence[CellId]:
        return tuple(self._order)

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, cell_id: object) -> bool:
        return cell_id in self._entries

    def cell_id_at(self, index: int) -> CellId:
        return self._order[index]

    def index(self, cell_id: CellId) -> int:
        return self._order.index(cell_id)

    def cell(self, cell_id: CellId) -> Cell:
        """Raises KeyError."""
        return self._entries[cell_id].cell

    def body(self, cell_id: CellId) -> Cell:
        """All of the cell but the outputs of a run going on, which cost putting together.  Raises KeyError."""
        return self._entries[cell_id].cell

    def source(self, cell_id: CellId) -> str:
        return self._entries[cell_id].cell.source

    # ------------------------------------------------------------------ text

    def edit_text(self, cell_id: CellId, change: TextChange) -> None:
        """What the user typed in an editor.  Raises IndexError where it does not fit the cell's text."""
        source = self.source(cell_id)
        after = edits.applied(source, change)
        self._entries[cell_id].history.add(change, self._clock())
        self._set_source(cell_id, after)
        self._emit(TextChanged(cell_id=cell_id, change=change, typed=True))
        self._complete()

    def replace_text(self, cell_id: CellId, text: str) -> None:
        """The whole text at once, as one step of its undo."""
        change = edits.change_between(self.source(cell_id), plain_lines(text))
        if not change.removed and not change.inserted:
            return
        self._entries[cell_id].history.add(change, float("inf"))
        self._apply_text(cell_id, change)

    def undo_text(self, cell_id: CellId) -> TextChange | None:
        """The change that was applied (subscribers hear of it too); None where there is nothing to undo."""
        return self._apply_text(cell_id, self._entries[cell_id].history.undo())

    def redo_text(self, cell_id: CellId) -> TextChange | None:
        return self._apply_text(cell_id, self._entries[cell_id].history.redo())

    def can_undo_text(self, cell_id: CellId) -> bool:
        return bool(self._entries[cell_id].history.done)

    def _apply_text(self, cell_id: CellId, change: TextChange | None) -> TextChange | None:
        if change is not None:
            self._set_source(cell_id, edits.applied(self.source(cell_id), change))
            self._emit(TextChanged(cell_id=cell_id, change=change, typed=False))
            self._complete()
        return change

    def _set_source(self, cell_id: CellId, source: str) -> None:
        entry = self._entries[cell_id]
        self._entries[cell_id] = Entry(replace(entry.cell, source=source), entry.history)
        self._edited(cell_id)

    # ------------------------------------------------------------------ cell operations

    def insert(
        self, index: int, kind: CellKind = CellKind.CODE, source: str = "", cell_id: CellId | None = None
    ) -> CellId:
        """cell_id: of a cell that is made again, which this notebook does not have; None for a new one."""
        cell = Cell(cell_id=cell_id or self._new_id(), kind=kind, source=plain_lines(source))
        self._insert_cells("Insert Cell", index, [cell])
        return cell.cell_id

    def delete(self, cell_ids: Iterable[CellId], label: str = "Delete Cells") -> None:
        """A notebook is never without a cell: where all go, an empty code cell comes."""
        gone = set(cell_ids)
        order = [cell_id for cell_id in self._order if cell_id not in gone]
        entries: dict[CellId, Entry | None] = dict.fromkeys(gone)
        if not order:
            empty = Cell(cell_id=self._new_id(), kind=CellKind.CODE, source="")
            order, entries[empty.cell_id] = [empty.cell_id], Entry(empty)
        self._perform(label, order, entries)

    def move(self, cell_ids: Iterable[CellId], offset: int) -> None:
        """The cells, together, by offset places (negative: up), as far as there is room."""
        moving = self._in_order(cell_ids)
        if not moving:
            return
        rest = [cell_id for cell_id in self._order if cell_id not in set(moving)]
        index = min(max(0, self.index(moving[0]) + offset), len(rest))
        self._perform("Move Cells", [*rest[:index], *moving, *rest[index:]], {})

    def copy(self, cell_ids: Iterable[CellId]) -> Clipboard:
        return Clipboard(tuple(self.cell(cell_id) for cell_id in self._in_order(cell_ids)))

    def cut(self, cell_ids: Iterable[CellId]) -> Clipboard:
        clipboard = self.copy(cell_ids)
        self.delete([cell.cell_id for cell in clipboard.cells], label="Cut Cells")
        return clipboard

    def paste(self, index: int, clipboard: Clipboard) -> tuple[CellId, ...]:
        cells: list[Cell] = []
        for cell in clipboard.cells:
            taken = {*self._entries, *(pasted.cell_id for pasted in cells)}
            cells.append(replace(cell, cell_id=new_cell_id(taken)))
        self._insert_cells("Paste Cells", index, cells)
        return tuple(cell.cell_id for cell in cells)

    def split(self, cell_id: CellId, position: int) -> tuple[CellId, CellId]:
        """At position (UTF-16 units) of the cell's text; the second of the two keeps the id and the outputs."""
        first, second = cell_operations.split(self.cell(cell_id), position, self._new_id())
        index = self.index(cell_id)
        order = [*self._order[:index], first.cell_id, *self._order[index:]]
        self._perform("Split Cell", order, {first.cell_id: Entry(first), cell_id: Entry(second)})
        return first.cell_id, cell_id

    def merge(self, cell_ids: Iterable[CellId], primary: CellId | None = None) -> CellId:
        """Into primary (else the first), whose id the result has; a single cell merges with the one below it."""
        merging = self._in_order(cell_ids)
        if len(merging) == 1:
            index = self.index(merging[0])
            merging = self._order[index : index + 2]
        kept = primary if primary is not None else merging[0]
        if len(merging) == 1:
            return kept
        cell = cell_operations.merged(self.cell(kept), [self.cell(cell_id) for cell_id in merging])
        gone = set(merging) - {kept}
        entries: dict[CellId, Entry | None] = {**dict.fromkeys(gone), kept: Entry(cell)}
        self._perform("Merge Cells", [cell_id for cell_id in self._order if cell_id not in gone], entries)
        return kept

    def set_kind(self, cell_ids: Iterable[CellId], kind: CellKind) -> None:
        """The sources stay; outputs of code cells go."""
        entries: dict[CellId, Entry | None] = {}
        for cell_id in self._in_order(cell_ids):
            cell = self.cell(cell_id)
            if cell.kind is not kind:
                entries[cell_id] = Entry(cell_operations.with_kind(cell, kind), self._entries[cell_id].history)
        self._perform("Change Cell Type", self._order, entries, keeps_text=True)

    def set_heading(self, cell_ids: Iterable[CellId], level: int) -> None:
        """Markdown cells that begin with a heading of this level, 1 to 6."""
        entries: dict[CellId, Entry | None] = {}
        for cell_id in self._in_order(cell_ids):
            cell = cell_operations.with_heading(self.cell(cell_id), level)
            if cell != self.cell(cell_id):
                entries[cell_id] = Entry(cell)
        self._perform("Change to Heading", self._order, entries)

    def undo(self) -> bool:
        """The last cell operation; False where there is none."""
        return self._step(self._history.done, self._history.undone)

    def redo(self) -> bool:
        return self._step(self._history.undone, self._history.done)

    def undo_label(self) -> str:
        """What undo() would undo, for a menu; "" where it would do nothing."""
        return self._history.done[-1].label if self._history.done else ""

    def redo_label(self) -> str:
        return self._history.undone[-1].label if self._history.undone else ""

    def _step(self, source: list[CellEdit], target: list[CellEdit]) -> bool:
        if not source:
            return False
        target.append(self._apply(source.pop()))
        return True

    def _in_order(self, cell_ids: Iterable[CellId]) -> list[CellId]:
        """Raises KeyError where one is no cell of this notebook."""
        places = {cell_id: index for index, cell_id in enumerate(self._order)}
        return sorted(set(cell_ids), key=places.__getitem__)

    def _new_id(self) -> CellId:
        return new_cell_id(self._entries)

    def _insert_cells(self, label: str, index: int, cells: Sequence[Cell]) -> None:
        order = [*self._order[:index], *(cell.cell_id for cell in cells), *self._order[index:]]
        self._perform(label, order, {cell.cell_id: Entry(cell) for cell in cells})

    def _perform(
        self, label: str, order: list[CellId], entries: Mapping[CellId, Entry | None], *, keeps_text: bool = False
    ) -> None:
        index, removed, inserted = edits.splice(self._order, order)
        if not removed and not inserted and not entries:
            return
        edit = CellEdit(
            label=label, index=index, removed=removed, inserted=inserted, entries=entries, keeps_text=keeps_text
        )
        self._history.add(self._apply(edit))

    def _apply(self, edit: CellEdit) -> CellEdit:
        """Make the edit, tell of it, and give its inverse."""
        before = {cell_id: self._entry_now(cell_id) for cell_id in edit.entries}
        self._order[edit.index : edit.index + len(edit.removed)] = edit.inserted
        for cell_id, entry in edit.entries.items():
            self._put(cell_id, entry, keeps_text=edit.keeps_text)
        self._edited(None)
        for fact in order_changes(edit.index, edit.removed, edit.inserted):
            self._emit(fact)
        for cell_id, old in before.items():
            new = edit.entries[cell_id]
            if old is not None and new is not None:
                self._emit_cell(old.cell, self._entries[cell_id].cell)
        self._complete()
        return replace(edit, removed=edit.inserted, inserted=edit.removed, entries=before)

    def _entry_now(self, cell_id: CellId) -> Entry | None:
        entry = self._entries.get(cell_id)
        return None if entry is None else Entry(self.cell(cell_id), entry.history)

    def _put(self, cell_id: CellId, entry: Entry | None, *, keeps_text: bool) -> None:
        now = self._entries.get(cell_id)
        if entry is None:
            del self._entries[cell_id]
        elif now is None:
            self._entries[cell_id] = entry
        else:
            if keeps_text:
                entry = Entry(replace(entry.cell, source=now.cell.source), now.history)
            self._entries[cell_id] = entry
            self._outputs_set(cell_id)
        self._edited(cell_id)

    # ------------------------------------------------------------------ what a document adds

    def _edited(self, cell_id: CellId | None) -> None:
        """A cell's content, or (None) the order, is another now; nobody was told yet."""

    def _complete(self) -> None:
        """Everybody was told of a change."""

    def _outputs_set(self, cell_id: CellId) -> None:
        """An edit says what the cell's outputs are, whatever a run has brought so far."""

    def _emit_cell(self, before: Cell, after: Cell) -> None:
        parts = {
            CellPart.SOURCE: before.source != after.source,
            CellPart.KIND: before.kind is not after.kind,
            CellPart.OUTPUTS: before.outputs != after.outputs,
            CellPart.EXECUTION_COUNT: before.execution_count != after.execution_count,
            CellPart.METADATA: not same(before.metadata, after.metadata),
            CellPart.ATTACHMENTS: not same(before.attachments, after.attachments),
            CellPart.RUN: before.run != after.run,
        }
        changed = frozenset(part for part, differs in parts.items() if differs)
        if changed:
            self._emit(CellChanged(cell_id=after.cell_id, parts=changed))

    def _emit(self, fact: DocumentChange) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber(fact)
