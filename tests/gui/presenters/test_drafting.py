"""Edits are kept by themselves, soon, off the loop, and said to be kept only when they are."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from capsule_desktop.notebook import disk, draft_log, drafts
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.drafts import RecoveredDocument
from capsule_desktop.notebook.edits import TextChange
from capsule_desktop.notebook.outputs import StreamOutput
from capsule_desktop.presenters import drafting
from capsule_desktop.presenters.drafting import DraftingPresenter, DraftState, Keeping
from capsule_desktop.widgets.theme import Theme
from engine.errors import StoreError
from tests.support.draft_logs import shown
from tests.support.live_window import turn_until
from tests.support.scripted_parts import close, scripted_parts

pytestmark = pytest.mark.qt_loop
NO_PLACE = "draft not saved: no place"


@dataclass
class Drafting:
    """A notebook that was never saved, under drafting."""

    folder: Path
    document: Document
    presenter: DraftingPresenter
    told: list[DraftState] = field(default_factory=list)

    def type(self, text: str) -> None:
        cell = self.document.cell_id_at(0)
        change = TextChange(position=0, removed="", inserted=text, caret_before=0, caret_after=0)
        self.document.edit_text(cell, change)

    async def until(self, keeping: Keeping) -> DraftState:
        await turn_until(lambda: bool(self.told) and self.told[-1].keeping is keeping)
        return self.told[-1]

    def on_disk(self) -> RecoveredDocument:
        draft = drafts.read(self.folder)
        assert draft is not None
        return draft.applied_to(None)

    def is_on_disk(self) -> bool:
        return shown(self.on_disk().document(None)) == shown(self.document)


@asynccontextmanager
async def drafting_in(
    qapp: QApplication, folder: Path, make: Callable[[], Path] | None = None, is_ours: asyncio.Event | None = None
) -> AsyncIterator[Drafting]:
    """is_ours: the folder is given once it is set; what scripted_parts did is not kept before."""
    qapp.setQuitOnLastWindowClosed(False)
    scripted = scripted_parts(Theme(qapp), [""], qapp)
    document, told = scripted.parts.document, list[DraftState]()
    await turn_until(scripted.window.isVisible)

    async def given() -> Path:
        if is_ours is not None:
            await is_ours.wait()
        return folder if make is None else make()

    presenter = DraftingPresenter(scripted.parts, None, given, told.append)
    d = Drafting(folder, document, presenter, told)
    if is_ours is None:
        await presenter.keep()  # the cells of scripted_parts are edits
    try:
        yield d
    finally:
        presenter.let_go()
        close(scripted)  # while the disk may still be waited for
        await turn_until(lambda: not len(scripted.parts.tasks))


async def test_what_is_typed_is_on_the_disk_when_it_is_said_to_be(qapp: QApplication, tmp_path: Path) -> None:
    async with drafting_in(qapp, tmp_path) as d:
        d.type("x")
        assert d.told[-1].keeping is Keeping.KEEPING
        state = await d.until(Keeping.KEPT)
        assert d.is_on_disk()
        assert state.words(time.time()).startswith("draft saved ")


async def test_a_writer_who_never_pauses_is_kept_all_the_same(qapp: QApplication, tmp_path: Path) -> None:
    assert drafting.LONGEST_MS < 1000  # what is left of the second is the disk's
    async with drafting_in(qapp, tmp_path) as d:
        size = (tmp_path / draft_log.NAME).stat().st_size

        typing = QTimer(interval=20)
        typing.timeout.connect(lambda: d.type("x"))
        typing.start()
        await turn_until(lambda: (tmp_path / draft_log.NAME).stat().st_size > size)
        typing.stop()


async def test_a_burst_is_one_record(qapp: QApplication, tmp_path: Path) -> None:
    async with drafting_in(qapp, tmp_path) as d:
        for _ in range(50):
            d.type("x")
        await d.until(Keeping.KEPT)
        scanned = draft_log.scan((tmp_path / draft_log.NAME).read_bytes())
        assert len(scanned.records) == 3  # the base, what scripted_parts did, and this


async def test_a_run_that_is_cleared_before_it_was_kept_is_known_to_have_been_here(
    qapp: QApplication, tmp_path: Path
) -> None:
    is_ours = asyncio.Event()
    async with drafting_in(qapp, tmp_path, is_ours=is_ours) as d:
        is_ours.set()
        d.document.saved(d.document.snapshot(), d.document.file, tmp_path / "a.ipynb")
        cell = d.document.cell_id_at(0)
        d.document.begin_run(cell, "e1")
        d.document.add_output(cell, StreamOutput(name="stdout", text="printed"))
        d.document.end_run(cell, 1)
        d.document.clear_outputs([cell])
        assert not d.document.is_dirty
        await d.presenter.keep()
        draft = drafts.read(tmp_path)
        assert draft is not None
        assert draft.base.last_runs == {cell: "e1"}


class SlowDisk:
    """Every fsync says that it has begun, and waits until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began, self.goes_on, self._real = threading.Event(), threading.Event(), os.fsync
        monkeypatch.setattr(os, "fsync", self._fsync)

    def _fsync(self, descriptor: int) -> None:
        self.began.set()
        assert self.goes_on.wait(10)
        self._real(descriptor)


async def test_a_slow_disk_holds_up_nobody(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with drafting_in(qapp, tmp_path) as d:
        slow = SlowDisk(monkeypatch)
        d.told.clear()
        d.type("first")
        await asyncio.to_thread(slow.began.wait)
        d.type("second")  # the loop is free, and this one comes after
        assert d.told[-1].keeping is Keeping.KEEPING
        assert Keeping.KEPT not in {state.keeping for state in d.told}
        slow.goes_on.set()
        await d.until(Keeping.KEPT)
        assert d.is_on_disk()


@pytest.mark.parametrize("waiting", ["keep", "discard"])
async def test_a_window_may_go_while_its_draft_waits_for_the_disk(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: str
) -> None:
    """That no task fails is what the tests' own guard looks for."""
    async with drafting_in(qapp, tmp_path) as d:
        slow = SlowDisk(monkeypatch)
        d.type("first")
        await asyncio.to_thread(slow.began.wait)
        d.presenter._parts.tasks.spawn(getattr(d.presenter, waiting)(), name=waiting)
        await asyncio.sleep(0)  # it waits for its turn
        asyncio.get_running_loop().call_soon(slow.goes_on.set)  # when the window has gone


async def test_a_full_disk_is_told_and_all_is_kept_when_there_is_room(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "RETRY_MS", 50)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with drafting_in(qapp, tmp_path) as d:
        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", full)
            d.type("first")
            state = await d.until(Keeping.CANNOT)
            assert state.words(0) == "draft not saved: the disk is full"
            d.type("second")
            await d.presenter.keep()  # no better
            assert d.told[-1].keeping is Keeping.CANNOT
        await d.until(Keeping.KEPT)  # without another key
        assert d.is_on_disk()


@pytest.mark.parametrize("error", [PermissionError(errno.EACCES, "no"), StoreError("no place")])
async def test_a_folder_that_cannot_be_made_is_told(qapp: QApplication, tmp_path: Path, error: Exception) -> None:
    def make() -> Path:
        raise error

    async with drafting_in(qapp, tmp_path, make) as d:
        d.type("x")
        state = await d.until(Keeping.CANNOT)
        assert state.words(0) in ("draft not saved: you are not allowed to (permission denied)", NO_PLACE)


async def test_edits_that_are_taken_back_are_nothing_to_keep(qapp: QApplication, tmp_path: Path) -> None:
    async with drafting_in(qapp, tmp_path) as d:
        d.type("x")
        await d.until(Keeping.KEPT)
        while d.document.undo():
            pass
        d.document.replace_text(d.document.cell_id_at(0), "")
        await d.until(Keeping.NOTHING)
        assert not d.on_disk().has_edits


async def test_a_save_empties_the_log_but_for_what_came_meanwhile(qapp: QApplication, tmp_path: Path) -> None:
    async with drafting_in(qapp, tmp_path) as d:
        d.type("saved")
        await d.presenter.keep()
        under_way, snapshot = d.presenter.save_begins(), d.document.snapshot()
        d.type("typed meanwhile ")
        path = tmp_path / "a.ipynb"
        saved = disk.save(snapshot, path, None, under_way.intend)
        d.document.saved(snapshot, saved.file, path)
        await d.presenter.saved(saved.state)
        draft = drafts.read(tmp_path)
        assert draft is not None
        again = draft.applied_to(disk.read(path))
        assert again.fit is drafts.Fit.BASE
        assert shown(again.document(path)) == shown(d.document)
        d.document.undo_text(d.document.cell_id_at(0))
        await d.until(Keeping.NOTHING)


@pytest.mark.parametrize("is_told", [False, True])
async def test_a_log_that_begins_during_a_save_builds_on_what_that_puts_in_place(
    qapp: QApplication, tmp_path: Path, is_told: bool
) -> None:
    is_ours, path = asyncio.Event(), tmp_path / "a.ipynb"
    async with drafting_in(qapp, tmp_path, is_ours=is_ours) as d:

        def comes_back() -> bool:
            draft = drafts.read(tmp_path)
            assert draft is not None
            again = draft.applied_to(disk.read(path))
            return again.fit is not drafts.Fit.CHANGED and shown(again.document(path)) == shown(d.document)

        d.type("saved")
        keeping = asyncio.create_task(d.presenter.keep())
        under_way, snapshot = d.presenter.save_begins(), d.document.snapshot()
        saved = disk.save(snapshot, path, None, under_way.intend)
        d.type("typed meanwhile ")
        if not is_told:
            is_ours.set()
            await keeping
            assert comes_back()
        d.document.saved(snapshot, saved.file, path)
        noting = asyncio.create_task(d.presenter.saved(saved.state))
        is_ours.set()
        await keeping
        assert comes_back()
        await noting
        assert comes_back()


async def test_a_discarded_draft_is_offered_no_more_and_kept_aside(qapp: QApplication, tmp_path: Path) -> None:
    async with drafting_in(qapp, tmp_path) as d:
        d.type("not wanted")
        await d.until(Keeping.KEPT)
        await d.presenter.discard()
        assert drafts.read(tmp_path) is None
        assert b"not wanted" in (tmp_path / drafting.DISCARDED).read_bytes()
        d.type("nor this")
        assert not (tmp_path / draft_log.NAME).exists()


async def test_what_runs_brought_goes_with_a_discarded_draft(qapp: QApplication, tmp_path: Path) -> None:
    async with drafting_in(qapp, tmp_path) as d:
        d.document.path = tmp_path / "a.ipynb"
        d.document.begin_run(d.document.cell_id_at(0), "e1")
        await d.presenter.discard()
        draft = drafts.read(tmp_path)
        assert draft is not None
        assert (draft.base.unfinished, draft.edits) == ((), ())


async def test_keeping_one_key_costs_the_same_in_a_large_notebook(qapp: QApplication, tmp_path: Path) -> None:
    async with drafting_in(qapp, tmp_path) as d:
        for _ in range(2000):
            d.document.insert(1, source="a cell")
        await d.presenter.keep()
        size = (tmp_path / draft_log.NAME).stat().st_size
        d.type("x")
        await d.presenter.keep()
        assert (tmp_path / draft_log.NAME).stat().st_size - size < 200
