"""What was flushed survives the death of its process at any instant, and a file system that takes no more."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.store.records import RunState
from engine.store.store import NotebookStore
from tests.support.store_process import execution_id

KILLS = 8
ROOT = Path(__file__).parents[4]


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.support.store_process", *arguments]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


def killed_after(folder: Path, flushes: int) -> list[int]:
    """Let a process write, kill it some flushes later, wherever it then is; the numbers that were flushed."""
    with process(str(folder)) as child:
        assert child.stdout is not None
        said = [int(child.stdout.readline()) for _ in range(flushes)]
        child.send_signal(signal.SIGKILL)
        rest, _ = child.communicate()
    return said + [int(line) for line in rest.splitlines()]


@pytest.mark.time_limit(60)
async def test_what_was_flushed_is_there_after_a_kill_at_any_instant(tmp_path: Path) -> None:
    chance = random.Random(4711)
    flushed = 0
    for _ in range(KILLS):
        said = await asyncio.to_thread(killed_after, tmp_path, chance.randrange(1, 60))
        flushed = max(said) + 1
        store = await asyncio.to_thread(NotebookStore.open, tmp_path, process_life="next")
        runs = await store.runs_of("cell")
        assert store.notice == ""
        # nothing of those that were acknowledged is missing, and of the one under way there is all or nothing
        assert [run.execution_id for run in runs] == [execution_id(number) for number in range(len(runs))]
        assert len(runs) in (flushed, flushed + 1)
        assert {(run.state, run.outcome) for run in runs} == {(RunState.SETTLED, "ok")}
        requests = await asyncio.to_thread(store.requests)
        assert len(requests) == 6 * min(4, len(runs))
        await store.close()


async def test_a_file_that_may_not_grow_stalls_the_store_until_it_may(tmp_path: Path) -> None:
    def words() -> list[bytes]:
        with process(str(tmp_path), "limit") as child:
            assert child.stdout is not None
            return child.stdout.readlines()

    stalled, done = await asyncio.to_thread(words)
    assert stalled.endswith(b", flushed: False\n")
    assert stalled.startswith((b"the disk is full", b"the disk reports errors"))
    assert done == b"flushed\n"
    store = await asyncio.to_thread(NotebookStore.open, tmp_path, process_life="next")
    assert len(await store.runs_of("cell")) == 300
    await store.close()
