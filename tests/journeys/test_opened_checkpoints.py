"""A checkpoint that is opened like a file, with a real Python: saved from a window, handed over, restored."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog

from capsule_desktop.hand_over import HandOver
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.checkpoint_dialogs import (
    OpenedCheckpointDialog,
    RestoreCheckpointDialog,
    SaveCheckpointDialog,
)
from capsule_desktop.widgets.message_dialog import MessageDialog
from capsule_desktop.widgets.report_dialog import ReportDialog
from engine.trust import TRAILER_BYTES, SigningKey
from tests.support.live_window import LiveWindow, live_application, live_window, turn_until
from tests.support.notebook_files import write_notebook
from tests.support.scripted_parts import words

pytestmark = pytest.mark.qt_loop
SOURCES = ("x = [1, 2]", "x = 'other'", "print(x)")


async def run(window: LiveWindow, number: int) -> str:
    """What the cell of this number printed."""
    cell = window.ids()[number]
    window.notebook.show_cell(cell)
    window.perform(Action.RUN_IN_PLACE)
    await window.settled(cell)
    return window.text(cell).strip()


async def reported(window: LiveWindow) -> str:
    """The heading of the report, which is then closed."""
    dialog = await window.dialog(ReportDialog)
    heading = dialog.windowTitle()
    dialog.done(0)
    await window.until(lambda: not window.dialogs(ReportDialog))
    return heading


async def saved(window: LiveWindow, folder: Path) -> Path:
    """The file of a checkpoint that was saved by the menu."""
    window.perform(Action.SAVE_CHECKPOINT)
    dialog = await window.dialog(SaveCheckpointDialog)
    dialog.answer(partial(dialog.save_requested.emit, "clean"))
    assert await reported(window) == "“clean” is saved"
    return folder / "checkpoints" / "clean.capsule"


async def restore_opened(window: LiveWindow, file: Path) -> str:
    """Open it as another start of the application does, and restore into what is offered first; which that is."""
    window.application._handed_files.take(HandOver(files=(file,)))
    return restore(await window.dialog(OpenedCheckpointDialog))


def by_menu(window: LiveWindow, file: Path) -> None:
    """Choose it in what Restore Checkpoint… opens."""
    window.perform(Action.RESTORE_CHECKPOINT)
    (chooser,) = window.dialogs(QFileDialog)
    chooser.fileSelected.emit(str(file))
    chooser.reject()


def restore(dialog: OpenedCheckpointDialog) -> str:
    box = dialog.findChild(QComboBox)
    assert box is not None
    offered = box.currentText()
    dialog.answer(partial(dialog.restore_requested.emit, False))
    return offered


def sign_as_stranger(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-TRAILER_BYTES])
    SigningKey(bytes(32)).sign(file)


async def test_its_variables_come_back_into_the_open_notebook_that_it_was_saved_from(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", *SOURCES)) as w:
        await run(w, 0)
        file = await saved(w, tmp_path)
        await run(w, 1)
        assert await restore_opened(w, file) == f"a.ipynb in {tmp_path.name}, which it was saved from (open)"
        assert await reported(w) == "“clean” is restored"
        assert await run(w, 2) == "[1, 2]"


async def test_a_strangers_is_asked_about_once_and_loaded_only_where_it_is_trusted(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", *SOURCES)) as w:
        await run(w, 0)
        file = await saved(w, tmp_path)
        sign_as_stranger(file)
        for is_trusted, printed in ((False, "other"), (True, "[1, 2]")):
            await run(w, 1)
            by_menu(w, file)
            question = await w.dialog(RestoreCheckpointDialog)
            assert "This checkpoint was not saved by you." in words(question)
            assert any("was saved at" in line and "one variable" in line for line in words(question))
            if is_trusted:
                question.answer(partial(question.restore_requested.emit, False))
                assert await reported(w) == "“clean” is restored"
            else:
                question.reject()
                await w.until(lambda: not w.dialogs(RestoreCheckpointDialog))
            assert await run(w, 2) == printed
        assert not w.dialogs(MessageDialog)


async def test_a_later_start_with_it_alone_opens_its_notebook_and_starts_a_python_there(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", *SOURCES)) as w:
        await run(w, 0)
        file = await saved(w, tmp_path)
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        await application.windows.begin([file], window)
        await turn_until(lambda: bool(window.findChildren(OpenedCheckpointDialog)))
        assert restore(window.findChildren(OpenedCheckpointDialog)[0]) == "a.ipynb, which it was saved from"
        await turn_until(lambda: application.windows.notebook_of(window) is not None)
        notebook = application.windows.notebook_of(window)
        assert notebook is not None
        later = LiveWindow(application, window, notebook)
        assert await reported(later) == "“clean” is restored"
        assert await run(later, 2) == "[1, 2]"
