"""Unsaved edits read back: put on the file that they build on, and on no other without the user's word."""

from __future__ import annotations

from pathlib import Path

import pytest

from capsule_desktop.notebook import drafts, ipynb
from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.draft_recorder import DraftRecorder
from capsule_desktop.notebook.draft_records import CellDraft, Inline, OfBase, OfRun
from capsule_desktop.notebook.drafts import Fit
from capsule_desktop.notebook.late_output import Heard
from capsule_desktop.notebook.outputs import DisplayOutput, StreamOutput
from tests.support.draft_logs import Writer, as_log
from tests.support.notebooks import as_bytes, code, markdown, notebook

HI = {"output_type": "stream", "name": "stdout", "text": ["hi\n"]}
PRINTED = StreamOutput(name="stdout", text="printed\n")


def file_of(*cells: object, minor: int = 5) -> bytes:
    return as_bytes(notebook(*cells, minor=minor))


DATA = file_of(code("x = 1", id="a", outputs=[HI]), markdown("# text", id="b"), code("y", id="c"))
A, B, C = CellId("a"), CellId("b"), CellId("c")


def test_a_folder_without_a_log_has_no_draft(tmp_path: Path) -> None:
    assert drafts.read(tmp_path) is None


def test_typed_text_comes_back_on_its_file(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.replace_text(A, "x = 2")
    edit = w.keep()
    assert edit.cells[A].shown == OfBase()  # the outputs stay in the file
    again = w.same(tmp_path, DATA)
    assert again.source(A) == "x = 2"
    assert w.recovered(tmp_path, DATA).fit is Fit.BASE


def test_what_comes_back_is_unsaved_and_can_be_undone_to_the_saved_state_by_hand(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.replace_text(A, "x = 2")
    w.keep()
    again = w.same(tmp_path, DATA)
    assert again.is_dirty
    again.replace_text(A, "x = 1")
    assert not again.is_dirty


def test_every_kind_of_edit_comes_back(tmp_path: Path) -> None:
    w = Writer(DATA)
    d = w.document
    new = d.insert(1, CellKind.MARKDOWN, "new é😀\ud800")
    d.move([C], -2)
    d.set_kind([B], CellKind.RAW)
    d.set_cell_metadata(A, {"tags": ["t"], "n": float("inf"), "big": 10**30})
    d.set_metadata({"title": "other"})
    d.delete([A])
    d.undo()
    w.keep()
    again = w.same(tmp_path, DATA)
    assert tuple(again.cell_ids()) == (A, C, new, B)


def test_only_what_changed_is_recorded() -> None:
    w = Writer(DATA)
    w.document.replace_text(A, "x = 2")
    w.keep()
    w.document.replace_text(A, "x = 23")
    edit = w.keep()
    assert (edit.cells, edit.order, edit.metadata) == ({A: CellDraft(source="x = 23")}, None, None)
    assert not w.keep().says_something


def test_the_outputs_of_a_run_stay_in_its_log(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.begin_run(A, "e1")
    assert w.keep().cells[A].shown == OfRun("e1")
    w.document.add_output(A, PRINTED)
    assert not w.recorder.has_changes
    w.document.end_run(A, 3)
    assert w.keep().cells == {A: CellDraft(shown=OfRun("e1"), count=3)}
    recovered = w.recovered(tmp_path, DATA)
    assert recovered.run_of == {A: "e1"}
    assert recovered.last_runs == {A: "e1"}
    again = recovered.with_outputs({"e1": [PRINTED]}).document(None)
    assert again.cell(A) == w.document.cell(A)
    assert again.cell(A).run == "e1"


def test_a_recovered_run_that_ends_without_a_number_is_kept_for_the_next_time(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.begin_run(C, "ff")
    w.keep()
    again = w.recovered(tmp_path, DATA).document(Path("/a.ipynb"))
    recorder = DraftRecorder(again)
    again.subscribe(recorder.take)
    recorder.everything()
    again.begin_run(C, "ff")  # told once more, by the application that found it lost
    again.add_output(C, PRINTED)
    again.end_run(C, None)
    assert recorder.changes().cells[C].shown == OfRun("ff")


def test_what_was_cleared_is_no_runs_any_more_after_two_crashes(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.begin_run(C, "e1")
    w.document.add_output(C, PRINTED)
    w.document.end_run(C, 1)
    w.keep()
    w.document.clear_outputs([C])
    w.keep()
    first = w.same(tmp_path, DATA)
    recorder = DraftRecorder(first)
    w.records = [recorder.base(w.state), recorder.everything()]
    again = w.recovered(tmp_path, DATA)
    assert (again.run_of, again.last_runs) == ({}, {C: "e1"})


def test_what_a_save_met_running_is_its_runs_until_something_else_is_said(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.begin_run(C, "e1")
    w.records = [w.recorder.base(w.state)]
    assert w.recovered(tmp_path, DATA).run_of == {C: "e1"}
    again = w.recovered(tmp_path, DATA).document(None)  # whose outputs are still to be read when it crashes, too
    w.records = [DraftRecorder(again).base(w.state)]
    assert w.recovered(tmp_path, DATA).run_of == {C: "e1"}
    w.document.end_run(C, 1)
    w.document.clear_outputs([C])
    w.keep()
    assert w.recovered(tmp_path, DATA).run_of == {}


def test_a_lost_run_is_the_files_once_that_was_saved() -> None:
    w = Writer(DATA)
    w.document.begin_run(C, "e1")
    w.document.add_output(C, PRINTED)
    w.document.end_run(C, None)
    assert w.recorder.base(w.state).unfinished == (C,)
    snapshot = w.document.snapshot()
    saved = ipynb.updated(snapshot.file, snapshot.cells, snapshot.metadata)
    w.document.saved(snapshot, saved, Path("/a.ipynb"))
    assert w.recorder.base(w.state).unfinished == ()


def test_the_cell_that_ran_last_is_told(tmp_path: Path) -> None:
    w = Writer(DATA)
    for cell_id, execution_id in ((A, "e1"), (C, "e2"), (A, "e3")):
        w.document.begin_run(cell_id, execution_id)
        w.document.end_run(cell_id, 1)
        w.keep()
    assert list(w.recovered(tmp_path, DATA).last_runs.items()) == [(C, "e2"), (A, "e3")]


def test_outputs_that_no_log_has_are_kept_whole(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.begin_run(C, "e1")
    w.document.add_output(C, PRINTED)
    w.document.clear_outputs([C])
    w.document.add_output(C, PRINTED)
    w.document.end_run(C, 3)
    copied = w.document.copy([C])
    w.document.paste(0, copied)
    w.document.begin_run(A, "e2")
    w.document.end_run(A, 4)
    w.document.clear_outputs([A])
    assert w.keep().cells[C].shown == Inline((PRINTED,))
    again = w.same(tmp_path, DATA)
    assert (again.cell(C).run, again.outputs(A)) == ("", ())
    assert w.recovered(tmp_path, DATA).last_runs == {C: "e1", A: "e2"}


def test_a_copy_of_a_cell_that_ran_shares_its_log(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.begin_run(C, "e1")
    w.document.add_output(C, PRINTED)
    early = w.document.paste(0, w.document.copy([C]))[0]
    w.document.end_run(C, 1)
    late = w.document.paste(0, w.document.copy([C]))[0]
    w.keep()
    again = w.same(tmp_path, DATA)
    assert (again.cell(early).run, again.cell(late).run) == ("", "e1")


def test_late_output_makes_no_record_and_the_draft_says_from_where_it_is_told_again(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.late.told(100)
    w.document.begin_run(C, "e1")
    w.document.end_run(C, 1)
    assert w.keep().cells[C].heard == Heard(100, 100)
    for end in (110, 120, 130):
        print_late(w, C, end)
    assert not w.recorder.has_changes
    again = w.recovered(tmp_path, DATA).document(None)
    assert again.late.end == 100
    assert [again.late.has(C, end) for end in (100, 110)] == [True, False]
    w.document.saved(w.document.snapshot(), w.document.file, Path("/a.ipynb"))
    w.recorder.everything()
    print_late(w, C, 140)
    edit = w.keep()  # of the run's log alone, so that all that came late is told once more
    assert (edit.cells[C].shown, edit.cells[C].heard) == (OfRun("e1"), Heard(100, 100))


def test_outputs_that_are_kept_whole_are_not_written_again_for_what_comes_late(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.late.told(10)
    print_late(w, A, 20)  # the file has the outputs of its run, which is unknown
    hi = w.document.cell(A).outputs
    assert w.keep().cells[A] == CellDraft(
        kind=CellKind.CODE, source="x = 1", metadata={}, attachments={}, shown=Inline(hi), heard=Heard(20, 20)
    )
    print_late(w, A, 30)
    assert not w.recorder.has_changes
    w.document.replace_text(A, "x = 2")
    assert w.keep().cells == {A: CellDraft(source="x = 2")}
    again = w.recovered(tmp_path, DATA).document(None)
    assert (again.cell(A).outputs, again.late.end) == (hi, 20)
    assert [again.late.has(A, end) for end in (20, 30)] == [True, False]


def test_a_saved_file_says_how_much_of_late_output_it_has(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.late.told(70)
    w.records = [w.recorder.base(w.state)]
    again = w.recovered(tmp_path, DATA).document(None)
    assert again.late.end == 70
    assert [again.late.has(A, end) for end in (70, 71)] == [True, False]


def test_a_draft_of_a_version_that_did_not_count_late_output_is_read(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.begin_run(C, "e1")
    w.document.end_run(C, 1)
    w.keep()
    assert b"late_end" not in as_log(*w.records)
    assert b"heard" not in as_log(*w.records)
    again = w.same(tmp_path, DATA)
    assert again.late.end is None


def print_late(w: Writer, cell_id: CellId, end: int) -> None:
    """A piece that ends there in the log of late output."""
    w.document.late.told(end)
    w.document.add_output(cell_id, PRINTED)


def test_a_display_that_another_cell_changes_is_kept_whole(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.begin_run(A, "e1")
    w.document.add_output(A, DisplayOutput(data={"text/plain": "old"}, display_id="d"))
    w.document.end_run(A, 1)
    w.keep()
    w.document.update_display("d", {"text/plain": "new"}, {})
    w.keep()
    again = w.recovered(tmp_path, DATA).document(None)
    (output,) = again.outputs(A)
    assert isinstance(output, DisplayOutput)
    assert output.data == {"text/plain": "new"}


def test_an_edit_that_could_not_be_written_is_said_again(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.replace_text(A, "x = 2")
    w.document.move([C], -1)
    w.document.set_metadata({"title": "t"})
    w.recorder.failed(w.recorder.changes())
    w.keep()
    w.same(tmp_path, DATA)


def test_a_cell_that_undo_brings_back_is_whole(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.insert(0, source="made here")
    new = w.document.cell_id_at(0)
    w.keep()
    w.document.delete([new])
    w.keep()
    w.document.undo()
    assert w.keep().cells[new].source == "made here"
    w.same(tmp_path, DATA)


def test_cells_that_were_removed_are_told_from_those_that_were_never_here(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.insert(0, source="came and went")
    new = w.document.cell_id_at(0)
    w.document.begin_run(A, "e1")
    w.document.delete([new, A])
    w.recorder.failed(w.recorder.changes())
    w.keep()
    w.same(tmp_path, DATA)
    recovered = w.recovered(tmp_path, DATA)
    assert (recovered.removed, recovered.last_runs) == ({new, A}, {A: "e1"})
    w.records = [w.recorder.base(w.state)]  # as after a save
    assert new in w.recovered(tmp_path, DATA).removed
    w.document.undo()
    w.keep()
    assert w.recovered(tmp_path, DATA).removed == set()


def test_a_notebook_that_was_never_saved_comes_back(tmp_path: Path) -> None:
    w = Writer(None)
    w.document.replace_text(w.document.cell_id_at(0), "1 + 1")
    w.document.insert(1, source="2")
    w.keep()
    w.same(tmp_path, None)
    recovered = w.recovered(tmp_path, None)
    assert (recovered.fit, recovered.state) == (Fit.NEVER_SAVED, None)


def test_an_empty_notebook_edited_and_undone_has_no_edits(tmp_path: Path) -> None:
    data = as_bytes(notebook(minor=5))
    w = Writer(data)
    only = w.document.cell_id_at(0)
    w.document.replace_text(only, "x")
    w.document.undo_text(only)
    w.keep()
    w.same(tmp_path, data)
    assert not w.recovered(tmp_path, data).has_edits


@pytest.mark.parametrize("minor", [2, 4])
def test_cells_of_a_file_without_ids_are_told_by_their_places(tmp_path: Path, minor: int) -> None:
    data = file_of(code("x = 1", outputs=[HI]), markdown("# text"), code("y"), minor=minor)
    w = Writer(data)
    first, _, last = w.document.cell_ids()
    w.document.replace_text(last, "z")
    w.document.begin_run(first, "e1")
    w.keep()
    again = w.same(tmp_path, data)
    assert again.cell_ids() == w.document.cell_ids()
    snapshot = again.snapshot()
    file = ipynb.updated(snapshot.file, snapshot.cells, snapshot.metadata)
    assert [cell.source for cell in ipynb.parse(b"".join(ipynb.render(file))).cells()] == ["x = 1", "# text", "z"]


def test_a_display_that_comes_back_is_still_changed_by_its_id(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.begin_run(A, "e1")
    w.document.add_output(A, DisplayOutput(data={"text/plain": "old"}, display_id="d"))
    w.document.end_run(A, 1)
    w.document.begin_run(C, "e2")
    w.keep()
    of_run = w.recovered(tmp_path, DATA).with_outputs({"e1": w.document.cell(A).outputs}).document(None)
    w.document.update_display("d", {"text/plain": "new"}, {})
    w.keep()
    for again in (of_run, w.recovered(tmp_path, DATA).document(None)):
        again.update_display("d", {"text/plain": "newer"}, {})
        (output,) = again.cell(A).outputs
        assert isinstance(output, DisplayOutput)
        assert output.data == {"text/plain": "newer"}
