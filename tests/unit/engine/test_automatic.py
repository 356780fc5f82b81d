from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from engine import automatic
from engine.automatic import HELD_LIMIT, OVERTAKEN, WAITING_LIMIT
from engine.checkpoints.automatic_files import KEPT_FILES
from engine.checkpoints.manifest import manifest_of
from engine.events import CheckpointKept, CheckpointSkipped, Event
from engine.protocol.messages import AutomaticCheckpoint, Execute, new_id
from engine.session.endings import EndReason
from engine.session.living_worker import record_of
from engine.session.manager import SessionManager
from engine.session.session import Session
from tests.support.automatic_notebook import FakeSession, notebook, worker
from tests.support.message_observer import MessageObserver
from tests.support.sealed_drafts import age, draft, skipped


@pytest.fixture
def short() -> Iterator[Path]:
    """Short enough for a socket's path."""
    with tempfile.TemporaryDirectory(prefix="cs") as path:
        yield Path(path)


def unchanged(said: AutomaticCheckpoint, execution_id: str) -> AutomaticCheckpoint:
    """What a worker says after a later execution that changed nothing."""
    return AutomaticCheckpoint(
        execution_id=execution_id, path=said.path, size_bytes=1, seal=said.seal, variables=1, left_out=0
    )


def told(events: list[Event]) -> list[tuple[str, str]]:
    """By execution: "kept", or why it was skipped."""
    return [
        (event.execution_id, "kept" if isinstance(event, CheckpointKept) else event.reason)
        for event in events
        if isinstance(event, CheckpointKept | CheckpointSkipped)
    ]


async def test_a_checkpoint_is_signed_recorded_and_told(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        said = draft(nb.folder, "a1", x=1, broken=(i for i in ""))
        nb.say(said)
        (kept,) = await nb.events_so_far(1)
        assert isinstance(kept, CheckpointKept)
        assert (kept.execution_id, kept.cell_id, kept.left_out) == ("a1", "cell of a1", 1)
        assert kept.created_at == said.timestamp
        record = await nb.automatic.newest()
        assert record is not None
        assert nb.records.have == {"a1": record}
        assert (nb.automatic.newest_id, record.path) == ("a1", str(nb.folder / "a1.capsule"))
        assert Path(record.path).stat().st_size == record.size_bytes == kept.size_bytes


async def test_it_is_not_told_before_its_record_is_on_the_disk(tmp_path: Path) -> None:
    async with notebook(tmp_path, slow=True) as nb:
        nb.say(draft(nb.folder, "a1", x=1))
        record = await nb.automatic.newest()
        assert record is not None
        assert nb.events == []
        nb.records.disk.set()
        assert told(await nb.events_so_far(1)) == [("a1", "kept")]


async def test_what_was_skipped_or_cannot_be_vouched_for_is_told_in_its_order(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        nb.say(draft(nb.folder, "a1", x=1))
        nb.say(skipped("a2", "the variables are over 50 MB"))
        nb.say(draft(nb.folder, "a3", token=b"o" * 32, x=1))
        nb.say(draft(nb.folder, "a4", x=2))
        assert told(await nb.events_so_far(4)) == [
            ("a1", "kept"),
            ("a2", "the variables are over 50 MB"),
            ("a3", "its file is not what Python had written"),
            ("a4", "kept"),
        ]


async def test_an_unchanged_namespace_is_the_same_file_under_the_later_execution(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        said = draft(nb.folder, "a1", x=1)
        nb.say(said)
        nb.say(unchanged(said, "a2"))
        assert told(await nb.events_so_far(2)) == [("a1", "kept"), ("a2", "kept")]
        assert list(nb.records.have) == ["a2"]
        assert nb.records.have["a2"].path == str(nb.folder / "a1.capsule")


async def test_cells_that_change_nothing_are_recorded_together(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        said = draft(nb.folder, "a1", x=1)
        nb.say(said)
        await nb.events_so_far(1)
        for execution_id in ("a2", "a3", "a4"):
            nb.say(unchanged(said, execution_id))
        assert nb.records.puts == ["a1"]
        nb.say(skipped("a5", "the variables are over 50 MB"))  # and nothing overtakes them
        assert [execution_id for execution_id, _ in told(await nb.events_so_far(5))] == ["a1", "a2", "a3", "a4", "a5"]
        assert nb.records.puts == ["a1", "a4"]
        assert list(nb.records.have) == ["a4"]


async def test_many_cells_that_change_nothing_do_not_wait_without_end(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        said = draft(nb.folder, "a1", x=1)
        nb.say(said)
        await nb.events_so_far(1)
        for number in range(HELD_LIMIT):
            nb.say(unchanged(said, f"b{number}"))
        assert nb.automatic.newest_id == f"b{HELD_LIMIT - 1}"
        nb.say(unchanged(said, "c1"))
        record = await nb.automatic.newest()
        assert record is not None
        assert record.execution_id == "c1"


async def test_only_the_newest_few_are_kept(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        for number in range(KEPT_FILES + 2):
            nb.say(draft(nb.folder, f"a{number}", x=number))
            await nb.events_so_far(number + 1)
        expected = [f"a{number}" for number in range(2, KEPT_FILES + 2)]
        assert list(nb.records.have) == expected
        assert sorted(path.stem for path in nb.folder.iterdir()) == expected


async def test_what_a_worker_says_again_to_who_attaches_is_not_told_twice(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        said = draft(nb.folder, "a1", x=1)
        nb.say(said)
        record = await nb.automatic.newest()
    async with notebook(tmp_path, newest=record) as nb:
        assert nb.automatic.newest_id == "a1"
        nb.say(said)
        nb.say(draft(nb.folder, "a2", x=2))
        assert told(await nb.events_so_far(1)) == [("a2", "kept")]


async def test_a_last_checkpoint_of_the_same_execution_is_taken(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        nb.say(draft(nb.folder, "a1", x=1))
        await nb.events_so_far(1)
        nb.say(draft(nb.folder, "a1", x=2, y=3))
        assert told(await nb.events_so_far(2)) == [("a1", "kept"), ("a1", "kept")]
        assert list(nb.records.have) == ["a1"]


async def test_behind_a_slow_disk_the_oldest_is_given_up_visibly_and_its_draft_removed(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        for number in range(WAITING_LIMIT + 1):
            nb.say(draft(nb.folder, f"a{number}", x=number))
        events = told(await nb.events_so_far(WAITING_LIMIT + 1))
        assert ("a0", OVERTAKEN) in events
        assert [execution_id for execution_id, how in events if how == "kept"] == [
            f"a{number}" for number in range(1, WAITING_LIMIT + 1)
        ]
        assert not list(nb.folder.glob("*.draft*"))


async def test_what_a_worker_left_when_nobody_was_there_is_adopted(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        draft(nb.folder, "a1", x=1)
        await nb.automatic.adopt_left_behind(worker())
        assert told(await nb.events_so_far(1)) == [("a1", "kept")]
        assert nb.automatic.newest_id == "a1"
        assert list(nb.records.have) == ["a1"]


@pytest.mark.parametrize("lives", [False, True])
async def test_what_a_dead_worker_had_no_time_to_say_counts_too(tmp_path: Path, lives: bool) -> None:
    async with notebook(tmp_path) as nb:
        nb.say(draft(nb.folder, "a1", x=1))
        await nb.events_so_far(1)
        draft(nb.folder, "a2", x=2)
        nb.session.ended.set_result(EndReason(expected=False, words="it ended", process_lives=lives))
        record = await nb.automatic.newest()
        assert record is not None
        assert record.execution_id == ("a1" if lives else "a2")


@pytest.mark.parametrize("writers", [(0,), (1,), (0, 1), (0, 2), (2,)])
async def test_of_several_workers_that_said_nothing_the_last_that_wrote_counts(
    tmp_path: Path, writers: tuple[int, ...]
) -> None:
    """The last of them still lives."""
    async with notebook(tmp_path) as nb:
        loop = asyncio.get_running_loop()
        sessions = [FakeSession(loop.create_future(), bytes([at]) * 32, f"s{at}") for at in range(3)]
        for session in sessions:
            nb.automatic.follow(cast(Session, session))
        for at in writers:
            age(Path(draft(nb.folder, f"0{at}", token=sessions[at].token, x=at).path), 60 * (3 - at))
        for session in sessions[:2]:
            session.ended.set_result(EndReason(expected=True, words="Python was restarted"))
        newest = await nb.automatic.newest()
        assert newest is not None
        assert newest.execution_id == f"0{writers[-1]}"


async def test_a_worker_goes_on_being_followed_when_what_one_before_it_left_was_taken_over(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        loop = asyncio.get_running_loop()
        sessions = [FakeSession(loop.create_future(), bytes([at]) * 32, f"s{at}") for at in range(3)]
        for at, session in enumerate(sessions):
            nb.automatic.follow(cast(Session, session))
            draft(nb.folder, f"0{at}", token=session.token, x=at)
            session.ended.set_result(EndReason(expected=True, words="Python was restarted"))
            if at != 1:
                await nb.automatic.newest()
                assert nb.automatic.newest_id == f"0{at}"


async def test_where_nothing_was_left_nothing_is_adopted_or_made(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        await nb.automatic.adopt_left_behind(worker())
        assert (nb.events, nb.automatic.newest_id, await nb.automatic.newest()) == ([], "", None)
        nb.folder.rmdir()
        await nb.automatic.adopt_left_behind(worker())
        assert not nb.folder.exists()


async def test_closing_waits_for_what_was_said_and_not_for_a_dead_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automatic, "CLOSE_LIMIT_S", 0.05)
    async with notebook(tmp_path, slow=True) as nb:
        nb.say(draft(nb.folder, "a1", x=1))
        await nb.automatic.newest()
        await nb.automatic.close()
        assert nb.events == []
        nb.records.disk.set()
        await nb.automatic.close()
        assert told(nb.events) == [("a1", "kept")]


async def test_without_a_folder_or_a_session_nothing_is_taken(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        nb.automatic.take(draft(nb.folder, "a1", x=1), None)
        assert await nb.automatic.newest() is None


async def test_a_real_workers_checkpoints_are_kept_and_outlive_it(tmp_path: Path, short: Path) -> None:
    manager = SessionManager(runtime_directory=short / "run")
    async with notebook(tmp_path) as nb:
        session = await manager.start(
            "nb",
            working_directory=short,
            log_directory=short,
            checkpoint_directory=nb.folder,
            python=sys.executable,
            outlives=True,
        )
        session.set_event_handler(
            lambda message: nb.automatic.take(message, session) if isinstance(message, AutomaticCheckpoint) else None
        )
        first, alone = new_id(), new_id()
        await session.execute(Execute(execution_id=first, code="x = [1]"))
        assert told(await nb.events_so_far(1)) == [(first, "kept")]
        record = record_of(session, working_directory=short, log_directory=short, started_at=0.0)
        session.set_event_handler(lambda _message: None)  # as if nobody were there
        with MessageObserver(session) as seen:
            await session.execute(Execute(execution_id=alone, code="x.append(2)"))
            await seen.message(AutomaticCheckpoint, lambda m: m.execution_id == alone)
        await session.terminate()
        await nb.automatic.adopt_left_behind(record)
        assert told(await nb.events_so_far(2)) == [(first, "kept"), (alone, "kept")]
        newest = await nb.automatic.newest()
        assert newest is not None
        assert [row.name for row in manifest_of(Path(newest.path)).variables] == ["x"]
    await manager.close()
