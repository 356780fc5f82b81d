"""Which of the found Pythons to offer where the wanted one is missing, and which one where nothing speaks for one.

Values in, a value out; no I/O.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.interpreters.interpreter import Interpreter, Kind, Standing, release

_ENVIRONMENTS = frozenset({Kind.FOLDER, Kind.VENV, Kind.UV, Kind.CONDA})


def nearest(name: str, version: str, among: Sequence[Interpreter]) -> Interpreter | None:
    """The most like a missing one of that name and version ("" for unknown), of those that can run cells.

    The same name; else the same minor version with most of the packages that people look for; else the newest.
    """
    usable = _usable(among)
    same_name = [one for one in usable if name and one.name == name]
    minor = release(version)[:2]
    same_minor = [one for one in usable if minor and one.release[:2] == minor]
    if same_name:
        return max(same_name, key=lambda one: (one.release[:2] == minor, _worth(one)))
    return max(same_minor or usable, key=_worth if same_minor else _newest, default=None)


def default(among: Sequence[Interpreter]) -> Interpreter | None:
    """What a notebook gets for which nothing speaks for one: most of the packages, then an environment, the newest."""
    return max(_usable(among), key=_worth, default=None)


def _usable(among: Sequence[Interpreter]) -> list[Interpreter]:
    return [one for one in among if one.standing is Standing.USABLE]


def _worth(one: Interpreter) -> tuple[object, ...]:
    return len(one.packages), one.kind in _ENVIRONMENTS, one.kind is not Kind.SYSTEM, one.release


def _newest(one: Interpreter) -> tuple[object, ...]:
    return one.release[:2], _worth(one)
