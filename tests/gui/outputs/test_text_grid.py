"""TextGrid: wrapping by arithmetic agrees with wrapping character by character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capsule_desktop.widgets.outputs import text_grid
from capsule_desktop.widgets.outputs.text_grid import Row, TextGrid


def _rows(text: str, columns: int) -> list[str]:
    grid = TextGrid([text], columns)
    return [text[row.start : row.stop] for row in map(grid.row, range(grid.rows))]


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("", 4, [""]),
        ("abcd", 4, ["abcd"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("日本語", 4, ["日本", "語"]),
        ("a日本", 4, ["a日", "本"]),
        ("日", 1, ["日"]),
        ("a\tb", 8, ["a\t", "b"]),
        ("e\u0301e\u0301e", 2, ["e\u0301e\u0301", "e"]),
    ],
)
def test_a_line_wraps_at_the_columns_it_takes(text: str, columns: int, rows: list[str]) -> None:
    assert _rows(text, columns) == rows


@given(text=st.text("ab é日語😀─", max_size=60), columns=st.integers(2, 12))
def test_counting_in_steps_wraps_where_counting_one_by_one_does(text: str, columns: int) -> None:
    assert text_grid._breaks(text, columns) == text_grid._breaks_by_character(text, columns)


@given(texts=st.lists(st.text("a日\t\u0301", max_size=30), min_size=1, max_size=6), columns=st.integers(2, 9))
def test_every_character_stands_in_exactly_one_row(texts: list[str], columns: int) -> None:
    grid = TextGrid(texts, columns)
    joined = ["" for _ in texts]
    for line, start, stop in map(grid.row, range(grid.rows)):
        joined[line] += texts[line][start:stop]
    assert joined == texts


def test_a_point_finds_the_nearest_boundary() -> None:
    grid = TextGrid(["a日b"], 10)
    assert [grid.character(grid.row(0), column) for column in (0.4, 0.6, 1.9, 2.1, 3.2, 9)] == [0, 1, 1, 2, 2, 3]
    assert grid.row(0) == Row(0, 0, 3)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("cells are there", ["cells are ", "there"]),
        ("0123456789 next", ["0123456789 ", "next"]),
        ("in one", ["in one"]),
        ("    x = averylongname", ["    x = ", "averylongn", "ame"]),
        ("      averylongname", ["      aver", "ylongname"]),
        ("日本語 日本 語です", ["日本語 ", "日本 ", "語です"]),
        ("a\tb long words", ["a\tb ", "long words"]),
        ("ends here  ", ["ends here  "]),
        ("e\u0301" * 12 + " b", ["e\u0301" * 10, "e\u0301" * 2 + " b"]),
        ("", [""]),
    ],
)
def test_prose_wraps_at_words(text: str, rows: list[str]) -> None:
    grid = TextGrid([text, "after"], 10, by_words=True)
    assert [text[row.start : row.stop] for row in map(grid.row, range(grid.rows - 1))] == rows
    assert grid.row(grid.rows - 1) == (1, 0, 5)
