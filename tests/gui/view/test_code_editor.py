from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.code_editor import CodeEditor
from capsule_desktop.widgets.idle_slices import IdleSlices
from capsule_desktop.widgets.palette import DARK, LIGHT
from capsule_desktop.widgets.text_units import from_units, to_units
from capsule_desktop.widgets.values import TextChange

STYLE = CellStyle(palette=LIGHT)
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


class Told:
    """Applies what an editor tells to a text of its own, as the document does."""

    def __init__(self, editor: CodeEditor) -> None:
        self.text = editor.source
        self.changes: list[TextChange] = []
        editor.edited.connect(self._on_edited)

    def _on_edited(self, change: TextChange) -> None:
        self.changes.append(change)
        units, removed = to_units(self.text), to_units(change.removed)
        assert units[change.position : change.position + len(removed)] == removed
        rest = units[change.position + len(removed) :]
        self.text = from_units(units[: change.position] + to_units(change.inserted) + rest)


@pytest.fixture
def idle(qapp: QApplication) -> Iterator[IdleSlices]:
    slices = IdleSlices()
    yield slices
    slices.deleteLater()


@pytest.fixture
def editor(qtbot: QtBot, idle: IdleSlices) -> CodeEditor:
    editor = CodeEditor(STYLE, idle)
    qtbot.addWidget(editor)
    editor.set_language(python=True)
    editor.resize(600, 300)
    editor.show()
    return editor


def colours(editor: CodeEditor, line: int) -> dict[str, str]:
    block = editor.document().findBlockByNumber(line)
    return {
        block.text()[r.start : r.start + r.length]: r.format.foreground().color().name().upper()
        for r in block.layout().formats()
    }


@pytest.mark.parametrize("source", ["a = '😀'\n", "a\u00a0b", "one\r\ntwo", "x\u2029y", "\u2028", "\0"])
def test_what_qt_would_alter_survives_an_edit_elsewhere(editor: CodeEditor, source: str) -> None:
    editor.set_source("start\n" + source)
    told = Told(editor)
    QTest.keyClicks(editor, "z")
    assert editor.source == told.text == "zstart\n" + source


def test_every_way_of_changing_text_is_told_truly(editor: CodeEditor) -> None:
    editor.set_source("def f(😀):\n    return 1\n")
    told = Told(editor)
    editor.place_caret(11)
    for keys in ("(", '"x', ")", "\b"):
        QTest.keyClicks(editor, keys)
    for key, modifiers in (
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Slash, CTRL),
        (Qt.Key.Key_Down, ALT),
        (Qt.Key.Key_Delete, CTRL),
        (Qt.Key.Key_K, CTRL | SHIFT),
        (Qt.Key.Key_A, CTRL),
        (Qt.Key.Key_X, CTRL),
        (Qt.Key.Key_V, CTRL),
    ):
        QTest.keyClick(editor, key, modifiers)
    assert told.text == editor.source == editor.toPlainText()
    assert len(told.changes) > 8


def test_pasting_is_plain_text_with_plain_line_ends(editor: CodeEditor) -> None:
    told = Told(editor)
    data = QMimeData()
    data.setHtml("<b>bold</b>")
    data.setText("a\r\nb\rc")
    QGuiApplication.clipboard().setMimeData(data)
    editor.paste()
    assert told.text == editor.source == "a\nb\nc"


def test_copying_gives_the_source_and_not_what_qt_shows(editor: CodeEditor) -> None:
    editor.set_source("a\u00a0b\nc")
    editor.selectAll()
    editor.copy()
    assert QGuiApplication.clipboard().text() == "a\u00a0b\nc"


def test_there_is_no_undo_of_qts_own(editor: CodeEditor) -> None:
    QTest.keyClicks(editor, "abc")
    assert not editor.document().isUndoAvailable()
    editor.undo()
    assert editor.source == "abc"


def test_a_composition_is_told_only_when_it_is_done(editor: CodeEditor) -> None:
    editor.set_source("x = ")
    editor.place_caret(4)
    told = Told(editor)
    QApplication.sendEvent(editor, QInputMethodEvent("に", []))
    assert editor.composing
    assert told.changes == []
    commit = QInputMethodEvent("", [])
    commit.setCommitString("日本")
    QApplication.sendEvent(editor, commit)
    assert told.text == editor.source == "x = 日本"
    assert not editor.composing


def test_a_replacement_moves_the_caret_only_as_far_as_it_must(editor: CodeEditor) -> None:
    editor.set_source("alpha\nbeta")
    editor.place_caret(8)
    editor.replace_source("new\nalpha\nbeta", None)
    assert editor.caret_position() == 12


def test_the_editor_is_as_high_as_its_text(editor: CodeEditor) -> None:
    editor.set_source("1\n2\n3")
    assert editor.height_for(600) == 60
    editor.set_source("x" * 500)
    assert 20 < editor.height_for(600) <= 32  # one line, and the bar to scroll it sideways
    editor.set_language(python=False)
    assert editor.height_for(600) >= 120  # text wraps


def test_glyphs_of_other_fonts_make_no_line_higher(editor: CodeEditor) -> None:
    editor.set_source("日本語 😀\nabc")
    editor.height_for(600)
    layout = editor.document().documentLayout()
    tops = [layout.blockBoundingRect(editor.document().findBlockByNumber(number)).top() for number in (0, 1)]
    assert tops == [0, 20]


def test_colours_come_in_quiet_moments_and_follow_the_palette(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.set_source("for x in y: pass")
    qtbot.waitUntil(lambda: colours(editor, 0).get("for") == LIGHT.keyword)
    editor.apply_style(CellStyle(palette=DARK))
    qtbot.waitUntil(lambda: colours(editor, 0).get("for") == DARK.keyword)


def test_an_opened_string_recolours_what_follows_and_closing_it_brings_it_back(
    editor: CodeEditor, qtbot: QtBot
) -> None:
    editor.set_source("x = 1\nfor a in b: pass")
    qtbot.waitUntil(lambda: colours(editor, 1).get("for") == LIGHT.keyword)
    editor.place_caret(5)
    editor.textCursor().insertText('"""')
    qtbot.waitUntil(lambda: colours(editor, 1) == {"for a in b: pass": LIGHT.string})
    cursor = QTextCursor(editor.document())
    cursor.setPosition(5)
    cursor.setPosition(8, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText("")
    qtbot.waitUntil(lambda: colours(editor, 1).get("for") == LIGHT.keyword)


def test_brackets_beside_the_caret_are_marked_while_one_edits(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.activateWindow()
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    editor.set_source("f(a)")
    editor.place_caret(4)
    marked = [(s.cursor.selectionStart(), s.cursor.selectionEnd()) for s in editor.extraSelections()]
    assert sorted(marked) == [(1, 2), (3, 4)]
    editor.clearFocus()
    assert editor.extraSelections() == []
