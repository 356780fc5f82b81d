"""The kernels of the application's notebooks: each is opened at its first run, and ended with all that it leaves.

Owns where a kernel runs and where it writes what cells print.  Invariant: when ended() returns, no worker of a
notebook that was given back is left, and nothing of its output folder.
"""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from capsule_desktop.notebook.document import Document
from capsule_desktop.presenters.output_folder import OutputFolder
from engine.kernel_place import KernelPlace
from engine.tasks import TaskOwner

if TYPE_CHECKING:
    from engine.facade import Engine, NotebookHandle  # loaded after the first paint


class Kernels:
    """engine: made lazily, after the first paint.  outputs_folder: shared with other processes of this user."""

    def __init__(self, engine: Callable[[], Engine], outputs_folder: Path, tasks: TaskOwner) -> None:
        self._engine = engine
        self._outputs = OutputFolder(outputs_folder)
        self._is_claimed = False
        self._tasks = tasks
        self._ending: set[asyncio.Task[None]] = set()

    def open(self, document: Document) -> NotebookHandle:
        """In the folder of the notebook's file, or at home while it has none."""
        self._claim()
        notebook_id = uuid.uuid4().hex
        place = KernelPlace(
            working_directory=Path.home() if document.path is None else document.path.parent,
            log_directory=self._outputs.path / notebook_id,
            outlives=False,
        )
        return self._engine().open_in_memory(notebook_id, place)

    def end(self, handle: NotebookHandle) -> None:
        """End its worker and remove what it printed: the document has it."""
        task = self._tasks.spawn(self._end(handle), name=f"end kernel of {handle.notebook_id}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def ended(self) -> None:
        """Wait for all that end() was called for, and leave nothing behind."""
        if self._ending:
            await asyncio.wait(set(self._ending))
        if self._is_claimed:
            await asyncio.to_thread(self._outputs.remove)

    def _claim(self) -> None:
        """Before the first kernel, and not before: a window that runs nothing writes nothing."""
        if not self._is_claimed:
            self._is_claimed = True
            self._outputs.claim()
            self._tasks.spawn(asyncio.to_thread(self._outputs.sweep), name="sweep outputs")

    async def _end(self, handle: NotebookHandle) -> None:
        await handle.close()
        await asyncio.to_thread(shutil.rmtree, self._outputs.path / handle.notebook_id, ignore_errors=True)
