"""A process of its own that writes to a store until it is killed, and says on stdout what was flushed.

Run as `python -m tests.support.store_process FOLDER [limit]`: one line with the number of each execution after its
flushed() returned.  With "limit", its files may not grow past a size until it was told that the disk refuses.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from pathlib import Path

from engine.store import writer
from engine.store.records import RunRecord
from engine.store.store import NotebookStore
from tests.support import store_requests as sdk

FILE_LIMIT_BYTES = 256 * 1024


def execution_id(number: int) -> str:
    return f"{number:032x}"


async def write_until_killed(folder: Path) -> None:
    store = NotebookStore.open(folder, process_life="the one that dies")
    # where an earlier one was killed, its numbers are taken
    number = len(await store.runs_of("cell"))
    while True:
        record(store, number)
        await store.flushed()
        os.write(1, f"{number}\n".encode())
        number += 1


def record(store: NotebookStore, number: int) -> None:
    own = execution_id(number)
    store.submit(RunRecord(execution_id=own, cell_id="cell", source=f"{number:04d}" * 500, submitted_at=1.0))
    for request in sdk.whole_run(own):
        store.journal(request, own)
    if number >= 4:
        store.forget_lineage(execution_id(number - 4))


async def write_past_the_limit(folder: Path) -> None:
    """Say the words of the stall, lift the limit, and say "flushed" once all is on the disk."""
    writer.RETRY_S = 0.05
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = NotebookStore.open(folder, process_life="limited")
    told: asyncio.Queue[str] = asyncio.Queue()
    store.on_stalled = told.put_nowait
    await store.flushed()
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT_BYTES, hard))
    for number in range(300):
        record(store, number)
    flushed = asyncio.ensure_future(store.flushed())
    reason = await told.get()
    os.write(1, f"{reason}, flushed: {flushed.done()}\n".encode())
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await flushed
    os.write(1, b"flushed\n")
    await store.close()


if __name__ == "__main__":
    work = write_past_the_limit if sys.argv[2:] == ["limit"] else write_until_killed
    asyncio.run(work(Path(sys.argv[1])))
