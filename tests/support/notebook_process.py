"""A stored notebook of the real engine in a process of its own, which a test may kill at any moment.

Run as a script (FOLDER) it opens FOLDER/store, takes commands as JSON lines on stdin ([name, fields]) and writes every
event as a JSON line on stdout.  NotebookProcess is the test's end of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine import commands, events
from engine.errors import EngineError
from engine.facade import Engine
from engine.kernel_place import KernelPlace
from engine.notebook_handle import NotebookHandle
from engine.session.manager import SessionManager

LINE_LIMIT = 64 * 1024 * 1024
CLOSE, LEAVE = "close", "leave"


class NotebookProcess:
    """told: every event so far, [type's name, fields]."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told: list[tuple[str, dict[str, Any]]] = []

    def submit(self, command: commands.Command | str) -> None:
        fields = {} if isinstance(command, str) else dataclasses.asdict(command)
        name = command if isinstance(command, str) else type(command).__name__
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([name, fields]).encode() + b"\n")

    def run(self, cell_id: str, source: str, *, continue_on_error: bool = False) -> None:
        self.submit(commands.RunCell(cell_id=cell_id, source=source, continue_on_error=continue_on_error))

    async def event[E: events.Event](
        self, kind: type[E], wanted: Callable[[dict[str, Any]], bool] = lambda _fields: True
    ) -> dict[str, Any]:
        """The fields of the first such event, told already or still to come."""
        seen = 0
        while True:
            for name, fields in self.told[seen:]:
                if name == kind.__name__ and wanted(fields):
                    return fields
            seen = len(self.told)
            await self._read()

    async def finished(self, cell_id: str) -> dict[str, Any]:
        return await self.event(events.ExecutionFinished, lambda f: f["cell_id"] == cell_id)

    def printed(self) -> str:
        """What stands on the screen: told anew from its beginning, it was cleared before."""
        shown: list[dict[str, Any]] = []
        for name, fields in self.told:
            if name == events.TextPrinted.__name__ and fields["stream"] == "stdout":
                shown.append(fields)
            elif name == events.OutputCleared.__name__:
                shown = [each for each in shown if each["execution_id"] != fields["execution_id"]]
        return "".join(fields["text"] for fields in shown)

    def of_type(self, kind: type[events.Event]) -> list[dict[str, Any]]:
        return [fields for name, fields in self.told if name == kind.__name__]

    async def kill(self) -> None:
        """SIGKILL; what it told before is read to its end."""
        self._process.kill()
        await self._process.wait()
        with contextlib.suppress(EOFError):
            while True:
                await self._read()

    async def end(self, how: str = CLOSE) -> None:
        """Close the notebook and end its worker, or (LEAVE) leave that alone."""
        self.submit(how)
        with contextlib.suppress(EOFError):
            while True:
                await self._read()
        assert await self._process.wait() == 0

    async def _read(self) -> None:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError(f"the notebook's process ended after {self.told[-3:]}")
        name, fields = json.loads(line)
        self.told.append((name, fields))


@asynccontextmanager
async def notebook_process(folder: Path) -> AsyncIterator[NotebookProcess]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, str(folder)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_LIMIT,
    )
    try:
        yield NotebookProcess(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        if process.stdin is not None:
            process.stdin.close()


# --- the process itself


async def _serve(folder: Path) -> None:
    engine = Engine(state_directory=folder / "state", manager=SessionManager(runtime_directory=folder / "run"))
    place = KernelPlace(working_directory=folder, log_directory=folder)
    try:
        handle = await engine.open_notebook("nb", place, folder=folder / "store")
    except EngineError as error:
        _tell(type(error).__name__, {"message": str(error)})
        await engine.close()
        return
    following = asyncio.ensure_future(_follow(handle))
    reader = asyncio.StreamReader(limit=LINE_LIMIT)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        name, fields = json.loads(line)
        if name in (CLOSE, LEAVE):
            await handle.close(keep_worker=name == LEAVE)
            break
        handle.submit(getattr(commands, name)(**fields))
    await following
    await engine.close()


async def _follow(handle: NotebookHandle) -> None:
    async for event in handle.events():
        _tell(type(event).__name__, dataclasses.asdict(event))


def _tell(name: str, fields: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps([name, fields], default=str) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
