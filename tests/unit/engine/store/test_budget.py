"""What goes when a notebook's folder is over its budget, and what never does."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.store import budget
from engine.store.records import CheckpointRecord, RunRecord
from engine.store.store import NotebookStore
from tests.support import store_requests as sdk

KB = 1024


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[NotebookStore]:
    store = await asyncio.to_thread(NotebookStore.open, folder, process_life="life")
    try:
        yield store
    finally:
        await store.close()


def name(number: int) -> str:
    return f"{number:032x}"


def add(store: NotebookStore, number: int, cell_id: str = "cell", *, log_kb: int = 100, settled: bool = True) -> str:
    """An execution with a log."""
    assert store.folder is not None
    execution_id = name(number)
    store.submit(RunRecord(execution_id=execution_id, cell_id=cell_id, source="1", submitted_at=1.0))
    for request in sdk.whole_run(execution_id) if settled else (sdk.created(execution_id),):
        store.journal(request, execution_id)
    write(store.folder / "outputs" / f"{execution_id}.log", log_kb)
    return execution_id


def write(path: Path, kb: int, age_s: float = 0.0) -> Path:
    path.write_bytes(b"x" * (kb * KB))
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def logs(folder: Path) -> list[int]:
    return sorted(int(path.stem, 16) for path in (folder / "outputs").iterdir())


def logs_but(other: Path) -> list[Path]:
    return sorted(set(other.parent.iterdir()) - {other})


async def test_the_oldest_go_until_the_rest_is_within_the_budget(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for number in range(10):
            add(store, number)
        freed = await store.prune(limit_bytes=550 * KB)
        assert freed == 6 * 100 * KB  # the database takes a hundred, too
        assert logs(tmp_path) == [6, 7, 8, 9]
        assert [run.execution_id for run in await store.runs_of("cell")] == [name(n) for n in (6, 7, 8, 9)]


async def test_nothing_goes_within_the_budget(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for number in range(3):
            add(store, number)
        assert await store.prune() == 0
        assert logs(tmp_path) == [0, 1, 2]


async def test_pinned_waiting_kept_and_newest_executions_stay_whatever_the_budget(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        pinned, kept = add(store, 0), add(store, 1)
        add(store, 2)
        add(store, 3, settled=False)
        add(store, 4, "other")
        add(store, 5)
        store.pin(pinned, pinned=True)
        await store.prune([kept], limit_bytes=0)
        assert logs(tmp_path) == [0, 1, 3, 4, 5]
        assert await store.prune([kept], limit_bytes=0) == 0


async def test_an_old_checkpoint_goes_with_its_execution_and_the_newest_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for number in range(3):
            execution_id = add(store, number)
            path = write(tmp_path / "checkpoints" / f"{execution_id}.capsule", 1)
            if number < 2:
                store.record_checkpoint(
                    CheckpointRecord(
                        execution_id=execution_id,
                        cell_id="cell",
                        path=str(path),
                        created_at=1.0,
                        size_bytes=KB,
                        left_out=0,
                    )
                )
        await store.prune(limit_bytes=0)
        assert logs(tmp_path) == [1, 2]
        assert sorted(path.stem for path in (tmp_path / "checkpoints").iterdir()) == [name(1), name(2)]
        checkpoint = (await asyncio.to_thread(store.load)).checkpoint
        assert checkpoint is not None
        assert checkpoint.execution_id == name(1)


async def test_what_an_earlier_python_kept_stays_while_it_is_offered(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        path = write(tmp_path / "checkpoints" / f"{add(store, 0)}.capsule", 1)
        add(store, 1)
        after = add(store, 2)  # which changed nothing
        add(store, 3)
        record = CheckpointRecord(
            execution_id=after, cell_id="cell", path=str(path), created_at=1.0, size_bytes=KB, left_out=0
        )
        store.record_earlier((record,))
        await store.prune(limit_bytes=0)
        assert path.exists()
        assert logs(tmp_path) == [0, 2, 3]
        store.record_earlier(())
        await store.prune(limit_bytes=0)
        assert not path.exists()


async def test_the_newest_checkpoint_stays_though_its_file_is_named_for_an_older_execution(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        path = write(tmp_path / "checkpoints" / f"{add(store, 0)}.capsule", 1)
        add(store, 1)
        after = add(store, 2)  # which changed nothing
        record = CheckpointRecord(
            execution_id=after, cell_id="cell", path=str(path), created_at=1.0, size_bytes=KB, left_out=0
        )
        store.record_checkpoint(record)
        await store.prune(limit_bytes=0)
        assert path.exists()
        assert logs(tmp_path) == [0, 2]


async def test_old_files_that_no_execution_is_known_for_go_first_and_new_ones_stay(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        add(store, 0)
        add(store, 1)
        for number, age_s in ((100, 2 * budget.ORPHAN_AGE_S), (101, 0.0), (102, 3 * budget.ORPHAN_AGE_S)):
            write(tmp_path / "outputs" / f"{name(number)}.log", 100, age_s)
        background = write(tmp_path / "outputs" / "background.log", 100)
        await store.prune([name(102)], limit_bytes=600 * KB)
        assert [int(path.stem, 16) for path in logs_but(background)] == [0, 1, 101, 102]
        await store.prune([name(102)], limit_bytes=0)
        assert [int(path.stem, 16) for path in logs_but(background)] == [1, 101, 102]
        assert background.exists()


async def test_skipped_executions_go_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        add(store, 0, settled=False)
        add(store, 1)
        store.skip([name(0)], "no")
        await store.prune(limit_bytes=0)
        assert logs(tmp_path) == [1]


async def test_a_store_in_memory_has_no_budget() -> None:
    store = NotebookStore.in_memory()
    assert await store.prune(limit_bytes=0) == 0
    await store.close()


@pytest.mark.parametrize("missing", ["outputs", "checkpoints"])
async def test_a_folder_that_somebody_removed_is_no_obstacle(tmp_path: Path, missing: str) -> None:
    async with opened(tmp_path) as store:
        (tmp_path / missing).rmdir()
        assert await store.prune(limit_bytes=0) == 0


def put_aside(folder: Path, day: int, kb: int = 100) -> Path:
    aside = folder / f"damaged-202601{day:02}T000000Z"
    aside.mkdir()
    write(aside / "state.sqlite", kb)
    os.utime(aside, (time.time() - (99 - day) * 86400.0,) * 2)
    return aside


async def test_databases_that_were_put_aside_count_and_go_before_runs_but_never_the_newest(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        add(store, 0)
        add(store, 1)
        asides = [put_aside(tmp_path, day) for day in (3, 1, 2)]
        assert await store.prune() == 0
        assert await store.prune(limit_bytes=500 * KB) == 100 * KB
        assert [aside.exists() for aside in asides] == [True, False, True]
        await store.prune(limit_bytes=0)
        assert [aside.exists() for aside in asides] == [True, False, False]
        assert (asides[0] / "state.sqlite").stat().st_size == 100 * KB
        assert logs(tmp_path) == [1]


async def test_what_belongs_to_no_execution_counts(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for number in range(3):
            add(store, number)
        write(tmp_path / "outputs" / "background.log", 300)
        await store.prune(limit_bytes=600 * KB)
        assert not (tmp_path / "outputs" / f"{name(0)}.log").exists()
        assert (tmp_path / "outputs" / "background.log").stat().st_size == 300 * KB
