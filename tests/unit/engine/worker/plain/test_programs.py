"""Lines that a program printed, looked through as in IPython."""

from __future__ import annotations

import pytest

from engine.worker.plain.programs import Lines

LINES = Lines(["root 1 init", "ada 20 Python", "ada 3 sh", ""])


def test_lines_are_found_whatever_their_case() -> None:
    assert LINES.grep("PYTHON") == ["ada 20 Python"]
    assert LINES.grep("ada", prune=True) == ["root 1 init", ""]
    assert LINES.grep(lambda line: line.endswith("sh")).n == "ada 3 sh"


def test_lines_are_found_by_one_of_their_words() -> None:
    assert LINES.grep("^2", field=1) == ["ada 20 Python"]
    assert LINES.grep("sh$", field=-1) == ["ada 3 sh"]
    assert LINES.grep("ada", field=7) == []


@pytest.mark.parametrize(
    ("numbers", "chosen"),
    [
        ((), [["root", "1", "init"], ["ada", "20", "Python"], ["ada", "3", "sh"], []]),
        ((0,), ["root", "ada", "ada"]),
        ((2, 0), ["init root", "Python ada", "sh ada"]),
        ((-1, 7), ["init", "Python", "sh"]),
    ],
)
def test_lines_are_taken_apart_at_blanks(numbers: tuple[int, ...], chosen: list[object]) -> None:
    assert LINES.fields(*numbers) == chosen
