"""What a report says of an exception: where it came from, and nothing that it quotes."""

from __future__ import annotations

import ast
import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from capsule_desktop.crash_error import where_it_went_wrong
from engine.errors import BrokenInvariant, WorkerStartError

SECRET = "password"


def raised(how: Callable[[], object]) -> str:
    try:
        how()
    except BaseException as error:
        return where_it_went_wrong(error)
    raise AssertionError("nothing was raised")


def of_code() -> None:
    ast.parse(f"x = = '{SECRET}'", filename=SECRET)


def chained() -> None:
    try:
        of_code()
    except SyntaxError as error:
        raise WorkerStartError(f"Python said: {error.text}") from error


def while_dealing() -> None:
    try:
        raise KeyError(SECRET)
    except KeyError:
        error = ValueError(SECRET)
        error.add_note(SECRET)
        raise error  # noqa: B904  # the chain that Python makes by itself


def group() -> None:
    raise ExceptionGroup(SECRET, [ValueError(SECRET), ExceptionGroup(SECRET, [KeyError(SECRET)])])


def endless() -> None:
    endless()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (of_code, ["\nSyntaxError\n", "in of_code"]),
        (chained, ["\nSyntaxError\n", "From that came:", "\nengine.errors.WorkerStartError\n", "in chained"]),
        (while_dealing, ["\nKeyError\n", "While that was dealt with:", "\nValueError\n"]),
        (group, ["\nExceptionGroup\n", "Part 1 of that:\nValueError", "Part 1 of that:\nKeyError"]),
        (endless, ["\nRecursionError\n", "times]"]),
        (lambda: Path(f"/{SECRET}").read_bytes(), ["FileNotFoundError: ENOENT\n"]),
    ],
)
def test_types_and_places_are_said_and_no_words(how: Callable[[], object], said: list[str]) -> None:
    text = raised(how)
    assert [words for words in said if words not in text] == []
    assert SECRET not in text


def test_the_words_of_our_own_bugs_are_said() -> None:
    assert where_it_went_wrong(BrokenInvariant("it is closed")) == "engine.errors.BrokenInvariant: it is closed\n"


def test_what_a_bug_says_of_another_error_is_not() -> None:
    error = BrokenInvariant(f"it says {SECRET}")
    error.__cause__ = OSError(errno.EIO, SECRET)
    assert where_it_went_wrong(error) == "OSError: EIO\n\nFrom that came:\nengine.errors.BrokenInvariant\n"


def test_a_chain_that_goes_in_a_circle_ends() -> None:
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    assert where_it_went_wrong(one).count("Error") == 2
