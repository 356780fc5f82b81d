"""What a window is to show is found by reading alone: the file, its folder, and unsaved edits that nobody else has."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from capsule_desktop.notebook import disk, draft_log
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.draft_log import DraftLog
from capsule_desktop.notebook.draft_records import Base, CellDraft, Edit, OfRun
from capsule_desktop.notebook.drafts import Fit
from capsule_desktop.notebook.ipynb import NotebookFileError
from capsule_desktop.notebook.outputs import StreamOutput
from capsule_desktop.presenters import opening
from capsule_desktop.presenters.opening import Opened
from engine.protocol.codec import encode
from engine.protocol.messages import Output
from engine.store import places
from tests.support.logs import ExpectedLogs


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    return tmp_path / "notebooks"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.ipynb"
    cell = {"cell_type": "code", "id": "one", "source": "1", "metadata": {}, "outputs": [], "execution_count": None}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def kept(opened: Opened) -> Path:
    places.claim(opened.place)
    return opened.place.folder


def edit(folder: Path, path: Path | None, source: str, run: str = "") -> None:
    """An unsaved edit of the notebook's only cell, which shows a run's outputs if any."""
    state = None if path is None else disk.read(path).state
    described = None if state is None else (state.mtime_ns, state.size, state.crc)
    base = Base(path=None if path is None else str(path), state=described, order=(CellId("one"),))
    log, draft = DraftLog(folder), CellDraft(source=source, shown=OfRun(run) if run else None)
    log.restart(base, Edit(number=1, cells={CellId("one"): draft}, order=(CellId("one"),)))
    log.close()


def sources(opened: Opened) -> list[str]:
    document = opened.document()
    return [document.source(cell_id) for cell_id in document.cell_ids()]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(lock)


def test_opening_makes_nothing(file: Path, notebooks: Path) -> None:
    opened = opening.open_file(file, notebooks)
    assert (opened.is_kept, opened.recovered, sources(opened)) == (False, None, ["1"])
    assert not notebooks.exists()


def test_unsaved_edits_are_put_on_the_file(file: Path, notebooks: Path) -> None:
    edit(kept(opening.open_file(file, notebooks)), file, "2")
    opened = opening.open_file(file, notebooks)
    assert (sources(opened), opened.recovered and opened.recovered.fit) == (["2"], Fit.BASE)
    assert opened.document().is_dirty


def test_outputs_of_runs_are_read_with_the_edits_where_that_is_quick(
    file: Path, notebooks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kept(opening.open_file(file, notebooks))
    edit(folder, file, "2", run="r" * 32)
    (folder / "outputs").mkdir()
    log = folder / "outputs" / f"{'r' * 32}.log"
    log.write_bytes(encode(Output(execution_id="r" * 32, stream="stdout", text="printed")))
    opened = opening.open_file(file, notebooks)
    assert opened.document().outputs(CellId("one")) == (StreamOutput(name="stdout", text="printed"),)
    assert not opened.unread
    monkeypatch.setattr(opening, "EARLY_BYTES", 1)
    assert opening.open_file(file, notebooks).unread == {"r" * 32}


def test_the_file_alone_is_there_for_who_wants_it(file: Path, notebooks: Path) -> None:
    edit(kept(opening.open_file(file, notebooks)), file, "2")
    assert sources(opening.open_saved(file, notebooks)) == ["1"]


def test_edits_that_another_process_is_writing_are_left_to_it(file: Path, notebooks: Path) -> None:
    folder = kept(opening.open_file(file, notebooks))
    edit(folder, file, "2")
    with locked(folder):
        opened = opening.open_file(file, notebooks)
    assert (opened.is_in_use, sources(opened)) == (True, ["1"])


def test_edits_that_the_disk_does_not_give_are_not_taken_for_none(
    file: Path, notebooks: Path, expected_logs: ExpectedLogs
) -> None:
    expected_logs.expect("capsule.opening", "cannot be read")
    folder = kept(opening.open_file(file, notebooks))
    assert opening.open_file(file, notebooks).is_draft_known
    (folder / draft_log.NAME).mkdir()
    opened = opening.open_file(file, notebooks)
    assert (opened.recovered, opened.is_draft_known) == (None, False)


def test_of_a_file_that_is_gone_its_edits_still_open(file: Path, notebooks: Path) -> None:
    edit(kept(opening.open_file(file, notebooks)), file, "2")
    file.unlink()
    opened = opening.open_file(file, notebooks)
    assert (sources(opened), opened.recovered and opened.recovered.fit) == (["2"], Fit.GONE)


def test_a_file_that_is_gone_without_edits_is_told(file: Path, notebooks: Path) -> None:
    kept(opening.open_file(file, notebooks))
    file.unlink()
    with pytest.raises(NotebookFileError, match="no such file"):
        opening.open_file(file, notebooks)


def test_a_notebook_without_a_file_is_found_by_its_store(notebooks: Path) -> None:
    new = opening.open_new(notebooks)
    assert opening.open_unsaved(new.place.store_id, notebooks) is None
    edit(kept(new), None, "typed")
    opened = opening.open_unsaved(new.place.store_id, notebooks)
    assert opened is not None
    assert (sources(opened), opened.path, opened.state) == (["typed"], None, None)


def test_a_copy_is_another_notebook_that_was_never_saved(file: Path, notebooks: Path) -> None:
    opened = opening.open_copy(file, notebooks)
    assert (opened.path, opened.state, sources(opened)) == (None, None, ["1"])
    assert opened.place.capsule_id != opening.open_copy(file, notebooks).place.capsule_id


def test_a_file_that_may_not_be_written_is_told_apart(
    file: Path, notebooks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    assert not opening.open_file(file, notebooks).is_writable
    assert replace(opening.open_new(notebooks)).is_writable
