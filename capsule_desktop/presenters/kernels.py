"""The engine's handles of the application's notebooks: opened with what is kept of them, or without, and ended.

Owns where a kernel runs, and the folders of those that nothing is kept of.  Invariant: when ended() returns, every
notebook that was given back is closed: its worker has gone, or was left alone on purpose.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING

from engine.kernel_place import ChoosePython, KernelPlace
from engine.tasks import TaskOwner

if TYPE_CHECKING:
    from engine.facade import Engine  # loaded after the first paint
    from engine.notebook_handle import NotebookHandle


class Kernels:
    """engine: loads it off the loop when first asked for, which costs more than painting the first window."""

    def __init__(self, engine: Callable[[], Awaitable[Engine]], tasks: TaskOwner) -> None:
        self._engine, self._tasks = engine, tasks
        self._unkept: dict[NotebookHandle, Path] = {}
        self._closing: dict[str, asyncio.Task[None]] = {}
        self._unfinished: set[asyncio.Task[None]] = set()

    async def open(
        self,
        store_id: str,
        folder: Path,
        file: Path | None,
        choose_python: ChoosePython,
        background_from: int | None = None,
    ) -> NotebookHandle:
        """With the store in folder, once it is not open here any more; what an earlier life left is taken up.

        background_from: up to where late output was told already.  Raises StoreError.
        """
        if store_id in self._closing:
            await asyncio.wait([self._closing[store_id]])
        engine = await self._engine()
        place = _place(file, folder, choose_python, background_from=background_from)
        return await engine.open_notebook(store_id, place, folder=folder)

    async def open_unkept(self, file: Path | None, choose_python: ChoosePython) -> NotebookHandle:
        """Of which nothing outlives this process.  What cells print goes to a temporary folder.  Raises OSError."""
        engine = await self._engine()
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="capsule-"))
        handle = engine.open_in_memory(uuid.uuid4().hex, _place(file, folder, choose_python, outlives=False))
        self._unkept[handle] = folder
        return handle

    def end(self, handle: NotebookHandle, *, keep_worker: bool = False, unwanted: Path | None = None) -> None:
        """Close it, with its worker or (keep_worker) without; then remove the folder of what nobody wants."""
        store_id = handle.notebook_id
        work = self._end(handle, keep_worker=keep_worker, unwanted=unwanted)
        task = self.spawn(work, name=f"end of {store_id}")
        self._closing[store_id] = task
        task.add_done_callback(lambda _task: self._closing.pop(store_id))

    async def settled(self) -> None:
        """Wait until what is being closed now is closed."""
        if self._closing:
            await asyncio.wait(set(self._closing.values()))

    def spawn(self, work: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        """Work that leaves nothing open behind, and is not cut short: the application waits for it at its end."""
        task = self._tasks.spawn(work, name=name)
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
        return task

    async def ended(self) -> None:
        """Wait until all that was begun here has come to its end."""
        while self._unfinished:
            await asyncio.wait(set(self._unfinished))

    async def _end(self, handle: NotebookHandle, *, keep_worker: bool, unwanted: Path | None) -> None:
        await handle.close(keep_worker=keep_worker)
        folder = self._unkept.pop(handle, unwanted)
        if folder is not None:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _place(
    file: Path | None,
    folder: Path,
    choose_python: ChoosePython,
    *,
    outlives: bool = True,
    background_from: int | None = None,
) -> KernelPlace:
    """In the folder of the notebook's file, or at home while it has none."""
    return KernelPlace(
        working_directory=Path.home() if file is None else file.parent,
        log_directory=folder / "outputs",
        outlives=outlives,
        choose_python=choose_python,
        background_from=background_from,
    )
