"""One interpreter read from files: an environment's folder or an executable in, an Interpreter out.

Never executes anything and never fails: what is wrong becomes a standing with a reason (invariant 11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.interpreters import prefix as below
from engine.interpreters import pyvenv_cfg
from engine.interpreters.distributions import LOOKED_FOR, installed
from engine.interpreters.interpreter import Interpreter, Kind, Standing, release, too_old
from engine.interpreters.pyvenv_cfg import VenvConfig
from engine.interpreters.untrusted_files import (
    Unreadable,
    is_folder,
    is_program,
    is_there,
    mode_of,
    names_in,
    real,
    small_text,
)

GENERIC_NAMES = frozenset({".venv", "venv", "env", ".env", "virtualenv"})  # they say nothing without their folder
_SHARED_PREFIXES = frozenset({"", "usr", "local", ".local"})  # their bin has the programs of many
_LOOKS_LIKE_PYTHON = re.compile(r"(?i)(python|pypy|graalpy).*")


@dataclass(frozen=True)
class Sight:
    """What of the user's surroundings decides what an interpreter sees: the home folder, and if its packages count."""

    home: Path
    has_user_site: bool = True

    def user_site(self, version: str) -> list[Path]:
        minor = release(version)[:2]
        if not self.has_user_site or not minor:
            return []
        named = f"{minor[0]}.{minor[1]}"
        on_macos = self.home / "Library/Python" / named / "lib/python/site-packages"
        return [self.home / ".local/lib" / f"python{named}" / "site-packages", on_macos]


def sight_of(home: Path, environment: Mapping[str, str]) -> Sight:
    """Of the user whose home folder and variables these are."""
    return Sight(home, has_user_site="PYTHONNOUSERSITE" not in environment)


def is_environment(folder: Path) -> bool:
    """Whether it looks like a virtual or a conda environment; a broken one does, too."""
    return is_there(folder / "pyvenv.cfg") or is_folder(folder / "conda-meta")


def read_environment(folder: Path, sight: Sight, kind: Kind | None = None, name: str = "") -> Interpreter:
    """An environment of which is_environment() is true; kind and name: other than what its files say."""
    if not is_there(folder / "pyvenv.cfg"):
        return _read_conda(folder, sight, kind or Kind.CONDA, name)
    python = below.program_in(folder / "bin", first="python") or folder / "bin/python"
    try:
        config = pyvenv_cfg.parse(small_text(folder / "pyvenv.cfg") or "")
    except Unreadable as error:
        reason = f"The pyvenv.cfg of this environment {error}: make the environment anew."
        shown = printable(name or environment_name(folder))
        broken = Standing.PARTIAL
        return Interpreter(path=python, name=shown, kind=kind or Kind.VENV, home=folder, standing=broken, reason=reason)
    return _read_venv(folder, python, config, sight, kind, name)


def read_program(path: Path, sight: Sight, kind: Kind, name: str = "") -> Interpreter:
    """A Python that belongs to no environment: the system's, pyenv's, one that was built by hand."""
    prefix = real(path).parent.parent
    version = below.version_of(prefix, path)
    standing, reason = _standing(path, version, below.other_implementation(prefix, path))
    one = Interpreter(
        path=path,
        name=printable(name or python_name(version)),
        kind=kind,
        home=prefix,
        version=version,
        standing=standing,
        reason=reason,
        is_managed=below.is_externally_managed(prefix, version),
    )
    return _with_contents(one, prefix, [*sight.user_site(version), *below.site_folders(prefix, version)])


def missing(path: Path, reason: str, kind: Kind = Kind.SYSTEM) -> Interpreter:
    """One that is not there, or is no Python; called by its environment's folder, where it looks as if it had been in
    one."""
    home = path.parent.parent
    was_environment = looks_like_python(path) and path.parent.name == "bin" and home.name not in _SHARED_PREFIXES
    name = environment_name(home) if was_environment or kind is not Kind.SYSTEM else path.name
    return Interpreter(path=path, name=printable(name), kind=kind, home=home, standing=Standing.MISSING, reason=reason)


def looks_like_python(path: Path) -> bool:
    """By its name alone: nothing else is ever started to find out what it is."""
    return _LOOKS_LIKE_PYTHON.fullmatch(path.name) is not None


def environment_name(folder: Path) -> str:
    """What people call an environment: its folder's name, with the project's where that says nothing."""
    return f"{folder.parent.name}/{folder.name}" if folder.name in GENERIC_NAMES else folder.name


def printable(name: str) -> str:
    """A folder may be called anything; what is shown has no line ends, and no marks that turn text around."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)


def _read_venv(
    folder: Path, python: Path, config: VenvConfig, sight: Sight, kind: Kind | None, name: str
) -> Interpreter:
    version = config.version or below.version_of(folder, python)
    base = real(Path(config.home)).parent if config.home else real(python).parent.parent
    other = config.implementation if config.implementation.lower() not in ("", "cpython") else ""
    standing, reason = _standing(
        python, version, other or below.other_implementation(folder, python), base_folder=config.home
    )
    sites = list(below.site_folders(folder, version))
    if config.sees_base_packages:
        sites += [*sight.user_site(version), *below.site_folders(base, version)]
    one = Interpreter(
        path=python,
        name=printable(name or environment_name(folder)),
        kind=kind or (Kind.UV if config.is_of_uv else Kind.VENV),
        home=folder,
        version=version,
        standing=standing,
        reason=reason,
    )
    return _with_contents(one, base, sites)


def _read_conda(folder: Path, sight: Sight, kind: Kind, name: str) -> Interpreter:
    python = below.program_in(folder / "bin", first="python") or folder / "bin/python"
    version = below.version_of(folder, python)
    standing, reason = _standing(python, version, below.other_implementation(folder, python))
    if standing is Standing.MISSING and below.conda_python(folder) is None:
        reason = "This conda environment has no Python in it."
    one = Interpreter(
        path=python,
        name=printable(name or _conda_name(folder)),
        kind=kind,
        home=folder,
        version=version,
        standing=standing,
        reason=reason,
        is_managed=True,
        is_conda=True,
    )
    return _with_contents(one, folder, [*sight.user_site(version), *below.site_folders(folder, version)])


def _with_contents(one: Interpreter, base: Path, sites: Iterable[Path]) -> Interpreter:
    """one with what is in the folders of its packages and in its standard library, which is base's."""
    packages = _packages(sites)
    library = below.library_of(base, one.version)
    return replace(
        one,
        packages={name: packages[name] for name in LOOKED_FOR if name in packages},
        has_pip="pip" in packages,
        has_venv=library is not None and is_folder(library / "venv"),
        has_ensurepip=library is not None and is_folder(library / "ensurepip"),
    )


def _standing(python: Path, version: str, other: str, *, base_folder: str = "") -> tuple[Standing, str]:
    if not is_there(python):
        return Standing.MISSING, f"There is no {python.name} in {python.parent} any more."
    base_is_gone = base_folder and not (Path(base_folder).is_absolute() and is_folder(Path(base_folder)))
    if mode_of(python) == 0 or base_is_gone:
        where = f" in {printable(base_folder)}" if base_folder else ""
        return Standing.PARTIAL, f"The Python{where} that this was made from is gone: make the environment anew."
    if not is_program(python):
        return Standing.MISSING, f"{printable(str(python))} is no program that may be run."
    if other:
        return Standing.PARTIAL, f"This is {printable(other)}; cells need CPython, the usual Python."
    reason = too_old(version)
    return (Standing.PARTIAL if reason else Standing.USABLE), reason


def _packages(folders: Iterable[Path]) -> dict[str, str]:
    """The first folder that has a package tells its version, as with an import."""
    found: dict[str, str] = {}
    for folder in folders:
        for package, version in installed(names_in(folder), (*LOOKED_FOR, "pip")).items():
            found.setdefault(package, version)
    return found


def _conda_name(folder: Path) -> str:
    return folder.name if folder.parent.name == "envs" or not is_folder(folder / "condabin") else "base"


def python_name(version: str) -> str:
    return f"Python {'.'.join(map(str, release(version)[:2]))}".strip()
