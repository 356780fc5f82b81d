from __future__ import annotations

import pytest

from capsule_desktop.widgets.brackets import SCAN_LIMIT, matching, scan


@pytest.mark.parametrize(
    ("text", "caret", "pair"),
    [
        ("(a)", 0, (0, 2)),
        ("(a)", 1, (0, 2)),
        ("(a)", 3, (2, 0)),
        ("f(')')", 2, (1, 5)),
        ("(# )\n)", 1, (0, 5)),
        ("(]", 1, None),
        ("abc", 1, None),
        ('("""\n)""")', 1, (0, 9)),
    ],
)
def test_partners_are_found_past_strings_and_comments(text: str, caret: int, pair: tuple[int, int] | None) -> None:
    assert matching(text, caret) == pair


def test_a_scan_says_what_encloses_the_place() -> None:
    found = scan("f([", 3)
    assert found.open == (1, 2)
    assert scan("'abc", 4).quote == "'"
    assert scan("'abc\n", 5).in_code
    assert scan("# (", 3).in_comment
    assert scan("'\\''", 3).quote == "'"


def test_a_scan_is_bounded_and_begins_at_a_line() -> None:
    text = "(" + "\n" * 10 + "x" * SCAN_LIMIT + "\ny"
    assert scan(text, len(text)).open == ()
