"""Texts carry the caret as | and, where there is a selection, its other end as ^."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from capsule_desktop.widgets import editing_rules as rules
from capsule_desktop.widgets import line_rules
from capsule_desktop.widgets.text_edits import Edit, Selection


def after(marked: str, rule: Callable[[str, Selection], Edit | None], plain: str = "") -> str:
    """The text after a rule, with its caret; `plain` is what goes in where there is no rule."""
    caret = marked.replace("^", "").index("|")
    anchor = marked.replace("|", "").index("^") if "^" in marked else caret
    text = marked.replace("|", "").replace("^", "")
    selection = Selection(anchor=anchor, caret=caret)
    edit = rule(text, selection)
    if edit is None:
        at = selection.start + len(plain)
        edit = Edit(start=selection.start, end=selection.end, inserted=plain, anchor=at, caret=at)
    result = edit.applied_to(text)
    marks = {edit.caret: "|"} if edit.anchor == edit.caret else {edit.caret: "|", edit.anchor: "^"}
    for position in sorted(marks, reverse=True):
        result = result[:position] + marks[position] + result[position:]
    return result


def typing(marked: str, characters: str) -> str:
    for character in characters:
        marked = after(marked, lambda text, at, c=character: rules.typed(text, at, c), character)  # type: ignore[misc]
    return marked


@pytest.mark.parametrize(
    ("before", "keys", "expected"),
    [
        ("|", "(", "(|)"),
        ("|", "foo(1)", "foo(1)|"),
        ("|", "[{", "[{|}]"),
        ("|x", "(", "(|x"),  # before a word nothing is closed
        ("|", '"a"', '"a"|'),
        ("|", "'''", "'''|'''"),
        ("|", "f'", "f'|'"),
        ("|", "rb'", "rb'|'"),
        ("don|", "'", "don'|"),
        ("# don|", "'t (", "# don't (|"),
        ('"it|"', "'s", '"it\'s|"'),
        ('"a\\|"', '"', '"a\\"|"'),  # an escaped quote ends nothing
        ("(|)", ")", "()|"),
        ("x|)", ")", "x)|)"),  # that one closes nothing of ours
        ("^abc|", "(", "(^abc|)"),
        ("|abc^", '"', '"|abc^"'),
        ("f(\n    a,\n    |", ")", "f(\n    a,\n)|"),
    ],
)
def test_brackets_and_quotes_close_themselves(before: str, keys: str, expected: str) -> None:
    assert typing(before, keys) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("if x:|", "if x:\n    |"),
        ("    if x:  # why|", "    if x:  # why\n        |"),
        ("d = {'a': 1}|", "d = {'a': 1}\n|"),
        ("    return 1|", "    return 1\n|"),
        ("        pass|", "        pass\n    |"),
        ("    returned|", "    returned\n    |"),
        ("f(|)", "f(\n    |\n)"),
        ("x = [|]", "x = [\n    |\n]"),
        ("f(a,|)", "f(a,\n  |)"),
        ("f(\n    a,|\n)", "f(\n    a,\n    |\n)"),
        ("    f(\n        a)|", "    f(\n        a)\n    |"),
        ("def f(a,\n      b):|", "def f(a,\n      b):\n    |"),
        ("  # if x:|", "  # if x:\n  |"),
        ('"""if x:|', '"""if x:\n|'),
        ("  a|  b", "  a\n  |b"),
        ("^ab|", "\n|"),
        ("|  x", "\n|x"),
    ],
)
def test_enter_indents_as_python_wants_it(before: str, expected: str) -> None:
    assert after(before, rules.newline) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("(|)", "|"),
        ('"|"', "|"),
        ('"a"|"b"', None),
        ("        |x", "    |x"),
        ("      |x", "    |x"),
        (" |x", None),
        ("a|", None),
        ("^ab|", None),
        ("|", None),
    ],
)
def test_backspace_takes_pairs_and_stops(before: str, expected: str | None) -> None:
    untouched = before.replace("|", "").replace("^", "")
    got = after(before, rules.backspace)
    assert got == (expected if expected is not None else got)
    if expected is None:
        caret = before.replace("^", "").index("|")
        anchor = before.replace("|", "").index("^") if "^" in before else caret
        assert rules.backspace(untouched, Selection(anchor=anchor, caret=caret)) is None


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("|", "    |"),
        ("ab|", "ab  |"),
        ("^a\nb|", "    ^a\n    b|"),
        ("^a\n|b", "    ^a\n|b"),
        ("^a\n\nb|", "    ^a\n\n    b|"),
    ],
)
def test_tab_goes_to_the_next_stop_or_indents_the_lines(before: str, expected: str) -> None:
    assert after(before, rules.tab) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [("    a|b", "a|b"), ("  a|", "a|"), ("a|", "a|"), ("^    a\n  b|", "^a\nb|"), ("\ta|", "a|"), ("  |  a", "|a")],
)
def test_dedenting_takes_at_most_one_step(before: str, expected: str) -> None:
    assert after(before, line_rules.dedent_lines) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("a|b", "# a|b"),
        ("# a|b", "a|b"),
        ("#a|", "a|"),
        ("^  a\n    b|", "  # ^a\n  #   b|"),
        ("^a\n\n# b|", "# ^a\n\n# # b|"),
        ("|", "# |"),
    ],
)
def test_commenting_goes_there_and_back(before: str, expected: str) -> None:
    got = after(before, line_rules.toggle_comment)
    assert got.replace("^", "") == expected.replace("^", "")


@pytest.mark.parametrize(
    ("before", "up", "expected"),
    [
        ("a\nb|", True, "b|\na"),
        ("a|\nb", False, "b\na|"),
        ("x\n^a\nb|\ny", True, "^a\nb|\nx\ny"),
        ("a|\n", False, "\na|"),
    ],
)
def test_lines_move_with_their_selection(before: str, up: bool, expected: str) -> None:
    assert after(before, lambda text, at: line_rules.move_lines(text, at, up=up)) == expected


def test_lines_do_not_move_past_the_ends() -> None:
    at = Selection(anchor=0, caret=0)
    assert line_rules.move_lines("a\nb", at, up=True) is None
    assert line_rules.move_lines("a", at, up=False) is None


@pytest.mark.parametrize(
    ("before", "expected"),
    [("abc\nx|y\nz", "abc\nz|"), ("a\nbc|", "a|"), ("ab|", "|"), ("^a\nb|\nc", "c|"), ("a|\n", "|")],
)
def test_deleting_lines_keeps_the_column(before: str, expected: str) -> None:
    assert after(before, line_rules.delete_lines) == expected
