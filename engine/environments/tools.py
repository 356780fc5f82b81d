"""Which programs there are to change an environment with, and if the user may.  Looks at folders, and runs nothing.

A desktop starts programs with a shorter PATH than a shell's, so the places where people have these programs are looked
at, too.  pyenv's shims are passed over: one is there for every program of any version, and fails for most.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.interpreters.interpreter import Interpreter
from engine.interpreters.places import Places
from engine.interpreters.prefix import site_folders
from engine.interpreters.untrusted_files import is_folder, is_program

_BIN_FOLDERS = (".local/bin", ".cargo/bin", "bin", ".pyenv/versions/*/bin")  # below the user's own folder
_SYSTEM_FOLDERS = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin")
_CONDA_NAMES = ("mamba", "micromamba", "conda")  # the quicker first
_NAMED_BY = ("MAMBA_EXE", "CONDA_EXE")


@dataclass(frozen=True, kw_only=True)
class Tools:
    """The programs; None where they are not there.  may_write: the user may change the interpreter's packages."""

    uv: Path | None = None
    conda: Path | None = None
    may_write: bool = True


def find_tools(interpreter: Interpreter, environment: Mapping[str, str], user_folder: Path) -> Tools:
    """What there is to change interpreter with.  Reads folders: for a thread.  Runs nothing."""
    return Tools(
        uv=find_uv(environment, user_folder),
        conda=_find_conda(interpreter, environment, user_folder),
        may_write=_may_write(interpreter),
    )


def find_uv(environment: Mapping[str, str], user_folder: Path) -> Path | None:
    """uv, also where a desktop's shorter PATH does not lead to.  Reads folders: for a thread."""
    return _first(_folders(environment, user_folder), ("uv",))


def _find_conda(interpreter: Interpreter, environment: Mapping[str, str], user_folder: Path) -> Path | None:
    for name in _NAMED_BY:
        named = Path(environment.get(name) or ".")
        if named.is_absolute() and is_program(named):
            return named
    roots = Places(user_folder, environment).conda_roots()
    return _first([*_conda_folders(interpreter, roots), *_folders(environment, user_folder)], _CONDA_NAMES)


def _may_write(interpreter: Interpreter) -> bool:
    """False where none of its folders of packages is the user's to write; True where none is known."""
    folders = [folder for folder in site_folders(interpreter.home, interpreter.version) if is_folder(folder)]
    return not folders or any(os.access(folder, os.W_OK) for folder in folders)


def _folders(environment: Mapping[str, str], user_folder: Path) -> Iterator[Path]:
    for word in environment.get("PATH", "").split(os.pathsep):
        folder = Path(word)
        if folder.is_absolute() and folder.name != "shims":  # a relative one may be a notebook's
            yield folder
    for pattern in _BIN_FOLDERS:
        yield from sorted(user_folder.glob(pattern), reverse=True)
    yield from map(Path, _SYSTEM_FOLDERS)


def _conda_folders(interpreter: Interpreter, roots: Iterable[Path]) -> Iterator[Path]:
    """The installation that the environment belongs to first: ROOT/envs/NAME, or ROOT itself."""
    for root in (interpreter.home, interpreter.home.parent.parent, *roots):
        if is_folder(root / "conda-meta"):
            yield root / "bin"
            yield root / "condabin"


def _first(folders: Iterable[Path], names: tuple[str, ...]) -> Path | None:
    """The first name that is anywhere."""
    looked_in = tuple(folders)
    candidates = (folder / name for name in names for folder in looked_in)
    return next(filter(is_program, candidates), None)
