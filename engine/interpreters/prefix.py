"""What stands below one prefix (/usr, an environment, a pyenv version), read from names and small files only.

Knows the layouts: lib/python3.12, Debian's dist-packages, conda-meta, the C headers' version.  Nothing is executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from engine.interpreters.interpreter import release
from engine.interpreters.untrusted_files import Unreadable, is_file, is_folder, is_there, names_in, real, small_text

_LIBRARY = re.compile(r"python([0-9]\.[0-9]{1,3})t?")
_PROGRAM = re.compile(r"python(?:([0-9]\.[0-9]{1,3})|[0-9])?t?")
_HEADER_VERSION = re.compile(r'PY_VERSION\s+"([0-9][0-9A-Za-z.+]*)"')
_CONDA_PYTHON = re.compile(r"python-([0-9]+\.[0-9]+(?:\.[0-9]+)?)[^-]*-([^/]*)\.json")
_OTHERS = {"pypy": "PyPy", "graalpy": "GraalPy", "jython": "Jython", "ironpython": "IronPython"}
_USUAL_NAMES = ("python3", "python")


def program_in(folder: Path, first: str = "python3") -> Path | None:
    """The one executable that stands for all the names of it in a bin folder: python, python3, python3.12."""
    names = sorted(_USUAL_NAMES, key=lambda name: name != first)
    for name in names:
        if is_there(folder / name):
            return folder / name
    others = sorted((name for name in names_in(folder) if _PROGRAM.fullmatch(name)), key=_minor_in, reverse=True)
    return folder / others[0] if others else None


def programs_in(folder: Path) -> list[Path]:
    """Every Python of a bin folder such as /usr/bin, one for each real executable, by its most lasting name."""
    names = [name for name in names_in(folder) if _PROGRAM.fullmatch(name)]
    names.sort(key=lambda name: (name not in _USUAL_NAMES, name != "python3", name))
    found: dict[Path, Path] = {}
    for name in names:
        found.setdefault(real(folder / name), folder / name)
    return list(found.values())


def libraries(prefix: Path) -> list[Path]:
    """Its lib/python3.x folders, the newest first."""
    names = [name for name in names_in(prefix / "lib") if _LIBRARY.fullmatch(name)]
    folders = [prefix / "lib" / name for name in sorted(names, key=_minor_in, reverse=True)]
    return [folder for folder in folders if is_folder(folder)]


def library_of(prefix: Path, version: str) -> Path | None:
    """The standard library of that version (of the newest where it is unknown), wherever the build put it."""
    minor = release(version)[:2]
    if minor:
        name = f"python{minor[0]}.{minor[1]}"
        named = (prefix / "lib" / name, prefix / "lib64" / name, prefix / "lib" / f"{name}t")
        return next((folder for folder in named if is_folder(folder)), None)
    return next(iter(libraries(prefix)), None)


def version_of(prefix: Path, program: Path) -> str:
    """As exact as files tell it: "3.12.1", "3.12", or "" where they do not."""
    if conda := conda_python(prefix):
        return conda[0]
    named = _PROGRAM.fullmatch(real(program).name)
    minor = (named[1] if named else None) or next(map(_library_version, libraries(prefix)), "")
    exact = _version_of_headers(prefix, minor) if minor else ""
    return exact or minor


def conda_python(prefix: Path) -> tuple[str, str] | None:
    """Version and build of the Python that conda put there; None where conda made no Python there."""
    for name in names_in(prefix / "conda-meta"):
        if found := _CONDA_PYTHON.fullmatch(name):
            return found[1], found[2]
    return None


def other_implementation(prefix: Path, program: Path) -> str:
    """PyPy and the like, by their names; "" for CPython."""
    told = [real(program).name, prefix.name, *(name for name in names_in(prefix / "lib") if name.startswith("pypy"))]
    if conda := conda_python(prefix):
        told += [part for part in conda[1].split("_") if part in _OTHERS]
    names = (spelt for name in told for start, spelt in _OTHERS.items() if name.lower().startswith(start))
    return next(names, "")


def site_folders(prefix: Path, version: str) -> Iterator[Path]:
    """Where its packages are: also Debian's, and those that were installed below /usr/local into /usr's Python.

    Those of no use are left out: a hundred environments are listed while somebody waits.
    """
    minor = release(version)[:2]
    names = [f"python{minor[0]}.{minor[1]}"] if minor else [folder.name for folder in libraries(prefix)]
    local = prefix / "local"
    roots = (prefix, local) if is_there(local) else (prefix,)
    libs = [root / lib for root in roots for lib in ("lib", "lib64") if lib == "lib" or not _is_lib(root / lib)]
    for name in names:
        for lib in libs:
            yield lib / name / "site-packages"
            yield lib / f"{name}t" / "site-packages"
        for root in reversed(roots):
            yield root / "lib" / name / "dist-packages"
    yield prefix / "lib/python3/dist-packages"


def is_externally_managed(prefix: Path, version: str) -> bool:
    """Whether PEP 668's marker lies beside the standard library: pip refuses to install there."""
    library = library_of(prefix, version)
    return library is not None and is_file(library / "EXTERNALLY-MANAGED")


def _is_lib(lib64: Path) -> bool:
    """Whether it is the link to lib that every virtual environment has: a second look would find the same."""
    try:
        return lib64.readlink() == Path("lib")
    except OSError:
        return False


def _version_of_headers(prefix: Path, minor: str) -> str:
    names = (f"python{minor}{build}" for build in ("", "m", "t"))  # m: before 3.8; t: without the lock
    headers = next((prefix / "include" / name for name in names if is_folder(prefix / "include" / name)), prefix)
    try:
        found = _HEADER_VERSION.search(small_text(headers / "patchlevel.h") or "")
    except Unreadable:
        return ""
    return found[1] if found and release(found[1])[:2] == release(minor) else ""


def _library_version(folder: Path) -> str:
    found = _LIBRARY.fullmatch(folder.name)
    return found[1] if found else ""


def _minor_in(name: str) -> tuple[int, ...]:
    return release(name.removeprefix("python"))
