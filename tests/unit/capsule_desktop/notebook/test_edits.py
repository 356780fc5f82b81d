"""Text undo: what one step is, and positions as Qt counts them."""

from __future__ import annotations

import pytest

from capsule_desktop.notebook import edits, utf16
from capsule_desktop.notebook.edits import BURST_S, TEXT_STEPS, TextChange, TextHistory


def change(position: int, removed: str = "", inserted: str = "") -> TextChange:
    after = position + utf16.length(inserted)
    before = position + utf16.length(removed)
    return TextChange(position=position, removed=removed, inserted=inserted, caret_before=before, caret_after=after)


class Typist:
    """Types into a text and keeps its history."""

    def __init__(self, text: str = "") -> None:
        self.text, self.history, self.now = text, TextHistory(), 0.0

    def do(self, *changes: TextChange) -> None:
        for each in changes:
            self.text = edits.applied(self.text, each)
            self.history.add(each, self.now)

    def type(self, text: str) -> None:
        for char in text:
            self.do(change(utf16.length(self.text), inserted=char))

    def undone(self) -> list[str]:
        """The texts that undoing step by step gives."""
        texts = []
        while (step := self.history.undo()) is not None:
            self.text = edits.applied(self.text, step)
            texts.append(self.text)
        return texts


def test_typing_is_undone_word_by_word_and_line_by_line() -> None:
    typist = Typist()
    typist.type("one two\nthree")
    assert typist.undone() == ["one two\n", "one two", "one ", ""]


def test_a_pause_begins_a_new_step() -> None:
    typist = Typist()
    typist.type("ab")
    typist.now += BURST_S * 1.01
    typist.type("cd")
    assert typist.undone() == ["ab", ""]


def test_deleting_is_one_step_in_both_directions() -> None:
    backspace = Typist("abc")
    backspace.do(change(2, "c"), change(1, "b"))
    assert backspace.undone() == ["abc"]
    delete = Typist("abc")
    delete.do(change(0, "a"), change(0, "b"))
    assert delete.undone() == ["abc"]


def test_typing_elsewhere_or_over_a_selection_is_a_step_of_its_own() -> None:
    typist = Typist("abc")
    typist.do(change(3, inserted="d"), change(0, inserted="x"), change(1, "a", "y"), change(2, inserted="z"))
    assert typist.text == "xyzbcd"
    assert typist.undone() == ["xabcd", "abcd", "abc"]


def test_undoing_gives_the_caret_back() -> None:
    typist = Typist("abc")
    typist.do(TextChange(position=1, removed="b", inserted="", caret_before=2, caret_after=1))
    step = typist.history.undo()
    assert step == TextChange(position=1, removed="", inserted="b", caret_before=1, caret_after=2)


def test_typing_after_undo_forgets_what_could_be_redone_and_joins_nothing() -> None:
    typist = Typist()
    typist.type("a b")
    undo = typist.history.undo()
    assert undo is not None
    typist.text = edits.applied(typist.text, undo)
    typist.type("c")
    assert typist.history.redo() is None
    assert typist.undone() == ["a ", ""]


def test_the_oldest_steps_are_forgotten() -> None:
    typist = Typist()
    typist.type("\n" * (TEXT_STEPS + 5))
    assert typist.undone()[-1] == "\n" * 5


@pytest.mark.parametrize(
    ("text", "position", "index"),
    [("abc", 2, 2), ("é😀x", 3, 2), ("é😀x", 4, 3), ("é😀x", 2, 1), ("", 0, 0), ("😀", 2, 1)],
)
def test_positions_are_utf_16_units(text: str, position: int, index: int) -> None:
    assert utf16.index(text, position) == index


@pytest.mark.parametrize(("text", "position"), [("abc", 4), ("abc", -1), ("😀", 3), ("é", 2), ("", 1), ("😀", -1)])
def test_a_position_outside_of_the_text_is_an_error(text: str, position: int) -> None:
    with pytest.raises(IndexError):
        utf16.index(text, position)


def test_a_change_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(IndexError):
        edits.applied("abc", change(2, "cd"))


@pytest.mark.parametrize(
    ("before", "after"), [("abc", "aXc"), ("", "x"), ("aa", "aaa"), ("😀a😀", "😀b😀"), ("ab", "")]
)
def test_the_change_between_two_texts_leads_from_one_to_the_other(before: str, after: str) -> None:
    step = edits.change_between(before, after)
    assert edits.applied(before, step) == after
    assert edits.applied(after, step.inverse()) == before
