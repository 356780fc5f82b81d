"""Which Python is offered for one that is missing, and which a notebook without a choice gets."""

from __future__ import annotations

from pathlib import Path

from engine.interpreters.interpreter import Interpreter, Kind, Standing
from engine.interpreters.nearest import default, nearest

DATA = {"numpy": "2.3", "pandas": "2.3", "ipython": "9.0"}


def one(name: str, version: str, kind: Kind = Kind.VENV, **fields: object) -> Interpreter:
    folder = Path("/pythons") / name
    return Interpreter(path=folder / "bin/python", name=name, kind=kind, home=folder, version=version, **fields)  # type: ignore[arg-type]


def test_the_same_name_is_nearest_whatever_its_version() -> None:
    among = [one("rich", "3.12.1", packages=DATA), one("analysis", "3.11.0")]
    assert nearest("analysis", "3.12.1", among) is among[1]


def test_of_two_of_the_name_the_one_of_the_version() -> None:
    among = [one("base", "3.13.0", packages=DATA), one("base", "3.12.9")]
    assert nearest("base", "3.12.1", among) is among[1]


def test_else_the_same_minor_version_with_most_packages() -> None:
    among = [one("new", "3.13.0", packages=DATA), one("bare", "3.12.9"), one("rich", "3.12.1", packages=DATA)]
    assert nearest("gone", "3.12.4", among) is among[2]


def test_else_the_newest() -> None:
    among = [one("rich", "3.11.7", packages=DATA), one("new", "3.13.0"), one("other", "3.12.1")]
    assert nearest("gone", "3.10.2", among) is among[1]
    assert nearest("", "", among) is among[1]


def test_what_cannot_run_cells_is_never_offered() -> None:
    among = [one("analysis", "3.9.1", standing=Standing.PARTIAL), one("base", "3.12.1", standing=Standing.MISSING)]
    assert nearest("analysis", "3.9.1", among) is None
    assert default(among) is None


def test_by_default_packages_then_environments_then_the_newest() -> None:
    system = one("Python 3.13", "3.13.5", Kind.SYSTEM)
    bare = one("bare", "3.12.1")
    rich = one("rich", "3.11.1", packages=DATA)
    assert default([system, bare, rich]) is rich
    assert default([system, bare]) is bare
    assert default([one("old", "3.10.1"), bare]) is bare
