"""Files and windows: saving under a new name, what went wrong on disk, closing and quitting, several windows.

It is longer than 400 lines: every way in which a file can be in the way, told apart.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nbformat
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from capsule_desktop.app import Application
from capsule_desktop.notebook import disk
from capsule_desktop.presenters.notebook import NotebookPresenter
from capsule_desktop.settings import Settings
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import Banner
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.values import CellState
from engine.store.places import ABOUT
from tests.support.live_window import LiveWindow, live_application, live_window, turn_until
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop
WAITS = "import threading\nprint('begun', flush=True)\nthreading.Event().wait()"


def sources(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def messages(window: MainWindow) -> list[MessageDialog]:
    return [dialog for dialog in window.findChildren(MessageDialog) if dialog.isVisible()]


async def message(window: MainWindow) -> MessageDialog:
    await turn_until(lambda: bool(messages(window)))
    (dialog,) = messages(window)
    return dialog


def choose(dialog: MessageDialog, choice: Choice) -> None:
    dialog.answer(lambda: dialog.chosen.emit(choice))


async def save_as(window: MainWindow, path: Path) -> None:
    """Name path in the dialog that asks for it, and wait until that is gone."""
    await turn_until(lambda: bool(window.findChildren(QFileDialog)))
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.done(QFileDialog.DialogCode.Accepted)
    await turn_until(lambda: not window.findChildren(QFileDialog))


@asynccontextmanager
async def windows(
    qapp: QApplication, folder: Path, *files: Path
) -> AsyncIterator[tuple[Application, list[MainWindow]]]:
    """An application with a window for each file."""
    async with live_application(qapp, folder) as application:
        first = application.windows.open_window()
        for file in files:
            await application.windows.open_file(file, first)
        yield application, list(application.windows.windows)


def notebook_of(application: Application, window: MainWindow) -> NotebookPresenter:
    found = application.windows.notebook_of(window)
    assert found is not None
    return found


# --- saving


async def test_save_as_goes_on_under_the_new_name_and_in_its_folder(qapp: QApplication, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    async with live_window(qapp, tmp_path) as w:
        w.press(Qt.Key.Key_Return)
        w.type("import os; os.getcwd()")
        w.perform(Action.SAVE)
        await save_as(w.window, folder / "new.ipynb")
        recent = (str(folder / "new.ipynb"),)
        await w.until(lambda: Settings(tmp_path / "config" / "settings.ini").recent() == recent)
        assert w.window.windowTitle().startswith("new.ipynb")
        assert sources(folder / "new.ipynb") == ["import os; os.getcwd()"]
        w.perform(Action.RUN_IN_PLACE)
        (cell,) = w.ids()
        await w.settled(cell)
        assert w.text(cell) == repr(str(folder))
        w.perform(Action.SAVE)
        await w.until(lambda: not w.document.is_dirty)


async def test_nothing_is_called_saved_under_a_new_name_before_what_is_kept_goes_with_it(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1")) as w:
        w.perform(Action.INSERT_BELOW)
        await w.until(lambda: w.notebook.home.folder is not None)
        folder, belongs_to = w.notebook.home.folder, list[str]()
        assert folder is not None

        def look(_change: object) -> None:
            if w.document.path == tmp_path / "b.ipynb":
                belongs_to.append(json.loads((folder / ABOUT).read_bytes())["path"])

        w.document.subscribe(look)
        w.perform(Action.SAVE_AS)
        await save_as(w.window, tmp_path / "b.ipynb")
        await w.until(lambda: not w.document.is_dirty)
        assert belongs_to[0] == str(tmp_path / "b.ipynb")


async def test_save_as_leaves_the_old_file_alone(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "1")
    before = file.read_bytes()
    async with live_window(qapp, tmp_path, file) as w:
        w.perform(Action.INSERT_BELOW)
        w.perform(Action.SAVE_AS)
        await save_as(w.window, tmp_path / "b.ipynb")
        await w.until(lambda: not w.document.is_dirty)
        assert (file.read_bytes(), sources(tmp_path / "b.ipynb")) == (before, ["1", ""])


async def test_a_notebook_is_never_saved_onto_one_that_is_open_elsewhere(qapp: QApplication, tmp_path: Path) -> None:
    one, other = write_notebook(tmp_path / "a.ipynb", "1"), write_notebook(tmp_path / "b.ipynb", "2")
    async with windows(qapp, tmp_path, one, other) as (application, (first, _second)):
        notebook_of(application, first).actions.perform(Action.SAVE_AS)
        await save_as(first, other)
        dialog = await message(first)
        assert "open in another window" in dialog.windowTitle()
        dialog.reject()
        assert sources(other) == ["2"]


async def test_what_cannot_be_saved_stays_and_can_be_saved_elsewhere(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "1")

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with live_window(qapp, tmp_path, file) as w:
        w.perform(Action.INSERT_BELOW)
        with monkeypatch.context() as patch:
            patch.setattr(disk.os, "fsync", full)  # type: ignore[attr-defined]  # the module's own import
            w.perform(Action.SAVE)
            dialog = await message(w.window)
        assert "the disk is full" in dialog.accessibleDescription()
        assert (w.document.is_dirty, sources(file)) == (True, ["1"])
        choose(dialog, Choice.SAVE_AS)
        await save_as(w.window, tmp_path / "b.ipynb")
        await w.until(lambda: not w.document.is_dirty)
        assert sources(tmp_path / "b.ipynb") == ["1", ""]


async def test_a_read_only_notebook_says_so_and_is_saved_elsewhere(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "1")
    may = os.access

    def access(path: Path, mode: int) -> bool:
        """Root may write everything, so that no mode would make the file read-only for these tests."""
        return may(path, mode) and not (Path(path) == file and mode == os.W_OK)

    monkeypatch.setattr(os, "access", access)
    async with live_window(qapp, tmp_path, file) as w:
        banner = w.window.findChild(Banner)
        assert banner is not None
        assert "is read-only" in banner.accessibleName()
        w.perform(Action.INSERT_BELOW)
        w.perform(Action.SAVE)
        dialog = await message(w.window)
        assert "read-only" in dialog.accessibleDescription()
        choose(dialog, Choice.SAVE_AS)
        await save_as(w.window, tmp_path / "b.ipynb")
        await w.until(lambda: not banner.isVisible())
        assert (sources(file), sources(tmp_path / "b.ipynb")) == (["1"], ["1", ""])


async def test_a_file_whose_folder_has_gone_is_told_and_saved_elsewhere(qapp: QApplication, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    async with live_window(qapp, tmp_path, write_notebook(folder / "a.ipynb", "1")) as w:
        w.perform(Action.INSERT_BELOW)
        folder.rename(tmp_path / "renamed")
        w.perform(Action.SAVE)
        dialog = await message(w.window)
        assert "no longer where it was" in dialog.windowTitle()
        choose(dialog, Choice.OVERWRITE)
        await w.until(lambda: any("was not saved" in d.windowTitle() for d in messages(w.window)))
        (failure,) = messages(w.window)
        choose(failure, Choice.SAVE_AS)
        await save_as(w.window, tmp_path / "b.ipynb")
        await w.until(lambda: not w.document.is_dirty)
        assert sources(tmp_path / "b.ipynb") == ["1", ""]


async def test_what_is_on_disk_can_be_loaded_instead(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "mine")
    async with live_window(qapp, tmp_path, file) as w:
        w.perform(Action.INSERT_BELOW)
        write_notebook(file, "theirs")
        w.perform(Action.SAVE)
        choose(await message(w.window), Choice.RELOAD)
        await w.until(lambda: w.application.windows.notebook_of(w.window) is not w.notebook)
        new = notebook_of(w.application, w.window)
        assert [new.document.source(c) for c in new.document.cell_ids()] == ["theirs"]
        assert not new.document.is_dirty
        new.actions.perform(Action.INSERT_BELOW)
        new.actions.perform(Action.SAVE)
        await w.until(lambda: not new.document.is_dirty)
        assert sources(file) == ["theirs", ""]


async def test_a_reload_that_fails_keeps_what_is_here(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "mine")
    async with live_window(qapp, tmp_path, file) as w:
        w.perform(Action.INSERT_BELOW)
        file.write_text("broken")
        w.perform(Action.SAVE)
        choose(await message(w.window), Choice.RELOAD)
        await w.until(lambda: any("was not opened" in d.windowTitle() for d in messages(w.window)))
        assert w.application.windows.notebook_of(w.window) is w.notebook
        assert w.document.is_dirty
        assert file.read_text() == "broken"
        messages(w.window)[0].reject()


# --- closing and quitting


async def test_a_new_notebook_closed_unsaved_asks_for_a_name(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path) as w:
        w.press(Qt.Key.Key_Return)
        w.type("1")
        w.window.close()
        choose(await message(w.window), Choice.SAVE)
        await turn_until(lambda: bool(w.window.findChildren(QFileDialog)))
        (dialog,) = w.window.findChildren(QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / "kept.ipynb"))
        await turn_until(lambda: not w.application.windows.windows)
        assert sources(tmp_path / "kept.ipynb") == ["1"]


def stores(folder: Path) -> list[Path]:
    return sorted(folder.glob("state/**/about.json"))


async def test_of_a_notebook_that_was_never_saved_and_is_not_wanted_nothing_is_left(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with live_application(qapp, tmp_path) as application:
        application.windows.new_notebook(application.windows.open_window())
        kept = application.windows.notebook_of(application.windows.windows[0])
        application.windows.new_notebook(application.windows.open_window())
        window = application.windows.windows[1]
        notebook = application.windows.notebook_of(window)
        assert kept is not None
        assert notebook is not None
        for each in (kept, notebook):
            each.document.replace_text(each.document.cell_id_at(0), "x = 1")
            each.actions.perform(Action.RUN_IN_PLACE)
            await turn_until(lambda each=each: each.parts.runs.of(each.document.cell_id_at(0)).state is CellState.DONE)
        assert len(stores(tmp_path)) == 2
        window.close()
        choose(await message(window), Choice.DISCARD)
        await application.windows._kernels.settled()
        await turn_until(lambda: len(application.windows.windows) == 1)
        await application.windows._kernels.settled()
        assert [about.parent for about in stores(tmp_path)] == [kept.home.folder]
        assert [folder.name for folder in stores(tmp_path)[0].parent.parent.iterdir()] == [kept.home.store_id]


async def test_of_a_file_whose_changes_are_not_wanted_the_record_stays(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1")) as w:
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(w.ids()[0])
        folder = w.notebook.home.folder
        assert folder is not None
        w.window.close()
        choose(await message(w.window), Choice.DISCARD)
        await turn_until(lambda: not w.application.windows.windows)
        await w.application.windows._kernels.ended()
        assert (folder / "state.sqlite").exists()


async def test_a_file_dialog_that_is_given_up_closes_nothing(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path) as w:
        w.perform(Action.INSERT_BELOW)
        w.window.close()
        choose(await message(w.window), Choice.SAVE)
        await turn_until(lambda: bool(w.window.findChildren(QFileDialog)))
        w.window.findChildren(QFileDialog)[0].reject()
        await turn_until(lambda: not w.window.findChildren(QFileDialog))
        assert w.window.isVisible()
        assert w.document.is_dirty


async def test_closing_while_a_cell_runs_asks_and_stops_it(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", WAITS)) as w:
        await run_and_save(w)
        w.window.close()
        dialog = await message(w.window)
        assert "running cell" in dialog.windowTitle()
        assert not dialog.option_checked  # there is nothing to save
        choose(dialog, Choice.CANCEL)
        assert w.state(w.ids()[0]) is CellState.RUNNING
        w.window.close()
        await turn_until(lambda: len(messages(w.window)) == 1 and messages(w.window)[0] is not dialog)
        choose(messages(w.window)[0], Choice.SHUT_DOWN)
        assert not w.application.windows.windows
        await w.application.windows.ended()


async def run_and_save(w: LiveWindow) -> None:
    w.perform(Action.RUN_IN_PLACE)
    await w.until(lambda: w.text(w.ids()[0]) == "begun\n")
    w.perform(Action.SAVE)
    await w.until(lambda: not w.document.is_dirty)


async def test_closing_unsaved_work_that_runs_asks_one_question(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", WAITS)) as w:
        w.perform(Action.RUN_IN_PLACE)
        await w.until(lambda: w.text(w.ids()[0]) == "begun\n")
        w.window.close()
        dialog = await message(w.window)
        assert "still running" in dialog.accessibleDescription()
        assert dialog.option_checked
        choose(dialog, Choice.SHUT_DOWN)
        await turn_until(lambda: not w.application.windows.windows)
        (cell,) = nbformat.read(tmp_path / "a.ipynb", as_version=4).cells
        assert cell.outputs[0].text == "begun\n"


async def test_closing_during_a_save_waits_for_it_and_does_not_ask(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "1")
    async with live_window(qapp, tmp_path, file) as w:
        w.perform(Action.INSERT_BELOW)
        w.perform(Action.SAVE)
        w.window.close()
        await turn_until(lambda: not w.application.windows.windows or bool(messages(w.window)))
        assert not w.application.windows.windows
        assert sources(file) == ["1", ""]


async def test_asking_again_replaces_the_question(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1")) as w:
        w.perform(Action.INSERT_BELOW)
        w.window.close()
        await message(w.window)
        w.application.windows.quit()
        choose(await message(w.window), Choice.DISCARD)
        await turn_until(lambda: not w.application.windows.windows)


async def test_quitting_asks_in_every_window_with_unsaved_work_and_cancel_stays(
    qapp: QApplication, tmp_path: Path
) -> None:
    files = [write_notebook(tmp_path / f"{name}.ipynb", name) for name in "abc"]
    async with windows(qapp, tmp_path, *files) as (application, (first, second, third)):
        for window in (first, third):
            notebook_of(application, window).actions.perform(Action.INSERT_BELOW)
        application.windows.quit()
        choose(await message(first), Choice.SAVE)
        dialog = await message(third)
        choose(dialog, Choice.CANCEL)
        assert application.windows.windows == (second, third)
        assert sources(files[0]) == ["a", ""]
        assert sources(files[2]) == ["c"]
        application.windows.quit()
        await turn_until(lambda: len(messages(third)) == 1 and messages(third)[0] is not dialog)
        choose(messages(third)[0], Choice.DISCARD)
        await turn_until(lambda: not application.windows.windows)


async def test_the_last_window_ends_the_application_with_all_it_started(qapp: QApplication, tmp_path: Path) -> None:
    """That no process is left is what the tests' own guard looks for."""
    file = write_notebook(
        tmp_path / "a.ipynb", "import subprocess\nsubprocess.Popen(['sleep', '1000']); print('begun')"
    )
    application = Application(qapp, tmp_path / "state", tmp_path / "config", tmp_path / "checkpoints")
    running = application._tasks.spawn(application.run([file]), name="run")
    await turn_until(lambda: bool(application.windows.windows))
    (window,) = application.windows.windows
    await turn_until(lambda: application.windows.notebook_of(window) is not None)
    presenter = notebook_of(application, window)
    presenter.actions.perform(Action.RUN_IN_PLACE)
    cell = presenter.document.cell_id_at(0)
    await turn_until(lambda: presenter.parts.runs.of(cell).state is CellState.DONE)
    application.windows.discard(window)
    await running


# --- opening


async def test_a_file_that_is_open_is_brought_to_the_front(qapp: QApplication, tmp_path: Path) -> None:
    one, other = write_notebook(tmp_path / "a.ipynb", "1"), write_notebook(tmp_path / "b.ipynb", "2")
    link = tmp_path / "link.ipynb"
    link.symlink_to(one)
    async with windows(qapp, tmp_path, one, other) as (application, (first, second)):
        await turn_until(second.isActiveWindow)
        for path in (one, link):
            await application.windows.open_file(path, second)
            assert len(application.windows.windows) == 2
            await turn_until(first.isActiveWindow)
            second.activateWindow()
            await turn_until(second.isActiveWindow)


async def test_files_open_in_the_order_they_were_named(qapp: QApplication, tmp_path: Path) -> None:
    files = [
        write_notebook(tmp_path / f"{name}.ipynb", name * size) for name, size in (("a", 500_000), ("b", 1), ("c", 1))
    ]
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        await application.windows.open_files([*files[:2], tmp_path / "none.ipynb", files[2]], window)
        paths = [notebook_of(application, window).document.path for window in application.windows.windows]
        assert paths == files
        messages(application.windows.windows[0])[0].reject()


async def test_one_file_named_twice_at_once_opens_once(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "1")
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        await application.windows.open_files([file, file], window)
        assert application.windows.windows == (window,)


async def test_a_broken_and_a_missing_file_are_told_over_the_notebook_that_stays(
    qapp: QApplication, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.ipynb"
    broken.write_text('{"cells": [}')
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1")) as w:
        for path, why in ((broken, "line 1"), (tmp_path / "none.ipynb", "there is no such file")):
            await w.application.windows.open_file(path, w.window)
            (dialog,) = messages(w.window)
            assert why in dialog.accessibleDescription()
            dialog.reject()
        assert w.application.windows.notebook_of(w.window) is w.notebook
        assert len(w.application.windows.windows) == 1
        assert Settings(tmp_path / "config" / "settings.ini").recent() == (str(tmp_path / "a.ipynb"),)


async def test_a_failure_is_told_elsewhere_when_its_window_has_closed(qapp: QApplication, tmp_path: Path) -> None:
    files = [write_notebook(tmp_path / f"{name}.ipynb", name) for name in "ab"]
    async with windows(qapp, tmp_path, *files) as (application, (first, second)):
        opening = application.windows.open_files([tmp_path / "none.ipynb"], first)
        application.windows.discard(first)
        await opening
        (dialog,) = messages(second)
        dialog.reject()


async def test_notebooks_dropped_on_the_window_open_each_in_its_own(qapp: QApplication, tmp_path: Path) -> None:
    files = [write_notebook(tmp_path / f"{name}.ipynb", name) for name in "ab"]
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in (*files, tmp_path / "other.txt")])
        left = Qt.MouseButton.LeftButton
        action = Qt.DropAction.CopyAction
        window.dropEvent(QDropEvent(QPointF(9, 9), action, data, left, Qt.KeyboardModifier.NoModifier))
        await turn_until(lambda: len(application.windows.windows) == 2)
        await turn_until(lambda: all(map(application.windows.notebook_of, application.windows.windows)))
        names = {notebook_of(application, w).document.path for w in application.windows.windows}
        assert names == set(files)


async def test_recent_notebooks_are_kept_newest_first_and_forgotten_when_gone(
    qapp: QApplication, tmp_path: Path
) -> None:
    files = [write_notebook(tmp_path / f"{name}.ipynb", name) for name in "abc"]
    async with windows(qapp, tmp_path, *files):
        pass
    files[1].unlink()
    assert Settings(tmp_path / "config" / "settings.ini").recent() == (str(files[2]), str(files[0]))
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        window.recent_requested.emit(str(files[0]))
        await turn_until(lambda: application.windows.notebook_of(window) is not None)


async def test_a_window_comes_back_as_large_as_it_was_and_a_second_one_beside_it(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        window.resize(700, 500)
        application.windows.discard(window)
    async with live_application(qapp, tmp_path) as application:
        first, second = application.windows.open_window(), application.windows.open_window()
        assert (first.width(), first.height()) == (700, 500) == (second.width(), second.height())
        assert first.pos() != second.pos()
