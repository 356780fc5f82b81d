"""A notebook of the real engine with a real worker, and everything that it tells.

`run` waits for an execution's end; `wait_for` for any event.  Events are kept in order in `seen`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from engine.commands import Command, ExecutionId, RunCell
from engine.events import Event, ExecutionFinished, ExecutionSkipped, TextPrinted
from engine.facade import Engine
from engine.kernel_place import KernelPlace
from engine.notebook_handle import NotebookHandle
from engine.session.manager import SessionManager


class LiveNotebook:
    def __init__(self, engine: Engine, handle: NotebookHandle, folder: Path) -> None:
        self.engine, self.handle, self.folder = engine, handle, folder
        self.seen: list[Event] = []
        self._waiting: list[tuple[Callable[[Event], bool], asyncio.Future[Event]]] = []

    def submit(self, command: Command) -> str:
        return self.handle.submit(command)

    def queue(self, source: str, cell_id: str = "cell") -> ExecutionId:
        return ExecutionId(self.submit(RunCell(cell_id=cell_id, source=source)))

    async def run(self, source: str, cell_id: str = "cell") -> ExecutionFinished:
        """Run source and give how it ended; all its output is in `seen` by then."""
        finished = await self.ended(self.queue(source, cell_id))
        assert isinstance(finished, ExecutionFinished), finished
        return finished

    async def ended(self, execution_id: str) -> ExecutionFinished | ExecutionSkipped:
        event = await self.wait_for(
            lambda e: isinstance(e, ExecutionFinished | ExecutionSkipped) and e.execution_id == execution_id
        )
        assert isinstance(event, ExecutionFinished | ExecutionSkipped)
        return event

    async def wait_for(self, wanted: Callable[[Event], bool]) -> Event:
        """The first event that is wanted, seen already or still to come."""
        for event in self.seen:
            if wanted(event):
                return event
        future: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, future))
        return await future

    async def wait_for_type[E: Event](self, kind: type[E]) -> E:
        event = await self.wait_for(lambda e: isinstance(e, kind))
        assert isinstance(event, kind)
        return event

    def printed(self, execution_id: str | None = None, stream: str = "stdout") -> str:
        return "".join(
            event.text
            for event in self.seen
            if isinstance(event, TextPrinted) and event.stream == stream and execution_id in (None, event.execution_id)
        )

    def of_type[E: Event](self, kind: type[E]) -> list[E]:
        return [event for event in self.seen if isinstance(event, kind)]

    async def follow(self) -> None:
        async for event in self.handle.events():
            self.seen.append(event)
            for waiting in [w for w in self._waiting if w[0](event)]:
                self._waiting.remove(waiting)
                if not waiting[1].done():
                    waiting[1].set_result(event)


@asynccontextmanager
async def live_notebook(
    folder: Path, *, allow_stdin: bool = True, execution_limit_s: float | None = None
) -> AsyncIterator[LiveNotebook]:
    engine = Engine(state_directory=folder / "state", manager=SessionManager())
    place = KernelPlace(
        working_directory=folder, log_directory=folder / "logs", outlives=False, allow_stdin=allow_stdin
    )
    handle = engine.open_in_memory("notebook", place, execution_limit_s=execution_limit_s)
    notebook = LiveNotebook(engine, handle, folder)
    following = asyncio.ensure_future(notebook.follow())
    try:
        yield notebook
    finally:
        await engine.close()
        await following
