"""What the benchmark of a slow disk would find: an fsync on the thread of the loop, by its caller's name."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from engine.store.store import NotebookStore
from tests.benchmarks.slow_disk import slow_disk


def test_an_fsync_is_named_where_the_loop_would_wait_for_it(tmp_path: Path) -> None:
    with slow_disk() as disk, (tmp_path / "file").open("wb") as file:
        os.fsync(file.fileno())
    assert list(disk.on_loop) == ["test_slow_disk.py:test_an_fsync_is_named_where_the_loop_would_wait_for_it"]


async def test_a_commit_of_the_store_takes_as_long_as_the_disk_does(tmp_path: Path) -> None:
    store = await asyncio.to_thread(NotebookStore.open, tmp_path, process_life="life")
    loop = asyncio.get_running_loop()
    with slow_disk() as disk:
        disk.delay_s = 0.05
        begun = loop.time()
        store.hold(True)
        await store.flushed()
        assert loop.time() - begun >= disk.delay_s
    await store.close()
    assert not disk.on_loop
