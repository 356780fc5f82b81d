"""The writer thread: what it commits together, and what it does when the disk refuses, waits or is gone."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store import writer
from engine.store.records import RunRecord
from engine.store.store import NotebookStore
from tests.support import store_requests as sdk
from tests.support.failing_disk import FailingDisk, refusal
from tests.support.logs import ExpectedLogs
from tests.support.small_disk import filled

A, B = "a" * 32, "b" * 32


@pytest.fixture
def disk() -> FailingDisk:
    return FailingDisk()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 0.01)


class Stalls:
    """What on_stalled told, and a wait for the next."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._changed = asyncio.Event()

    def tell(self, reason: str) -> None:
        self.told.append(reason)
        self._changed.set()

    async def next(self) -> str:
        await self._changed.wait()
        self._changed.clear()
        return self.told[-1]


@asynccontextmanager
async def opened(folder: Path, disk: FailingDisk) -> AsyncIterator[NotebookStore]:
    store = await asyncio.to_thread(NotebookStore.open, folder, process_life="life", connect=disk.connect)
    await store.flushed()
    try:
        yield store
    finally:
        disk.before = lambda _statement: None
        with suppress(StoreError):
            await store.flushed()
        await store.close()


def failing(times: int, how: str, where: str = "COMMIT") -> Callable[[str], None]:
    """Refuse the first `times` statements that begin with `where`."""
    left = iter(range(times))

    def before(statement: str) -> None:
        if statement.startswith(where) and next(left, None) is not None:
            raise refusal(how)

    return before


def submission(execution_id: str) -> RunRecord:
    return RunRecord(execution_id=execution_id, cell_id="cell", source="1", submitted_at=1.0)


@pytest.mark.parametrize(("how", "words"), [("full", "the disk is full"), ("io", "the disk reports errors")])
@pytest.mark.usefixtures("impatient")
async def test_what_the_disk_refused_is_recorded_once_it_takes_it_and_both_are_told(
    tmp_path: Path, disk: FailingDisk, expected_logs: ExpectedLogs, how: str, words: str
) -> None:
    expected_logs.expect("capsule.store", f"nothing can be recorded: {words}")
    async with opened(tmp_path, disk) as store:
        stalls = Stalls()
        store.on_stalled = stalls.tell
        disk.before = failing(3, how)
        store.submit(submission(A))
        store.journal(sdk.created(A), A)
        await store.flushed()
        assert stalls.told == [words, ""]
        assert await asyncio.to_thread(store.requests) == [sdk.created(A)]


@pytest.mark.usefixtures("impatient")
async def test_nothing_is_flushed_and_everything_can_be_read_while_the_disk_refuses(
    tmp_path: Path, disk: FailingDisk, expected_logs: ExpectedLogs
) -> None:
    expected_logs.expect("capsule.store", "nothing can be recorded")
    async with opened(tmp_path, disk) as store:
        store.submit(submission(A))
        await store.flushed()
        stalls = Stalls()
        store.on_stalled = stalls.tell
        disk.before = failing(1_000_000, "full")
        store.submit(submission(B))
        flushed = asyncio.ensure_future(store.flushed())
        await stalls.next()
        assert [run.execution_id for run in await store.runs_of("cell")] == [A]
        assert not flushed.done()
        disk.before = lambda _statement: None
        await flushed
        assert [run.execution_id for run in await store.runs_of("cell")] == [A, B]


@pytest.mark.usefixtures("impatient")
async def test_one_who_watches_late_is_told_at_once(
    tmp_path: Path, disk: FailingDisk, expected_logs: ExpectedLogs
) -> None:
    expected_logs.expect("capsule.store", "nothing can be recorded")
    async with opened(tmp_path, disk) as store:
        first, second = Stalls(), Stalls()
        store.on_stalled = first.tell
        disk.before = failing(1_000_000, "full")
        store.hold(held=True)
        await first.next()
        store.on_stalled = second.tell
        assert second.told == ["the disk is full"]


async def test_closing_does_not_wait_for_a_disk_that_refuses(
    tmp_path: Path, disk: FailingDisk, expected_logs: ExpectedLogs
) -> None:
    expected_logs.expect("capsule.store", "nothing can be recorded")
    expected_logs.expect("capsule.store", "2 facts could not be recorded: the disk is full")
    store = await asyncio.to_thread(NotebookStore.open, tmp_path, process_life="life", connect=disk.connect)
    await store.flushed()
    stalls = Stalls()
    store.on_stalled = stalls.tell
    disk.before = failing(1_000_000, "full")
    store.hold(held=True)
    waiting = asyncio.ensure_future(store.flushed())
    await stalls.next()
    assert await store.close() is False
    with pytest.raises(StoreError, match="could not be recorded"):
        await waiting
    again = await asyncio.to_thread(NotebookStore.open, tmp_path, process_life="next")
    assert again.notice == ""
    await again.close()


async def test_closing_leaves_a_disk_that_never_answers(
    tmp_path: Path, disk: FailingDisk, expected_logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.store.store.CLOSE_LIMIT_S", 0.05)
    expected_logs.expect("capsule.store", "did not answer within 0.05 s")
    answers = threading.Event()
    store = await asyncio.to_thread(NotebookStore.open, tmp_path, process_life="life", connect=disk.connect)

    def never(_statement: str) -> None:
        answers.wait()

    disk.before = never
    store.hold(held=True)
    assert await store.close() is False
    answers.set()


async def test_the_loop_goes_on_while_the_disk_takes_its_time(tmp_path: Path, disk: FailingDisk) -> None:
    reached, answers = threading.Event(), threading.Event()

    def slow(statement: str) -> None:
        if statement == "COMMIT":
            reached.set()
            answers.wait()

    async with opened(tmp_path, disk) as store:
        disk.before = slow
        store.submit(submission(A))
        flushed = asyncio.ensure_future(store.flushed())
        await asyncio.to_thread(reached.wait)
        store.submit(submission(B))  # returns
        later = asyncio.ensure_future(store.flushed())
        await asyncio.sleep(0)
        assert not flushed.done()
        answers.set()
        await asyncio.gather(flushed, later)


async def test_what_comes_during_a_commit_is_committed_together(tmp_path: Path, disk: FailingDisk) -> None:
    commits, reached, answers = [], threading.Event(), threading.Event()

    def slow(statement: str) -> None:
        if statement == "COMMIT":
            commits.append(statement)
            reached.set()
            answers.wait()

    async with opened(tmp_path, disk) as store:
        disk.before = slow
        store.hold(held=True)
        waiting = [asyncio.ensure_future(store.flushed())]
        await asyncio.to_thread(reached.wait)
        for number in range(100):
            store.submit(submission(f"{number:032x}"))
            waiting.append(asyncio.ensure_future(store.flushed()))
        await asyncio.sleep(0)
        answers.set()
        await asyncio.gather(*waiting)
        assert len(commits) == 2
        assert len(await store.runs_of("cell")) == 100


async def test_what_nobody_waits_for_is_committed_all_the_same(tmp_path: Path, disk: FailingDisk) -> None:
    async with opened(tmp_path, disk) as store:
        loop, committing = asyncio.get_running_loop(), asyncio.Event()

        def before(statement: str) -> None:
            if statement == "COMMIT":
                loop.call_soon_threadsafe(committing.set)

        disk.before = before
        store.submit(submission(A))
        await committing.wait()


async def test_an_operation_that_cannot_be_made_costs_only_itself(
    tmp_path: Path, disk: FailingDisk, expected_logs: ExpectedLogs
) -> None:
    expected_logs.expect("capsule.store", "submit cannot be made and is left out")
    async with opened(tmp_path, disk) as store:
        store.submit(submission(A))
        store.submit(RunRecord(execution_id="not text \ud800", cell_id="cell", source="", submitted_at=1.0))
        store.submit(submission(B))
        with pytest.raises(StoreError, match="a fault of the application"):
            await store.flushed()
        await store.flushed()
        assert [run.execution_id for run in await store.runs_of("cell")] == [A, B]


async def test_one_who_no_longer_waits_disturbs_nothing(tmp_path: Path, disk: FailingDisk) -> None:
    async with opened(tmp_path, disk) as store:
        store.submit(submission(A))
        waiting = asyncio.ensure_future(store.flushed())
        await asyncio.sleep(0)
        waiting.cancel()
        await store.flushed()
        assert len(await store.runs_of("cell")) == 1


def script(store: NotebookStore) -> None:
    """One of everything that is written."""
    for execution_id in (A, B):
        store.submit(submission(execution_id))
    for request in (*sdk.whole_run(A), sdk.created(B), sdk.asked(B), sdk.answered(B, {"data": "x"})):
        store.journal(request, A if A in request else B)
    store.order([B])
    store.hold(held=True)
    store.pin(A, pinned=True)
    store.set_keep_answers(keep=False)
    store.forget_lineage(A)


def dump(folder: Path) -> list[str]:
    connection = sqlite3.connect(folder / "state.sqlite")
    lines = [line for line in connection.iterdump() if "open_by" not in line]
    connection.close()
    return lines


@pytest.mark.usefixtures("impatient")
async def test_a_refusal_at_any_statement_changes_nothing_in_the_end(
    tmp_path: Path, disk: FailingDisk, expected_logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1000.0)
    expected_logs.expect("capsule.store", "nothing can be recorded")
    expected: list[str] = []
    for fail_at in fail_points():
        seen = iter(range(1_000_000))
        failed = False

        def before(statement: str, seen: Iterator[int] = seen, fail_at: int = fail_at) -> None:
            nonlocal failed
            if next(seen) == fail_at and statement != "ROLLBACK":
                failed = True
                raise refusal("io")

        folder = tmp_path / str(fail_at)
        async with opened(folder, disk) as store:
            disk.before = before
            script(store)
            await store.flushed()
        expected = expected or dump(folder)
        assert dump(folder) == expected
        if fail_at >= 0 and not failed:
            break
    else:
        pytest.fail("there are more statements than fail points")


def fail_points() -> Iterator[int]:
    """-1: none of them, for what is expected."""
    yield from range(-1, 200)


async def test_a_full_disk_stalls_the_store_until_there_is_room(
    small_disk: Path, expected_logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 0.01)
    expected_logs.expect("capsule.store", "nothing can be recorded: the disk is full")
    store = await asyncio.to_thread(NotebookStore.open, small_disk / "store", process_life="life")
    stalls = Stalls()
    store.on_stalled = stalls.tell
    await store.flushed()
    with filled(small_disk):
        for number in range(20):
            store.submit(
                RunRecord(execution_id=f"{number:032x}", cell_id="cell", source="x" * 20_000, submitted_at=1.0)
            )
        flushed = asyncio.ensure_future(store.flushed())
        assert await stalls.next() == "the disk is full"
        assert not flushed.done()
    await flushed
    assert stalls.told == ["the disk is full", ""]
    assert await store.close()
    again = await asyncio.to_thread(NotebookStore.open, small_disk / "store", process_life="next")
    assert (again.notice, len(await again.runs_of("cell"))) == ("", 20)
    await again.close()
