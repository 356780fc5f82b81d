"""Choosing a Python by eyes, keys and screen reader; the values are given, as presenters do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.interpreter_dialog import NONE_FOUND, ChooserView, InterpreterDialog
from capsule_desktop.widgets.interpreter_list import InterpreterList
from capsule_desktop.widgets.interpreter_rows import InterpreterRow, Section, arranged
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.palette import DARK, LIGHT, Palette

BESIDE = InterpreterRow(
    path="/home/ada/work/.venv/bin/python",
    name=".venv",
    section=Section.FOLDER,
    version="3.12.1",
    kind="environment of this folder",
    place="/home/ada/work/.venv/bin/python",
    packages=("numpy 2.1", "pandas 2.2", "IPython 9.1"),
    is_current=True,
    is_restorable=True,
)
ANALYSIS = replace(
    BESIDE,
    path="/env/analysis/bin/python",
    name="analysis",
    section=Section.ENVIRONMENTS,
    packages=("numpy 1.26",),
    is_current=False,
    is_restorable=False,
    version="3.11.7",
)
BROKEN = replace(
    ANALYSIS,
    path="/env/broken/bin/python",
    name="broken",
    packages=(),
    standing="Missing",
    reason="its Python was removed",
)
SYSTEM = replace(ANALYSIS, path="/usr/bin/python3", name="Python 3.11", section=Section.SYSTEM, packages=())
ROWS = (BESIDE, ANALYSIS, BROKEN, SYSTEM)


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> InterpreterDialog:
    return shown(ChooserView(rows=ROWS), window, qtbot)


def shown(view: ChooserView, window: MainWindow, qtbot: QtBot, palette: Palette = LIGHT) -> InterpreterDialog:
    dialog = InterpreterDialog(view, palette, window)
    dialog.open()
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def listed(dialog: InterpreterDialog) -> InterpreterList:
    found = dialog.findChild(InterpreterList)
    assert isinstance(found, InterpreterList)
    return found


def line(dialog: InterpreterDialog) -> QLineEdit:
    found = dialog.findChild(QLineEdit)
    assert isinstance(found, QLineEdit)
    return found


def button(dialog: InterpreterDialog, label: str) -> QPushButton:
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == label)


def words(dialog: InterpreterDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def test_the_present_one_is_stood_on_and_what_is_typed_narrows_the_list(
    dialog: InterpreterDialog, qtbot: QtBot
) -> None:
    assert listed(dialog).current == BESIDE
    assert line(dialog).hasFocus()
    qtbot.keyClicks(line(dialog), "anal 3.11")
    assert listed(dialog).paths == [ANALYSIS.path]
    assert listed(dialog).current == ANALYSIS


def test_it_is_chosen_by_keys_alone(dialog: InterpreterDialog, qtbot: QtBot) -> None:
    qtbot.keyClick(line(dialog), Qt.Key.Key_Down)
    assert listed(dialog).current == ANALYSIS
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.keyClick(line(dialog), Qt.Key.Key_Return)
    assert chosen.args == [ANALYSIS.path, False]


def test_one_that_cannot_be_used_is_read_and_not_taken(dialog: InterpreterDialog, qtbot: QtBot) -> None:
    listed(dialog).select(BROKEN.path)
    assert "its Python was removed" in BROKEN.described()
    assert not button(dialog, "Use").isEnabled()
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.keyClick(listed(dialog), Qt.Key.Key_Return)
    assert dialog.isVisible()


def test_what_is_found_out_meanwhile_moves_no_row(dialog: InterpreterDialog, qtbot: QtBot) -> None:
    shown_list = listed(dialog)
    shown_list.select(ANALYSIS.path)
    before = shown_list.visualRect(shown_list.currentIndex())
    more = replace(ANALYSIS, packages=("numpy 1.26", "pandas 2.0"), is_recent=True, section=Section.RECENT)
    added = replace(BESIDE, path="/home/ada/work/env/bin/python", name="env", is_current=False)
    dialog.show_view(ChooserView(rows=(added, SYSTEM, BROKEN, more, BESIDE)))
    assert shown_list.paths == [BESIDE.path, added.path, ANALYSIS.path, BROKEN.path, SYSTEM.path]
    assert shown_list.current == replace(more, section=Section.ENVIRONMENTS)
    assert before.height() == shown_list.visualRect(shown_list.currentIndex()).height()


def test_a_row_that_comes_above_leaves_the_one_under_the_pointer_where_it_is(window: MainWindow, qtbot: QtBot) -> None:
    many = tuple(replace(ANALYSIS, path=f"/env/{n}/bin/python", name=f"env {n}") for n in range(30))
    dialog = shown(ChooserView(rows=many), window, qtbot)
    shown_list = listed(dialog)
    shown_list.select(many[20].path)
    before = shown_list.visualRect(shown_list.currentIndex()).top()
    dialog.show_view(ChooserView(rows=(*many, BESIDE)))
    assert shown_list.visualRect(shown_list.currentIndex()).top() == before


def test_what_a_choice_does_to_the_running_one_is_said(window: MainWindow, qtbot: QtBot) -> None:
    other = replace(ANALYSIS, path="/env/same/bin/python", is_restorable=True)
    view = ChooserView(rows=(*ROWS, other), consequence="It can be restored.", elsewhere="It cannot be restored.")
    dialog = shown(view, window, qtbot)
    assert "This is the one that runs now" in words(dialog)
    assert button(dialog, "Use").isVisible()
    listed(dialog).select(ANALYSIS.path)
    assert "It cannot be restored." in words(dialog)
    assert button(dialog, "Restart").isEnabled()
    assert not button(dialog, "Restart and restore").isEnabled()
    listed(dialog).select(other.path)
    assert "It can be restored." in words(dialog)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(button(dialog, "Restart and restore"), Qt.MouseButton.LeftButton)
    assert chosen.args == [other.path, True]


def test_no_python_at_all_says_what_to_do(window: MainWindow, qtbot: QtBot) -> None:
    dialog = shown(ChooserView(is_looking=True, what_to_do="Install one."), window, qtbot)
    assert "Looking" in words(dialog)
    dialog.show_view(ChooserView(what_to_do="Install one."))
    assert NONE_FOUND in words(dialog)
    assert "Install one." in words(dialog)
    assert not button(dialog, "Use").isEnabled()


def test_nothing_that_matches_is_said(dialog: InterpreterDialog, qtbot: QtBot) -> None:
    qtbot.keyClicks(line(dialog), "zzz")
    assert "matches “zzz”" in words(dialog)
    assert not button(dialog, "Use").isEnabled()


def test_why_what_was_browsed_for_is_none_is_said(dialog: InterpreterDialog) -> None:
    dialog.show_problem("There is no Python in there.")
    assert "There is no Python in there." in words(dialog)


def test_readers_hear_name_version_packages_and_why_not() -> None:
    assert BESIDE.described() == (
        ".venv, Python 3.12.1, environment of this folder, with numpy 2.1, pandas 2.2, IPython 9.1, "
        "/home/ada/work/.venv/bin/python, chosen"
    )
    assert replace(BESIDE, is_running=True).described().endswith("/.venv/bin/python, in use")
    assert BROKEN.described().endswith("Missing: its Python was removed")


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_it_is_painted_narrow_and_wide(window: MainWindow, qtbot: QtBot, palette: Palette) -> None:
    dialog = shown(ChooserView(rows=ROWS), window, qtbot, palette)
    for width_px in (dialog.minimumWidth(), 900):
        dialog.resize(width_px, 500)
        assert not dialog.grab().isNull()


def test_sections_come_in_their_order_and_known_rows_stay() -> None:
    first = arranged((), (SYSTEM, BESIDE))
    assert [row.path for row in first] == [BESIDE.path, SYSTEM.path]
    assert [row.path for row in arranged(first, (replace(SYSTEM, section=Section.FOLDER), BESIDE))] == [
        BESIDE.path,
        SYSTEM.path,
    ]
