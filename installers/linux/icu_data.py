"""Leaves out of Qt's ICU the data that nothing reads: 28 MB of the 32 that libicudata is, a quarter of every package.

Asked once by build.py, for the folder that was frozen.  What is left rests on what Qt asks ICU for: a build stops
when a library asks for more than _ASKED_FOR (functions), or when any language sorts otherwise than before (data).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from installers.freezing import BuildError
from installers.linux.elf import elf_files
from installers.project import BUILD, ROOT

# Families of ICU's functions that Qt calls, and what of their data is of use here.  ucol: all of it, file dialogs sort
# names by the user's language.  u_str (upper and lower case): inside libicuuc.  ucal (time zones): the rules, not
# the names that zones have in each language.  ucnv (encodings): those of Unicode, ASCII and Latin 1 are inside
# libicuuc; Qt would want others for text in bytes, and the application brings all text to Qt as str.
_ASKED_FOR = ("ucol_", "u_str", "ucal_", "ucnv_", "UCNV_")
_KEPT = re.compile(
    r"coll/.+|(?:root|pool|res_index|icuver|icustd|supplementalData|keyTypeData|timezoneTypes|zoneinfo64|metaZones)\.res"
)

SYSTEM_PROGRAMS = "/usr/sbin"

_LIBRARIES = Path("_internal/PySide6/Qt/lib")
_SYMBOL = re.compile(r"\b(icudt(\d+))_dat$", re.MULTILINE)
_UNDEFINED = re.compile(r"\*UND\*.*\s(\S+)$", re.MULTILINE)

_SOURCE = """\
    .section .rodata
    .globl {symbol}
    .type {symbol}, %object
    .balign 16
{symbol}:
    .incbin "{data}"
    .size {symbol}, . - {symbol}
    .section .note.GNU-stack, "", %progbits
"""


def search_path() -> str:
    """Debian has icupkg where users' shells do not look."""
    return f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{SYSTEM_PROGRAMS}"


def trim_icu(frozen: Path) -> None:
    """Put a libicudata with less in it in the place of Qt's.  Raises BuildError."""
    folder = frozen / _LIBRARIES
    library = next(folder.glob("libicudata.so.*"), None)
    if library is None:
        raise BuildError(f"{_LIBRARIES} has no libicudata: does Qt do without ICU now (installers/linux/icu_data.py)?")
    symbol = _symbol(library)
    more = sorted(set(_asked_beyond(frozen, symbol[2])))
    if more:
        raise BuildError(f"Qt asks ICU for {', '.join(more)}, too: which data is that (installers/linux/icu_data.py)?")
    BUILD.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=BUILD) as scratch:
        trimmed = _rebuilt(library, symbol[1], Path(scratch))
        for other in folder.glob("libicu*.so.*"):
            if other.name != library.name:
                shutil.copy(other, scratch)
        if _orders(Path(scratch)) != _orders(folder):
            raise BuildError("languages sort otherwise without what was left out (installers/linux/icu_data.py).")
        library.write_bytes(trimmed.read_bytes())  # not before: build.py --keep-frozen takes what it finds


def _symbol(library: Path) -> re.Match[str]:
    """The one name that the library has, icudt73_dat, whose number all functions of this ICU end with."""
    found = _SYMBOL.search(_output("objdump", "-T", str(library)))
    if found is None:
        raise BuildError(f"{library.name} does not hold ICU's data as a library does (installers/linux/icu_data.py).")
    return found


def _asked_beyond(folder: Path, version: str) -> Iterator[str]:
    """Functions of C end with ICU's version, classes of C++ are in a namespace of that name."""
    for path in elf_files(folder):
        if not path.name.startswith("libicu"):
            names = set[str](_UNDEFINED.findall(_output("objdump", "-T", str(path))))
            icus = {name for name in names if name.endswith(f"_{version}") or f"icu_{version}" in name}
            yield from (name for name in icus if not name.startswith(_ASKED_FOR))


def _rebuilt(library: Path, name: str, scratch: Path) -> Path:
    """In scratch, by relative names: what is made says nothing of where."""
    data = f"{name}{sys.byteorder[0]}.dat"  # icupkg takes the package's name from it
    _output("objcopy", "-O", "binary", "--only-section=.rodata", str(library), str(scratch / data))
    left_out = [item for item in _output("icupkg", "-l", str(scratch / data)).split() if not _KEPT.fullmatch(item)]
    (scratch / "left_out.txt").write_text("".join(f"{item}\n" for item in left_out), encoding="ascii")
    _output("icupkg", "-r", "left_out.txt", data, cwd=scratch)
    (scratch / "data.s").write_text(_SOURCE.format(symbol=f"{name}_dat", data=data), encoding="ascii")
    _output("as", "-o", "data.o", "data.s", cwd=scratch)
    options = ["-shared", "-s", "-soname", library.name, "-z", "noexecstack", "--hash-style=gnu", "--build-id=none"]
    _output("ld", *options, "-o", library.name, "data.o", cwd=scratch)
    return scratch / library.name


def _orders(folder: Path) -> str:
    """In a process of its own: a library that is loaded stays loaded."""
    return _output(sys.executable, "-P", "-m", "installers.linux.collation", str(folder), cwd=ROOT)


def _output(*command: str, cwd: Path | None = None) -> str:
    environment = {**os.environ, "PATH": search_path()}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout
