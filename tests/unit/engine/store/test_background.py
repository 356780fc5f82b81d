"""The log of what belongs to no execution is kept to its newest part, while nobody appends to it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.protocol.codec import Decoder, encode
from engine.protocol.framing import FrameReader
from engine.protocol.messages import BACKGROUND_LOG, Output
from engine.session.log_reader import whole_frames_end
from engine.store import background
from engine.store.records import WorkerRecord
from engine.store.store import NotebookStore


def printed(number: int) -> bytes:
    return encode(Output(execution_id="a1", stream="stdout", text=f"{number} " + "x" * 1000))


def filled(outputs: Path, frames: int) -> Path:
    outputs.mkdir(parents=True, exist_ok=True)
    log = outputs / BACKGROUND_LOG
    log.write_bytes(b"".join(map(printed, range(frames))))
    return log


def test_the_newest_whole_frames_are_left_of_one_that_is_too_long(tmp_path: Path) -> None:
    log = filled(tmp_path, 100)
    size = log.stat().st_size
    background.trim(tmp_path, limit_bytes=size - 1, kept_bytes=size // 2)
    assert size // 2 - len(printed(99)) <= log.stat().st_size <= size // 2
    assert whole_frames_end(log) == log.stat().st_size
    decoder = Decoder()
    messages = [decoder.decode(body) for body in FrameReader().feed(log.read_bytes())]
    assert [m.text.split()[0] for m in messages if isinstance(m, Output)] == [str(n) for n in range(51, 100)]
    assert [path.name for path in tmp_path.iterdir()] == [BACKGROUND_LOG]
    assert log.stat().st_mode & 0o777 == 0o600


def test_one_that_is_short_enough_or_not_there_stays_so(tmp_path: Path) -> None:
    background.trim(tmp_path, limit_bytes=10, kept_bytes=5)
    log = filled(tmp_path, 3)
    before = log.read_bytes()
    background.trim(tmp_path, limit_bytes=len(before), kept_bytes=1)
    assert log.read_bytes() == before


def test_one_whose_frames_cannot_be_followed_to_its_newest_part_stays_whole(tmp_path: Path) -> None:
    log = filled(tmp_path, 1)
    log.write_bytes(log.read_bytes() + b"\xff\xff\xff\xff" + b"x" * 100)
    before = log.read_bytes()
    background.trim(tmp_path, limit_bytes=10, kept_bytes=5)
    assert log.read_bytes() == before


@pytest.mark.parametrize("lives", [True, False])
async def test_an_opening_cuts_it_only_where_no_worker_can_live(
    tmp_path: Path, lives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "LIMIT_BYTES", 10)
    monkeypatch.setattr(background, "KEPT_BYTES", 5)
    store = await asyncio.to_thread(NotebookStore.open, tmp_path, process_life="first")
    if lives:
        worker = WorkerRecord(
            session_id="s",
            socket="s",
            pid=1,
            token=b"t",
            working_directory="w",
            log_directory="l",
            python_version="3",
            executable="p",
            started_at=1.0,
        )
        store.record_worker(worker)
    assert await store.close()
    log = filled(tmp_path / "outputs", 2)
    again = await asyncio.to_thread(NotebookStore.open, tmp_path, process_life="second")
    assert (log.stat().st_size > 10) == lives
    assert await again.close()
