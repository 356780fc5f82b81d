"""Unsaved edits read back: put on the file that they build on, and on no other without the user's word."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from capsule_desktop.notebook import disk, drafts, ipynb
from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.disk import DiskState
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.draft_recorder import DraftRecorder
from capsule_desktop.notebook.draft_records import Base, CellDraft, Edit, Inline, Intent, OfBase, OfRun, Record
from capsule_desktop.notebook.drafts import Draft, Fit, RecoveredDocument
from capsule_desktop.notebook.outputs import DisplayOutput, StreamOutput
from tests.support.draft_logs import as_log, draft_in, on_disk, shown
from tests.support.notebooks import as_bytes, code, markdown, notebook

HI = {"output_type": "stream", "name": "stdout", "text": ["hi\n"]}
PRINTED = StreamOutput(name="stdout", text="printed\n")


def file_of(*cells: object, minor: int = 5) -> bytes:
    return as_bytes(notebook(*cells, minor=minor))


DATA = file_of(code("x = 1", id="a", outputs=[HI]), markdown("# text", id="b"), code("y", id="c"))
A, B, C = CellId("a"), CellId("b"), CellId("c")


class Writer:
    """A document under editing with its log, in memory."""

    def __init__(self, data: bytes | None = DATA, path: Path | None = Path("/a.ipynb")) -> None:
        self.state = None if data is None else on_disk(data).state
        self.document = Document(None if data is None else ipynb.parse(data), None if data is None else path)
        self.recorder = DraftRecorder(self.document)
        self.document.subscribe(self.recorder.take)
        self.records: list[Record] = [self.recorder.base(self.state), self.recorder.everything()]

    def keep(self) -> Edit:
        edit = self.recorder.changes()
        self.records.append(edit)
        return edit

    def draft(self, folder: Path) -> Draft:
        draft = draft_in(folder, as_log(*self.records))
        assert draft is not None
        return draft

    def recovered(self, folder: Path, data: bytes | None = DATA) -> RecoveredDocument:
        return self.draft(folder).applied_to(None if data is None else on_disk(data))

    def same(self, folder: Path, data: bytes | None = DATA) -> Document:
        """What is read back, which is what was written."""
        again = self.recovered(folder, data).document(self.document.path)
        assert shown(again) == shown(self.document)
        assert [cell.run for cell in shown(again)] == [cell.run for cell in shown(self.document)]
        assert again.metadata == self.document.metadata
        assert again.is_dirty == self.document.is_dirty
        return again


def test_a_folder_without_a_log_has_no_draft(tmp_path: Path) -> None:
    assert drafts.read(tmp_path) is None


def test_typed_text_comes_back_on_its_file(tmp_path: Path) -> None:
    w = Writer()
    w.document.replace_text(A, "x = 2")
    edit = w.keep()
    assert edit.cells[A].shown == OfBase()  # the outputs stay in the file
    again = w.same(tmp_path)
    assert again.source(A) == "x = 2"
    assert w.recovered(tmp_path).fit is Fit.BASE


def test_what_comes_back_is_unsaved_and_can_be_undone_to_the_saved_state_by_hand(tmp_path: Path) -> None:
    w = Writer()
    w.document.replace_text(A, "x = 2")
    w.keep()
    again = w.same(tmp_path)
    assert again.is_dirty
    again.replace_text(A, "x = 1")
    assert not again.is_dirty


def test_every_kind_of_edit_comes_back(tmp_path: Path) -> None:
    w = Writer()
    d = w.document
    new = d.insert(1, CellKind.MARKDOWN, "new é😀\ud800")
    d.move([C], -2)
    d.set_kind([B], CellKind.RAW)
    d.set_cell_metadata(A, {"tags": ["t"], "n": float("inf"), "big": 10**30})
    d.set_metadata({"title": "other"})
    d.delete([A])
    d.undo()
    w.keep()
    again = w.same(tmp_path)
    assert tuple(again.cell_ids()) == (A, C, new, B)


def test_only_what_changed_is_recorded() -> None:
    w = Writer()
    w.document.replace_text(A, "x = 2")
    w.keep()
    w.document.replace_text(A, "x = 23")
    edit = w.keep()
    assert (edit.cells, edit.order, edit.metadata) == ({A: CellDraft(source="x = 23")}, None, None)
    assert not w.keep().says_something


def test_the_outputs_of_a_run_stay_in_its_log(tmp_path: Path) -> None:
    w = Writer()
    w.document.begin_run(A, "e1")
    assert w.keep().cells[A].shown == OfRun("e1")
    w.document.add_output(A, PRINTED, "e1")
    assert not w.recorder.has_changes
    w.document.end_run(A, 3)
    assert w.keep().cells == {A: CellDraft(shown=OfRun("e1"), count=3)}
    recovered = w.recovered(tmp_path)
    assert recovered.run_of == {A: "e1"}
    assert recovered.last_runs == {A: "e1"}
    again = recovered.with_outputs({"e1": [PRINTED]}).document(None)
    assert again.cell(A) == w.document.cell(A)
    assert again.cell(A).run == "e1"


def test_outputs_that_no_log_has_are_kept_whole(tmp_path: Path) -> None:
    w = Writer()
    w.document.begin_run(C, "e1")
    w.document.add_output(C, PRINTED, "e1")
    w.document.clear_outputs([C])
    w.document.add_output(C, PRINTED, "e1")
    w.document.end_run(C, 3)
    copied = w.document.copy([C])
    w.document.paste(0, copied)
    w.document.begin_run(A, "e2")
    w.document.end_run(A, 4)
    w.document.clear_outputs([A])
    assert w.keep().cells[C].shown == Inline((PRINTED,))
    again = w.same(tmp_path)
    assert (again.cell(C).run, again.outputs(A)) == ("", ())
    assert w.recovered(tmp_path).last_runs == {C: "e1", A: "e2"}


def test_a_copy_of_a_cell_that_ran_shares_its_log(tmp_path: Path) -> None:
    w = Writer()
    w.document.begin_run(C, "e1")
    w.document.add_output(C, PRINTED)
    early = w.document.paste(0, w.document.copy([C]))[0]
    w.document.end_run(C, 1)
    late = w.document.paste(0, w.document.copy([C]))[0]
    w.keep()
    again = w.same(tmp_path)
    assert (again.cell(early).run, again.cell(late).run) == ("", "e1")


def test_what_a_thread_prints_later_is_kept_where_the_runs_log_has_it_not(tmp_path: Path) -> None:
    w = Writer()
    w.document.begin_run(C, "e2")
    w.document.end_run(C, 1)
    w.keep()
    w.document.add_output(C, PRINTED, "e1")
    assert w.recorder.has_changes
    assert w.keep().cells == {C: CellDraft(shown=Inline((PRINTED,)), count=1)}
    w.same(tmp_path)


def test_a_display_that_another_cell_changes_is_kept_whole(tmp_path: Path) -> None:
    w = Writer()
    w.document.begin_run(A, "e1")
    w.document.add_output(A, DisplayOutput(data={"text/plain": "old"}, display_id="d"), "e1")
    w.document.end_run(A, 1)
    w.keep()
    w.document.update_display("d", {"text/plain": "new"}, {})
    w.keep()
    again = w.recovered(tmp_path).document(None)
    (output,) = again.outputs(A)
    assert isinstance(output, DisplayOutput)
    assert output.data == {"text/plain": "new"}


def test_an_edit_that_could_not_be_written_is_said_again(tmp_path: Path) -> None:
    w = Writer()
    w.document.replace_text(A, "x = 2")
    w.document.move([C], -1)
    w.document.set_metadata({"title": "t"})
    w.recorder.failed(w.recorder.changes())
    w.keep()
    w.same(tmp_path)


def test_a_cell_that_undo_brings_back_is_whole(tmp_path: Path) -> None:
    w = Writer()
    w.document.insert(0, source="made here")
    new = w.document.cell_id_at(0)
    w.keep()
    w.document.delete([new])
    w.keep()
    w.document.undo()
    assert w.keep().cells[new].source == "made here"
    w.same(tmp_path)


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


# --- saves


def save_of(w: Writer) -> tuple[bytes, Intent]:
    """What a save of the document now will write, and its intent."""
    since, base, snapshot = w.recorder.save_begins(), w.recorder.base(None), w.document.snapshot()
    file = ipynb.updated(snapshot.file, snapshot.cells, snapshot.metadata)
    data = b"".join(map(bytes, ipynb.render(file)))
    state = DiskState(mtime_ns=0, size=len(data), crc=zlib.crc32(data))
    return data, w.recorder.intent(since, base, state, file.order)


def test_killed_in_a_save_shows_the_draft_or_the_saved_state(tmp_path: Path) -> None:
    w = Writer()
    w.document.replace_text(A, "x = 2")
    w.document.insert(3, source="new")
    w.keep()
    data, intent = save_of(w)
    w.records.append(intent)
    assert w.same(tmp_path, DATA).is_dirty
    assert w.recovered(tmp_path, DATA).fit is Fit.BASE
    recovered = w.recovered(tmp_path, data)
    assert (recovered.fit, recovered.has_edits) == (Fit.SAVED, False)
    assert shown(recovered.document(None)) == shown(w.document)
    assert recovered.state is not None
    assert recovered.state.crc == zlib.crc32(data)


def test_what_is_typed_in_a_save_is_on_top_of_either_file(tmp_path: Path) -> None:
    w = Writer()
    w.document.replace_text(A, "x = 2")
    data, intent = save_of(w)
    w.document.replace_text(C, "typed during the save")
    w.keep()  # before the intent, as when the file takes long to render
    w.records.append(intent)
    w.document.replace_text(B, "and again")
    w.keep()
    w.same(tmp_path, DATA)
    again = w.recovered(tmp_path, data).document(None)
    assert shown(again) == shown(w.document)
    assert again.capsule_id is not None


def test_what_is_taken_back_in_a_save_is_taken_back_on_either_file(tmp_path: Path) -> None:
    w = Writer()
    w.document.replace_text(A, "first")
    w.keep()
    w.document.replace_text(A, "second")
    data, intent = save_of(w)
    w.records.append(intent)
    w.document.undo_text(A)
    w.keep()
    w.same(tmp_path, DATA)
    assert w.recovered(tmp_path, data).document(None).source(A) == "first"


def test_outputs_are_told_from_those_of_both_files_during_a_save(tmp_path: Path) -> None:
    w = Writer()
    w.document.merge([A, B])
    data, intent = save_of(w)
    w.records.append(intent)
    w.document.undo()
    w.keep()
    w.same(tmp_path, DATA)
    assert shown(w.recovered(tmp_path, data).document(None)) == shown(w.document)


def test_a_save_that_failed_changes_nothing(tmp_path: Path) -> None:
    w = Writer()
    w.document.replace_text(A, "x = 2")
    w.keep()
    w.records.append(save_of(w)[1])
    w.recorder.save_ended()
    w.document.replace_text(B, "later")
    w.keep()
    w.same(tmp_path)


# --- files that others wrote


def test_a_file_that_others_wrote_is_a_conflict_and_both_sides_are_whole(tmp_path: Path) -> None:
    w = Writer()
    w.document.replace_text(A, "mine")
    w.keep()
    draft = w.draft(tmp_path)
    assert w.state is not None
    draft.copy.write(w.document.file, w.state.crc)
    theirs = file_of(code("theirs", id="a"))
    recovered = draft.applied_to(on_disk(theirs))
    assert (recovered.fit, recovered.state) == (Fit.CHANGED, w.state)
    assert shown(recovered.document(None)) == shown(w.document)


def test_without_a_copy_the_edits_are_there_all_the_same(tmp_path: Path) -> None:
    w = Writer()
    w.document.replace_text(A, "mine")
    w.document.replace_text(C, "mine too")
    w.keep()
    recovered = w.recovered(tmp_path, file_of(markdown("theirs", id="b"), code("new", id="n")))
    again = recovered.document(None)
    assert (recovered.fit, recovered.state) == (Fit.CHANGED, w.state)
    assert [again.source(cell_id) for cell_id in again.cell_ids()] == ["mine", "theirs", "mine too"]


def test_a_log_without_edits_is_no_conflict_with_anything(tmp_path: Path) -> None:
    w = Writer()
    w.document.begin_run(A, "e1")
    w.records = [w.recorder.base(w.state)]
    theirs = file_of(code("theirs", id="a"))
    recovered = w.recovered(tmp_path, theirs)
    assert (recovered.fit, recovered.has_edits, recovered.last_runs) == (Fit.BASE, False, {A: "e1"})
    assert recovered.state == on_disk(theirs).state


def test_a_file_that_is_gone_comes_back_from_the_copy(tmp_path: Path) -> None:
    w = Writer()
    w.document.replace_text(A, "mine")
    w.keep()
    draft = w.draft(tmp_path)
    assert w.state is not None
    draft.copy.write(w.document.file, w.state.crc)
    recovered = draft.applied_to(None)
    assert recovered.fit is Fit.GONE
    assert shown(recovered.document(None)) == shown(w.document)


def test_a_copy_of_another_state_is_not_taken_for_this_one(tmp_path: Path) -> None:
    w = Writer()
    draft = w.draft(tmp_path)
    draft.copy.write(w.document.file, 1)
    draft.copy.write(w.document.file, 2)
    assert draft.copy.read(1) is None
    assert draft.copy.read(2) is not None
    assert [path.stat().st_mode & 0o777 for path in tmp_path.glob("base-*")] == [0o600]
    draft.copy.forget()
    assert not list(tmp_path.glob("base-*"))


# --- damage


def test_a_damaged_log_is_kept_aside_and_what_can_be_read_counts(tmp_path: Path) -> None:
    w = Writer()
    w.document.replace_text(A, "lost")
    w.keep()
    w.document.replace_text(C, "kept")
    w.keep()
    data = bytearray(as_log(*w.records))
    data[len(as_log(*w.records[:2])) + 20] ^= 1
    draft = draft_in(tmp_path, bytes(data))
    assert draft is not None
    (aside,) = tmp_path.glob("drafts-*.damaged")
    assert aside.read_bytes() == data
    assert str(aside) in draft.notice
    again = draft.applied_to(on_disk(DATA)).document(None)
    assert (again.source(A), again.source(C)) == ("x = 1", "kept")


def test_edits_without_their_base_are_a_conflict(tmp_path: Path) -> None:
    edit = Edit(number=1, cells={A: CellDraft(source="mine")})
    data = bytearray(as_log(Base(path=None, state=(1, 2, 3), order=(A,)), edit))
    data[40] ^= 1
    draft = draft_in(tmp_path, bytes(data))
    assert draft is not None
    recovered = draft.applied_to(on_disk(DATA))
    assert recovered.fit is Fit.CHANGED
    assert recovered.document(None).source(A) == "mine"
    assert recovered.state is not None


def test_edits_without_their_base_ask_before_a_save(tmp_path: Path) -> None:
    edit = Edit(number=1, cells={A: CellDraft(source="mine")})
    draft = draft_in(tmp_path, b"garbage" + as_log(edit))
    assert draft is not None
    path = tmp_path / "a.ipynb"
    path.write_bytes(DATA)
    recovered = draft.applied_to(disk.read(path))
    with pytest.raises(disk.ChangedOnDisk):
        disk.save(recovered.document(path).snapshot(), path, recovered.state)
