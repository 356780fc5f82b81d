"""Something long that runs outside, as it is shown while it goes, is cancelled, and ends."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.progress_sheet import ProgressSheet, SheetEnd


@pytest.fixture
def sheet(window: MainWindow, qtbot: QtBot) -> ProgressSheet:
    sheet = ProgressSheet("Install pandas", "If you cancel, packages that were put in until then stay.", window)
    sheet.show()
    qtbot.waitUntil(sheet.isActiveWindow)
    sheet.show_progress(1, 2, "Downloading pandas", "$ pip install pandas")
    return sheet


def said(sheet: ProgressSheet) -> str:
    return "\n".join(label.text() for label in sheet.findChildren(QLabel) if label.isVisible())


def printed(sheet: ProgressSheet) -> str:
    field = sheet.findChild(QPlainTextEdit)
    assert field is not None
    return field.toPlainText()


def test_what_it_does_and_prints_is_shown(sheet: ProgressSheet) -> None:
    assert "Downloading pandas (step 1 of 2)" in said(sheet)
    assert printed(sheet) == "$ pip install pandas"


def test_what_an_installer_says_of_being_cancelled_is_no_alarm(sheet: ProgressSheet, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sheet.cancel_requested):
        QTest.keyClick(sheet, Qt.Key.Key_Return)
    sheet.show_progress(1, 2, "Downloading pandas", "Traceback (most recent call last):")
    assert "Cancelling…" in said(sheet)
    assert "Traceback" not in printed(sheet)
    sheet.show_end("Packages may have stayed.", "$ pip install pandas\nTraceback", SheetEnd.CANCELLED)
    assert "Cancelled" in said(sheet)
    assert [each.text() for each in sheet.findChildren(QPushButton) if each.isVisible()] == [
        *("Full log", "Close", "Try again")
    ]


def test_escape_gives_nothing_up_before_the_end(sheet: ProgressSheet, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(sheet.cancel_requested):
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert sheet.isVisible()
    sheet.show_end("pandas was installed.", "", SheetEnd.DONE)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
