"""AutomaticCheckpoints above a folder and a store that the test looks into, told by hand what a worker says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from engine.automatic import AutomaticCheckpoints
from engine.events import Event
from engine.protocol.messages import AutomaticCheckpoint
from engine.session.endings import EndReason
from engine.session.session import Session
from engine.store.records import CheckpointRecord, WorkerRecord
from engine.tasks import TaskOwner
from tests.support.sealed_drafts import TOKEN


@dataclass
class Records:
    """The store: what it has, by execution, and a disk that may be slow."""

    have: dict[str, CheckpointRecord] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)
    earlier: tuple[CheckpointRecord, ...] = ()
    disk: asyncio.Event = field(default_factory=asyncio.Event)

    def record_checkpoint(self, record: CheckpointRecord) -> None:
        self.puts.append(record.execution_id)
        self.have.pop(record.execution_id, None)
        self.have[record.execution_id] = record

    def forget_checkpoint(self, execution_id: str) -> None:
        self.have.pop(execution_id, None)

    def record_earlier(self, records: tuple[CheckpointRecord, ...]) -> None:
        self.earlier = records

    async def flushed(self) -> None:
        await self.disk.wait()


@dataclass
class FakeSession:
    ended: asyncio.Future[EndReason]
    token: bytes = TOKEN
    session_id: str = "s"


@dataclass
class Notebook:
    automatic: AutomaticCheckpoints
    records: Records
    events: list[Event]
    folder: Path
    arrived: asyncio.Event
    session: FakeSession

    def say(self, message: AutomaticCheckpoint) -> None:
        self.automatic.take(message, cast(Session, self.session))

    async def events_so_far(self, count: int) -> list[Event]:
        while len(self.events) < count:
            self.arrived.clear()
            await self.arrived.wait()
        return self.events


@asynccontextmanager
async def notebook(
    folder: Path, *, newest: CheckpointRecord | None = None, slow: bool = False
) -> AsyncIterator[Notebook]:
    (folder / "checkpoints").mkdir(exist_ok=True)
    tasks, records, events, arrived = TaskOwner("test", logging.getLogger("test")), Records(), [], asyncio.Event()
    if not slow:
        records.disk.set()

    def emit(event: Event) -> None:
        events.append(event)
        arrived.set()

    made = AutomaticCheckpoints(
        folder / "checkpoints",
        key_folder=folder / "keys",
        store=records,
        newest=newest,
        cell_of=lambda execution_id: f"cell of {execution_id}",
        tasks=tasks,
        emit=emit,
    )
    try:
        session = FakeSession(asyncio.get_running_loop().create_future())
        yield Notebook(made, records, events, folder / "checkpoints", arrived, session)
    finally:
        await made.close()
        await tasks.close()


def worker() -> WorkerRecord:
    return WorkerRecord(
        session_id="s",
        socket="",
        pid=1,
        token=TOKEN,
        working_directory="",
        log_directory="",
        python_version="",
        executable="",
        started_at=0.0,
    )
