"""The store as the rest of the engine uses it: what was flushed is there after reopening, and reads see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.errors import BrokenInvariant, StoreError, StoreLocked
from engine.store.records import CheckpointRecord, RunRecord, RunState, StoredState, WorkerRecord
from engine.store.store import NotebookStore
from tests.support import store_requests as sdk

A, B, C = "a" * 32, "b" * 32, "c" * 32


@asynccontextmanager
async def opened(folder: Path | None) -> AsyncIterator[NotebookStore]:
    if folder is None:
        store = NotebookStore.in_memory()
    else:
        store = await asyncio.to_thread(NotebookStore.open, folder, process_life="life")
    try:
        yield store
    finally:
        await store.close()


async def after_reopening(folder: Path) -> StoredState:
    async with opened(folder) as store:
        return await asyncio.to_thread(store.load)


async def state_of(store: NotebookStore) -> StoredState:
    return await asyncio.to_thread(store.load)


def run_of(execution_id: str, cell_id: str = "cell", source: str = "1 + 1") -> RunRecord:
    return RunRecord(execution_id=execution_id, cell_id=cell_id, source=source, submitted_at=10.0)


def run_whole(store: NotebookStore, execution_id: str, cell_id: str = "cell", source: str = "1 + 1") -> None:
    store.submit(run_of(execution_id, cell_id, source))
    for request in sdk.whole_run(execution_id):
        store.journal(request, execution_id)


WORKER = WorkerRecord(
    session_id="s1",
    socket="/run/x.sock",
    pid=7,
    token=b"\x00\xff" * 16,
    working_directory="/home",
    log_directory="/logs\udcff",
    python_version="3.12.1",
    executable="/usr/bin/python3",
    started_at=1.5,
)
CHECKPOINT = CheckpointRecord(
    execution_id=A, cell_id="cell", path="/c.capsule", created_at=2.0, size_bytes=10, left_out=1
)
WRITES: dict[str, tuple[Callable[[NotebookStore], None], Callable[[StoredState], object], object]] = {
    "hold": (lambda store: store.hold(held=True), lambda state: state.held, True),
    "go_on": (lambda store: store.go_on_after_errors(enabled=True), lambda state: state.continue_on_error, True),
    "worker": (lambda store: store.record_worker(WORKER), lambda state: state.worker, WORKER),
    "interpreter": (
        lambda store: store.record_interpreter("/opt/with \udcff/python"),
        lambda state: state.interpreter,
        "/opt/with \udcff/python",
    ),
    "checkpoint": (lambda store: store.record_checkpoint(CHECKPOINT), lambda state: state.checkpoint, CHECKPOINT),
    "earlier": (lambda store: store.record_earlier((CHECKPOINT,)), lambda state: state.earlier, (CHECKPOINT,)),
}


@pytest.mark.parametrize("what", WRITES)
async def test_what_was_recorded_is_there_after_reopening(tmp_path: Path, what: str) -> None:
    write, read, expected = WRITES[what]
    async with opened(tmp_path) as store:
        write(store)
        await store.flushed()
    assert read(await after_reopening(tmp_path)) == expected


async def test_a_submission_is_there_after_reopening_with_all_of_its_text(tmp_path: Path) -> None:
    record = RunRecord(
        execution_id=A,
        cell_id="cell\ud800",
        source="print('\udcff\x00é')",
        submitted_at=10.0,
        continue_on_error=True,
        resumed_from=B,
    )
    async with opened(tmp_path) as store:
        store.submit(record)
        await store.flushed()
    assert (await after_reopening(tmp_path)).unsettled == (record,)


async def test_an_execution_goes_from_queued_to_settled() -> None:
    async with opened(None) as store:
        states = []
        store.submit(run_of(A))
        for request in sdk.whole_run(A):
            store.journal(request, A)
            (run,) = await store.runs_of("cell")
            states.append(run.state)
        assert states == [RunState.QUEUED] * 3 + [RunState.CLAIMED] + [RunState.SETTLED] * 2


async def test_a_run_that_the_user_asked_to_stop_says_so_after_reopening(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for execution_id in (A, B):
            run_whole(store, execution_id, cell_id=execution_id)
        store.ask_to_stop(A)
        await store.flushed()
    assert {run.execution_id: run.stopped for run in (await after_reopening(tmp_path)).latest} == {A: True, B: False}


async def test_a_settled_execution_carries_its_outcome_and_is_its_cells_latest(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        store.submit(run_of(A))
        for request in (sdk.created(A), sdk.awaited(A), sdk.claimed(A, "life-7")):
            store.journal(request, A)
        store.journal(sdk.settled(A, "error", error_type="ValueError", message="no\ud800"), A)
        await store.flushed()
    state = await after_reopening(tmp_path)
    assert state.unsettled == ()
    (run,) = state.latest
    assert (run.outcome, run.duration_s, run.execution_count) == ("error", 0.5, 3)
    assert (run.error_type, run.message, run.claimed_by) == ("ValueError", "no\ud800", "life-7")
    assert run.started_at is not None


async def test_the_journal_gives_the_requests_back_in_order_until_their_lineage_is_forgotten(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        run_whole(store, A)
        store.journal(sdk.created(B), B)
        await store.flushed()
    async with opened(tmp_path) as store:
        assert await asyncio.to_thread(store.requests) == [*sdk.whole_run(A), sdk.created(B)]
        store.forget_lineage(A)
        assert await asyncio.to_thread(store.requests) == [sdk.created(B)]
        assert [run.execution_id for run in await store.runs_of("cell")] == [A]


async def test_what_waits_is_told_in_the_order_it_would_run() -> None:
    async with opened(None) as store:
        for execution_id in (A, B, C):
            store.submit(run_of(execution_id))
        store.order([C, A, B])
        store.submit(run_of("d" * 32))
        store.journal(sdk.claimed(B), B)
        assert [run.execution_id for run in (await state_of(store)).unsettled] == [B, C, A, "d" * 32]


async def test_a_skipped_execution_does_not_wait_and_is_no_run_of_its_cell() -> None:
    async with opened(None) as store:
        for execution_id in (A, B):
            store.submit(run_of(execution_id))
        store.skip([A], "it was taken out of the queue")
        assert [run.execution_id for run in (await state_of(store)).unsettled] == [B]
        assert [run.execution_id for run in await store.runs_of("cell")] == [B]


async def test_runs_of_a_cell_come_oldest_first_and_pinned_ones_say_so() -> None:
    async with opened(None) as store:
        run_whole(store, A)
        run_whole(store, C, cell_id="other")
        run_whole(store, B)
        store.pin(A, pinned=True)
        assert [(run.execution_id, run.pinned) for run in await store.runs_of("cell")] == [(A, True), (B, False)]
        assert [run.execution_id for run in (await state_of(store)).latest] == [C, B]


async def test_a_run_that_is_settled_late_is_not_its_cells_latest() -> None:
    async with opened(None) as store:
        for execution_id in (A, B):
            store.submit(run_of(execution_id))
            for request in (sdk.created(execution_id), sdk.awaited(execution_id), sdk.claimed(execution_id)):
                store.journal(request, execution_id)
        for execution_id in (B, A):
            store.journal(sdk.settled(execution_id), execution_id)
        assert [run.execution_id for run in (await state_of(store)).latest] == [B]


async def test_a_prompt_waits_until_it_is_answered() -> None:
    async with opened(None) as store:
        store.submit(run_of(A))
        store.journal(sdk.asked(A, prompt="name? "), A)
        (waiting,) = await store.answers_of(A)
        assert (waiting.prompt, waiting.password, waiting.answered, waiting.text) == ("name? ", False, False, None)
        store.journal(sdk.answered(A, {"data": "Ada\ud800"}), A)
        (answered,) = (await state_of(store)).answers
        assert (answered.answered, answered.text) == (True, "Ada\ud800")


async def test_typical_durations_are_the_median_of_the_last_good_runs() -> None:
    async with opened(None) as store:
        for number, seconds in enumerate((100.0, 1.0, 2.0, 3.0, 4.0, 50.0)):
            execution_id = f"{number:032x}"
            store.submit(run_of(execution_id, source="work()"))
            store.journal(sdk.awaited(execution_id), execution_id)
            store.journal(sdk.settled(execution_id, duration_s=seconds), execution_id)
        run_whole(store, A, source="other()")
        assert await store.durations(["work()", "never()"]) == {"work()": 3.0}


async def test_a_second_opening_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    async with opened(tmp_path):
        with pytest.raises(StoreLocked, match="another window"):
            NotebookStore.open(tmp_path, process_life="two")
    async with opened(tmp_path) as store:
        assert store.notice == ""


async def test_closing_records_what_nobody_waited_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        store.hold(held=True)
        assert await store.close()
    assert (await after_reopening(tmp_path)).held


async def test_flushing_with_nothing_to_record_returns_at_once() -> None:
    async with opened(None) as store:
        await store.flushed()


async def test_a_closed_store_takes_and_gives_nothing_more() -> None:
    async with opened(None) as store:
        await store.close()
        with pytest.raises(BrokenInvariant):
            store.hold(held=True)
        with pytest.raises(StoreError):
            await store.runs_of("cell")


async def test_a_cell_that_ran_very_often_tells_of_its_last_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.store.history.MAX_RUNS", 2)
    async with opened(None) as store:
        for execution_id in (A, B, C):
            run_whole(store, execution_id)
        assert [run.execution_id for run in await store.runs_of("cell")] == [B, C]
