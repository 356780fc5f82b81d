"""A disk that is full: said in words, nothing half written, and the notebook goes on when there is room again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.commands import SaveCheckpoint
from engine.errors import WorkerStartError
from engine.events import CheckpointSaved, Event, Outcome, RequestFailed
from engine.protocol.messages import OUTPUT_DRAIN_TIMEOUT
from engine.session.manager import SessionManager
from tests.support.live_notebook import LiveNotebook, live_notebook
from tests.support.small_disk import ROOM_BYTES, filled, mounted


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of ROOM_BYTES, where this user may mount one."""
    with mounted(tmp_path / "disk") as disk:
        yield disk


async def saved_or_failed(notebook: LiveNotebook, path: Path) -> Event:
    request = notebook.submit(SaveCheckpoint(name="c", path=path))
    return await notebook.wait_for(
        lambda event: isinstance(event, CheckpointSaved | RequestFailed) and event.request_id == request
    )


async def test_a_run_on_a_full_disk_ends_in_words_and_the_next_one_runs(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPSULE_DRAIN_LIMIT_S", "0.2")
    async with live_notebook(small_disk) as notebook:
        await notebook.run("x = 1")
        ended = await notebook.run(f"print('x' * {2 * ROOM_BYTES})")
        assert (ended.outcome, ended.error_type) == (Outcome.REFUSED, OUTPUT_DRAIN_TIMEOUT)
        for log in (small_disk / "logs").iterdir():
            log.unlink()
        again = await notebook.run("print(x)")
        assert (again.outcome, notebook.printed(again.execution_id)) == (Outcome.OK, "1\n")


async def test_a_cell_whose_log_cannot_be_made_is_refused_in_words(small_disk: Path) -> None:
    async with live_notebook(small_disk) as notebook:
        await notebook.run("x = 1")
        (small_disk / "logs").rename(small_disk / "elsewhere")
        refused = await notebook.run("x = 2")
        assert refused.outcome is Outcome.REFUSED
        assert "log" in refused.message
        (small_disk / "elsewhere").rename(small_disk / "logs")
        again = await notebook.run("print(x)")
        assert notebook.printed(again.execution_id) == "1\n"


async def test_a_checkpoint_on_a_full_disk_is_refused_and_the_older_one_stays(small_disk: Path, tmp_path: Path) -> None:
    target = small_disk / "a.capsule"
    async with live_notebook(tmp_path) as notebook:
        await notebook.run("x = 'small'")
        assert isinstance(await saved_or_failed(notebook, target), CheckpointSaved)
        older = target.read_bytes()
        await notebook.run(f"import os; y = os.urandom({2 * ROOM_BYTES})")
        failed = await saved_or_failed(notebook, target)
        assert isinstance(failed, RequestFailed)
        assert "the disk is full" in failed.message
        assert target.read_bytes() == older
        assert list(small_disk.iterdir()) == [target]
        await notebook.run("del y")
        assert isinstance(await saved_or_failed(notebook, target), CheckpointSaved)


async def test_a_checkpoint_without_any_room_leaves_no_draft(small_disk: Path, tmp_path: Path) -> None:
    async with live_notebook(tmp_path) as notebook:
        await notebook.run("x = 1")
        with filled(small_disk) as filler:
            failed = await saved_or_failed(notebook, small_disk / "a.capsule")
            assert isinstance(failed, RequestFailed)
            assert list(small_disk.iterdir()) == [filler]


async def test_a_worker_cannot_start_on_a_full_runtime_disk_and_says_so(small_disk: Path, tmp_path: Path) -> None:
    manager = SessionManager(runtime_directory=small_disk / "run")
    with filled(small_disk), pytest.raises(WorkerStartError, match="No space left"):
        await manager.start(
            "nb", working_directory=tmp_path, log_directory=tmp_path, python=sys.executable, outlives=False
        )
    session = await manager.start(
        "nb", working_directory=tmp_path, log_directory=tmp_path, python=sys.executable, outlives=False
    )
    assert session.ready.pid
    await manager.close()
