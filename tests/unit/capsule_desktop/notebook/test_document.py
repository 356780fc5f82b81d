"""Documents: what operations do to cells, what subscribers hear, what counts as unsaved, and where outputs go."""

from __future__ import annotations

import pytest

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.changes import (
    CellChanged,
    CellPart,
    CellsInserted,
    CellsMoved,
    CellsRemoved,
    DirtyChanged,
    DocumentChange,
    OutputAdded,
    OutputsCleared,
    TextChanged,
)
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.edits import TextChange
from capsule_desktop.notebook.ipynb import updated
from capsule_desktop.notebook.outputs import DisplayOutput, StreamOutput
from tests.support.notebooks import as_bytes, code, markdown, notebook, parsed, rendered

STREAM = {"output_type": "stream", "name": "stdout", "text": ["old\n"]}
A, B, C = CellId("a"), CellId("b"), CellId("c")


@pytest.fixture
def document() -> Document:
    first = code("x = 1\ny = 2", id="a", outputs=[STREAM], execution_count=4)
    return Document(parsed(first, markdown("# é😀 text", id="b"), code("z", id="c"), minor=5))


@pytest.fixture
def heard(document: Document) -> list[DocumentChange]:
    heard: list[DocumentChange] = []
    document.subscribe(heard.append)
    return heard


def sources(document: Document) -> list[str]:
    return [document.source(cell_id) for cell_id in document.cell_ids()]


def save(document: Document) -> None:
    snapshot = document.snapshot()
    file = updated(snapshot.file, snapshot.cells, snapshot.metadata)
    document.saved(snapshot, file, document.path)  # type: ignore[arg-type]  # no path is needed here


def out(text: str) -> StreamOutput:
    return StreamOutput(name="stdout", text=text)


def display(text: str) -> DisplayOutput:
    return DisplayOutput(data={"text/plain": text}, display_id="d")


# --- cells


def test_a_notebook_without_cells_shows_one_and_is_unchanged_by_it() -> None:
    for document in (Document(), Document(parsed())):
        assert [document.cell(cell_id).kind for cell_id in document.cell_ids()] == [CellKind.CODE]
        assert not document.is_dirty
        assert not document.undo()


def test_deleting_everything_leaves_an_empty_code_cell(document: Document) -> None:
    cells = document.copy(document.cell_ids()).cells
    document.delete(document.cell_ids())
    assert sources(document) == [""]
    assert document.undo()
    assert document.copy(document.cell_ids()).cells == cells
    assert not document.is_dirty


def test_deleted_cells_come_back_with_outputs_ids_and_their_own_text_undo(document: Document) -> None:
    document.replace_text(A, "typed")
    document.delete([A])
    document.undo()
    assert (document.cell_id_at(0), document.outputs(A)) == (A, (out("old\n"),))
    document.undo_text(A)
    assert document.source(A) == "x = 1\ny = 2"


@pytest.mark.parametrize(
    ("moving", "offset", "order"),
    [([A], 1, "bac"), ([A], 9, "bca"), ([C], -1, "acb"), ([A, B], 1, "cab"), ([B, C], -1, "bca"), ([A], -1, "abc")],
)
def test_cells_move_together_as_far_as_there_is_room(
    document: Document, moving: list[CellId], offset: int, order: str
) -> None:
    document.move(moving, offset)
    assert "".join(document.cell_ids()) == order
    assert document.is_dirty == (order != "abc")


def test_pasted_cells_are_the_same_but_for_new_ids(document: Document) -> None:
    clipboard = document.cut([B, A])
    pasted = document.paste(1, clipboard)
    assert sources(document) == ["z", "x = 1\ny = 2", "# é😀 text"]
    assert document.cell_ids() == (C, *pasted)
    assert not set(pasted) & {A, B}
    assert document.outputs(pasted[0]) == (out("old\n"),)
    assert document.paste(0, clipboard) != pasted


def test_splitting_gives_the_second_part_the_id_and_the_outputs(document: Document) -> None:
    first, second = document.split(A, 6)
    assert (second, sources(document)[:2]) == (A, ["x = 1", "y = 2"])
    assert (document.outputs(first), document.outputs(A)) == ((), (out("old\n"),))
    document.undo()
    assert sources(document)[0] == "x = 1\ny = 2"
    assert not document.is_dirty


def test_splitting_counts_in_utf_16_units(document: Document) -> None:
    document.split(B, 5)
    assert sources(document)[1:3] == ["# é😀", " text"]


def test_merging_puts_an_empty_line_between_and_clears_outputs(document: Document) -> None:
    assert document.merge([A, C]) == A
    assert sources(document) == ["x = 1\ny = 2\n\nz", "# é😀 text"]
    assert document.outputs(A) == ()
    document.undo()
    assert document.merge([A]) == A  # with the one below
    assert document.cell_ids() == (A, C)
    document.undo()
    assert document.merge([A, B], primary=B) == B
    assert document.cell(B).kind is CellKind.MARKDOWN


def test_merging_the_last_cell_alone_does_nothing(document: Document) -> None:
    assert document.merge([C]) == C
    assert not document.undo()


def test_changing_the_type_keeps_the_text_and_clears_outputs(document: Document) -> None:
    document.set_kind([A], CellKind.MARKDOWN)
    assert (document.source(A), document.outputs(A)) == ("x = 1\ny = 2", ())
    document.replace_text(A, "typed since")
    document.undo()
    cell = document.cell(A)
    assert (cell.kind, cell.source, tuple(cell.outputs)) == (CellKind.CODE, "typed since", (out("old\n"),))


@pytest.mark.parametrize(("level", "text"), [(1, "# é😀 text"), (3, "### é😀 text")])
def test_headings_replace_headings(document: Document, level: int, text: str) -> None:
    document.set_heading([B], level)
    assert document.source(B) == text
    assert document.is_dirty == (level == 3)
    document.set_heading([C], 2)
    assert (document.cell(C).kind, document.source(C)) == (CellKind.MARKDOWN, "## z")


def test_every_text_has_the_line_ends_of_an_editor(document: Document) -> None:
    new = document.insert(0, source="a\r\nb\rc")
    document.replace_text(A, "x\r\ny")
    assert (document.source(new), document.source(A)) == ("a\nb\nc", "x\ny")


def test_operations_that_change_nothing_are_no_steps(document: Document) -> None:
    document.move([A], -1)
    document.set_kind([A], CellKind.CODE)
    document.set_heading([B], 1)
    document.replace_text(A, document.source(A))
    assert (document.undo_label(), document.can_undo_text(A)) == ("", False)


def test_labels_say_what_would_be_undone(document: Document) -> None:
    document.delete([A])
    assert (document.undo_label(), document.redo_label()) == ("Delete Cells", "")
    document.undo()
    assert (document.undo_label(), document.redo_label()) == ("", "Delete Cells")


def test_text_undo_of_one_cell_is_not_that_of_another(document: Document) -> None:
    document.replace_text(A, "a")
    document.replace_text(C, "c")
    assert document.undo_text(A) is not None
    assert document.undo_text(A) is None
    assert sources(document) == ["x = 1\ny = 2", "# é😀 text", "c"]
    assert document.redo_text(A) is not None


def test_a_change_outside_of_the_text_changes_nothing(document: Document) -> None:
    with pytest.raises(IndexError):
        document.edit_text(A, TextChange(position=99, removed="", inserted="x", caret_before=0, caret_after=0))
    assert not document.can_undo_text(A)
    assert not document.is_dirty


# --- what subscribers hear


def test_facts_come_when_the_change_is_complete(document: Document) -> None:
    seen: list[tuple[type[DocumentChange], int, bool]] = []
    document.subscribe(lambda fact: seen.append((type(fact), len(document), document.is_dirty)))
    document.delete([A, C])
    assert seen == [(CellsRemoved, 1, True), (CellsRemoved, 1, True), (DirtyChanged, 1, True)]


def test_each_operation_tells_what_it_did(document: Document, heard: list[DocumentChange]) -> None:
    new = document.insert(1)
    document.move([new], -1)
    document.delete([new])
    assert heard == [
        CellsInserted(index=1, cell_ids=(new,)),
        DirtyChanged(dirty=True),
        CellsMoved(index=0, cell_ids=(new, A)),
        CellsRemoved(index=0, cell_ids=(new,)),
        DirtyChanged(dirty=False),
    ]


def test_typing_is_told_as_typed_and_its_undo_is_not(document: Document, heard: list[DocumentChange]) -> None:
    typed = TextChange(position=0, removed="", inserted="q", caret_before=0, caret_after=1)
    document.edit_text(A, typed)
    document.undo_text(A)
    texts = [fact for fact in heard if isinstance(fact, TextChanged)]
    assert texts == [
        TextChanged(cell_id=A, change=typed, typed=True),
        TextChanged(cell_id=A, change=typed.inverse(), typed=False),
    ]


def test_whoever_unsubscribed_hears_nothing_more(document: Document) -> None:
    heard: list[DocumentChange] = []
    end = document.subscribe(heard.append)
    end()
    document.insert(0)
    assert heard == []


# --- what runs bring


def test_a_run_replaces_outputs_piece_by_piece(document: Document, heard: list[DocumentChange]) -> None:
    document.begin_run(A)
    assert document.outputs(A) == ()
    document.add_output(A, out("a"))
    document.add_output(A, out("b"))
    assert document.outputs(A) == (out("ab"),)
    document.end_run(A, 5)
    document.add_output(A, out(" late"))
    assert (document.outputs(A), document.cell(A).execution_count) == ((out("ab late"),), 5)
    assert heard == [
        CellChanged(cell_id=A, parts=frozenset({CellPart.OUTPUTS, CellPart.EXECUTION_COUNT})),
        DirtyChanged(dirty=True),
        OutputAdded(cell_id=A, output=out("a")),
        OutputAdded(cell_id=A, output=out("b")),
        CellChanged(cell_id=A, parts=frozenset({CellPart.EXECUTION_COUNT})),
        OutputAdded(cell_id=A, output=out(" late")),
    ]


def test_what_runs_bring_is_unsaved_and_no_step_of_undo(document: Document) -> None:
    document.begin_run(C)
    document.add_output(C, out("x"))
    document.end_run(C, 1)
    assert document.is_dirty
    assert not document.undo()


def test_a_run_that_brings_the_same_leaves_nothing_unsaved(document: Document) -> None:
    document.begin_run(A)
    document.add_output(A, out("old\n"))
    document.end_run(A, 4)
    assert not document.is_dirty


def test_output_after_a_save_is_unsaved_again(document: Document, heard: list[DocumentChange]) -> None:
    document.begin_run(A)
    document.add_output(A, out("1"))
    save(document)
    document.add_output(A, out("2"))
    document.end_run(A, 5)
    save(document)
    document.add_output(A, out("late"))
    save(document)
    told = [fact.dirty for fact in heard if isinstance(fact, DirtyChanged)]
    assert told == [True, False, True, False, True, False]
    assert document.outputs(A) == (out("12late"),)


def test_clearing_waits_for_the_next_output_if_asked_to(document: Document, heard: list[DocumentChange]) -> None:
    document.clear_output(A, wait=True)
    assert document.outputs(A) == (out("old\n"),)
    document.add_output(A, out("new"))
    assert document.outputs(A) == (out("new"),)
    assert OutputsCleared(cell_id=A, wait=True) in heard


def test_an_updated_display_changes_in_every_cell_that_shows_it(document: Document) -> None:
    document.add_output(A, display("1"))
    document.end_run(A, 1)
    document.begin_run(C)
    document.add_output(C, display("2"))  # a display of a known id updates the others
    assert [output for output in document.outputs(A) if isinstance(output, DisplayOutput)] == [display("2")]
    document.update_display("d", {"text/plain": "3"}, {})
    assert display("3") in document.outputs(A)
    assert document.outputs(C) == (display("3"),)
    document.update_display("unknown", {}, {})


def test_output_of_a_cell_that_was_deleted_is_there_when_it_comes_back(document: Document) -> None:
    document.begin_run(A)
    document.delete([A])
    document.add_output(A, out("meanwhile"))
    document.undo()
    assert document.outputs(A) == (out("meanwhile"),)
    document.end_run(A, 2)
    document.delete([A])
    document.add_output(A, out("nobody sees it"))
    document.undo()
    assert document.outputs(A) == (out("meanwhile"),)


def test_a_running_cell_that_is_split_goes_on_in_the_second_part(document: Document) -> None:
    document.begin_run(A)
    document.add_output(A, out("1"))
    document.split(A, 6)
    document.add_output(A, out("2"))
    assert document.outputs(A) == (out("12"),)


def test_output_of_a_cell_that_is_markdown_now_goes_nowhere(document: Document) -> None:
    document.begin_run(A)
    document.set_kind([A], CellKind.MARKDOWN)
    document.add_output(A, out("late"))
    document.end_run(A, 5)
    assert document.outputs(A) == ()
    assert document.cell(A).execution_count is None


def test_clearing_outputs_by_hand_takes_the_number_too(document: Document) -> None:
    document.clear_outputs(document.cell_ids())
    assert document.outputs(A) == ()
    assert document.cell(A).execution_count is None


# --- metadata and saving


def test_metadata_says_the_language_and_what_is_unsaved(document: Document) -> None:
    assert document.language == "python"
    before = document.metadata
    document.set_metadata({**before, "kernelspec": {"name": "ir", "language": "R"}})
    assert (document.language, document.is_dirty) == ("R", True)
    document.set_metadata(before)
    document.set_cell_metadata(A, {"tags": []})
    assert document.is_dirty
    document.set_cell_metadata(A, {})
    assert not document.is_dirty


def test_the_capsule_id_comes_with_the_first_save_of_a_change(document: Document) -> None:
    assert document.snapshot().metadata == {}
    document.insert(0)
    save(document)
    assert document.capsule_id
    assert not document.is_dirty


def test_a_cell_deleted_before_a_save_comes_back_with_what_only_its_file_knew() -> None:
    cell = code("x", later={"unknown": 1})
    data = as_bytes(notebook(cell, code("y")))
    document = Document(parsed(cell, code("y")))
    first = document.cell_id_at(0)
    document.delete([first])
    save(document)
    document.undo()
    assert document.is_dirty
    document.replace_text(first, "X")
    save(document)
    assert b'"later": {\n    "unknown": 1' in rendered(document.file)
    assert rendered(document.file).count(b"cell_type") == data.count(b"cell_type")
