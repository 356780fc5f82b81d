"""What is brought back by request: merged, exactly what was offered, and offered on where not all of it came back."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from engine.checkpointing import Checkpointing, LoadedCheckpoint
from engine.commands import ExecutionId
from engine.errors import CheckpointError
from engine.events import Event, StateRestored, VariableRow
from engine.revival import Revival
from engine.store.records import CheckpointRecord
from engine.tasks import TaskOwner
from tests.support.automatic_notebook import Notebook, notebook

LEFT_OUT = VariableRow(name="g", type_name="generator", outcome="not restored", reason="it was not saved", size_bytes=0)
LOADED = VariableRow(name="x", type_name="int", outcome="restored", reason="", size_bytes=1)
REFUSED = VariableRow(name="f", type_name="function", outcome="not restored", reason="of Python 3.13", size_bytes=1)


@dataclass
class Files:
    """Checkpointing: what a file gives, and what was asked of it."""

    rows: tuple[VariableRow, ...] = (LOADED,)
    is_there: bool = True
    asked: list[tuple[str, bool]] = field(default_factory=list)

    async def load(self, path: str, *, clear_existing: bool) -> LoadedCheckpoint:
        self.asked.append((path, clear_existing))
        if not self.is_there:
            raise CheckpointError("its file is gone")
        return LoadedCheckpoint(name="", variables=self.rows, surroundings=())


def record(name: str, left_out: int = 0) -> CheckpointRecord:
    return CheckpointRecord(
        execution_id=name, cell_id="cell", path=f"/kept/{name}", created_at=1.0, size_bytes=1, left_out=left_out
    )


def revival(files: Files, nb: Notebook, told: list[Event], emitted: list[Event] | None = None) -> Revival:
    return Revival(
        checkpointing=cast(Checkpointing, files),
        automatic=nb.automatic,
        worker_free=asyncio.Lock(),
        last_worker=lambda: None,
        tasks=TaskOwner("test", logging.getLogger("test")),
        emit=(told if emitted is None else emitted).append,
        tell=told.append,
    )


async def test_variables_are_told_to_be_back_once_the_store_has_their_worker(tmp_path: Path) -> None:
    async with notebook(tmp_path, newest=record("newer")) as nb:
        once_committed, at_once = list[Event](), list[Event]()
        await revival(Files(), nb, once_committed, at_once).restore_last()
        assert [type(event) for event in once_committed] == [StateRestored]
        assert at_once == []


async def test_what_is_offered_is_added_to_what_there_is_and_offered_no_more(tmp_path: Path) -> None:
    async with notebook(tmp_path, newest=record("newer")) as nb:
        files, emitted = Files(), list[Event]()
        nb.automatic.earlier.add(record("a"))
        await revival(files, nb, emitted).bring_back(ExecutionId("a"))
        assert files.asked == [("/kept/a", False)]
        (restored,) = emitted
        assert isinstance(restored, StateRestored)
        assert (restored.execution_id, restored.merged) == ("a", True)
        assert nb.automatic.earlier.find("a") is None
        await revival(files, nb, emitted).bring_back(ExecutionId("a"))  # a second click
        assert len(files.asked) == 1


@pytest.mark.parametrize(
    ("rows", "left_out", "stays"),
    [((LOADED, REFUSED), 0, True), ((LOADED, LEFT_OUT), 1, False), ((LOADED, LEFT_OUT, REFUSED), 1, True)],
)
async def test_it_stays_offered_where_this_python_could_not_load_all_of_it(
    tmp_path: Path, rows: tuple[VariableRow, ...], left_out: int, stays: bool
) -> None:
    async with notebook(tmp_path) as nb:
        nb.automatic.earlier.add(record("a", left_out))
        await revival(Files(rows), nb, []).bring_back(ExecutionId("a"))
        assert (nb.automatic.earlier.find("a") is not None) is stays


async def test_it_stays_offered_where_it_cannot_be_read(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        nb.automatic.earlier.add(record("a"))
        with pytest.raises(CheckpointError):
            await revival(Files(is_there=False), nb, []).bring_back(ExecutionId("a"))
        assert nb.automatic.earlier.find("a") is not None
