"""Programs that are interrupted, and the lines that they printed, looked through as in IPython."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.worker.plain.programs import Lines, Programs, keep, run

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


def test_a_program_whose_lines_are_kept_has_no_terminal_to_write_columns_for() -> None:
    namespace: dict[str, object] = {}
    lines = Programs(namespace).output_of("test -t 1 || echo a pipe; echo wrong >&2; exit 4")
    assert (lines, namespace["_exit_code"]) == (["a pipe", "wrong"], 4)


@pytest.mark.parametrize("started", [run, keep])
def test_an_interrupt_reaches_a_program_that_may_still_say_something(started: Callable[..., int]) -> None:
    shown: list[str] = []

    def show(text: str) -> None:
        shown.append(text.replace("\r", ""))
        if text.strip() == "started":
            raise KeyboardInterrupt

    command = "trap 'echo stopped; exit 3' INT; sleep 60 > /dev/null 2>&1 & echo started; wait"
    assert started(command, show) == 3
    assert "".join(shown).endswith("stopped\n")
