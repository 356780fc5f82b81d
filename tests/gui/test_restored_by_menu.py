"""Restore Checkpoint…: what is said of the file that was chosen, before anybody is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QPushButton

from capsule_desktop.app import Application
from capsule_desktop.presenters.checkpoints import CheckpointsPresenter
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.checkpoint_dialogs import RestoreCheckpointDialog
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import MessageDialog
from engine.checkpoints.manifest import STRANGERS_LIMIT_BYTES, manifest_of_any
from engine.commands import RestoreCheckpoint
from engine.trust import SigningKey
from tests.support.checkpoint_files import EMPTY, write_checkpoint, write_damaged
from tests.support.live_window import live_application, turn_until
from tests.support.notebook_files import write_notebook
from tests.support.scripted_parts import words

pytestmark = pytest.mark.qt_loop


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.capsule"


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> list[RestoreCheckpoint]:
    """The orders that would have gone to Python."""
    orders: list[RestoreCheckpoint] = []
    monkeypatch.setattr(CheckpointsPresenter, "restore", lambda _presenter, command: orders.append(command))
    return orders


async def chosen(application: Application, file: Path) -> MainWindow:
    """In a new notebook's window."""
    window = application.windows.open_window()
    await application.windows.begin([write_notebook(file.with_name("a.ipynb"), "1")], window)
    window.action_requested.emit(Action.RESTORE_CHECKPOINT)
    (chooser,) = window.findChildren(QFileDialog)
    chooser.fileSelected.emit(str(file))
    chooser.reject()
    return window


async def shown[D: QDialog](window: MainWindow, kind: type[D]) -> D:
    await turn_until(lambda: any(dialog.isVisible() for dialog in window.findChildren(kind)))
    return next(dialog for dialog in window.findChildren(kind) if dialog.isVisible())


def press(dialog: QDialog, label: str) -> None:
    next(button for button in dialog.findChildren(QPushButton) if button.text() == label).click()


async def test_a_file_is_described_before_it_is_restored_and_nothing_else_is(
    qapp: QApplication, tmp_path: Path, file: Path, restored: list[RestoreCheckpoint]
) -> None:
    write_checkpoint(file, EMPTY, SigningKey.open(tmp_path / "state"))
    async with live_application(qapp, tmp_path) as application:
        dialog = await shown(await chosen(application, file), RestoreCheckpointDialog)
        assert dialog.windowTitle() == "Restore clean?"
        assert any("by Python 3.12.1. It has 0 variables" in line for line in words(dialog))
        press(dialog, "Restore")
        assert restored == [RestoreCheckpoint(path=file, sha256=manifest_of_any(file)[1])]


async def test_a_damaged_file_is_refused_without_a_question(qapp: QApplication, tmp_path: Path, file: Path) -> None:
    write_damaged(file)
    async with live_application(qapp, tmp_path) as application:
        window = await chosen(application, file)
        told = (await shown(window, MessageDialog)).accessibleDescription()
        assert "is damaged" in told
        assert told.count("as they were") == 1
        assert not window.findChildren(RestoreCheckpointDialog)


async def test_a_file_whose_list_is_too_long_to_be_shown_is_asked_about_by_its_name(
    qapp: QApplication, tmp_path: Path, file: Path, restored: list[RestoreCheckpoint]
) -> None:
    """It may be the user's own, who has nowhere else to restore it."""
    write_checkpoint(file, replace(EMPTY, python_version="3" * STRANGERS_LIMIT_BYTES))
    async with live_application(qapp, tmp_path) as application:
        dialog = await shown(await chosen(application, file), RestoreCheckpointDialog)
        assert dialog.windowTitle() == "Restore some?"
        press(dialog, "Restore")
        assert restored == [RestoreCheckpoint(path=file)]


async def test_a_window_that_goes_while_its_file_is_read_asks_nothing(
    qapp: QApplication, tmp_path: Path, file: Path
) -> None:
    write_checkpoint(file, EMPTY)
    async with live_application(qapp, tmp_path) as application:
        window = await chosen(application, file)
        notebook = application.windows.notebook_of(window)
        assert notebook is not None
        reading = notebook.checkpoints._reading
        assert reading is not None
        application.windows.open_window()
        application.windows.discard(window)
        await turn_until(reading.done)
        assert reading.cancelled()
