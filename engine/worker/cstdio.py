"""C's own stdout, which C code of the user's prints through.

On a pipe it would keep text back until 4 KiB are full, after the cell that printed it.  Made line-buffered
at the start, and flushed at a cell's end for the line that has none.
"""

from __future__ import annotations

import sys
from typing import Any

_IOLBF = 1  # the same in glibc, musl and macOS


class CStdout:
    """The FILE* of this process; nothing happens where its library has none by that name, or Python has no ctypes."""

    def __init__(self) -> None:
        self._library: Any = None
        self._file: Any = None
        try:
            import ctypes

            self._library = ctypes.CDLL(None)
            self._file = ctypes.c_void_p.in_dll(self._library, "__stdoutp" if sys.platform == "darwin" else "stdout")
            self._no_size = ctypes.c_size_t(0)
        except (ImportError, OSError, ValueError):
            return

    def buffer_by_line(self) -> None:
        if self._file is not None:
            self._library.setvbuf(self._file, None, _IOLBF, self._no_size)

    def flush(self) -> None:
        if self._file is not None:
            self._library.fflush(self._file)
