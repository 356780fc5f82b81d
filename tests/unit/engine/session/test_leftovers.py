from __future__ import annotations

import asyncio
import os
from pathlib import Path

from engine.session.leftovers import SAID_S, STARTING_S, sweep
from engine.session.transport import WorkerAddress, write_token


def left_by_a_worker(directory: Path, *, age_s: float) -> WorkerAddress:
    address = WorkerAddress.new(directory)
    write_token(address.token)
    address.stderr.touch()
    for path in (address.token, address.stderr):
        then = path.stat().st_mtime - age_s
        os.utime(path, (then, then))
    return address


def test_the_files_of_a_worker_that_has_gone_are_removed(short: Path) -> None:
    left_by_a_worker(short, age_s=STARTING_S + 1)
    sweep(short)
    assert list(short.iterdir()) == []


def test_what_a_worker_wrote_of_its_own_end_stays_for_a_week(short: Path) -> None:
    for age_s, left in ((STARTING_S + 1, 1), (SAID_S + 1, 0)):
        address = left_by_a_worker(short, age_s=age_s)
        address.stderr.write_text("Fatal Python error: Segmentation fault")
        then = address.token.stat().st_mtime
        os.utime(address.stderr, (then, then))
        sweep(short)
        assert len(list(short.iterdir())) == left
        address.stderr.unlink(missing_ok=True)


def test_a_worker_that_is_being_started_keeps_its_files(short: Path) -> None:
    address = left_by_a_worker(short, age_s=0)
    sweep(short)
    assert address.token.exists()


async def test_a_worker_that_listens_keeps_its_files(short: Path) -> None:
    address = left_by_a_worker(short, age_s=STARTING_S + 1)
    probed = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()
        probed.set()

    async with await asyncio.start_unix_server(serve, address.socket):
        then = address.token.stat().st_mtime
        os.utime(address.socket, (then, then))
        sweep(short)
        assert address.token.exists()
        await probed.wait()
