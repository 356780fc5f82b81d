"""A copy of the file that a draft builds on, beside the draft: so that "mine" is whole when others wrote the file.

Its name says which file it is (by crc), so that a copy of an earlier state is never taken for this one's.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from capsule_desktop.notebook.disk import write_private
from capsule_desktop.notebook.ipynb import NotebookFile, NotebookFileError, parse, render


@dataclass(frozen=True)
class BaseCopy:
    """In a notebook's store folder."""

    folder: Path

    def write(self, file: NotebookFile, crc: int) -> None:
        """Keep this one alone; nothing is written where it is there, or file is not of that crc.  Raises OSError."""
        path = self._path(crc)
        pieces = render(file)
        if not path.exists():
            if reduce(lambda so_far, piece: zlib.crc32(piece, so_far), pieces, 0) != crc:
                return
            write_private(path, *pieces)
        self.forget(but=path)

    def read(self, crc: int) -> NotebookFile | None:
        with suppress(OSError, NotebookFileError):
            return parse(self._path(crc).read_bytes())
        return None

    def forget(self, but: Path | None = None) -> None:
        for path in self.folder.glob("base-*"):
            if path != but:
                with suppress(OSError):
                    path.unlink()

    def _path(self, crc: int) -> Path:
        return self.folder / f"base-{crc:08x}.ipynb"
