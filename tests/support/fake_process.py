"""A Process that lives and dies by the test's word, and a session whose worker is a fake in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from engine.protocol.messages import Adopt, new_id
from engine.session.endings import ProcessExit
from engine.session.session import Session
from engine.session.transport import TOKEN_BYTES, UnixTransport, WorkerAddress
from tests.support.fake_worker import FakeWorker

TOKEN = b"t" * TOKEN_BYTES


class FakeProcess:
    """Counts what it is told; dies when the test says so, or when it is killed."""

    def __init__(self, stderr: str = "") -> None:
        self.pid = 1234567
        self.exited: asyncio.Future[ProcessExit] = asyncio.get_running_loop().create_future()
        self.signals: list[int] = []
        self.kills = 0
        self.dies_when_killed = True
        self._stderr = stderr

    def die(self, exit_code: int = 0) -> None:
        if not self.exited.done():
            self.exited.set_result(ProcessExit(exit_code=exit_code))

    def look(self) -> None:
        pass

    def send_signal(self, number: int) -> None:
        self.signals.append(number)

    def end_group_with_it(self) -> None:
        pass

    def kill_group(self) -> None:
        self.kills += 1
        if self.dies_when_killed and not self.exited.done():
            self.exited.set_result(ProcessExit(signal_number=9))

    def stderr_tail(self) -> str:
        return self._stderr

    def release(self) -> None:
        pass


@dataclass(frozen=True)
class Pair:
    session: Session
    worker: FakeWorker
    process: FakeProcess


@contextlib.asynccontextmanager
async def unattached(
    directory: Path, *, silent_after_s: float = 5.0, version: int = 1, token: bytes = TOKEN, refuses: str = ""
) -> AsyncIterator[Pair]:
    """A session that has connected and said nothing yet; terminated at the end, if the test did not."""
    address = WorkerAddress.new(directory)
    worker = FakeWorker(address.socket, TOKEN, version=version)
    worker.refuses = refuses
    async with worker.serving():
        connection = await UnixTransport().connect(address.socket)
        process = FakeProcess()
        session = Session(new_id(), connection, process, address, token, silent_after_s=silent_after_s)
        try:
            yield Pair(session, worker, process)
        finally:
            worker.hang_up()
            await session.terminate()


@contextlib.asynccontextmanager
async def adopted(directory: Path, *, silent_after_s: float = 5.0) -> AsyncIterator[Pair]:
    """A session that is ready, has its logs in directory/logs, and reads those of a1, a2 and b1."""
    logs = directory / "logs"
    logs.mkdir()
    async with unattached(directory, silent_after_s=silent_after_s) as pair:
        await pair.session.attach("test", limit_s=10)
        await pair.session.adopt(
            Adopt(
                session_id=pair.session.session_id,
                working_directory=str(directory),
                log_directory=str(logs),
                outlives=False,
            )
        )
        await pair.worker.received_a(Adopt)
        pair.session.follow_logs(logs, wanted=("a1", "a2", "b1"), background_from=0)
        yield pair
