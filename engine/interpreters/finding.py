"""Finder: every Python of this machine that could run a notebook's cells, found from files alone.

Each real environment once, the most likely to be wanted first.  Runs nothing (invariant 11) and takes milliseconds;
blocking, so call it in a thread where the disk may be slow.  What it cannot know (packages of odd layouts, whether it
starts at all) probing.py completes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from engine.interpreters import prefix as below
from engine.interpreters.interpreter import Interpreter, Kind, Standing, release
from engine.interpreters.places import FOLDERS_OWN, Places, has_developer_tools, notebook_environments, project_of
from engine.interpreters.reading import (
    environment_name,
    is_environment,
    looks_like_python,
    missing,
    printable,
    read_environment,
    read_program,
    sight_of,
)
from engine.interpreters.untrusted_files import is_folder, is_program, is_script, is_there, real

_RANKS = {Kind.FOLDER: 0, Kind.VENV: 1, Kind.UV: 1, Kind.CONDA: 1, Kind.PYENV: 2, Kind.SYSTEM: 3, Kind.OWN: 4}
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)+((a|b|rc)[0-9]+)?")  # what version managers call a folder by
Key = tuple[Path, str]  # the same for two names of one Python


class Finder:
    """home and environment: the user's; own: the application's own Python, None where it brings none for cells."""

    def __init__(self, home: Path, environment: Mapping[str, str], own: Path | None, *, root: Path = Path("/")) -> None:
        self._home = home
        self._own = own
        self._root = root
        self._places = Places(home, environment, root)
        self._sight = sight_of(home, environment)

    def find(self, notebook_folder: Path | None) -> tuple[Interpreter, ...]:
        """All that are there, those that cannot run cells too; each group's most likely first."""
        folders = [] if notebook_folder is None else list(self._of_folder(notebook_folder))
        project = None if notebook_folder is None else project_of(notebook_folder, self._home)
        found: dict[Key, Interpreter] = {}
        for one in folders:
            found.setdefault(_key(one), one)
        own = None if self._own is None else self._read_own(self._own)
        if own is not None:
            found.setdefault(_key(own), own)
        for one in self._elsewhere():
            found.setdefault(_key(one), one if project is None else _in_folder(one, project))
        active = [real(folder) for folder in self._places.active_environments()]
        first = [one for one in found.values() if one in folders]
        rest = [one for one in found.values() if one not in folders]
        return (*first, *sorted(rest, key=lambda one: _likeliness(one, active)))

    def describe(self, path: Path, notebook_folder: Path | None = None) -> Interpreter:
        """What is at a path that was browsed to or remembered: an executable, or an environment's folder.

        notebook_folder: what lies in its project is the folder's own, as in find().
        """
        described = self._describe(Path(os.path.abspath(path)))  # noqa: PTH100  # not resolved: a venv's python is a link
        project = None if notebook_folder is None else project_of(notebook_folder, self._home)
        return described if project is None else _in_folder(described, project)

    def _describe(self, path: Path) -> Interpreter:
        if is_folder(path):
            return self._describe_folder(path)
        environment = path.parent.parent
        if looks_like_python(path) and path.parent.name == "bin" and is_environment(environment):
            found = self._read_environment(environment)
            is_same = not is_there(path) or real(path) == real(found.path)
            return found if is_same else replace(found, path=path)
        shown = printable(str(path))
        if not is_there(path):
            return missing(path, f"{shown} is no longer there.")
        if not looks_like_python(path):
            return missing(path, f"{shown} is not called python: choose the Python of an environment.")
        if not is_program(path):
            return missing(path, f"{shown} is no program that may be run.")
        return self._read_own(path) if path == self._own else read_program(path, self._sight, self._kind_of(path))

    def _describe_folder(self, folder: Path) -> Interpreter:
        for candidate in (folder, *(folder / name for name in FOLDERS_OWN)):
            if is_environment(candidate):
                return self._read_environment(candidate)
        for programs in (folder / "bin", folder):
            python = below.program_in(programs)
            if python is not None and is_program(python):
                return self._describe(python)
        return missing(folder / "bin/python", f"There is no Python in {printable(str(folder))}.")

    def _of_folder(self, notebook_folder: Path) -> Iterator[Interpreter]:
        for folder in notebook_environments(notebook_folder, self._home):
            if is_environment(folder):
                is_beside = folder.parent == notebook_folder
                name = folder.name if is_beside else environment_name(folder)
                yield read_environment(folder, self._sight, Kind.FOLDER, name)

    def _elsewhere(self) -> Iterator[Interpreter]:
        seen: set[Path] = set()
        for folder in (*self._places.active_environments(), *self._places.environments()):
            if (resolved := real(folder)) not in seen:
                seen.add(resolved)
                if is_environment(folder):
                    yield self._read_environment(folder)
        yield from self._installed()
        for programs in self._places.program_folders():
            if (resolved := real(programs)) not in seen:
                seen.add(resolved)
                yield from self._in_program_folder(programs)

    def _installed(self) -> Iterator[Interpreter]:
        for folder, kind in self._places.installations():
            if is_environment(folder):
                yield self._read_environment(folder)
            elif python := below.program_in(folder / "bin"):
                yield self._read_installed(python, folder, kind)

    def _in_program_folder(self, programs: Path) -> Iterator[Interpreter]:
        if is_environment(programs.parent):
            yield self._read_environment(programs.parent)
            return
        for python in below.programs_in(programs):
            is_stub = programs == self._root / "usr/bin" and not has_developer_tools(self._root)
            if is_program(python) and not is_script(python) and not is_stub:
                yield read_program(python, self._sight, self._kind_of(python))

    def _read_environment(self, folder: Path) -> Interpreter:
        if self._own is not None and folder == self._own.parent.parent:
            return self._read_own(self._own)
        return read_environment(folder, self._sight)

    def _read_own(self, own: Path) -> Interpreter:
        name = "Capsule Desktop’s own Python"
        if is_environment(own.parent.parent):
            return replace(read_environment(own.parent.parent, self._sight, Kind.OWN, name), path=own)
        return read_program(own, self._sight, Kind.OWN, name)

    def _read_installed(self, python: Path, folder: Path, kind: Kind) -> Interpreter:
        found = read_program(python, self._sight, kind)
        if kind is Kind.UV:
            return replace(found, name=f"Python {found.version}")
        number = folder.name.removesuffix("t")
        if _NUMBER.fullmatch(number) and release(number)[:2] == found.release[:2]:
            return replace(found, name=f"Python {max(number, found.version, key=len)}")  # the more exact
        return replace(found, name=printable(folder.name))

    def _kind_of(self, python: Path) -> Kind:
        resolved = real(python)
        for folder, kind in self._places.installations():
            if real(folder) in resolved.parents:
                return kind
        return Kind.SYSTEM


def _in_folder(one: Interpreter, project: Path) -> Interpreter:
    """one as the notebook folder's own, where it lies in its project or leads there: it may be somebody else's work."""
    within = (f"{project}{os.sep}", f"{real(project)}{os.sep}")
    paths = (one.path, real(one.path), real(one.home))
    is_inside = any(str(path).startswith(within) for path in paths)
    return replace(one, kind=Kind.FOLDER) if is_inside and one.kind is not Kind.OWN else one


def _key(one: Interpreter) -> Key:
    """An environment is its folder, whatever base its python leads to; any other Python is its real executable."""
    if is_environment(one.home):
        return real(one.home), "environment"
    return real(one.path), "program"


def _likeliness(one: Interpreter, active: list[Path]) -> tuple[object, ...]:
    rank = _RANKS[one.kind]
    if one.kind is Kind.UV and not is_environment(one.home):
        rank = _RANKS[Kind.PYENV]  # a Python that uv installed for making environments from
    newest_first = tuple(-number for number in one.release)
    is_active = real(one.home) in active
    is_usable = one.standing is Standing.USABLE
    return rank, not is_usable, not is_active, -len(one.packages), newest_first, one.name, str(one.path)
