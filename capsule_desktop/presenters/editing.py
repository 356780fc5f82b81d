"""Editing a notebook: cell operations, selection and modes, text undo, what is folded and numbered.

Every change goes to the document, whose facts bring it to the view; the selection likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.cell_list import Clipboard
from capsule_desktop.notebook.edits import TextChange
from capsule_desktop.presenters.cell_views import outputs_collapsed
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
            selection.select(neighbour)
            if document.body(neighbour).kind is CellKind.MARKDOWN:
                selection.enter_command_mode()
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
            Action.UNDO_CELL_OPERATION: self._undo_cells,
            Action.REDO_CELL_OPERATION: self._redo_cells,
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
            Action.SELECT_ALL: selection.select_all,
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

    def _copy(self) -> None:
        self._clipboard[:] = [self._parts.document.copy(self._selected)]

    def _paste(self, offset: int) -> None:
        if self._clipboard:
            pasted = self._parts.document.paste(self._place(offset), self._clipboard[0])
            self._parts.selection.select_many(pasted[0], pasted[-1])
            self._parts.view.ensure_visible(pasted[-1])

    def _delete(self) -> None:
        self._parts.document.delete(self._selected)

    def _undo_cells(self) -> None:
        self._parts.document.undo()

    def _redo_cells(self) -> None:
        self._parts.document.redo()

    def _merge(self) -> None:
        self._select(self._parts.document.merge(self._selected, self._current))

    def _split(self) -> None:
        _first, second = self._parts.document.split(self._current, self._parts.view.caret_position(self._current))
        self._select(second)
        self._enter_edit_mode()

    def _move(self, offset: int) -> None:
        self._parts.document.move(self._selected, offset)
        self._parts.view.ensure_visible(self._current)

    def _set_kind(self, kind: CellKind) -> None:
        self._parts.document.set_kind(self._selected, kind)
        if kind is CellKind.MARKDOWN:
            self._show_sources()

    def _clear(self, cell_ids: Sequence[CellId]) -> None:
        """Outputs and numbers go, and with them how the cells stood; a running one goes on printing."""
        for cell_id in cell_ids:
            self._parts.runs.forget(cell_id)
        self._parts.document.clear_outputs(cell_ids)

    def _heading(self, level: int) -> None:
        self._parts.document.set_heading(self._selected, level)
        self._show_sources()

    def _show_sources(self) -> None:
        """A cell that has just become text shows what there is to write on."""
        self._parts.cells.editing_markdown.update(self._selected)
        for cell_id in self._selected:
            self._parts.view.cell_changed(cell_id)

    def _text_step(self, step: Callable[[CellId], TextChange | None]) -> None:
        step(self._current)

    # --- selection

    def _select(self, cell_id: CellId) -> None:
        self._parts.selection.select(cell_id)
        self._parts.view.ensure_visible(cell_id)

    def _go(self, step: Callable[[], None]) -> None:
        step()
        self._parts.view.ensure_visible(self._current)

    def _enter_edit_mode(self) -> None:
        if self._parts.document.body(self._current).kind is CellKind.MARKDOWN:
            self._parts.cells.editing_markdown.add(self._current)
            self._parts.view.cell_changed(self._current)
        self._parts.selection.enter_edit_mode()

    # --- outputs and line numbers

    def _toggle_output(self) -> None:
        document = self._parts.document
        hide = not outputs_collapsed(document.body(self._current))
        for cell_id in self._selected:
            metadata = dict(document.body(cell_id).metadata)
            jupyter = metadata.get("jupyter")
            fields = {**jupyter} if isinstance(jupyter, Mapping) else {}
            metadata.pop("collapsed", None)
            fields.pop("outputs_hidden", None)
            if hide:
                metadata["collapsed"], fields["outputs_hidden"] = True, True
            _put(metadata, "jupyter", fields)
            document.set_cell_metadata(cell_id, metadata)

    def _toggle_scrolling(self) -> None:
        document = self._parts.document
        scrolled = document.body(self._current).metadata.get("scrolled") is not True
        for cell_id in self._selected:
            metadata = {k: v for k, v in document.body(cell_id).metadata.items() if k != "scrolled"}
            document.set_cell_metadata(cell_id, {**metadata, "scrolled": True} if scrolled else metadata)

    def _toggle_line_numbers(self) -> None:
        for cell_id in self._selected:
            self._parts.cells.line_numbers ^= {cell_id}
            self._parts.view.cell_changed(cell_id)

    def _toggle_all_line_numbers(self) -> None:
        cells = self._parts.cells
        cells.all_line_numbers, cells.line_numbers = not cells.all_line_numbers, set()
        for cell_id in self._parts.document.cell_ids():
            self._parts.view.cell_changed(cell_id)


def _put(metadata: dict[str, object], key: str, fields: dict[str, object]) -> None:
    if fields:
        metadata[key] = fields
    else:
        metadata.pop(key, None)
