"""The Help menu: crash reports that are told once, the check for a newer version, About with the notebook's Python."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton

from capsule_desktop import crash_reports, versions
from capsule_desktop.crash_reports import LivingReport
from capsule_desktop.presenters import update_lookup
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.update_lookup import view_of
from capsule_desktop.update_check import Available, Newest, NotKnown
from capsule_desktop.versions import Installed
from capsule_desktop.widgets.about_dialog import AboutDialog
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import Banner
from capsule_desktop.widgets.crash_dialog import CrashDialog
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.update_dialog import UpdateDialog
from engine.events import KernelReady
from tests.support.live_window import live_application, live_window, turn_until
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop


def crashed(folder: Path) -> None:
    report = LivingReport.begin(folder / "state" / crash_reports.FOLDER, "about")
    report.add("it fell over", "details\n")
    os.close(report.descriptor)


def banner(window: MainWindow) -> Banner:
    found = window.findChild(Banner)
    assert found is not None
    return found


def said(dialog: UpdateDialog) -> str:
    return dialog.accessibleDescription()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders that the desktop was asked to show."""
    folders: list[Path] = []

    def open_url(url: QUrl) -> bool:
        folders.append(Path(url.toLocalFile()))
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    return folders


@pytest.mark.parametrize("has_notebook", [False, True])
async def test_a_crash_is_told_at_the_next_start_and_its_report_shown(
    qapp: QApplication, tmp_path: Path, has_notebook: bool, opened: list[Path]
) -> None:
    crashed(tmp_path)
    files = [write_notebook(tmp_path / "a.ipynb", "1")] if has_notebook else []
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        await application.windows.begin(files, window)
        assert "ended unexpectedly" in banner(window).accessibleName()
        next(button for button in banner(window).findChildren(QPushButton) if button.text() == "Show report").click()
        await turn_until(lambda: bool(window.findChildren(CrashDialog)))
        (dialog,) = window.findChildren(CrashDialog)
        text = dialog.findChild(QPlainTextEdit)
        assert text is not None
        assert "it fell over" in text.toPlainText()
        notebook = application.windows.notebook_of(window)
        assert notebook is None or not notebook.parts.banners.says(Topic.CRASH)
        dialog.folder_requested.emit()
        assert opened == [tmp_path / "state" / crash_reports.FOLDER]
        dialog.accept()
        other = application.windows.open_window()
        await application.windows.begin([], other)
        assert not banner(other).isVisible()


async def test_that_there_are_no_crash_reports_is_said(qapp: QApplication, tmp_path: Path, opened: list[Path]) -> None:
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        window.action_requested.emit(Action.CRASH_REPORTS)
        await turn_until(lambda: bool(window.findChildren(MessageDialog)))
        assert "no crash reports" in window.findChildren(MessageDialog)[0].windowTitle()
        assert opened == []


async def test_the_folder_of_crash_reports_is_named_before_it_is_opened(
    qapp: QApplication, tmp_path: Path, opened: list[Path]
) -> None:
    crashed(tmp_path)
    folder = tmp_path / "state" / crash_reports.FOLDER
    crash_reports.take_over(folder)
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        window.action_requested.emit(Action.CRASH_REPORTS)
        await turn_until(lambda: bool(window.findChildren(MessageDialog)))
        (dialog,) = window.findChildren(MessageDialog)
        assert any(f"kept in {folder}." in label.text() for label in dialog.findChildren(QLabel))
        assert opened == []
        dialog.chosen.emit(Choice.CHOOSE)
        assert opened == [folder]
        dialog.dismiss()


async def test_a_folder_that_nothing_can_show_is_named_to_be_copied(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashed(tmp_path)
    folder = tmp_path / "state" / crash_reports.FOLDER
    crash_reports.take_over(folder)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)  # as where there is no file manager
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        window.action_requested.emit(Action.SHOW_CRASH_REPORT)
        await turn_until(lambda: bool(window.findChildren(CrashDialog)))
        (report,) = window.findChildren(CrashDialog)
        report.folder_requested.emit()
        (dialog,) = report.findChildren(MessageDialog)  # above it, where it can be answered
        named = dialog.findChild(QPlainTextEdit)
        assert named is not None
        assert named.toPlainText() == str(folder)
        dialog.dismiss()
        report.accept()


async def test_about_tells_which_python_runs_the_notebooks_cells(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path) as live:
        ready = KernelReady(pid=1, python_version="3.11.7", ipython_version="", executable="/my/python")
        live.notebook.events.event_occurred.emit(ready)
        live.window.action_requested.emit(Action.ABOUT)
        (dialog,) = live.window.findChildren(AboutDialog)
        next(button for button in dialog.findChildren(QPushButton) if button.text() == "Copy versions").click()
        copied = QGuiApplication.clipboard().text()
        assert "3.11.7, without IPython" in copied
        assert "/my/python" in copied
        assert copied.startswith("Capsule Desktop ")


def apt(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A Debian package, on a system whose apt-cache is this."""
    program = folder / "apt-cache"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(versions, "installed_as", lambda: Installed.DEB)


async def test_a_newer_version_is_looked_up_when_asked_for(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "     0.2.0 500\\n        500 http://example.org bookworm/main\\n"
    apt(tmp_path, monkeypatch, f"printf 'c:\\n  Installed: 0.1.0\\n  Candidate: 0.2.0\\n{place}'")
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        window.action_requested.emit(Action.CHECK_UPDATES)
        (dialog,) = window.findChildren(UpdateDialog)
        assert said(dialog).startswith("Looking up")
        await turn_until(lambda: said(dialog).startswith("Version 0.2.0 is available"))
        next(button for button in dialog.findChildren(QPushButton) if button.text() == "Copy command").click()
        assert "apt install capsule-desktop" in QGuiApplication.clipboard().text()


async def test_a_lookup_that_hangs_ends_with_its_time_or_its_dialog(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_lookup, "LIMIT_S", 0.05)
    apt(tmp_path, monkeypatch, "exec sleep 600")
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        window.action_requested.emit(Action.CHECK_UPDATES)
        (dialog,) = window.findChildren(UpdateDialog)
        await turn_until(lambda: "Nothing was heard" in said(dialog))
        dialog.accept()
        monkeypatch.setattr(update_lookup, "LIMIT_S", 600)
        window.action_requested.emit(Action.CHECK_UPDATES)
        window.findChildren(UpdateDialog)[-1].reject()  # no process is left: a guard of every test


async def test_a_file_called_pip_in_the_current_folder_is_not_run(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(versions, "installed_as", lambda: Installed.PACKAGE)
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        window.action_requested.emit(Action.CHECK_UPDATES)
        (dialog,) = window.findChildren(UpdateDialog)
        await turn_until(lambda: not said(dialog).startswith("Looking up"))
        assert not (tmp_path / "ran").exists()


async def test_all_processes_of_a_lookup_end_with_its_dialog_or_its_window(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    apt(tmp_path, monkeypatch, f"exec 3>'{pipe}'; echo begun >&3; sleep 60 & exec sleep 60")
    async with live_application(qapp, tmp_path) as application:
        for end in (lambda window, dialog: dialog.reject(), lambda window, dialog: application.windows.discard(window)):
            window = application.windows.open_window()
            window.action_requested.emit(Action.CHECK_UPDATES)
            (dialog,) = window.findChildren(UpdateDialog)
            with await asyncio.to_thread(pipe.open) as said_by_it:
                assert await asyncio.to_thread(said_by_it.readline) == "begun\n"
                end(window, dialog)
                assert await asyncio.to_thread(said_by_it.read) == ""  # nobody holds it open any more


async def test_a_program_that_is_not_there_is_said(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "installed_as", lambda: Installed.DEB)
    monkeypatch.setenv("PATH", str(tmp_path))
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        window.action_requested.emit(Action.CHECK_UPDATES)
        (dialog,) = window.findChildren(UpdateDialog)
        await turn_until(lambda: "apt-cache could not be started" in said(dialog))


def test_every_finding_says_what_is_installed_and_that_nothing_was_changed() -> None:
    for finding in (Available(version="2", command="c"), NotKnown(why="Why.")):
        view = view_of(finding, "1", Installed.PACKAGE)
        assert "Nothing was changed" in view.note
        assert "Here is 1" in view.text + view.note
    assert "newest" in view_of(Newest(version="1"), "1", Installed.PACKAGE).text
