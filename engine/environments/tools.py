"""Which programs there are to change an environment with.  Folders are looked at, and nothing is run.

A desktop starts programs with a shorter PATH than a shell's, so the places where people have these programs are looked
at, too.  pyenv's shims are passed over: one is there for every program of any version, and fails for most.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.interpreters.interpreter import Interpreter

_BIN_FOLDERS = (".local/bin", ".cargo/bin", "bin", ".pyenv/versions/*/bin")  # below the user's own folder
_CONDA_FOLDERS = ("miniforge3", "mambaforge", "miniconda3", "anaconda3", "micromamba", ".local/share/mamba")
_SYSTEM_FOLDERS = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin", "/opt/conda/bin")
_CONDA_NAMES = ("mamba", "micromamba", "conda")  # the quicker first
_NAMED_BY = ("MAMBA_EXE", "CONDA_EXE")


@dataclass(frozen=True, kw_only=True)
class Tools:
    """The programs; None where they are not there."""

    uv: Path | None = None
    conda: Path | None = None


def find_tools(interpreter: Interpreter, environment: Mapping[str, str], user_folder: Path) -> Tools:
    """What there is to change interpreter with.  Reads folders: for a thread.  Runs nothing."""
    folders = list(_folders(environment, user_folder))
    named = (Path(environment[name]) for name in _NAMED_BY if environment.get(name))
    conda = next((path for path in named if _is_program(path)), None)
    return Tools(
        uv=_first(folders, ("uv",)),
        conda=conda or _first([*_conda_folders(interpreter, user_folder), *folders], _CONDA_NAMES),
    )


def _folders(environment: Mapping[str, str], user_folder: Path) -> Iterator[Path]:
    for word in environment.get("PATH", "").split(os.pathsep):
        folder = Path(word)
        if folder.is_absolute() and folder.name != "shims":  # a relative one may be a notebook's
            yield folder
    for pattern in _BIN_FOLDERS:
        yield from sorted(user_folder.glob(pattern), reverse=True)
    yield from map(Path, _SYSTEM_FOLDERS)


def _conda_folders(interpreter: Interpreter, user_folder: Path) -> Iterator[Path]:
    """The installation that the environment belongs to first: ROOT/envs/NAME, or ROOT itself."""
    roots = [interpreter.home, interpreter.home.parent.parent, *(user_folder / name for name in _CONDA_FOLDERS)]
    for root in roots:
        if (root / "conda-meta").is_dir():
            yield root / "bin"
            yield root / "condabin"


def _first(folders: list[Path], names: tuple[str, ...]) -> Path | None:
    candidates = (folder / name for name in names for folder in folders)
    return next((path for path in candidates if _is_program(path)), None)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
