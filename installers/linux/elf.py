"""What ELF files say of themselves, asked of binutils: libraries they need, symbol versions, search paths."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

_MAGIC = b"\x7fELF"
_NEEDED = re.compile(r"^ *NEEDED +(\S+)", re.MULTILINE)
_SEARCH_PATH = re.compile(r"^ *(?:RUNPATH|RPATH) +(\S+)", re.MULTILINE)
_GLIBC = re.compile(r"\bGLIBC_(\d+)\.(\d+)")


def elf_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and _is_elf(path):
            yield path


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def headers(path: Path) -> str:
    done = subprocess.run(["objdump", "-p", str(path)], capture_output=True, text=True, check=True)
    return done.stdout


def needed_libraries(headers_text: str) -> set[str]:
    """Sonames that the dynamic section lists."""
    return set(_NEEDED.findall(headers_text))


def glibc_version(headers_text: str) -> tuple[int, int]:
    """The newest version of the C library whose symbols are used; (0, 0) for none."""
    versions = [(int(major), int(minor)) for major, minor in _GLIBC.findall(headers_text)]
    return max(versions, default=(0, 0))


def remove_foreign_search_paths(folder: Path) -> None:
    """Where the build machine's Python lay is of no use elsewhere, and somebody might own that folder there."""
    for path in elf_files(folder):
        found = _SEARCH_PATH.search(headers(path))
        if found is not None and not found[1].startswith("$ORIGIN"):
            # two steps: the first overwrites the text, which the second would leave in the file
            subprocess.run(["patchelf", "--set-rpath", "$ORIGIN", str(path)], check=True)
            subprocess.run(["patchelf", "--remove-rpath", str(path)], check=True)
