"""Edits on the wrong file: a save that was under way, a file that others wrote or took away, a damaged log."""

from __future__ import annotations

import errno
import os
import zlib
from pathlib import Path

import pytest

from capsule_desktop.notebook import disk, drafts, ipynb
from capsule_desktop.notebook.base_copy import BaseCopy
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.disk import DiskState
from capsule_desktop.notebook.draft_records import Base, CellDraft, Edit, Intent
from capsule_desktop.notebook.drafts import Fit
from capsule_desktop.notebook.outputs import StreamOutput
from tests.support.draft_logs import HEADER, Writer, as_log, draft_in, on_disk, shown
from tests.support.notebooks import as_bytes, code, markdown, notebook

HI = {"output_type": "stream", "name": "stdout", "text": ["hi\n"]}
PRINTED = StreamOutput(name="stdout", text="printed\n")


def file_of(*cells: object, minor: int = 5) -> bytes:
    return as_bytes(notebook(*cells, minor=minor))


DATA = file_of(code("x = 1", id="a", outputs=[HI]), markdown("# text", id="b"), code("y", id="c"))
A, B, C = CellId("a"), CellId("b"), CellId("c")


def save_of(w: Writer) -> tuple[bytes, Intent]:
    """What a save of the document now will write, and its intent."""
    since, base, snapshot = w.recorder.save_begins(), w.recorder.base(None), w.document.snapshot()
    file = ipynb.updated(snapshot.file, snapshot.cells, snapshot.metadata)
    data = b"".join(map(bytes, ipynb.render(file)))
    state = DiskState(mtime_ns=0, size=len(data), crc=zlib.crc32(data))
    return data, w.recorder.intent(since, base, state, file.order)


def test_killed_in_a_save_shows_the_draft_or_the_saved_state(tmp_path: Path) -> None:
    w = Writer(DATA)
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


def test_outputs_that_others_saved_since_are_not_replaced_by_those_of_a_run_that_went_on(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.begin_run(C, "e1")
    w.records = [w.recorder.base(w.state)]
    theirs = file_of(code("x = 1", id="a"), markdown("# text", id="b"), code("y", id="c", outputs=[HI]))
    recovered = w.recovered(tmp_path, theirs)
    assert (recovered.run_of, recovered.has_edits) == ({}, False)


def test_what_is_typed_in_a_save_is_on_top_of_either_file(tmp_path: Path) -> None:
    w = Writer(DATA)
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
    w = Writer(DATA)
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
    w = Writer(DATA)
    w.document.merge([A, B])
    data, intent = save_of(w)
    w.records.append(intent)
    w.document.undo()
    w.keep()
    w.same(tmp_path, DATA)
    assert shown(w.recovered(tmp_path, data).document(None)) == shown(w.document)


def test_a_run_that_a_save_met_in_its_middle_is_its_logs_as_a_whole(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.begin_run(C, "e1")
    w.document.replace_text(A, "x = 2")
    data, intent = save_of(w)
    w.records.append(intent)
    w.document.end_run(C, 1)  # and killed before that is recorded
    recovered = w.recovered(tmp_path, data)
    assert (recovered.fit, recovered.run_of) == (Fit.SAVED, {C: "e1"})


def test_a_save_that_failed_changes_nothing(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.replace_text(A, "x = 2")
    w.keep()
    w.records.append(save_of(w)[1])
    w.recorder.save_ended()
    w.document.replace_text(B, "later")
    w.keep()
    w.same(tmp_path, DATA)


# --- files that others wrote


def test_a_file_that_others_wrote_is_a_conflict_and_both_sides_are_whole(tmp_path: Path) -> None:
    w = Writer(DATA)
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
    w = Writer(DATA)
    w.document.replace_text(A, "mine")
    w.document.replace_text(C, "mine too")
    w.keep()
    recovered = w.recovered(tmp_path, file_of(markdown("theirs", id="b"), code("new", id="n")))
    again = recovered.document(None)
    assert (recovered.fit, recovered.state) == (Fit.CHANGED, w.state)
    assert [again.source(cell_id) for cell_id in again.cell_ids()] == ["mine", "theirs", "mine too"]


def test_a_log_without_edits_is_no_conflict_with_anything(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.begin_run(A, "e1")
    w.document.end_run(A, 1)
    w.records = [w.recorder.base(w.state)]
    theirs = file_of(code("theirs", id="a"))
    recovered = w.recovered(tmp_path, theirs)
    assert (recovered.fit, recovered.has_edits, recovered.last_runs) == (Fit.BASE, False, {A: "e1"})
    assert recovered.state == on_disk(theirs).state


def test_a_file_that_is_gone_comes_back_from_the_copy(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.replace_text(A, "mine")
    w.keep()
    draft = w.draft(tmp_path)
    assert w.state is not None
    draft.copy.write(w.document.file, w.state.crc)
    recovered = draft.applied_to(None)
    assert recovered.fit is Fit.GONE
    assert shown(recovered.document(None)) == shown(w.document)


def test_a_copy_of_another_state_is_not_taken_for_this_one(tmp_path: Path) -> None:
    copy, one, other = BaseCopy(tmp_path), on_disk(DATA), on_disk(file_of(code("other", id="a")))
    copy.write(one.file, other.state.crc)
    assert copy.read(other.state.crc) is None
    for version in (one, other):
        copy.write(version.file, version.state.crc)
    assert copy.read(one.state.crc) is None
    kept = copy.read(other.state.crc)
    assert kept is not None
    assert [cell.source for cell in kept.cells()] == ["other"]
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]
    copy.forget()
    assert not list(tmp_path.iterdir())


# --- damage


def test_a_damaged_log_is_kept_aside_and_what_can_be_read_counts(tmp_path: Path) -> None:
    w = Writer(DATA)
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


def test_a_damaged_log_is_mended_so_that_a_second_crash_loses_nothing_more(tmp_path: Path) -> None:
    w = Writer(DATA)
    w.document.replace_text(C, "kept")
    w.keep()
    data = as_log(w.records[0]) + b"garbage" + as_log(*w.records[1:])[len(HEADER) :]
    first = draft_in(tmp_path, data)
    again = drafts.read(tmp_path)
    assert first is not None
    assert again is not None
    assert (bool(first.notice), again.notice) == (True, "")
    assert again.edits == first.edits
    assert len(list(tmp_path.glob("*.damaged"))) == 1


def test_a_damaged_log_counts_where_it_cannot_be_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    w = Writer(DATA)
    w.document.replace_text(C, "kept")
    w.keep()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        draft = draft_in(tmp_path, b"garbage" + as_log(*w.records))
    assert draft is not None
    assert "could not be read" in draft.notice
    assert draft.applied_to(on_disk(DATA)).document(None).source(C) == "kept"
    assert drafts.read(tmp_path) is not None


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
