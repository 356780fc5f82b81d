"""The engine's front: Engine opens notebooks, each of which is a NotebookHandle from then on.

What all notebooks of one process share stands here; what one is made of in notebook_handle.py.  Whoever opens a store
closes it, also where opening fails half-way.  Runs on the loop that calls it.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from dataclasses import replace
from pathlib import Path

from engine.durable.journal_check import can_replay
from engine.kernel_place import KernelPlace
from engine.notebook_handle import NotebookHandle
from engine.session.manager import SessionManager
from engine.store.budget import LIMIT_BYTES
from engine.store.records import StoredState
from engine.store.store import CHECKPOINTS, OUTPUTS, NotebookStore

log = logging.getLogger("capsule.facade")


class Engine:
    """All that is shared by the notebooks of one process: its life's id, the sessions, the user's key.

    budget_bytes: what the record of one notebook may take on the disk.
    """

    def __init__(self, *, state_directory: Path, manager: SessionManager, budget_bytes: int = LIMIT_BYTES) -> None:
        self.process_life = uuid.uuid4().hex
        self._budget_bytes = budget_bytes
        self._state_directory = state_directory
        self._manager = manager
        self._handles: set[NotebookHandle] = set()

    def warm(self, python: str) -> None:
        """Start a spare worker of the Python at a path, so that the next first run with that does not wait for one."""
        self._manager.warm(python)

    async def open_notebook(self, notebook_id: str, place: KernelPlace, *, folder: Path) -> NotebookHandle:
        """A handle on a notebook whose store is in folder, made where there is none; what an earlier life left is
        taken up.  Nothing is run.  Raises StoreLocked, StoreTooNew, StoreError, and the folder is then as it was.
        """
        life = self.process_life
        store = await asyncio.to_thread(NotebookStore.open, folder, process_life=life, can_replay=can_replay)
        place = replace(place, log_directory=folder / OUTPUTS, checkpoint_directory=folder / CHECKPOINTS)
        try:
            left = await asyncio.to_thread(store.load)
            journal = await asyncio.to_thread(store.requests)
            handle = self._handle(notebook_id, place, store, left, None)
            handle.take_up(journal)
        except BaseException:
            await store.close()  # nobody else would unlock it
            raise
        return handle

    def open_in_memory(
        self, notebook_id: str, place: KernelPlace, *, execution_limit_s: float | None = None
    ) -> NotebookHandle:
        """A handle on a notebook of which nothing outlives this process: headless runs, and where no store can be."""
        return self._handle(notebook_id, place, NotebookStore.in_memory(), StoredState(), execution_limit_s)

    async def close(self) -> None:
        """Close every notebook and end every worker that was not left alone on purpose."""
        ends = await asyncio.gather(*(handle.close() for handle in self._handles), return_exceptions=True)
        await self._manager.close()
        for error in filter(None, ends):
            log.error("a notebook was not closed in order", exc_info=error)

    def _handle(
        self,
        notebook_id: str,
        place: KernelPlace,
        store: NotebookStore,
        left: StoredState,
        execution_limit_s: float | None,
    ) -> NotebookHandle:
        handle = NotebookHandle(
            notebook_id,
            place,
            store=store,
            left=left,
            manager=self._manager,
            process_life=self.process_life,
            key_directory=self._state_directory,
            execution_limit_s=execution_limit_s,
            budget_bytes=self._budget_bytes,
            on_closed=self._handles.discard,
        )
        self._handles.add(handle)
        return handle
