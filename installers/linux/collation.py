"""How each language sorts by the ICU in a folder: `python -m installers.linux.collation FOLDER`, a line a language.

Two folders whose lines are equal sort alike: a line has a digest of the sort key of the letters of all scripts, which
changes with a language's own rules and with what these fall back to.
"""

from __future__ import annotations

import ctypes
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

_LETTERS = (*range(0x20, 0x3400), *range(0x4E00, 0xA000, 8), *range(0xAC00, 0xD7A0, 32))
_TOGETHER = "ch cs dz dž gy ll lj nj ng ae aa ss rz"  # one letter in some language
_UNITS = ("".join(map(chr, _LETTERS)) + _TOGETHER).encode("utf-16-le" if sys.byteorder == "little" else "utf-16-be")
_KEY_BYTES = 16 * len(_UNITS)


class Icu:
    """The functions of one ICU, under the names that end with its version."""

    def __init__(self, folder: Path) -> None:
        """Loads in the order of need: each finds those that are loaded, whatever else the system has."""
        files = [next(folder.glob(f"libicu{name}.so.*")) for name in ("data", "uc", "i18n")]
        _, self._common, self._international = (ctypes.CDLL(str(file), mode=ctypes.RTLD_GLOBAL) for file in files)
        self._version = files[0].suffix.removeprefix(".")
        self._key = ctypes.create_string_buffer(_KEY_BYTES)

    def languages(self) -> Iterator[bytes]:
        count, name = self._of(self._common, "uloc_countAvailable"), self._of(self._common, "uloc_getAvailable")
        name.restype = ctypes.c_char_p
        yield from (name(index) for index in range(count()))

    def digest(self, language: bytes) -> str:
        """Of the letters' sort key.  Raises ValueError where ICU cannot make it."""
        sort = self._of(self._international, "ucol_open")
        sort.restype = ctypes.c_void_p
        status = ctypes.c_int(0)
        collator = ctypes.c_void_p(sort(language, ctypes.byref(status)))
        if status.value > 0:
            raise ValueError(f"ICU's error {status.value} for {language.decode()}")
        get = self._of(self._international, "ucol_getSortKey")
        length = get(collator, _UNITS, len(_UNITS) // 2, self._key, _KEY_BYTES)
        self._of(self._international, "ucol_close")(collator)
        if not 0 < length <= _KEY_BYTES:
            raise ValueError(f"a sort key of {length} bytes for {language.decode()}")
        return hashlib.sha256(memoryview(self._key)[:length]).hexdigest()

    def _of(self, library: ctypes.CDLL, name: str) -> ctypes._NamedFuncPointer:
        function: ctypes._NamedFuncPointer = getattr(library, f"{name}_{self._version}")
        return function


def main() -> None:
    icu = Icu(Path(sys.argv[1]))
    for language in icu.languages():
        print(language.decode(), icu.digest(language))


if __name__ == "__main__":
    main()
