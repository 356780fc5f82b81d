from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets import messages
from capsule_desktop.widgets.about_dialog import AboutDialog
from capsule_desktop.widgets.checkpoint_dialogs import RestoreCheckpointDialog, SaveCheckpointDialog
from capsule_desktop.widgets.input_dialog import InputDialog, InputQuestion
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog, MessageView
from capsule_desktop.widgets.palette import LIGHT
from capsule_desktop.widgets.report_dialog import ReportDialog, ReportRow, counts_in_words, problems_first
from capsule_desktop.widgets.shortcuts_dialog import ShortcutsDialog, shortcut_rows

QUESTION = InputQuestion(cell="Cell 5", prompt="Which batch? ", history=("B-05", "B-06"))
ALL_MESSAGES = (
    messages.unsaved_work("a.ipynb"),
    messages.keep_running("a.ipynb", "Cell 3", unsaved=True),
    messages.keep_waiting("a.ipynb", 2, unsaved=False),
    messages.running_cell("a.ipynb", unsaved=True),
    messages.reopen_by_hand("a.ipynb"),
    messages.ended_twice("a.ipynb"),
    messages.restore_last("Cell 3"),
    messages.changed_on_disk("a.ipynb"),
    messages.failure("It failed", "Nothing is lost.", "Try again."),
    messages.restart(running=True),
    messages.restart(running=False, clear=True),
    messages.shut_down(running=False),
    messages.foreign_checkpoint("a.capsule"),
    messages.crash_reports(2, "/home/ada/reports"),
)


def _line(dialog: QWidget) -> QLineEdit:
    line = dialog.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    return line


def _press(dialog: QWidget, label: str, qtbot: QtBot) -> None:
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == label)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def _words(dialog: QWidget) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


@pytest.fixture
def dialog(window: MainWindow) -> InputDialog:
    dialog = InputDialog(QUESTION, window)
    dialog.ask()
    return dialog


def test_an_input_dialog_belongs_to_its_window_and_blocks_nothing(window: MainWindow, dialog: InputDialog) -> None:
    assert dialog.isVisible()
    assert not dialog.isModal()
    assert dialog.parentWidget() is window
    assert "Cell 5 asks" in _words(dialog)


def test_enter_answers(dialog: InputDialog, qtbot: QtBot) -> None:
    qtbot.keyClicks(_line(dialog), "B-07")
    with qtbot.waitSignal(dialog.answered) as answered:
        qtbot.keyClick(_line(dialog), Qt.Key.Key_Return)
    assert answered.args == ["B-07"]


def test_an_empty_answer_is_an_answer(dialog: InputDialog, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dialog.answered) as answered:
        _press(dialog, "OK", qtbot)
    assert answered.args == [""]


@pytest.mark.parametrize(("label", "signal"), [("Interrupt", "interrupted"), ("End of file", "ended")])
def test_each_button_says_its_own_thing_once(dialog: InputDialog, qtbot: QtBot, label: str, signal: str) -> None:
    with qtbot.assertNotEmitted(dialog.postponed), qtbot.waitSignal(getattr(dialog, signal)):
        _press(dialog, label, qtbot)
    assert not dialog.isVisible()


@pytest.mark.parametrize("how", ["escape", "close", "later"])
def test_going_away_means_later(dialog: InputDialog, qtbot: QtBot, how: str) -> None:
    with qtbot.waitSignal(dialog.postponed):
        match how:
            case "escape":
                qtbot.keyClick(dialog, Qt.Key.Key_Escape)
            case "close":
                dialog.close()
            case _:
                _press(dialog, "Later", qtbot)


def test_a_question_settled_elsewhere_goes_without_a_word(dialog: InputDialog, qtbot: QtBot) -> None:
    silent = (dialog.answered, dialog.interrupted, dialog.ended, dialog.postponed)
    with (
        qtbot.assertNotEmitted(silent[0]),
        qtbot.assertNotEmitted(silent[1]),
        qtbot.assertNotEmitted(silent[2]),
        qtbot.assertNotEmitted(silent[3]),
    ):
        dialog.dismiss()
        dialog.reject()  # an Escape that was already under way
        _press(dialog, "OK", qtbot)
    assert not dialog.isVisible()


def test_a_dialog_is_gone_after_its_answer(dialog: InputDialog, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dialog.destroyed):
        _press(dialog, "OK", qtbot)


def test_up_and_down_go_through_earlier_answers_and_back_to_what_was_typed(dialog: InputDialog, qtbot: QtBot) -> None:
    line = _line(dialog)
    qtbot.keyClicks(line, "new")
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(line, key)
        seen.append(line.text())
    assert seen == ["B-06", "B-05", "B-05", "B-06", "new", "new"]


def test_a_password_is_hidden_has_no_history_and_can_be_shown(window: MainWindow, qtbot: QtBot) -> None:
    dialog = InputDialog(InputQuestion(cell="Cell 5", password=True, history=("old secret",)), window)
    dialog.ask()
    line = _line(dialog)
    assert line.echoMode() is QLineEdit.EchoMode.Password
    qtbot.keyClick(line, Qt.Key.Key_Up)
    assert line.text() == ""
    show = dialog.findChild(QCheckBox)
    assert isinstance(show, QCheckBox)
    show.click()
    assert line.echoMode() is QLineEdit.EchoMode.Normal
    assert "A password is never kept." in _words(dialog)
    dialog.dismiss()


def test_whether_answers_are_kept_is_said_and_can_be_changed(dialog: InputDialog, qtbot: QtBot) -> None:
    keep = dialog.findChild(QCheckBox)
    assert isinstance(keep, QCheckBox)
    assert keep.isChecked()
    with qtbot.waitSignal(dialog.keep_toggled) as toggled:
        keep.click()
    assert toggled.args == [False]
    with qtbot.assertNotEmitted(dialog.keep_toggled):
        dialog.show_kept(True)
    assert keep.isChecked()


def test_a_long_prompt_scrolls_instead_of_growing_the_dialog(window: MainWindow) -> None:
    dialog = InputDialog(InputQuestion(cell="Cell 5", prompt="line\n" * 500), window)
    dialog.ask()
    prompt = dialog.findChild(QPlainTextEdit)
    assert isinstance(prompt, QPlainTextEdit)
    assert dialog.height() < 500
    assert prompt.verticalScrollBar().maximum() > 0
    dialog.dismiss()


def test_two_notebooks_can_wait_at_once(window: MainWindow, dialog: InputDialog, qtbot: QtBot) -> None:
    other = InputDialog(InputQuestion(cell="Cell 1", prompt="Name"), window)
    other.ask()
    assert dialog.isVisible()
    assert other.isVisible()
    with qtbot.waitSignal(other.answered):
        _press(other, "OK", qtbot)
    assert dialog.isVisible()
    dialog.dismiss()


@pytest.mark.parametrize("view", ALL_MESSAGES, ids=[view.heading for view in ALL_MESSAGES])
def test_escape_is_always_the_harmless_choice(window: MainWindow, qtbot: QtBot, view: MessageView) -> None:
    dialog = MessageDialog(view, window)
    dialog.open()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert chosen.args[0] in {Choice.CANCEL, Choice.OK}


@pytest.mark.parametrize("view", ALL_MESSAGES, ids=[view.heading for view in ALL_MESSAGES])
def test_each_button_gives_its_choice_and_the_last_one_is_enter(
    window: MainWindow, qtbot: QtBot, view: MessageView
) -> None:
    for button in view.buttons:
        dialog = MessageDialog(view, window)
        dialog.open()
        assert view.text in _words(dialog)
        with qtbot.waitSignal(dialog.chosen) as chosen:
            _press(dialog, button.label, qtbot)
        assert chosen.args == [button.choice]
    dialog = MessageDialog(view, window)
    dialog.open()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert chosen.args == [view.buttons[-1].choice]


def test_enter_presses_the_button_that_tab_has_reached(window: MainWindow, qtbot: QtBot) -> None:
    dialog = MessageDialog(messages.restart(running=True), window)
    dialog.open()
    cancel = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Cancel")
    cancel.setFocus()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.keyClick(cancel, Qt.Key.Key_Return)
    assert chosen.args == [Choice.CANCEL]


@pytest.mark.parametrize("view", ALL_MESSAGES, ids=[view.heading for view in ALL_MESSAGES])
def test_sentences_call_what_runs_the_cells_python(view: MessageView) -> None:
    words = " ".join((view.heading, view.text, view.option, *(button.label for button in view.buttons)))
    assert not re.search(r"kernel|worker", words, re.IGNORECASE)


def test_enter_on_an_untrusted_checkpoint_does_not_restore_it() -> None:
    assert messages.foreign_checkpoint("a").buttons[-1].choice is Choice.CANCEL


def test_a_file_name_is_never_taken_for_markup(window: MainWindow) -> None:
    dialog = MessageDialog(messages.unsaved_work("<b>x</b>.ipynb"), window)
    heading = dialog.findChildren(QLabel)[0]
    assert heading.textFormat() is Qt.TextFormat.PlainText
    dialog.dismiss()


def test_a_checkpoint_needs_a_name_and_says_when_it_replaces_one(window: MainWindow, qtbot: QtBot) -> None:
    dialog = SaveCheckpointDialog("After cell 6", "/state/titration", frozenset({"clean"}), window)
    dialog.open()
    save = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Save")
    _line(dialog).setText("   ")
    assert not save.isEnabled()
    _line(dialog).setText(" clean ")
    assert "Replaces the checkpoint of this name." in _words(dialog)
    with qtbot.waitSignal(dialog.save_requested) as asked:
        qtbot.keyClick(_line(dialog), Qt.Key.Key_Return)
    assert asked.args == ["clean"]


@pytest.mark.parametrize("replace", [False, True])
def test_a_restore_merges_unless_replacing_is_chosen(window: MainWindow, qtbot: QtBot, replace: bool) -> None:
    dialog = RestoreCheckpointDialog("clean", "13:58", window)
    dialog.open()
    if replace:
        next(r for r in dialog.findChildren(QRadioButton) if r.text().startswith("Replace")).click()
    with qtbot.waitSignal(dialog.restore_requested) as asked:
        _press(dialog, "Restore", qtbot)
    assert asked.args == [replace]


ROWS = (
    ReportRow(name="b", type_name="int", outcome="restored"),
    ReportRow(name="conn", type_name="socket", outcome="not restored", reason="a\tsocket", problem=True),
    ReportRow(name="a", type_name="int", outcome="restored"),
)


def test_a_report_shows_problems_first_and_counts_in_words(window: MainWindow) -> None:
    assert [row.name for row in problems_first(ROWS)] == ["conn", "a", "b"]
    assert counts_in_words(ROWS) == "1 variable not restored, 2 restored."
    assert counts_in_words(ROWS[::2]) == "2 variables restored."
    assert counts_in_words([ReportRow(name="random state", type_name="", outcome="restored")]) == "1 item restored."
    assert counts_in_words(()) == "There were no variables."
    dialog = ReportDialog("Restored", ROWS, LIGHT, parent=window)
    dialog.open()
    table = dialog.findChild(QTableView)
    assert isinstance(table, QTableView)
    assert table.model().index(0, 0).data() == "conn"
    dialog.dismiss()


def test_a_report_can_be_copied_as_a_table(window: MainWindow, qtbot: QtBot) -> None:
    dialog = ReportDialog("Restored", ROWS, LIGHT, parent=window)
    dialog.open()
    _press(dialog, "Copy", qtbot)
    lines = QApplication.clipboard().text().split("\n")
    assert lines[:2] == ["Name\tType\tWhat happened\tWhy", "conn\tsocket\tnot restored\ta socket"]
    assert len(lines) == 4
    dialog.dismiss()


def test_shortcuts_narrow_by_key_and_by_words(window: MainWindow, qtbot: QtBot) -> None:
    dialog = ShortcutsDialog(window)
    dialog.open()
    table = dialog.findChild(QTableView)
    assert isinstance(table, QTableView)
    assert table.model().rowCount() == len(shortcut_rows())
    qtbot.keyClicks(_line(dialog), "delete")
    assert [table.model().index(r, 1).data() for r in range(table.model().rowCount())] == ["D, D"]
    _line(dialog).setText("shift+enter")
    assert table.model().index(0, 0).data() == "Run selected cells"
    dialog.dismiss()


def test_about_gives_the_versions_to_copy(window: MainWindow, qtbot: QtBot) -> None:
    dialog = AboutDialog([("Capsule Desktop", "0.1.0"), ("Python", "3.12.1")], window)
    dialog.open()
    _press(dialog, "Copy versions", qtbot)
    assert QApplication.clipboard().text() == "Capsule Desktop 0.1.0\nPython 3.12.1"
    dialog.dismiss()
