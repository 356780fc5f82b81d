"""The file names that cells are compiled under: ipykernel's, to the digit.

They are part of what a notebook shows (a SyntaxError's message ends with one, warnings begin with one),
and numba and others know a cell by the folder's prefix.
"""

from __future__ import annotations

import os
import struct
import tempfile
from pathlib import Path

_SEED = 0xC70F6907
_MULTIPLIER = 0x5BD1E995
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """MurmurHash2, 32 bits, with ipykernel's seed."""
    words, tail = divmod(len(data), 4)
    value = len(data) ^ _SEED
    for (word,) in struct.iter_unpack("<I", data[: words * 4]):
        mixed = (word * _MULTIPLIER) & _MASK
        mixed ^= mixed >> 24
        value = ((value * _MULTIPLIER) ^ (mixed * _MULTIPLIER)) & _MASK
    if tail:
        value ^= int.from_bytes(data[words * 4 :], "little")
        value = (value * _MULTIPLIER) & _MASK
    value ^= value >> 13
    value = (value * _MULTIPLIER) & _MASK
    return value ^ (value >> 15)


def _folder() -> str:
    return str(Path(tempfile.gettempdir()) / f"ipykernel_{os.getpid()}")


def cell_name(code: str) -> str:
    """The file name of a cell with this source."""
    return f"{_folder()}{os.sep}{murmur2(code.encode('utf-8', 'surrogatepass'))}.py"


def is_cell_name(file_name: str) -> bool:
    """Whether code of this file name is a cell's."""
    return file_name.startswith(_folder())
