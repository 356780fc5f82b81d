"""Whatever a worker says, and whenever: each execution is told once and in order, and what is recorded is there."""

from __future__ import annotations

import asyncio
import hmac
import logging
import tempfile
from pathlib import Path
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from engine.automatic import AutomaticCheckpoints
from engine.checkpoints.automatic_files import KEPT_FILES
from engine.events import CheckpointKept, CheckpointSkipped, Event
from engine.protocol.messages import AutomaticCheckpoint
from engine.session.session import Session
from engine.store.records import CheckpointRecord
from engine.store.store import NotebookStore
from engine.tasks import TaskOwner
from engine.trust import SigningKey
from tests.support.sealed_drafts import TOKEN, skipped

STEPS = ("changed", "unchanged", "skipped", "forged", "elsewhere", "turn", "told", "newest")
many = st.lists(st.sampled_from((*STEPS, *3 * STEPS[:2])), min_size=12, max_size=40)  # more than may wait


class Watched:
    """The real store, and what it was told to keep."""

    def __init__(self, store: NotebookStore) -> None:
        self._store = store
        self.rows: dict[str, CheckpointRecord] = {}

    def record_checkpoint(self, record: CheckpointRecord) -> None:
        self._store.record_checkpoint(record)
        self.rows[record.execution_id] = record

    def forget_checkpoint(self, execution_id: str) -> None:
        self._store.forget_checkpoint(execution_id)
        del self.rows[execution_id]

    async def flushed(self) -> None:
        await self._store.flushed()


class FakeSession:
    token = TOKEN
    session_id = "s"

    def __init__(self) -> None:
        self.ended: asyncio.Future[object] = asyncio.get_running_loop().create_future()


class Worker:
    """Says one thing after each execution."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = 0
        self._last: AutomaticCheckpoint | None = None

    def says(self, step: str) -> AutomaticCheckpoint:
        self.said += 1
        execution_id = f"{self.said:032x}"
        if step == "skipped":
            return skipped(execution_id, "too large")
        if step == "unchanged" and self._last is not None:
            return self._message(execution_id, Path(self._last.path), self._last.seal)
        if step == "elsewhere":
            return self._message(execution_id, self.folder.parent / f"{execution_id}.draft", b"")
        path = self.folder / f"{execution_id}.draft"
        path.write_bytes(execution_id.encode())
        if step == "forged":
            return self._message(execution_id, path, b"s" * 32)
        seal = hmac.digest(TOKEN, path.read_bytes(), "sha256")
        path.with_name(f"{path.name}.seal").write_bytes(seal)
        self._last = self._message(execution_id, path, seal)
        return self._last

    def _message(self, execution_id: str, path: Path, seal: bytes) -> AutomaticCheckpoint:
        return AutomaticCheckpoint(
            execution_id=execution_id, path=str(path), size_bytes=32, seal=seal, variables=1, left_out=0
        )


async def play(root: Path, steps: list[str]) -> None:
    folder, events = root / "checkpoints", list[Event]()
    folder.mkdir()
    tasks, store = TaskOwner("test", logging.getLogger("test")), NotebookStore.in_memory()
    watched, worker, session = Watched(store), Worker(folder), cast(Session, FakeSession())
    automatic = AutomaticCheckpoints(
        folder,
        key_folder=root / "keys",
        store=watched,
        newest=None,
        cell_of=lambda _execution_id: "cell",
        tasks=tasks,
        emit=events.append,
    )
    try:
        for step in steps:
            match step:
                case "turn":
                    await asyncio.sleep(0)
                case "told":
                    await store.flushed()
                case "newest":
                    assert await automatic.newest() == (list(watched.rows.values()) or [None])[-1]
                case _:
                    automatic.take(worker.says(step), session)
        await automatic.close()
    finally:
        await tasks.close()
        await store.close()
    told = [event.execution_id for event in events if isinstance(event, CheckpointKept | CheckpointSkipped)]
    assert told == [f"{number:032x}" for number in range(1, worker.said + 1)]
    assert len(watched.rows) <= KEPT_FILES
    for record in watched.rows.values():
        assert not SigningKey.open(root / "keys").verify(Path(record.path)).foreign
    assert automatic.newest_id == (list(watched.rows) or [""])[-1]
    assert not list(folder.glob("*.draft"))


@given(many | st.lists(st.sampled_from(STEPS), max_size=8))
def test_each_execution_is_told_once_in_order_and_what_is_recorded_is_there(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as root:
        asyncio.run(play(Path(root), steps))
