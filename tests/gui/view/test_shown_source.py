"""The text beside a document: told what changed in it, and keeping what the document cannot hold."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QTextCursor, QTextDocument

from capsule_desktop.widgets.shown_source import Replaced, ShownSource

ODD = "a\rb\u2029c\0\n😀"


class Shown:
    def __init__(self, source: str) -> None:
        self.document = QTextDocument()
        self.source = ShownSource(self.document)
        self.document.setPlainText(self.source.set(source))

    def type(self, start: int, end: int, text: str) -> Replaced | None:
        cursor = QTextCursor(self.document)
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        return self.source.take(start, len(text))


@pytest.mark.usefixtures("qapp")
def test_characters_that_qt_would_alter_are_shown_one_for_one_and_kept() -> None:
    shown = Shown(ODD)
    assert shown.source.text == ODD
    assert shown.document.characterCount() - 1 == len(shown.source.units)
    assert shown.document.blockCount() == shown.source.line_count == 2


@pytest.mark.usefixtures("qapp")
def test_what_is_typed_over_such_a_character_says_what_was_there() -> None:
    shown = Shown(ODD)
    assert shown.type(1, 2, "xy") == Replaced(start=1, removed="\r", inserted="xy", end=3)
    assert shown.source.text == ODD.replace("\r", "xy")


@pytest.mark.usefixtures("qapp")
def test_typing_the_same_again_changes_nothing() -> None:
    shown = Shown("one two")
    assert shown.type(0, 3, "one") is None


@pytest.mark.usefixtures("qapp")
def test_only_what_differs_is_touched_when_the_source_is_another() -> None:
    shown, told = Shown(ODD), list[tuple[int, int, int]]()
    shown.document.documentLayout()  # without one Qt tells of no change
    shown.document.contentsChange.connect(lambda *change: told.append(change))
    shown.source.replace(ODD.replace("c", "cc"))
    assert told == [(5, 0, 1)]
    assert shown.source.text == ODD.replace("c", "cc")
