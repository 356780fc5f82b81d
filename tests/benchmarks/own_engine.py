"""Our side without a window: a notebook of a real Engine with a real worker, on a plain asyncio loop."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.commands import ExecutionId, RunCell
from engine.events import DisplayShown, Event, ExecutionFinished, ExecutionQueued, Outcome, TextPrinted
from engine.facade import Engine
from engine.kernel_place import KernelPlace
from engine.notebook_handle import NotebookHandle
from engine.session.manager import SessionManager

LIMIT_S = 120.0


@dataclass(frozen=True)
class Ran:
    duration_s: float
    text: str
    value: str
    submitted_s: float  # until it was told as queued


class OwnNotebook:
    """One open notebook; its events are consumed here and nowhere else."""

    def __init__(self, handle: NotebookHandle) -> None:
        self._handle = handle
        self._events = handle.events()

    async def run(self, code: str) -> Ran:
        """Submit code and take every event to the finished one."""
        printed: list[str] = []
        value, submitted_s = "", 0.0
        start = time.perf_counter()
        execution_id = ExecutionId(self._handle.submit(RunCell(cell_id="measured", source=code)))
        async with asyncio.timeout(LIMIT_S):
            async for event in self._events:
                match event:
                    case ExecutionQueued(execution_id=of) if of == execution_id:
                        submitted_s = time.perf_counter() - start
                    case TextPrinted(execution_id=of, text=text) if of == execution_id:
                        printed.append(text)
                    case DisplayShown(execution_id=of, data=data) if of == execution_id:
                        value = str(data["text/plain"])
                    case ExecutionFinished(execution_id=of) if of == execution_id:
                        duration_s = time.perf_counter() - start
                        return Ran(duration_s, checked(event, "".join(printed)), value, submitted_s)
        raise RuntimeError("the event stream ended before the execution did")

    async def submitted(self, code: str) -> None:
        """Submit code and take every event until it is told as queued."""
        execution_id = self._handle.submit(RunCell(cell_id="measured", source=code))
        async with asyncio.timeout(LIMIT_S):
            async for event in self._events:
                if isinstance(event, ExecutionQueued) and event.execution_id == execution_id:
                    return


def checked(event: Event, text: str) -> str:
    """Raises RuntimeError where what was to be measured did not go well."""
    if isinstance(event, ExecutionFinished) and event.outcome is not Outcome.OK:
        raise RuntimeError(f"the measured cell ended as {event.outcome}: {event.error_type} {event.message}")
    return text


@asynccontextmanager
async def own_engine() -> AsyncIterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="cap-") as folder:
        engine = Engine(state_directory=Path(folder), manager=SessionManager())
        try:
            yield engine
        finally:
            await engine.close()


async def open_notebook(engine: Engine, folder: Path) -> OwnNotebook:
    """A notebook whose store is in folder, on the disk."""
    folder.mkdir(mode=0o700, exist_ok=True)
    place = KernelPlace(working_directory=folder, log_directory=folder, outlives=False)
    return OwnNotebook(await engine.open_notebook(folder.name, place, folder=folder))
