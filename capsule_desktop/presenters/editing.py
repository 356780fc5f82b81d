"""Editing a notebook: cell operations, selection and modes, text undo, what is folded and numbered.

Every change goes to the document, whose facts bring it to the view; the selection likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from capsule_desktop.notebook import utf16
from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.cell_list import Clipboard
from capsule_desktop.notebook.edits import TextChange
from capsule_desktop.notebook.visibility import Visibility, visibility, with_visibility
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets.actions import Action

_HEADINGS = (
    Action.HEADING_1,
    Action.HEADING_2,
    Action.HEADING_3,
    Action.HEADING_4,
    Action.HEADING_5,
    Action.HEADING_6,
)


class EditingPresenter:
    """clipboard: of the application, so that cells can be pasted in another notebook."""

    def __init__(self, parts: Parts, clipboard: list[Clipboard]) -> None:
        self._parts = parts
        self._clipboard = clipboard
        self.actions: Mapping[Action, Callable[[], None]] = {
            **self._cell_actions(),
            **self._selection_actions(),
            **self._view_actions(),
            **{action: partial(self._heading, level) for level, action in enumerate(_HEADINGS, start=1)},
        }

    # --- what the view tells

    def text_changed(self, cell_id: CellId, change: TextChange) -> None:
        self._parts.document.edit_text(cell_id, change)

    def cell_clicked(self, cell_id: CellId, extend: bool) -> None:
        selection = self._parts.selection
        selection.enter_command_mode()
        if extend:
            selection.extend_to(cell_id)
        else:
            selection.select(cell_id)

    def edit_requested(self, cell_id: CellId) -> None:
        self._parts.selection.select(cell_id)
        self._enter_edit_mode()

    def edge_left(self, cell_id: CellId, edge: str) -> None:
        """Up on the first line or Down on the last one goes on in the neighbour, still editing."""
        document, selection = self._parts.document, self._parts.selection
        place = document.index(cell_id) + (-1 if edge == "up" else 1)
        if 0 <= place < len(document):
            neighbour = document.cell_id_at(place)
            _line, column = self._parts.view.caret(cell_id)
            selection.select(neighbour)
            if self._parts.cells.shows_rendered(neighbour):
                selection.enter_command_mode()
            else:
                lines = document.source(neighbour).split("\n")
                above = 0 if edge == "down" else sum(utf16.length(line) + 1 for line in lines[:-1])
                width = utf16.length(lines[0] if edge == "down" else lines[-1])
                self._parts.view.set_caret(neighbour, above + min(column - 1, width))
            self._parts.view.ensure_visible(neighbour)

    # --- the tables

    def _cell_actions(self) -> dict[Action, Callable[[], None]]:
        return {
            Action.INSERT_ABOVE: partial(self._insert, 0, CellKind.CODE),
            Action.INSERT_BELOW: partial(self._insert, 1, CellKind.CODE),
            Action.INSERT_TEXT_BELOW: self._insert_text,
            Action.CUT_CELLS: self._cut,
            Action.COPY_CELLS: self._copy,
            Action.PASTE_BELOW: partial(self._paste, 1),
            Action.PASTE_ABOVE: partial(self._paste, 0),
            Action.DELETE_CELLS: self._delete,
            Action.UNDO_CELL_OPERATION: partial(self._step_cells, self._parts.document.undo),
            Action.REDO_CELL_OPERATION: partial(self._step_cells, self._parts.document.redo),
            Action.MERGE_CELLS: self._merge,
            Action.SPLIT_CELL: self._split,
            Action.MOVE_UP: partial(self._move, -1),
            Action.MOVE_DOWN: partial(self._move, 1),
            Action.TO_CODE: partial(self._set_kind, CellKind.CODE),
            Action.TO_MARKDOWN: partial(self._set_kind, CellKind.MARKDOWN),
            Action.TO_RAW: partial(self._set_kind, CellKind.RAW),
            Action.CLEAR_OUTPUTS: lambda: self._clear(self._selected),
            Action.CLEAR_ALL_OUTPUTS: lambda: self._clear(self._parts.document.cell_ids()),
            Action.UNDO_TEXT: partial(self._text_step, self._parts.document.undo_text),
            Action.REDO_TEXT: partial(self._text_step, self._parts.document.redo_text),
        }

    def _selection_actions(self) -> dict[Action, Callable[[], None]]:
        selection = self._parts.selection
        return {
            Action.SELECT_ABOVE: partial(self._go, partial(selection.move, -1)),
            Action.SELECT_BELOW: partial(self._go, partial(selection.move, 1)),
            Action.EXTEND_ABOVE: partial(self._go, partial(selection.extend, -1)),
            Action.EXTEND_BELOW: partial(self._go, partial(selection.extend, 1)),
            Action.SELECT_ALL: self._select_all,
            Action.ENTER_EDIT_MODE: self._enter_edit_mode,
            Action.ENTER_COMMAND_MODE: selection.enter_command_mode,
        }

    def _view_actions(self) -> dict[Action, Callable[[], None]]:
        view = self._parts.view
        return {
            Action.TOGGLE_OUTPUT: self._toggle_output,
            Action.TOGGLE_OUTPUT_SCROLLING: self._toggle_scrolling,
            Action.TOGGLE_LINE_NUMBERS: self._toggle_line_numbers,
            Action.TOGGLE_ALL_LINE_NUMBERS: self._toggle_all_line_numbers,
            Action.SCROLL_PAGE_DOWN: partial(view.scroll_pages, 1),
            Action.SCROLL_PAGE_UP: partial(view.scroll_pages, -1),
        }

    # --- cells

    @property
    def _selected(self) -> tuple[CellId, ...]:
        return self._parts.selection.value.selected

    @property
    def _current(self) -> CellId:
        return self._parts.selection.value.current

    def _place(self, offset: int) -> int:
        """Where to insert: above the first selected cell (0) or below the last one (1)."""
        edge = self._selected[-1] if offset else self._selected[0]
        return self._parts.document.index(edge) + offset

    def _insert(self, offset: int, kind: CellKind) -> None:
        cell_id = self._parts.document.insert(self._place(offset), kind)
        self._parts.selection.enter_command_mode()
        self._select(cell_id)

    def _insert_text(self) -> None:
        self._insert(1, CellKind.MARKDOWN)
        self._enter_edit_mode()

    def _cut(self) -> None:
        self._clipboard[:] = [self._parts.document.cut(self._selected)]
        self._parts.view.ensure_visible(self._current)

    def _copy(self) -> None:
        self._clipboard[:] = [self._parts.document.copy(self._selected)]

    def _paste(self, offset: int) -> None:
        if self._clipboard:
            self._select_many(self._parts.document.paste(self._place(offset), self._clipboard[0]))

    def _delete(self) -> None:
        self._parts.document.delete(self._selected)
        self._parts.view.ensure_visible(self._current)

    def _step_cells(self, step: Callable[[], bool]) -> None:
        """What an undone or redone step brings back is selected, so that one sees what it did."""
        before = frozenset(self._parts.document.cell_ids())
        if step():
            come = [cell_id for cell_id in self._parts.document.cell_ids() if cell_id not in before]
            self._select_many(come or [self._current])

    def _merge(self) -> None:
        kept = self._parts.document.merge(self._selected, self._current)
        self._parts.runs.forget(kept)
        self._parts.view.cell_changed(kept)
        self._select(kept)

    def _split(self) -> None:
        _first, second = self._parts.document.split(self._current, self._parts.view.caret_position(self._current))
        self._select(second)
        self._enter_edit_mode()
        self._parts.view.set_caret(second, 0)

    def _move(self, offset: int) -> None:
        self._parts.document.move(self._selected, offset)
        self._parts.view.ensure_visible(self._current)

    def _set_kind(self, kind: CellKind) -> None:
        self._with_other_kind(lambda: self._parts.document.set_kind(self._selected, kind))
        if kind is CellKind.MARKDOWN:
            self._show_sources()

    def _with_other_kind(self, change: Callable[[], None]) -> None:
        """The outputs of a cell go with its kind, and so does how it stood."""
        document, before = self._parts.document, {c: self._parts.document.body(c).kind for c in self._selected}
        change()
        for cell_id, kind in before.items():
            if document.body(cell_id).kind is not kind:
                self._parts.runs.forget(cell_id)
                self._parts.view.cell_changed(cell_id)

    def _clear(self, cell_ids: Sequence[CellId]) -> None:
        """Outputs and numbers go, and with them how the cells stood; a running one goes on printing."""
        self._parts.document.clear_outputs(cell_ids)
        for cell_id in cell_ids:
            self._parts.runs.forget(cell_id)
            self._parts.view.cell_changed(cell_id)

    def _heading(self, level: int) -> None:
        self._with_other_kind(lambda: self._parts.document.set_heading(self._selected, level))
        self._show_sources()

    def _show_sources(self) -> None:
        """A cell that has just become text shows what there is to write on."""
        self._parts.cells.editing_markdown.update(self._selected)
        for cell_id in self._selected:
            self._parts.view.cell_changed(cell_id)

    def _text_step(self, step: Callable[[CellId], TextChange | None]) -> None:
        self._parts.view.ensure_visible(self._current)
        step(self._current)

    # --- selection

    def _select(self, cell_id: CellId) -> None:
        self._parts.selection.select(cell_id)
        self._parts.view.ensure_visible(cell_id)

    def _select_many(self, cell_ids: Sequence[CellId]) -> None:
        selection = self._parts.selection
        selection.enter_command_mode()
        selection.select_many(cell_ids[0], cell_ids[-1])
        self._parts.view.ensure_visible(cell_ids[-1])

    def _select_all(self) -> None:
        self._parts.selection.enter_command_mode()
        self._parts.selection.select_all()

    def _go(self, step: Callable[[], None]) -> None:
        step()
        self._parts.view.ensure_visible(self._current)

    def _enter_edit_mode(self) -> None:
        if self._parts.document.body(self._current).kind is CellKind.MARKDOWN:
            self._parts.cells.editing_markdown.add(self._current)
            self._parts.view.cell_changed(self._current)
        self._parts.view.ensure_visible(self._current)
        self._parts.selection.enter_edit_mode()

    # --- outputs and line numbers

    def _toggle_output(self) -> None:
        hidden = not visibility(self._parts.document.body(self._current).metadata).outputs_hidden
        self._set_visibility(lambda now: replace(now, outputs_hidden=hidden))

    def _toggle_scrolling(self) -> None:
        scrolled = visibility(self._parts.document.body(self._current).metadata).outputs_scrolled is not True
        self._set_visibility(lambda now: replace(now, outputs_scrolled=scrolled or None))

    def _set_visibility(self, wanted: Callable[[Visibility], Visibility]) -> None:
        """Of the selected code cells; others have no outputs."""
        document = self._parts.document
        for cell_id in self._selected:
            body = document.body(cell_id)
            if body.kind is CellKind.CODE:
                document.set_cell_metadata(cell_id, with_visibility(body.metadata, wanted(visibility(body.metadata))))

    def _toggle_line_numbers(self) -> None:
        for cell_id in self._selected:
            self._parts.cells.line_numbers ^= {cell_id}
            self._parts.view.cell_changed(cell_id)

    def _toggle_all_line_numbers(self) -> None:
        cells = self._parts.cells
        cells.all_line_numbers, cells.line_numbers = not cells.all_line_numbers, set()
        for cell_id in self._parts.document.cell_ids():
            self._parts.view.cell_changed(cell_id)
