"""A checkpoint that is opened like a file: what is asked, into which notebook, and what stays where it is no good."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QPushButton, QRadioButton

from capsule_desktop.app import Application
from capsule_desktop.lives import Life, WindowRecord
from capsule_desktop.presenters.checkpoints import CheckpointsPresenter
from capsule_desktop.widgets.checkpoint_dialogs import OpenedCheckpointDialog
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import MessageDialog
from engine.checkpoints.manifest import manifest_of_any
from engine.commands import RequestId, RestoreCheckpoint
from engine.events import RequestFailed
from engine.protocol import capsule
from engine.store import places
from engine.trust import SigningKey
from tests.support.checkpoint_files import EMPTY, STRANGER, write_checkpoint, write_damaged
from tests.support.live_window import live_application, turn_until
from tests.support.notebook_files import write_notebook
from tests.support.scripted_parts import words

pytestmark = pytest.mark.qt_loop


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The user's own."""
    return write_checkpoint(tmp_path / "clean.capsule", EMPTY, SigningKey.open(tmp_path / "state"))


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, RestoreCheckpoint]]:
    """By the name of each notebook into which something was restored: the order that would have gone to Python."""
    orders: list[tuple[str, RestoreCheckpoint]] = []

    def note(presenter: CheckpointsPresenter, command: RestoreCheckpoint) -> None:
        path = presenter._parts.document.path
        orders.append(("" if path is None else path.name, command))

    monkeypatch.setattr(CheckpointsPresenter, "restore", note)
    return orders


def dialogs(application: Application) -> list[OpenedCheckpointDialog]:
    found = [d for window in application.windows.windows for d in window.findChildren(OpenedCheckpointDialog)]
    return [dialog for dialog in found if dialog.isVisible()]


async def asked(application: Application) -> OpenedCheckpointDialog:
    await turn_until(lambda: bool(dialogs(application)))
    (dialog,) = dialogs(application)
    return dialog


async def begun(application: Application, *files: Path) -> MainWindow:
    """As a start with these files."""
    window = application.windows.open_window()
    await application.windows.begin(files, window)
    return window


def choices(dialog: OpenedCheckpointDialog) -> list[str]:
    box = dialog.findChild(QComboBox)
    assert box is not None
    return [box.itemText(index) for index in range(box.count())]


def choose(dialog: OpenedCheckpointDialog, label: str) -> None:
    box = dialog.findChild(QComboBox)
    assert box is not None
    box.setCurrentText(label)
    assert box.currentText() == label


def press(dialog: OpenedCheckpointDialog, label: str) -> None:
    next(button for button in dialog.findChildren(QPushButton) if button.text() == label).click()


def of_what_was_shown(file: Path, *, clear_existing: bool = False) -> RestoreCheckpoint:
    return RestoreCheckpoint(path=file, clear_existing=clear_existing, sha256=manifest_of_any(file)[1])


def shown(application: Application) -> list[str]:
    notebooks = (application.windows.notebook_of(window) for window in application.windows.windows)
    return ["" if n is None or n.document.path is None else n.document.path.name for n in notebooks]


async def test_with_nothing_open_a_new_notebook_is_what_enter_means(
    qapp: QApplication, tmp_path: Path, file: Path, restored: list[tuple[str, RestoreCheckpoint]]
) -> None:
    async with live_application(qapp, tmp_path) as application:
        window = await begun(application, file)
        dialog = await asked(application)
        assert choices(dialog) == ["A new notebook", "Another notebook…"]
        press(dialog, "Restore")
        await turn_until(lambda: bool(restored))
        assert restored == [("", of_what_was_shown(file))]
        notebook = application.windows.notebook_of(window)
        assert notebook is not None
        assert not notebook.home.has_kernel


async def test_cancelling_leaves_the_welcome_and_starts_nothing(
    qapp: QApplication, tmp_path: Path, file: Path, restored: list[tuple[str, RestoreCheckpoint]]
) -> None:
    async with live_application(qapp, tmp_path) as application:
        await begun(application, file)
        dialog = await asked(application)
        dialog.reject()
        await application.windows.open_file(
            file, application.windows.windows[0]
        )  # the next question waits for this one
        await turn_until(lambda: bool(dialogs(application)) and dialogs(application) != [dialog])
        assert (shown(application), restored) == ([""], [])


async def test_notebooks_that_are_opened_with_it_can_be_chosen(
    qapp: QApplication, tmp_path: Path, file: Path, restored: list[tuple[str, RestoreCheckpoint]]
) -> None:
    a, b = (write_notebook(tmp_path / f"{name}.ipynb", "1") for name in "ab")
    folder = tmp_path.name
    async with live_application(qapp, tmp_path) as application:
        await begun(application, a, file, b)
        dialog = await asked(application)
        open_ones = [f"a.ipynb in {folder} (open)", f"b.ipynb in {folder} (open)"]
        assert choices(dialog) == [*open_ones, "Another notebook…", "A new notebook"]
        choose(dialog, open_ones[1])
        next(radio for radio in dialog.findChildren(QRadioButton) if radio.text().startswith("Replace")).click()
        press(dialog, "Restore")
        await turn_until(lambda: bool(restored))
        assert restored == [("b.ipynb", of_what_was_shown(file, clear_existing=True))]
        await turn_until(application.windows.windows[1].isActiveWindow)


async def test_notebooks_that_are_dropped_with_it_can_be_chosen(qapp: QApplication, tmp_path: Path, file: Path) -> None:
    a = write_notebook(tmp_path / "a.ipynb", "1")
    async with live_application(qapp, tmp_path) as application:
        application.windows.open_window().files_dropped.emit([str(file), str(a)])
        assert choices(await asked(application))[0] == f"a.ipynb in {tmp_path.name} (open)"


async def test_notebooks_that_a_crash_had_closed_can_be_chosen_too(
    qapp: QApplication, tmp_path: Path, file: Path
) -> None:
    a = write_notebook(tmp_path / "a.ipynb", "1")
    life = Life.begin(tmp_path / "state" / "lives")
    life.write((WindowRecord(path=str(a)),))
    life.windows_file.rename(life.windows_file.with_name("crashed.json"))  # nobody holds the lock of that one
    life.end()
    async with live_application(qapp, tmp_path) as application:
        await begun(application, file)
        assert choices(await asked(application))[0] == f"a.ipynb in {tmp_path.name} (open)"


async def test_the_notebook_that_it_was_saved_from_is_the_first_and_opened_for_it(
    qapp: QApplication, tmp_path: Path, restored: list[tuple[str, RestoreCheckpoint]]
) -> None:
    a, b = (write_notebook(tmp_path / f"{name}.ipynb", "1") for name in "ab")
    place = places.find(tmp_path / "state" / "notebooks", b, "")
    places.claim(place)
    file = write_checkpoint(
        tmp_path / "clean.capsule", replace(EMPTY, notebook=place.store_id), SigningKey.open(tmp_path / "state")
    )
    async with live_application(qapp, tmp_path) as application:
        await begun(application, a, file)
        dialog = await asked(application)
        assert choices(dialog)[0] == "b.ipynb, which it was saved from"
        press(dialog, "Restore")
        await turn_until(lambda: bool(restored))
        assert (shown(application), restored[0][0]) == (["a.ipynb", "b.ipynb"], "b.ipynb")
        await application.windows.open_file(file, application.windows.windows[0])
        await turn_until(lambda: bool(dialogs(application)) and dialogs(application) != [dialog])
        labels = choices(dialogs(application)[0])
        assert labels[0] == f"b.ipynb in {tmp_path.name}, which it was saved from (open)"
        assert len(labels) == 4


async def test_another_notebook_is_asked_for_and_opened(
    qapp: QApplication, tmp_path: Path, file: Path, restored: list[tuple[str, RestoreCheckpoint]]
) -> None:
    a, b = (write_notebook(tmp_path / f"{name}.ipynb", "1") for name in "ab")
    async with live_application(qapp, tmp_path) as application:
        window = await begun(application, a, file)
        dialog = await asked(application)
        choose(dialog, "Another notebook…")
        press(dialog, "Restore")
        await turn_until(lambda: bool(window.findChildren(QFileDialog)))
        (chooser,) = window.findChildren(QFileDialog)
        chooser.fileSelected.emit(str(b))
        chooser.reject()
        await turn_until(lambda: bool(restored))
        assert (shown(application), restored[0][0]) == (["a.ipynb", "b.ipynb"], "b.ipynb")


async def test_a_notebook_that_was_closed_meanwhile_is_opened_again(
    qapp: QApplication, tmp_path: Path, file: Path, restored: list[tuple[str, RestoreCheckpoint]]
) -> None:
    a, b = (write_notebook(tmp_path / f"{name}.ipynb", "1") for name in "ab")
    async with live_application(qapp, tmp_path) as application:
        await begun(application, a, b, file)
        dialog = await asked(application)
        choose(dialog, f"b.ipynb in {tmp_path.name} (open)")
        application.windows.discard(application.windows.windows[1])
        press(dialog, "Restore")
        await turn_until(lambda: bool(restored))
        assert (shown(application), restored[0][0]) == (["a.ipynb", "b.ipynb"], "b.ipynb")


async def test_a_question_whose_window_goes_is_dropped_and_the_next_one_asked_over_another(
    qapp: QApplication, tmp_path: Path, file: Path, restored: list[tuple[str, RestoreCheckpoint]]
) -> None:
    other = write_checkpoint(tmp_path / "other.capsule", replace(EMPTY, name="other"))
    async with live_application(qapp, tmp_path) as application:
        first = await begun(application, file, other)
        last = application.windows.open_window()
        assert "clean" in (await asked(application)).windowTitle()
        application.windows.discard(first)
        QCoreApplication.sendPostedEvents(first, QEvent.Type.DeferredDelete)
        await turn_until(lambda: bool(last.findChildren(OpenedCheckpointDialog)))
        assert "other" in (await asked(application)).windowTitle()
        assert restored == []


async def test_a_strangers_file_is_said_to_be_one_in_the_question_and_trusted_for_what_was_shown_alone(
    qapp: QApplication, tmp_path: Path, file: Path, restored: list[tuple[str, RestoreCheckpoint]]
) -> None:
    write_checkpoint(file, EMPTY, STRANGER)
    async with live_application(qapp, tmp_path) as application:
        await begun(application, file)
        dialog = await asked(application)
        assert "This checkpoint was not saved by you." in words(dialog)
        assert dialog.findChildren(QPushButton)[-1].isDefault()
        assert [button.text() for button in dialog.findChildren(QPushButton)] == ["Restore anyway", "Cancel"]
        press(dialog, "Restore anyway")
        await turn_until(lambda: bool(restored))
        assert restored == [("", replace(of_what_was_shown(file), trust_unsigned=True))]


async def test_a_strangers_file_that_nobody_could_tell_for_one_is_asked_about_before_it_is_loaded(
    qapp: QApplication, tmp_path: Path, file: Path, restored: list[tuple[str, RestoreCheckpoint]]
) -> None:
    async with live_application(qapp, tmp_path) as application:
        window = await begun(application, write_notebook(tmp_path / "a.ipynb", "1"))
        notebook = application.windows.notebook_of(window)
        assert notebook is not None
        asked_for, request = of_what_was_shown(file, clear_existing=True), RequestId("1")
        notebook.checkpoints._restoring[request] = asked_for
        notebook.checkpoints.take(RequestFailed(request_id=request, kind="foreign_checkpoint", message="."))
        (question,) = window.findChildren(MessageDialog)
        next(b for b in question.findChildren(QPushButton) if b.text() == "Restore anyway").click()
        assert restored == [("a.ipynb", replace(asked_for, trust_unsigned=True))]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda file: write_checkpoint(file, EMPTY).write_bytes(file.read_bytes()[:-1]), "no whole signature"),
        (write_damaged, "was altered after it was signed, or is damaged"),
        (lambda file: file.write_bytes(b"{}"), "no checkpoint"),
        (lambda file: None, "No such file"),
        (os.mkfifo, "a pipe or a device"),
        (os.mkdir, "Is a directory"),
    ],
    ids=["cut short", "damaged", "other bytes", "gone", "pipe", "folder"],
)
async def test_a_file_that_is_no_good_is_told_and_the_window_stays(
    qapp: QApplication, tmp_path: Path, make: Callable[[Path], object], why: str
) -> None:
    file = tmp_path / "clean.capsule"
    make(file)
    async with live_application(qapp, tmp_path) as application:
        window = await begun(application, file)
        (told,) = window.findChildren(MessageDialog)
        assert "clean.capsule was not restored" in told.windowTitle()
        assert why in told.accessibleDescription()
        assert "Nothing was loaded" in told.accessibleDescription()
        assert dialogs(application) == []
        assert shown(application) == [""]


async def test_a_later_versions_file_says_who_can_restore_it(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as later:
        later.setattr(capsule, "FORMAT_VERSION", capsule.FORMAT_VERSION + 1)
        file = write_checkpoint(tmp_path / "NEW.CAPSULE", EMPTY)
    async with live_application(qapp, tmp_path) as application:
        window = await begun(application, file)
        (told,) = window.findChildren(MessageDialog)
        assert "saved by a later version of Capsule, which can restore it" in told.accessibleDescription()
