"""Whole notebooks put aside, so that whichever side of a conflict the user takes, the other one is still there.

Plain .ipynb files in a folder of the notebook's store; the newest few are kept.  Called off the loop.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from capsule_desktop.notebook import disk
from capsule_desktop.notebook.document import Snapshot
from capsule_desktop.notebook.ipynb import render, updated

FOLDER = "copies"
KEPT = 10  # of each notebook, oldest first
_SUFFIX = ".ipynb"


@dataclass(frozen=True)
class KeptCopies:
    """store: the notebook's store folder, which exists."""

    store: Path

    def keep_mine(self, snapshot: Snapshot, name: str) -> Path:
        """What the window has.  name: the notebook's, without its suffix.  Raises OSError, NotebookFileError."""
        return self._keep(name, "mine", render(updated(snapshot.file, snapshot.cells, snapshot.metadata)))

    def keep_theirs(self, data: bytes, name: str) -> Path:
        """What the file has, be it a notebook or not.  Raises OSError, NotebookFileError."""
        return self._keep(name, "on disk", [data])

    def _keep(self, name: str, side: str, pieces: Iterable[bytes | memoryview]) -> Path:
        folder = self.store / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        stem = f"{name} ({side} {time.strftime('%Y-%m-%d %H.%M.%S')})"
        path, number = folder / f"{stem}{_SUFFIX}", 1
        while path.exists():
            number += 1
            path = folder / f"{stem} {number}{_SUFFIX}"
        disk.write(path, pieces)
        path.chmod(0o600)
        self._forget_oldest(folder)
        return path

    @staticmethod
    def _forget_oldest(folder: Path) -> None:
        copies = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
        for path in copies[:-KEPT]:
            with suppress(OSError):
                path.unlink()
