"""Whatever a crash or a bad disk left of a store: it opens, with what was whole, or anew with a sentence."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store import database, history, journal
from engine.store.opening import make_folders, open_or_set_aside
from engine.store.records import RunRecord
from engine.store.store import NotebookStore
from tests.support import store_requests as sdk

COMMITS = 4
FRAME_BYTES = 24 + 4096  # of a write-ahead log, behind a header of 32


@pytest.fixture(scope="module")
def died(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a process that died after COMMITS commits: number n holds and submits execution n."""
    folder = tmp_path_factory.mktemp("died")

    async def write() -> None:
        store = await asyncio.to_thread(NotebookStore.open, folder / "alive", process_life="life")
        await store.flushed()
        for number in range(COMMITS):
            name = f"{number:032x}"
            store.submit(RunRecord(execution_id=name, cell_id="cell", source="x" * 50, submitted_at=1.0))
            store.journal(sdk.created(name), name)
            await store.flushed()
        shutil.copytree(folder / "alive", folder / "dead")
        await store.close()

    asyncio.run(write())
    return folder / "dead"


def found(folder: Path) -> tuple[str, int, int]:
    """Open it as the store does: its notice, and how many executions and requests it has."""
    make_folders(folder)
    opened = open_or_set_aside(folder, "next", database.connect)
    try:
        return opened.notice, len(history.load(opened.connection).unsettled), len(journal.requests(opened.connection))
    finally:
        opened.connection.close()


def copied(died: Path, folder: Path, wal: bytes | None = None, main: bytes | None = None) -> Path:
    folder.mkdir()
    (folder / "state.sqlite").write_bytes((died / "state.sqlite").read_bytes() if main is None else main)
    (folder / "state.sqlite-wal").write_bytes((died / "state.sqlite-wal").read_bytes() if wal is None else wal)
    return folder


def offsets(size: int) -> list[int]:
    """All about the ends of frames, and some within."""
    ends = range(32, size + 1, FRAME_BYTES)
    near = {end + by for end in ends for by in (-1, 0, 24)}
    return sorted({0, 1, 31, *near, *range(0, size, 5003)} & set(range(size + 1)))


@pytest.mark.parametrize("how", ["short", "torn", "zeroed"])
def test_a_log_that_ends_anywhere_gives_every_commit_before_and_nothing_of_later_ones(
    died: Path, tmp_path: Path, how: str
) -> None:
    whole = (died / "state.sqlite-wal").read_bytes()
    seen = []
    for offset in offsets(len(whole)):
        rest = {"short": b"", "torn": b"\xa5" * (len(whole) - offset), "zeroed": bytes(len(whole) - offset)}[how]
        notice, executions, requests = found(copied(died, tmp_path / f"{offset}", whole[:offset] + rest))
        assert notice == ""
        assert executions == requests  # both of a commit, or none
        seen.append(executions)
        shutil.rmtree(tmp_path / f"{offset}")
    assert seen == sorted(seen)
    assert set(seen) == set(range(COMMITS + 1))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_of_anything_opens_with_what_it_has_or_anew(
    died: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("any") / "store"
    main = bytearray(_checkpointed(died, tmp_path_factory))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(main) - 1))
        piece = data.draw(st.binary(min_size=1, max_size=200))
        main[at : at + len(piece)] = piece[: len(main) - at]
    keep = data.draw(st.integers(0, len(main)))
    copied(died, folder, wal=b"", main=bytes(main[:keep] if data.draw(st.booleans()) else main))

    async def use() -> None:
        store = await asyncio.to_thread(NotebookStore.open, folder, process_life="next")
        assert (store.notice != "") == (list(folder.glob("damaged-*")) != [])
        store.hold(held=True)
        await store.flushed()
        assert (await asyncio.to_thread(store.load)).held
        await store.close()

    asyncio.run(use())
    shutil.rmtree(folder.parent)


_whole: dict[Path, bytes] = {}


def _checkpointed(died: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The database after its log was copied back."""
    if died not in _whole:
        folder = copied(died, tmp_path_factory.mktemp("whole") / "store")
        assert found(folder) == ("", COMMITS, COMMITS)
        _whole[died] = (folder / "state.sqlite").read_bytes()
    return _whole[died]
