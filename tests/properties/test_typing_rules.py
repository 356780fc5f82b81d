"""What holds of every editing rule, whatever the text and wherever the caret."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import assume, given
from hypothesis import strategies as st

from capsule_desktop.widgets import editing_rules as rules
from capsule_desktop.widgets import line_rules
from capsule_desktop.widgets.brackets import OPENERS, matching
from capsule_desktop.widgets.text_edits import Edit, Selection

CODE = st.text(st.sampled_from("ab \n\t()[]{}\"'#:\\,"), max_size=60) | st.text(max_size=30)
RULES: list[Callable[[str, Selection], Edit | None]] = [
    *(lambda text, at, c=character: rules.typed(text, at, c) for character in "()[]{}\"'a"),  # type: ignore[misc]
    rules.newline,
    rules.backspace,
    rules.tab,
    line_rules.indent_lines,
    line_rules.dedent_lines,
    line_rules.toggle_comment,
    line_rules.delete_lines,
    lambda text, at: line_rules.move_lines(text, at, up=True),
    lambda text, at: line_rules.move_lines(text, at, up=False),
]


@st.composite
def places(draw: st.DrawFn) -> tuple[str, Selection]:
    text = draw(CODE)
    ends = st.integers(0, len(text))
    return text, Selection(anchor=draw(ends), caret=draw(ends))


@given(places(), st.sampled_from(RULES))
def test_an_edit_lies_in_the_text_and_its_selection_in_the_result(
    place: tuple[str, Selection], rule: Callable[[str, Selection], Edit | None]
) -> None:
    text, selection = place
    edit = rule(text, selection)
    if edit is None:
        return
    assert 0 <= edit.start <= edit.end <= len(text)
    result = edit.applied_to(text)
    assert 0 <= edit.anchor <= len(result)
    assert 0 <= edit.caret <= len(result)


@given(places(), st.sampled_from("()[]{}\"'"))
def test_typing_a_pair_character_never_loses_what_was_there(place: tuple[str, Selection], character: str) -> None:
    text, selection = place
    edit = rules.typed(text, selection, character)
    if edit is None or (selection.empty and not text[: selection.caret].rpartition("\n")[2].strip()):
        return  # a closer that dedents its line takes blanks away
    assert text[edit.start : edit.end] in edit.inserted


@given(places())
def test_indenting_and_dedenting_come_back(place: tuple[str, Selection]) -> None:
    text, selection = place
    indented = line_rules.indent_lines(text, selection)
    there = indented.applied_to(text)
    back = line_rules.dedent_lines(there, Selection(anchor=indented.anchor, caret=indented.caret))
    assert back.applied_to(there).split() == text.split()


@given(places())
def test_moving_lines_down_and_up_comes_back(place: tuple[str, Selection]) -> None:
    text, selection = place
    assume(selection.empty or text[selection.end - 1] != "\n")  # such an end has no place behind the last line
    down = line_rules.move_lines(text, selection, up=False)
    if down is None:
        return
    there = down.applied_to(text)
    up = line_rules.move_lines(there, Selection(anchor=down.anchor, caret=down.caret), up=True)
    assert up is not None
    assert up.applied_to(there) == text


@given(places())
def test_matching_brackets_match_each_other(place: tuple[str, Selection]) -> None:
    text, selection = place
    pair = matching(text, selection.caret)
    if pair is None:
        return
    first, second = sorted(pair)
    assert OPENERS[text[first]] == text[second]
    assert matching(text, pair[1] + 1) in (pair, pair[::-1])
