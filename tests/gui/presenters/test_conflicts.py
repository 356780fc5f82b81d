"""A file that somebody else wrote: the user chooses, whichever side is not taken is put aside, and nothing is lost."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QPushButton, QTextBrowser

from capsule_desktop.notebook import disk, draft_log, drafts
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.kept_copies import FOLDER
from capsule_desktop.presenters import drafting as drafting_module
from capsule_desktop.presenters.closing import ClosingPresenter
from capsule_desktop.presenters.drafting import DraftingPresenter
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.saving import SavingPresenter
from capsule_desktop.widgets.banner import Banner
from capsule_desktop.widgets.compare_dialog import CompareDialog
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.palette import LIGHT
from capsule_desktop.widgets.theme import Theme
from engine.tasks import TaskOwner
from tests.support.live_window import turn_until
from tests.support.notebook_files import write_notebook
from tests.support.scripted_parts import close, parts_of

pytestmark = pytest.mark.qt_loop


def sources(path: Path) -> list[str]:
    return [cell.source for cell in disk.read(path).file.cells()]


@dataclass(kw_only=True)
class Conflict:
    """A notebook with an unsaved edit; reloads and copies that are to be opened are kept for the test to read."""

    path: Path
    store: Path
    document: Document
    parts: Parts
    saving: SavingPresenter
    drafts: DraftingPresenter
    banner: Banner
    window: MainWindow
    tasks: TaskOwner
    reloads: list[Path | None]
    copies: list[Path]
    saves: list[Path]

    async def dialog[D: QDialog](self, kind: type[D]) -> D:
        def found() -> list[D]:
            return [dialog for dialog in self.window.findChildren(kind) if dialog.isVisible()]

        await turn_until(lambda: bool(found()))
        return found()[0]

    async def choose(self, choice: Choice) -> None:
        dialog = await self.dialog(MessageDialog)
        dialog.answer(lambda: dialog.chosen.emit(choice))

    def click(self, label: str) -> None:
        (button,) = [b for b in self.banner.findChildren(QPushButton) if b.text() == label and b.isVisible()]
        button.click()

    def aside(self) -> list[list[str]]:
        return [sources(path) for path in sorted((self.store / FOLDER).glob("*.ipynb"))]

    async def look(self) -> None:
        self.saving.look_at_file()
        await turn_until(lambda: not len(self.tasks))


@asynccontextmanager
async def life(
    qapp: QApplication, path: Path, store: Path, document: Document, state: disk.DiskState | None
) -> AsyncIterator[Conflict]:
    """A window with document in it, until it goes without a word, as in a crash."""
    qapp.setQuitOnLastWindowClosed(False)
    scripted = parts_of(Theme(qapp), document, qapp)
    parts = scripted.parts
    await turn_until(scripted.window.isVisible)

    async def given() -> Path:
        return store

    drafting = DraftingPresenter(parts, state, given, lambda _state: None)
    banner = scripted.window.findChild(Banner)
    assert banner is not None
    reloads, copies, saves = list[Path | None](), list[Path](), list[Path]()
    saving = SavingPresenter(
        parts,
        state,
        drafting,
        palette=lambda: LIGHT,
        is_open_elsewhere=lambda _path: False,
        on_saved=lambda: saves.append(path),
        on_reload=reloads.append,
        on_open_copy=copies.append,
    )
    try:
        yield Conflict(
            path=path,
            store=store,
            document=document,
            parts=parts,
            saving=saving,
            drafts=drafting,
            banner=banner,
            window=scripted.window,
            tasks=parts.tasks,
            reloads=reloads,
            copies=copies,
            saves=saves,
        )
    finally:
        saving.let_go()
        drafting.let_go()
        await turn_until(lambda: not len(parts.tasks))
        close(scripted)


@asynccontextmanager
async def conflict(qapp: QApplication, folder: Path, *, wrote: str | None = "theirs") -> AsyncIterator[Conflict]:
    """A file with an unsaved edit.  wrote: what somebody else put into the file meanwhile; None: nothing."""
    store = folder / "store"
    store.mkdir()
    path = write_notebook(folder / "a.ipynb", "base", "other")
    on_disk = disk.read(path)
    async with life(qapp, path, store, Document(on_disk.file, path), on_disk.state) as c:
        c.document.replace_text(c.document.cell_id_at(0), "mine")
        await c.drafts.keep()
        await turn_until(lambda: not len(c.tasks))  # the copy of the base, too
        if wrote is not None:
            write_notebook(path, wrote)
        yield c


def recovered_from(store: Path, path: Path) -> drafts.RecoveredDocument:
    draft = drafts.read(store)
    assert draft is not None
    return draft.applied_to(disk.read(path) if path.exists() else None)


async def test_keeping_mine_puts_theirs_aside(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path) as c:
        c.saving.save()
        await c.choose(Choice.OVERWRITE)
        await turn_until(lambda: len(c.saves) == 1)
        assert (sources(c.path), c.aside()) == (["mine", "other"], [["theirs"]])
        assert not c.document.is_dirty
        c.click("Open the copy")
        assert [sources(copy) for copy in c.copies] == [["theirs"]]


async def test_a_save_that_waits_for_another_meets_what_that_has_written(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path, wrote=None) as c:
        c.saving.save()
        c.document.replace_text(c.document.cell_id_at(0), "mine, and a key more")
        c.saving.save()
        await turn_until(lambda: not len(c.tasks))
        assert not [dialog for dialog in c.window.findChildren(MessageDialog) if dialog.isVisible()]
        assert (sources(c.path), len(c.saves)) == (["mine, and a key more", "other"], 2)


async def test_a_save_that_waits_for_a_save_under_another_name_goes_there(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path, wrote=None) as c:
        c.saving.save_as()
        dialog = await c.dialog(QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / "b.ipynb"))
        c.document.replace_text(c.document.cell_id_at(0), "mine, and a key more")
        c.saving.save()
        dialog.done(0)
        await turn_until(lambda: not len(c.tasks))
        assert c.document.path == tmp_path / "b.ipynb"
        assert (sources(c.path), sources(c.document.path)) == (["base", "other"], ["mine, and a key more", "other"])


async def test_a_notebook_that_was_edited_after_a_save_is_whole_when_its_file_has_gone(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with conflict(qapp, tmp_path, wrote=None) as c:
        c.saving.save()
        await turn_until(lambda: not c.document.is_dirty and not len(c.tasks))
        c.document.replace_text(c.document.cell_id_at(0), "mine, and a key more")
        await c.drafts.keep()
        await turn_until(lambda: not len(c.tasks))
        c.path.unlink()
        cells = recovered_from(c.store, c.path).content.cells
        assert [cell.source for cell in cells] == ["mine, and a key more", "other"]


async def test_taking_theirs_puts_mine_aside(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path) as c:
        c.saving.save()
        await c.choose(Choice.RELOAD)
        await turn_until(lambda: bool(c.reloads))
        assert (sources(c.path), c.aside()) == (["theirs"], [["mine", "other"]])
        assert [None if copy is None else sources(copy) for copy in c.reloads] == [["mine", "other"]]


async def test_both_are_compared_before_one_is_taken(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path) as c:
        c.saving.save()
        await c.choose(Choice.COMPARE)
        dialog = await c.dialog(CompareDialog)
        shown = dialog.findChildren(QTextBrowser)[0].toPlainText()
        assert "mine" in shown
        assert "theirs" in shown
        assert sources(c.path) == ["theirs"]
        dialog.answer(lambda: dialog.chosen.emit(Choice.OVERWRITE))
        await turn_until(lambda: len(c.saves) == 1)
        assert (sources(c.path), c.aside()) == (["mine", "other"], [["theirs"]])


async def test_nothing_is_replaced_where_nothing_can_be_put_aside(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **_named: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with conflict(qapp, tmp_path) as c:
        monkeypatch.setattr(Path, "mkdir", full)
        for choice in (Choice.OVERWRITE, Choice.RELOAD):
            c.saving.save()
            await c.choose(choice)
            dialog = await c.dialog(MessageDialog)
            assert dialog.windowTitle() == "Nothing was replaced"
            assert "the disk is full" in dialog.accessibleDescription()
            dialog.dismiss()
        assert (sources(c.path), c.reloads, c.document.is_dirty) == (["theirs"], [], True)


async def test_a_change_is_seen_when_the_window_comes_to_the_front(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path) as c:
        await c.look()
        assert "was changed on disk" in c.banner.accessibleName()
        c.click("Keep mine")
        await turn_until(lambda: len(c.saves) == 1)
        assert (sources(c.path), c.aside()) == (["mine", "other"], [["theirs"]])


async def test_a_change_that_was_waved_away_is_not_told_again(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path) as c:
        await c.look()
        c.banner.show_message(None)
        c.banner.dismissed.emit()
        await c.look()
        assert not c.banner.isVisible()
        write_notebook(c.path, "theirs again")
        await c.look()
        assert c.banner.isVisible()


async def test_a_file_that_is_put_back_is_no_conflict(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path, wrote=None) as c:
        before = c.path.read_bytes()
        write_notebook(c.path, "theirs")
        await c.look()
        assert c.banner.isVisible()
        c.path.write_bytes(before)
        await c.look()
        assert not c.banner.isVisible()


async def test_a_file_that_went_is_told_and_written_again(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path) as c:
        c.path.unlink()
        await c.look()
        assert "moved, renamed or deleted" in c.banner.accessibleName()
        c.click("Save in the old place")
        await turn_until(lambda: len(c.saves) == 1)
        assert sources(c.path) == ["mine", "other"]


async def test_a_change_between_the_choice_and_the_save_is_asked_about_again(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with conflict(qapp, tmp_path) as c:
        c.saving.save()
        real = disk.save

        def save(*arguments: object) -> disk.OnDisk:
            monkeypatch.setattr(disk, "save", real)
            write_notebook(c.path, "theirs again")
            return real(*arguments)  # type: ignore[arg-type]  # as they came

        dialog = await c.dialog(MessageDialog)
        monkeypatch.setattr(disk, "save", save)
        dialog.answer(lambda: dialog.chosen.emit(Choice.OVERWRITE))
        await turn_until(lambda: not dialog.isVisible())
        again = await c.dialog(MessageDialog)
        assert "changed on disk" in again.windowTitle()
        assert sources(c.path) == ["theirs again"]
        again.dismiss()


async def test_a_conflict_found_after_a_crash_gives_the_same_choice(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path) as c:
        path, store = c.path, c.store
    recovered = recovered_from(store, path)
    assert recovered.fit is drafts.Fit.CHANGED
    async with life(qapp, path, store, recovered.document(path), recovered.state) as c:
        await turn_until(c.banner.isVisible)
        assert "was changed on disk" in c.banner.accessibleName()
        c.click("Keep mine")
        await turn_until(lambda: len(c.saves) == 1)
        assert (sources(path), c.aside()) == (["mine", "other"], [["theirs"]])


async def test_a_file_that_went_in_a_crash_is_written_again_whole(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path) as c:
        path, store = c.path, c.store
    path.unlink()
    recovered = recovered_from(store, path)
    assert recovered.fit is drafts.Fit.GONE
    async with life(qapp, path, store, recovered.document(path), recovered.state) as c:
        await turn_until(c.banner.isVisible)
        c.click("Save in the old place")
        await turn_until(lambda: len(c.saves) == 1)
        assert sources(path) == ["mine", "other"]


async def test_a_second_crash_loses_nothing_either(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path, wrote=None) as c:
        path, store = c.path, c.store
    for text in ("second", "third"):
        recovered = recovered_from(store, path)
        async with life(qapp, path, store, recovered.document(path), recovered.state) as c:
            c.document.replace_text(c.document.cell_id_at(1), text)
            await c.drafts.keep()
    document = recovered_from(store, path).document(path)
    assert [document.source(cell_id) for cell_id in document.cell_ids()] == ["mine", "third"]


async def test_after_a_save_the_draft_says_nothing_more(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path, wrote=None) as c:
        c.saving.save()
        await turn_until(lambda: len(c.saves) == 1)
        draft = drafts.read(c.store)
        assert draft is not None
        recovered = draft.applied_to(disk.read(c.path))
        assert (recovered.fit, recovered.has_edits) == (drafts.Fit.BASE, False)


async def test_a_save_does_not_wait_for_a_disk_of_drafts_that_hangs(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting_module, "PATIENCE_S", 0.05)
    answers, real = threading.Event(), os.pwrite

    def hanging(descriptor: int, data: memoryview, place: int) -> int:
        answers.wait(20)
        return real(descriptor, data, place)

    async with conflict(qapp, tmp_path, wrote=None) as c:
        try:
            monkeypatch.setattr(os, "pwrite", hanging)
            c.document.replace_text(c.document.cell_id_at(0), "saved all the same")
            c.saving.save()
            await turn_until(lambda: len(c.saves) == 1)
            assert sources(c.path) == ["saved all the same", "other"]
        finally:
            answers.set()


async def test_an_unwanted_draft_is_gone_before_the_window_closes(qapp: QApplication, tmp_path: Path) -> None:
    async with conflict(qapp, tmp_path, wrote=None) as c:
        closed: list[bool] = []

        def close(_keep_worker: bool) -> None:
            draft = drafts.read(c.store)
            closed.append(draft is not None and not draft.has_edits)

        ClosingPresenter(c.parts, c.saving, c.drafts, lambda: True, lambda: None).ask(close)
        await c.choose(Choice.DISCARD)
        await turn_until(lambda: bool(closed))
        assert closed == [True]
        assert draft_log.NAME in {path.name for path in c.store.iterdir()}
