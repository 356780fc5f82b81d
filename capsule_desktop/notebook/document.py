"""A notebook as it is being edited: its cells and their undo, what runs bring, its metadata, and what is unsaved.

Pure, on the loop, called by presenters.  Outputs and counts that runs bring are not undone, but count as unsaved.
is_dirty is true exactly when the content differs from what was last opened or saved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from capsule_desktop.notebook.cell import Cell, CellId, CellKind
from capsule_desktop.notebook.cell_list import CellList
from capsule_desktop.notebook.changes import (
    CellChanged,
    CellPart,
    DirtyChanged,
    DocumentChange,
    MetadataChanged,
    OutputAdded,
    OutputsCleared,
)
from capsule_desktop.notebook.edits import Entry
from capsule_desktop.notebook.ipynb import (
    NotebookFile,
    capsule_id,
    new_cell_id,
    new_notebook_file,
    with_capsule_id,
)
from capsule_desktop.notebook.json_text import JsonValue, same
from capsule_desktop.notebook.late_output import Heard, LateOutput
from capsule_desktop.notebook.outputs import DisplayOutput, Output
from capsule_desktop.notebook.transcript import Transcript, updated_display


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What a save writes: taken on the loop, written off it (disk.save), then told to Document.saved()."""

    file: NotebookFile
    cells: tuple[Cell, ...]
    metadata: Mapping[str, JsonValue]
    changed: bool


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a document holds that begins with unsaved edits; saved: the cells of its file.

    last_runs: of each cell that has run, the execution that was taken in last; the cell where that was is last.
    heard, late_end: what they have of late output, and up to where all of them have it.
    """

    saved: tuple[Cell, ...]
    cells: tuple[Cell, ...]
    metadata: Mapping[str, JsonValue]
    last_runs: Mapping[CellId, str]
    heard: Mapping[CellId, Heard] = field(default_factory=dict)
    late_end: int | None = None


def shown_cells(file: NotebookFile, first_id: CellId | None = None) -> tuple[Cell, ...]:
    """An empty notebook shows one empty cell (of that id, else a new one), which makes no change by itself."""
    return file.cells() or (Cell(cell_id=first_id or new_cell_id(()), kind=CellKind.CODE, source=""),)


class Document(CellList):
    """file None: a notebook that was never saved.  content: where it begins with other cells than the file's."""

    def __init__(
        self,
        file: NotebookFile | None = None,
        path: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        content: Content | None = None,
    ) -> None:
        self.path = path
        self._file = file or new_notebook_file()
        saved = shown_cells(self._file) if content is None else content.saved
        super().__init__(saved if content is None else content.cells, clock)
        self._metadata = self._file.metadata if content is None else content.metadata
        self._last_runs = {} if content is None else dict(content.last_runs)
        self.late = LateOutput() if content is None else LateOutput(content.late_end, content.heard)
        self._running: set[CellId] = set()
        self._live: dict[CellId, Transcript] = {}  # of runs going on; also of removed cells, which undo may bring back
        self._displays: dict[str, dict[CellId, None]] = {}  # the cells that have shown a display id
        self._told_dirty = False
        self._set_saved(saved, self._file.metadata)
        self._told_dirty = self.is_dirty
        for cell in () if content is None else content.cells:
            self._note_displays(cell)

    def cell(self, cell_id: CellId) -> Cell:
        """With the outputs that came in so far.  Raises KeyError."""
        cell, live = super().cell(cell_id), self._live.get(cell_id)
        if live is None:
            return cell
        # while it runs, its log will say more than these
        return replace(cell, outputs=live.outputs(), run="" if cell_id in self._running else cell.run)

    def outputs(self, cell_id: CellId) -> Sequence[Output]:
        return self.cell(cell_id).outputs

    @property
    def metadata(self) -> Mapping[str, JsonValue]:
        return self._metadata

    @property
    def file(self) -> NotebookFile:
        return self._file

    @property
    def language(self) -> str:
        """What the code cells are written in, as Jupyter's metadata says; "python" where they do not."""
        for section, key in (("language_info", "name"), ("kernelspec", "language")):
            fields = self._metadata.get(section)
            if isinstance(fields, Mapping) and isinstance(fields.get(key), str):
                return str(fields[key])
        return "python"

    @property
    def capsule_id(self) -> str | None:
        """The notebook's lasting id; None until the first save that changes something."""
        return capsule_id(self._metadata) or None

    def set_capsule_id(self, replaced_by: str) -> None:
        """What is saved next carries this id: a copy is another notebook."""
        self.set_metadata(with_capsule_id(self._metadata, replaced_by))

    # ------------------------------------------------------------------ outputs and metadata (no undo)

    def begin_run(self, cell_id: CellId, execution_id: str = "") -> None:
        """The cell runs (again): what it showed and its number go.

        execution_id: whose log keeps what comes now; "" where none does (a headless run).
        """
        if cell_id not in self._entries:
            return
        before = self.cell(cell_id)
        self._live[cell_id] = Transcript()
        self._running.add(cell_id)
        if execution_id:
            self.late.begins(cell_id, is_taken_up=self._last_runs.pop(cell_id, "") == execution_id)
            self._last_runs[cell_id] = execution_id
        self._change(before, replace(before, outputs=(), execution_count=None, run=execution_id))

    def add_output(self, cell_id: CellId, output: Output) -> None:
        """A piece of output; that of a cell deleted while it ran is kept for its return."""
        if not self._takes_outputs(cell_id):
            return
        if isinstance(output, DisplayOutput) and output.display_id:
            self.update_display(output.display_id, output.data, output.metadata)
            self._displays.setdefault(output.display_id, {})[cell_id] = None
        self._transcript(cell_id).append(output)
        self._compare_and_tell(cell_id, OutputAdded(cell_id=cell_id, output=output))

    def clear_output(self, cell_id: CellId, *, wait: bool) -> None:
        if not self._takes_outputs(cell_id):
            return
        self._transcript(cell_id).clear(wait=wait)
        self._compare_and_tell(cell_id, OutputsCleared(cell_id=cell_id, wait=wait))

    def update_display(self, display_id: str, data: Mapping[str, JsonValue], metadata: Mapping[str, JsonValue]) -> None:
        """Every display of that id, in any cell, shows this from now on."""
        for cell_id in self._displays.get(display_id, ()):
            live = self._live.get(cell_id)
            if live is not None:
                if live.update_display(display_id, data, metadata):
                    if cell_id not in self._running:
                        self._leave_run(cell_id)
                    change = CellChanged(cell_id=cell_id, parts=frozenset({CellPart.OUTPUTS}))
                    self._compare_and_tell(cell_id, change)
            elif cell_id in self._entries:
                cell = self.cell(cell_id)
                outputs = tuple(updated_display(output, display_id, data, metadata) for output in cell.outputs)
                self._change(cell, replace(cell, outputs=outputs, run=""))

    def end_run(self, cell_id: CellId, execution_count: int | None) -> None:
        """The run is over; what still comes (of its background threads) is added all the same."""
        self._running.discard(cell_id)
        if cell_id in self._entries and self._takes_outputs(cell_id):
            before = self.cell(cell_id)
            self._live.pop(cell_id, None)
            self._change(before, replace(before, execution_count=execution_count))
            if before.execution_count == execution_count:  # a lost run brings no number, yet its end is a fact
                self._emit(CellChanged(cell_id=cell_id, parts=frozenset({CellPart.RUN})))

    def show_run(
        self, cell_id: CellId, execution_id: str, outputs: Sequence[Output], execution_count: int | None
    ) -> None:
        """What a run of an earlier time showed, as its log has it; nothing where the cell runs again."""
        if cell_id in self._entries and cell_id not in self._running:
            before = self.cell(cell_id)
            live = self._live.pop(cell_id, None)
            late = () if live is None or self._entries[cell_id].cell.outputs else live.outputs()
            self._last_runs[cell_id] = execution_id
            after = replace(before, outputs=(*outputs, *late), execution_count=execution_count, run=execution_id)
            self._note_displays(after)
            self._change(before, after)

    def has_taken_in(self, last_runs: Mapping[CellId, str]) -> None:
        """These runs are in it, or were left out on purpose: none of them is to be brought in another time."""
        earlier = {cell_id: run for cell_id, run in last_runs.items() if cell_id not in self._last_runs}
        self._last_runs = {**earlier, **self._last_runs}

    def clear_outputs(self, cell_ids: Iterable[CellId]) -> None:
        """The user's Clear Outputs: outputs and numbers of code cells go."""
        for cell_id in self._in_order(cell_ids):
            before = self.cell(cell_id)
            if cell_id in self._live:
                self._live[cell_id] = Transcript()
            self._change(before, replace(before, outputs=(), execution_count=None, run=""))

    def set_cell_metadata(self, cell_id: CellId, metadata: Mapping[str, JsonValue]) -> None:
        before = self._entries[cell_id].cell
        self._change(before, replace(before, metadata=metadata))

    def set_metadata(self, metadata: Mapping[str, JsonValue]) -> None:
        self._metadata = metadata
        self._metadata_differs = not same(metadata, self._saved_metadata)
        self._emit(MetadataChanged())
        self._complete()

    def _note_displays(self, cell: Cell) -> None:
        for output in cell.outputs if isinstance(cell.outputs, tuple) else ():  # else of a file, which has no ids
            if isinstance(output, DisplayOutput) and output.display_id:
                self._displays.setdefault(output.display_id, {})[cell.cell_id] = None

    def _takes_outputs(self, cell_id: CellId) -> bool:
        """Not a cell whose type was changed while it ran, nor one that was deleted after its run."""
        entry = self._entries.get(cell_id)
        return cell_id in self._live if entry is None else entry.cell.kind is CellKind.CODE

    def _transcript(self, cell_id: CellId) -> Transcript:
        if cell_id not in self._live:
            self._live[cell_id] = Transcript(self._entries[cell_id].cell.outputs)
        return self._live[cell_id]

    def _leave_run(self, cell_id: CellId) -> None:
        """No log of one execution has the cell's outputs any more."""
        entry = self._entries.get(cell_id)
        if entry is not None and entry.cell.run:
            self._entries[cell_id] = Entry(replace(entry.cell, run=""), entry.history)

    def _change(self, before: Cell, after: Cell) -> None:
        """after in the place of before, which is the same cell."""
        self._entries[after.cell_id] = Entry(after, self._entries[after.cell_id].history)
        self._compare(after.cell_id)
        self._emit_cell(before, after)
        self._complete()

    def _compare_and_tell(self, cell_id: CellId, fact: DocumentChange) -> None:
        if cell_id in self._entries:
            self._compare(cell_id)
            self._emit(fact)
            self._complete()

    # ------------------------------------------------------------------ what is unsaved

    @property
    def is_dirty(self) -> bool:
        return bool(self._differing) or self._order_differs or self._metadata_differs

    @property
    def order_differs(self) -> bool:
        return self._order_differs

    @property
    def metadata_differs(self) -> bool:
        return self._metadata_differs

    @property
    def differing(self) -> frozenset[CellId]:
        """The cells whose content is not the saved one's."""
        return frozenset(self._differing)

    @property
    def saved_order(self) -> tuple[CellId, ...]:
        return self._saved_order

    def saved_cell(self, cell_id: CellId) -> Cell | None:
        return self._saved.get(cell_id)

    def is_running(self, cell_id: CellId) -> bool:
        return cell_id in self._running

    def is_live(self, cell_id: CellId) -> bool:
        """Whether its outputs are still coming in piece by piece, so that cell() has to put them together."""
        return cell_id in self._live

    @property
    def last_runs(self) -> Mapping[CellId, str]:
        """Of each cell that ran here, the execution that began last."""
        return self._last_runs

    def cell_of_late(self, execution_id: str, end: int) -> CellId | None:
        """Whose output that is which ends there in the log of late output; nobody's is where code had run last."""
        ran = [cell_id for cell_id in self._last_runs if cell_id in self._entries]
        own = next((cell_id for cell_id in ran if self._last_runs[cell_id] == execution_id), None)
        return own or self.late.ran_last(ran, end)

    # ------------------------------------------------------------------ saving

    def snapshot(self) -> Snapshot:
        """Of what is there now; with metadata.capsule.id where something changed."""
        metadata = with_capsule_id(self._metadata) if self.is_dirty else self._metadata
        cells = tuple(self.cell(cell_id) for cell_id in self._order)
        return Snapshot(file=self._file, cells=cells, metadata=metadata, changed=self.is_dirty)

    def saved(self, snapshot: Snapshot, file: NotebookFile, path: Path) -> None:
        """What disk.save() made of snapshot stands in path now; what changed since is still unsaved."""
        self._file, self.path = file, path
        if found := capsule_id(snapshot.metadata):  # what else is in there may have been changed meanwhile
            self._metadata = with_capsule_id(self._metadata, found)
        self._set_saved(snapshot.cells, snapshot.metadata)
        self._complete()

    def _set_saved(self, cells: Sequence[Cell], metadata: Mapping[str, JsonValue]) -> None:
        self._saved = {cell.cell_id: cell for cell in cells}
        self._saved_order = tuple(self._saved)
        self._saved_metadata = metadata
        self._differing: set[CellId] = set()
        for cell_id in self._order:
            self._compare(cell_id)
        self._order_differs = tuple(self._order) != self._saved_order
        self._metadata_differs = not same(self._metadata, metadata)

    def _compare(self, cell_id: CellId) -> None:
        """Note whether the cell differs from the saved one; a cell that is gone shows in the order."""
        entry, saved, live = self._entries.get(cell_id), self._saved.get(cell_id), self._live.get(cell_id)
        if entry is None:
            differs = False
        elif live is None or saved is None:
            differs = entry.cell != saved
        else:  # outputs of a run going on are not put together only to be compared
            differs = not live.still_gives(saved.outputs) or replace(entry.cell, outputs=saved.outputs) != saved
        (self._differing.add if differs else self._differing.discard)(cell_id)

    # ------------------------------------------------------------------ told by the cell list

    def _edited(self, cell_id: CellId | None) -> None:
        if cell_id is None:
            self._order_differs = tuple(self._order) != self._saved_order
        else:
            self._compare(cell_id)

    def _complete(self) -> None:
        if self.is_dirty is not self._told_dirty:
            self._told_dirty = self.is_dirty
            self._emit(DirtyChanged(dirty=self.is_dirty))

    def _outputs_set(self, cell_id: CellId) -> None:
        self._live.pop(cell_id, None)
        if cell_id in self._running:
            self._leave_run(cell_id)

    def _new_id(self) -> CellId:
        return new_cell_id(self._entries.keys() | self._file.stored.keys())
