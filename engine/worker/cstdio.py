"""C's own stdout, which C code of the user's prints through.

On a pipe it would keep text back until 4 KiB are full, after the cell that printed it.  Made line-buffered
at the start, and flushed at a cell's end for the line that has none.
"""

from __future__ import annotations

import sys
from typing import Any

try:
    import ctypes
except ImportError:  # a Python that was built without libffi: what C code prints comes later there
    ctypes = None  # type: ignore[assignment]  # as above

_IOLBF = 1  # the same in glibc, musl and macOS


class CStdout:
    """The FILE* of this process; nothing happens where its library has none by that name."""

    def __init__(self) -> None:
        self._file: Any = None
        if ctypes is None:
            return
        try:
            self._library = ctypes.CDLL(None)
            name = "__stdoutp" if sys.platform == "darwin" else "stdout"
            self._file = ctypes.c_void_p.in_dll(self._library, name)
        except (OSError, ValueError):
            return

    def buffer_by_line(self) -> None:
        if self._file is not None:
            self._library.setvbuf(self._file, None, _IOLBF, ctypes.c_size_t(0))

    def flush(self) -> None:
        if self._file is not None:
            self._library.fflush(self._file)
