"""Opening what is new, old, newer, damaged, or in a place that cannot be used."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.durable.journal_check import can_replay
from engine.errors import StoreError, StoreLocked, StoreTooNew
from engine.store import journal, schema
from engine.store.records import RunRecord
from engine.store.store import NotebookStore
from tests.support import store_requests as sdk
from tests.support.small_disk import filled

A = "a" * 32


def open_store(folder: Path) -> NotebookStore:
    return NotebookStore.open(folder, process_life="life")


async def filled_store(folder: Path, *, runs: int = 30) -> None:
    """A store of some pages, closed in good order."""
    store = await asyncio.to_thread(open_store, folder)
    for number in range(runs):
        execution_id = f"{number:032x}"
        store.submit(RunRecord(execution_id=execution_id, cell_id="c", source="x" * 2000, submitted_at=1.0))
        for request in sdk.whole_run(execution_id):
            store.journal(request, execution_id)
    assert await store.close()


def truncated(data: bytes) -> bytes:
    return data[: len(data) // 2]


def garbage(data: bytes) -> bytes:
    return b"nothing of SQLite's" * (len(data) // 19)


def torn(data: bytes) -> bytes:
    """Every page but the first holds what another one held."""
    pages = [data[start : start + 4096] for start in range(0, len(data), 4096)]
    return pages[0] + b"".join(reversed(pages[1:]))


def zeroed(data: bytes) -> bytes:
    return data[:4096] + bytes(len(data) - 4096)


@pytest.mark.parametrize("harm", [truncated, garbage, torn, zeroed])
async def test_a_damaged_store_goes_aside_whole_and_a_new_one_is_begun(
    tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    await filled_store(tmp_path)
    (tmp_path / "outputs" / f"{A}.log").write_bytes(b"output")
    (tmp_path / "drafts.log").write_bytes(b"drafts")
    damaged = harm((tmp_path / "state.sqlite").read_bytes())
    (tmp_path / "state.sqlite").write_bytes(damaged)

    store = await asyncio.to_thread(open_store, tmp_path)
    (aside,) = tmp_path.glob("damaged-*")
    assert str(aside) in store.notice
    assert "damaged" in store.notice
    assert (await asyncio.to_thread(store.load)).latest == ()
    store.submit(RunRecord(execution_id=A, cell_id="c", source="1", submitted_at=1.0))
    await store.flushed()
    await store.close()

    assert (aside / "state.sqlite").read_bytes() == damaged
    assert (tmp_path / "outputs" / f"{A}.log").read_bytes() == b"output"
    assert (tmp_path / "drafts.log").read_bytes() == b"drafts"
    again = await asyncio.to_thread(open_store, tmp_path)
    assert again.notice == ""
    assert len((await asyncio.to_thread(again.load)).unsettled) == 1
    await again.close()


async def test_what_was_not_yet_copied_back_goes_aside_with_a_damaged_store(tmp_path: Path) -> None:
    store = await asyncio.to_thread(open_store, tmp_path / "a")
    for number in range(20):
        store.submit(RunRecord(execution_id=f"{number:032x}", cell_id="c", source="x" * 2000, submitted_at=1.0))
    await store.flushed()
    died = shutil.copytree(tmp_path / "a", tmp_path / "b")
    await store.close()
    parts = {"state.sqlite": b"garbage" * 1000, "state.sqlite-wal": (died / "state.sqlite-wal").read_bytes()}
    (died / "state.sqlite").write_bytes(parts["state.sqlite"])
    # half of the log, so that it cannot make up for the file
    parts["state.sqlite-wal"] = parts["state.sqlite-wal"][: 32 + 4120]
    (died / "state.sqlite-wal").write_bytes(parts["state.sqlite-wal"])

    again = await asyncio.to_thread(open_store, died)
    (aside,) = died.glob("damaged-*")
    assert {name: (aside / name).read_bytes() for name in parts} == parts
    await again.close()


async def test_every_page_is_checked_after_a_process_that_died(tmp_path: Path) -> None:
    """A page of old runs, which no opening reads, is damaged: only the check of a crash finds it."""
    await filled_store(tmp_path, runs=200)
    store = await asyncio.to_thread(open_store, tmp_path)
    await store.flushed()
    died = shutil.copytree(tmp_path, tmp_path / "died")
    await store.close()
    path = died / "state.sqlite"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 100] = b"\xff" * 100
    path.write_bytes(data)
    store = await asyncio.to_thread(open_store, died)
    assert store.notice
    await store.close()


async def test_two_damaged_stores_of_one_second_are_both_kept(tmp_path: Path) -> None:
    for _ in range(2):
        (tmp_path / "state.sqlite").write_bytes(b"garbage" * 1000)
        store = await asyncio.to_thread(open_store, tmp_path)
        await store.close()
    assert len(list(tmp_path.glob("damaged-*/state.sqlite"))) == 2


async def test_a_missing_table_is_damage(tmp_path: Path) -> None:
    await filled_store(tmp_path)
    with sqlite3.connect(tmp_path / "state.sqlite") as connection:
        connection.execute("DROP TABLE journal")
    connection.close()
    store = await asyncio.to_thread(open_store, tmp_path)
    assert store.notice
    await store.close()


@pytest.mark.parametrize(
    "row",
    [
        "no request",
        sdk.request("promise.create", {"id": "not ours"}),
        sdk.request("task.fence", {"id": f"exec:{A}", "version": 0}),  # without what it takes to be applied
        sdk.request("task.heartbeat", {"tasks": []}),
    ],
)
async def test_a_journal_that_cannot_be_replayed_is_damage_and_nothing_of_it_is_lost(tmp_path: Path, row: str) -> None:
    for request in (sdk.created(A), row):
        store = await asyncio.to_thread(NotebookStore.open, tmp_path, process_life="life", can_replay=can_replay)
        assert store.notice == ""
        store._put(journal.append, execution_id=A, request=request)
        assert await store.close()
    damaged = (tmp_path / "state.sqlite").read_bytes()
    store = await asyncio.to_thread(NotebookStore.open, tmp_path, process_life="life", can_replay=can_replay)
    (aside,) = tmp_path.glob("damaged-*")
    assert str(aside) in store.notice
    assert (aside / "state.sqlite").read_bytes() == damaged
    store.submit(RunRecord(execution_id=A, cell_id="c", source="1", submitted_at=1.0))
    assert await store.close()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
async def test_where_the_file_system_has_no_locks_the_store_opens_and_says_so(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_file: int, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    store = await asyncio.to_thread(open_store, tmp_path)
    assert "has no locks" in store.notice
    assert str(tmp_path) in store.notice
    assert await store.close()


async def test_a_newer_store_is_refused_in_words_and_left_as_it_is(tmp_path: Path) -> None:
    await filled_store(tmp_path)
    with sqlite3.connect(tmp_path / "state.sqlite") as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    before = (tmp_path / "state.sqlite").read_bytes()
    with pytest.raises(StoreTooNew, match="newer version"):
        await asyncio.to_thread(open_store, tmp_path)
    assert (tmp_path / "state.sqlite").read_bytes() == before
    assert list(tmp_path.glob("damaged-*")) == []


def test_an_older_store_is_brought_up_to_date_step_by_step(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "s", isolation_level=None)
    schema.bring_up_to_date(connection, ("CREATE TABLE a (x); INSERT INTO a VALUES (1);",))
    steps = ("", "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x;", "CREATE TABLE b (z);")
    schema.bring_up_to_date(connection, steps)
    assert connection.execute("SELECT x, y FROM a").fetchall() == [(1, 1)]
    assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    connection.close()


async def test_a_store_of_every_earlier_version_is_opened_with_its_runs(tmp_path: Path) -> None:
    for version in range(1, schema.VERSION):
        folder = tmp_path / str(version)
        folder.mkdir()
        connection = sqlite3.connect(folder / "state.sqlite", isolation_level=None)
        schema.bring_up_to_date(connection, schema.MIGRATIONS[:version])
        connection.execute(
            "INSERT INTO executions (execution_id, cell_id, source, source_key, submitted_at, state, continue_on_error,"
            " resumed_from, position, claimed_by, outcome, error_type, message, pinned)"
            " VALUES ('a', x'61', x'31', 0, 1.0, 'queued', 0, '', 0, '', '', x'', x'', 0)"
        )
        connection.close()
        store = await asyncio.to_thread(open_store, folder)
        (run,) = (await asyncio.to_thread(store.load)).unsettled
        assert (run.execution_id, run.stopped) == ("a", False)
        assert await store.close()


def test_a_step_that_fails_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "s", isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        schema.bring_up_to_date(connection, ("CREATE TABLE a (x);", "CREATE TABLE b (y); SELECT nothing;"))
    connection.close()
    connection = sqlite3.connect(tmp_path / "s")
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("a",)]
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()


async def test_what_is_made_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        folder = tmp_path / "store"
        store = await asyncio.to_thread(open_store, folder)
        store.hold(held=True)
        await store.flushed()
        modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
        await store.close()
    finally:
        os.umask(umask)
    assert {name: oct(mode) for name, mode in modes.items()} == {
        "store": "0o700",
        "outputs": "0o700",
        "checkpoints": "0o700",
        "lock": "0o600",
        "state.sqlite": "0o600",
        "state.sqlite-wal": "0o600",
        "state.sqlite-shm": "0o600",
    }


async def test_a_store_that_cannot_be_opened_lets_go_of_its_lock(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").mkdir(parents=True)
    for _ in range(2):  # the second time it would be StoreLocked
        with pytest.raises(StoreError, match="cannot be kept") as refusal:
            await asyncio.to_thread(open_store, tmp_path)
        assert not isinstance(refusal.value, StoreLocked)


async def test_a_place_where_nothing_can_be_made_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="since a file is in the way. The notebook file itself"):
        await asyncio.to_thread(open_store, tmp_path / "file" / "store")


async def test_a_new_store_on_a_full_disk_is_refused_in_words(small_disk: Path) -> None:
    with filled(small_disk), pytest.raises(StoreError, match="since the disk is full"):
        await asyncio.to_thread(open_store, small_disk / "store")
    store = await asyncio.to_thread(open_store, small_disk / "store")
    assert store.notice == ""
    await store.close()


async def test_a_store_on_a_read_only_disk_is_refused_in_words(small_disk: Path) -> None:
    await filled_store(small_disk / "store", runs=1)
    await asyncio.to_thread(remount, small_disk, "ro")
    with pytest.raises(StoreError, match="since the disk can only be read"):
        await asyncio.to_thread(open_store, small_disk / "store")


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", disk], check=True)
