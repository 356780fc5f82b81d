"""Reads what windows are to show, on a thread, and says in a dialog where that cannot be.

The loop's side of opening.py; the one who knows the folder of what is kept of all notebooks.  Invariant: a file is
read when what was closed just now has been written and let go, since it may be the same notebook, opened again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from capsule_desktop.lives import WindowRecord
from capsule_desktop.notebook.ipynb import NotebookFileError
from capsule_desktop.presenters import opening
from capsule_desktop.presenters.kernels import Kernels
from capsule_desktop.presenters.opening import Opened
from capsule_desktop.presenters.shown_notebooks import ShownNotebooks
from capsule_desktop.widgets import messages
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import MessageDialog, MessageView
from engine.file_system import is_file
from engine.store import places


class NotebookReader:
    """folder: of what is kept of the notebooks.  What gives None has told why, over the window that it was given."""

    def __init__(self, folder: Path, kernels: Kernels, shown: ShownNotebooks) -> None:
        self._folder, self._kernels, self._shown = folder, kernels, shown

    def new(self) -> Opened:
        """One that nobody has typed into yet; reads nothing."""
        return opening.open_new(self._folder)

    async def file(self, path: Path, window: MainWindow) -> Opened | None:
        """With its unsaved edits."""
        return await self._read(opening.open_file, path, window)

    async def saved(self, path: Path, window: MainWindow) -> Opened | None:
        """The file alone, without unsaved edits."""
        return await self._read(opening.open_saved, path, window)

    async def copy(self, path: Path, window: MainWindow) -> Opened | None:
        """What was put aside, as a notebook that was never saved."""
        return await self._read(opening.open_copy, path, window)

    async def unsaved(self, store_id: str) -> Opened | None:
        """A notebook without a file; None where nothing is kept of it, which nobody is told."""
        return await asyncio.to_thread(opening.open_unsaved, store_id, self._folder)

    async def path_of(self, record: WindowRecord) -> Path | None:
        """Where the file is now; None for a notebook that has none."""
        listed = Path(record.path) if record.path else None
        return await asyncio.to_thread(places.file_of, self._folder, record.store_id, listed)

    async def _read(self, read: Callable[[Path, Path], Opened], path: Path, window: MainWindow) -> Opened | None:
        await self._kernels.settled()
        try:
            return await asyncio.to_thread(read, path, self._folder)
        except NotebookFileError as error:
            safe = "The file is as it was." if await asyncio.to_thread(is_file, path) else ""
            self._tell(window, messages.failure(f"{path.name} was not opened", str(error), safe))
            return None

    def _tell(self, window: MainWindow, view: MessageView) -> None:
        """Over window, or over another where it has been closed meanwhile."""
        for over in [window] if window in self._shown else self._shown.windows[:1]:
            over.raise_()
            MessageDialog(view, over).open()
