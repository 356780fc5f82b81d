"""Undoing everything gives back what was there, and redoing everything gives back what was undone."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from capsule_desktop.notebook import utf16
from capsule_desktop.notebook.cell import Cell, CellId, CellKind
from capsule_desktop.notebook.cell_list import Clipboard
from capsule_desktop.notebook.changes import CellsInserted, CellsMoved, CellsRemoved, DocumentChange, TextChanged
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.edits import TextChange, applied
from tests.support.notebooks import code, markdown, parsed

_TYPED = st.sampled_from(["a", "b ", " ", "\n", "é", "😀", "word"])


class UndoMachine(RuleBasedStateMachine):
    """Also follows the facts: a view that only ever hears them must end with the same cells and texts."""

    clipboards = Bundle("clipboards")

    @initialize()
    def open(self) -> None:
        stream = {"output_type": "stream", "name": "stdout", "text": ["hi\n"]}
        self.document = Document(parsed(code("x = 1\ny = 2", outputs=[stream]), markdown("# é😀\n\ntext"), code("z")))
        self.seen = list(self.document.cell_ids())
        self.texts = {cell_id: self.document.source(cell_id) for cell_id in self.seen}
        self.document.subscribe(self._see)

    def _see(self, change: DocumentChange) -> None:
        match change:
            case CellsInserted(index=index, cell_ids=cell_ids):
                self.seen[index:index] = cell_ids
            case CellsRemoved(index=index, cell_ids=cell_ids):
                assert tuple(self.seen[index : index + len(cell_ids)]) == cell_ids
                del self.seen[index : index + len(cell_ids)]
            case CellsMoved(index=index, cell_ids=cell_ids):
                self.seen[index : index + len(cell_ids)] = cell_ids
            case TextChanged(cell_id=cell_id, change=edit):
                self.texts[cell_id] = applied(self.texts[cell_id], edit)
                return
            case _:
                pass
        self.texts = {cell_id: self.document.source(cell_id) for cell_id in self.document.cell_ids()}

    def _some(self, data: st.DataObject) -> list[CellId]:
        return data.draw(st.lists(st.sampled_from(self.document.cell_ids()), min_size=1, max_size=3))

    def _content(self) -> list[Cell]:
        return [self.document.cell(cell_id) for cell_id in self.document.cell_ids()]

    @rule(data=st.data(), typed=_TYPED, back=st.integers(0, 2))
    def type(self, data: st.DataObject, typed: str, back: int) -> None:
        cell_id = self._some(data)[0]
        source = self.document.source(cell_id)
        end = data.draw(st.integers(0, len(source)))
        start = max(0, end - back)
        position, removed = utf16.length(source[:start]), source[start:end]
        edit = TextChange(position=position, removed=removed, inserted=typed, caret_before=0, caret_after=0)
        self.document.edit_text(cell_id, edit)

    @rule(data=st.data(), kind=st.sampled_from(CellKind), index=st.integers(0, 3))
    def insert(self, data: st.DataObject, kind: CellKind, index: int) -> None:
        self.document.insert(min(index, len(self.document)), kind, "new")

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.document.delete(self._some(data))

    @rule(data=st.data(), offset=st.integers(-2, 2))
    def move(self, data: st.DataObject, offset: int) -> None:
        self.document.move(self._some(data), offset)

    @rule(target=clipboards, data=st.data(), cut=st.booleans())
    def take(self, data: st.DataObject, cut: bool) -> Clipboard:
        return self.document.cut(self._some(data)) if cut else self.document.copy(self._some(data))

    @rule(clipboard=clipboards, index=st.integers(0, 3))
    def paste(self, clipboard: Clipboard, index: int) -> None:
        self.document.paste(min(index, len(self.document)), clipboard)

    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        cell_id = self._some(data)[0]
        self.document.split(cell_id, data.draw(st.integers(0, utf16.length(self.document.source(cell_id)))))

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        self.document.merge(self._some(data))

    @rule(data=st.data(), kind=st.sampled_from(CellKind))
    def set_kind(self, data: st.DataObject, kind: CellKind) -> None:
        self.document.set_kind(self._some(data), kind)

    @rule(data=st.data(), level=st.integers(1, 6))
    def set_heading(self, data: st.DataObject, level: int) -> None:
        self.document.set_heading(self._some(data), level)

    @rule(steps=st.integers(1, 5))
    def undo_and_redo_cells(self, steps: int) -> None:
        before = self._content()
        undone = sum(self.document.undo() for _ in range(steps))
        assert sum(self.document.redo() for _ in range(undone)) == undone
        assert self._content() == before

    @rule(data=st.data(), steps=st.integers(1, 5))
    def undo_and_redo_text(self, data: st.DataObject, steps: int) -> None:
        cell_id = self._some(data)[0]
        before = self.document.source(cell_id)
        undone = sum(self.document.undo_text(cell_id) is not None for _ in range(steps))
        for _ in range(undone):
            assert self.document.redo_text(cell_id) is not None
        assert self.document.source(cell_id) == before

    @rule()
    def undo_cells(self) -> None:
        self.document.undo()

    @rule(data=st.data())
    def undo_text(self, data: st.DataObject) -> None:
        self.document.undo_text(self._some(data)[0])

    @invariant()
    def the_facts_lead_where_the_document_is(self) -> None:
        assert self.seen == list(self.document.cell_ids())
        assert self.texts == {cell_id: self.document.source(cell_id) for cell_id in self.seen}

    @invariant()
    def dirty_means_that_something_differs(self) -> None:
        assert self.document.is_dirty == (self._content() != list(self.document.file.cells()))

    def teardown(self) -> None:
        """Everything undone, of texts and cells in turn, is what was opened."""
        before = self._content()
        undone = 0
        while self.document.undo():
            undone += 1
        for _ in range(undone):
            assert self.document.redo()
        assert self._content() == before


TestUndo = UndoMachine.TestCase


class OperationsOnly(UndoMachine):
    """Without typing in between, undoing all cell operations gives back the very notebook that was opened."""

    def type(self) -> None:
        """Not a rule here."""

    def undo_text(self) -> None:
        """Not a rule here."""

    def teardown(self) -> None:
        super().teardown()
        while self.document.undo():
            pass
        assert self._content() == list(self.document.file.cells())
        assert not self.document.is_dirty


TestOperationsOnly = OperationsOnly.TestCase
