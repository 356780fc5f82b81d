"""Reading and saving files: nothing is lost, and every failure is said in words."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from capsule_desktop.notebook import disk
from capsule_desktop.notebook.disk import ChangedOnDisk, OnDisk
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.ipynb import NotebookFileError
from tests.support.notebooks import as_bytes, code, notebook

DATA = as_bytes(notebook(code("x = 1"), code("y")))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a notebook.ipynb"
    path.write_bytes(DATA)
    return path


def edited(path: Path) -> tuple[Document, OnDisk]:
    opened = disk.read(path)
    document = Document(opened.file, path)
    document.replace_text(document.cell_id_at(0), "x = 2")
    return document, opened


def save(document: Document, opened: OnDisk, path: Path) -> OnDisk:
    snapshot = document.snapshot()
    saved = disk.save(snapshot, path, opened.state)
    document.saved(snapshot, saved.file, path)
    return saved


def only_file_in(folder: Path) -> str:
    [name] = [entry.name for entry in folder.iterdir()]
    return name


def test_a_save_without_a_change_writes_nothing(path: Path) -> None:
    before = path.stat()
    opened = disk.read(path)
    save(Document(opened.file, path), opened, path)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert path.read_bytes() == DATA


def test_a_save_with_a_change_writes_it_and_the_capsule_id(path: Path) -> None:
    document, opened = edited(path)
    save(document, opened, path)
    written = json.loads(path.read_bytes())
    assert written["cells"][0]["source"] == ["x = 2"]
    assert written["metadata"]["capsule"]["id"] == document.capsule_id
    assert not document.is_dirty
    assert only_file_in(path.parent) == path.name


def test_a_second_save_goes_on_from_the_first(path: Path) -> None:
    document, opened = edited(path)
    opened = save(document, opened, path)
    first_id = document.capsule_id
    document.replace_text(document.cell_id_at(1), "z")
    save(document, opened, path)
    again = disk.read(path)
    assert [cell.source for cell in again.file.cells()] == ["x = 2", "z"]
    assert document.capsule_id == first_id


def test_what_is_typed_during_a_save_is_still_unsaved(path: Path) -> None:
    document, opened = edited(path)
    snapshot = document.snapshot()
    document.replace_text(document.cell_id_at(1), "typed meanwhile")
    saved = disk.save(snapshot, path, opened.state)
    document.saved(snapshot, saved.file, path)
    assert document.is_dirty
    document.undo_text(document.cell_id_at(1))
    assert not document.is_dirty


def test_a_link_stays_and_its_target_is_written(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.ipynb"
    link.symlink_to(path.name)
    document, opened = edited(link)
    save(document, opened, link)
    assert link.is_symlink()
    assert b"x = 2" in path.read_bytes()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_the_mode_is_kept(path: Path, mode: int) -> None:
    path.chmod(mode)
    document, opened = edited(path)
    save(document, opened, path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    disk.write(tmp_path / "new.ipynb", [b"{}"])
    assert (tmp_path / "new.ipynb").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_file_is_left_alone(path: Path) -> None:
    path.chmod(0o444)
    document, opened = edited(path)
    with pytest.raises(NotebookFileError, match="cannot be saved: it is read-only"):
        save(document, opened, path)
    assert path.read_bytes() == DATA


def test_a_read_only_file_is_left_alone_even_by_root(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    document, opened = edited(path)
    with pytest.raises(NotebookFileError, match=r"cannot be saved: it is read-only\. What was there before is unch"):
        save(document, opened, path)
    assert path.read_bytes() == DATA


def test_a_folder_that_went_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotebookFileError, match=r"cannot be saved: the folder .*gone is no longer there"):
        disk.write(tmp_path / "gone" / "a.ipynb", [b"{}"])


def test_a_full_disk_loses_nothing_and_leaves_no_temporary_file(path: Path) -> None:
    def full() -> Iterator[bytes]:
        yield b"{"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(NotebookFileError, match="the disk is full"):
        disk.write(path, full())
    assert path.read_bytes() == DATA
    assert only_file_in(path.parent) == path.name


def test_what_a_killed_save_left_goes_with_the_next_one(path: Path) -> None:
    left, other = path.with_name(f".{path.name}.abc.saving"), path.with_name(".other.ipynb.abc.saving")
    for each in (left, other):
        each.touch()
    disk.write(path, [DATA])
    assert (left.exists(), other.exists()) == (False, True)


def test_what_is_being_written_by_another_save_stays(path: Path) -> None:
    """Until it is in its place: the last thing before that is asked, too."""

    def interrupted_by_another() -> Iterator[bytes]:
        yield b"first "
        disk.write(path, [b"second"])
        yield b"whole"

    def and_at_its_end(_state: disk.DiskState) -> None:
        disk.write(path, [b"third"])

    disk.write(path, interrupted_by_another(), and_at_its_end)
    assert path.read_bytes() == b"first whole"
    assert only_file_in(path.parent) == path.name


def test_a_temporary_file_that_a_sweep_took_before_it_was_locked_is_made_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes, swept = fcntl.flock, list[int]()

    def after_a_sweep(descriptor: int, how: int) -> None:
        if not swept:
            swept.append(descriptor)
            for temporary in path.parent.glob(".*.saving"):
                temporary.unlink()
        takes(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", after_a_sweep)
    disk.write(path, [b"whole"])
    assert (path.read_bytes(), len(swept)) == (b"whole", 1)


def test_a_save_that_is_cancelled_leaves_no_temporary_file(path: Path) -> None:
    def interrupted() -> Iterator[bytes]:
        yield b"{"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        disk.write(path, interrupted())
    assert path.read_bytes() == DATA
    assert only_file_in(path.parent) == path.name


def test_a_file_changed_by_another_program_is_not_overwritten(path: Path) -> None:
    document, opened = edited(path)
    other = DATA.replace(b'"y"', b'"Y"')
    path.write_bytes(other)
    os.utime(path, ns=(1, opened.state.mtime_ns + 1))
    with pytest.raises(ChangedOnDisk, match="was changed by another program"):
        save(document, opened, path)
    assert path.read_bytes() == other
    disk.save(document.snapshot(), path, None)  # the user said so
    assert b"x = 2" in path.read_bytes()


def test_a_file_that_was_only_touched_counts_as_unchanged(path: Path) -> None:
    document, opened = edited(path)
    os.utime(path, ns=(1, 1))
    save(document, opened, path)
    assert b"x = 2" in path.read_bytes()


def test_a_file_that_was_removed_is_said(path: Path) -> None:
    document, opened = edited(path)
    path.unlink()
    with pytest.raises(ChangedOnDisk, match="is no longer where it was"):
        save(document, opened, path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none.ipynb", "there is no such file"),
        ("folder", "it is a folder"),
        ("loop", "leads back"),
        ("pipe", "it is a pipe or a device, not a file"),
    ],
)
def test_what_cannot_be_opened_is_said(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotebookFileError, match=words):
        disk.read(tmp_path / name)


def test_reading_writes_nothing_and_leaves_nothing_beside(path: Path) -> None:
    before = path.stat()
    disk.read(path)
    assert (path.stat().st_mtime_ns, only_file_in(path.parent)) == (before.st_mtime_ns, path.name)
