"""One application starts a cell and goes; another attaches to the real worker and reads on (invariant 12)."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from engine.protocol.messages import Execute, Input, InputResponse, Output, Result, new_id
from engine.session.living_worker import LivingWorker
from engine.session.manager import SessionManager
from engine.session.session import Session
from engine.session.transport import WorkerAddress
from engine.session.unattachable import WorkerGone, WorkerTaken
from tests.support.message_observer import MessageObserver

APPLICATION = Path(__file__).parents[1] / "support" / "dying_application.py"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for a socket's path."""
    with tempfile.TemporaryDirectory(prefix="cs") as path:
        yield Path(path)


async def killed_application(folder: Path, *, lines: int, code: str) -> dict[str, object]:
    """Let an application die in the middle of code's output; what it left to attach with."""
    process = await asyncio.create_subprocess_exec(sys.executable, str(APPLICATION), str(folder), str(lines), code)
    assert await process.wait() == -signal.SIGKILL
    left: dict[str, object] = json.loads((folder / "left.json").read_text())
    return left


def living(folder: Path, left: dict[str, object]) -> LivingWorker:
    return LivingWorker(
        session_id=str(left["session_id"]),
        address=WorkerAddress.of_socket(Path(str(left["socket"]))),
        token=bytes.fromhex(str(left["token"])),
        pid=int(str(left["pid"])),
        working_directory=folder,
        log_directory=folder / "logs",
        outlives=True,
        wanted=frozenset({str(left["execution_id"])}),
    )


@asynccontextmanager
async def attached(folder: Path, worker: LivingWorker) -> AsyncIterator[tuple[Session, MessageObserver]]:
    manager = SessionManager(runtime_directory=folder / "run")
    try:
        session = await manager.attach("nb", worker)
        with MessageObserver(session) as seen:
            session.resume()
            yield session, seen
    finally:
        await manager.close()


def printed(seen: MessageObserver) -> str:
    return "".join(message.text for message in seen.all_of(Output))


async def test_after_its_application_was_killed_all_of_a_cell_is_shown_without_gap_or_double(folder: Path) -> None:
    code = "for i in range(60_000): print(i)"
    left = await killed_application(folder, lines=1_000, code=code)
    async with attached(folder, living(folder, left)) as (_, rest):
        await rest.message(Result, lambda m: m.execution_id == left["execution_id"])
        whole = printed(rest)
    assert str(left["printed"]).count("\n") < 60_000
    assert whole == "".join(f"{i}\n" for i in range(60_000))


async def test_a_question_that_waits_is_answered_by_the_next_application(folder: Path) -> None:
    code = "print('before')\nname = input('Which? ')\nprint('hello', name)"
    left = await killed_application(folder, lines=0, code=code)
    async with attached(folder, living(folder, left)) as (session, rest):
        asked = await rest.message(Input)
        assert session.running == left["execution_id"]
        response = InputResponse(execution_id=asked.execution_id, input_number=asked.input_number, data="world")
        await session.answer(response)
        await rest.message(Result)
        assert printed(rest) == "before\nhello world\n"
        await session.execute(Execute(execution_id=new_id(), code="print(name)"))
        await rest.message(Result, lambda m: m.execution_id != left["execution_id"])
        assert printed(rest).endswith("world\n")


async def test_an_application_that_attaches_takes_none_of_it_from_one_that_is_there(folder: Path) -> None:
    left = await killed_application(folder, lines=0, code="input()")
    worker = living(folder, left)
    async with attached(folder, worker) as (session, seen):
        with pytest.raises(WorkerTaken, match="Another application has"):
            async with attached(folder, worker):
                pass
        asked = await seen.message(Input)
        await session.answer(InputResponse(execution_id=asked.execution_id, input_number=1, data=""))
        await seen.message(Result)


async def test_a_worker_that_died_alone_is_said_to_be_gone(folder: Path) -> None:
    left = await killed_application(folder, lines=0, code="input()")
    worker = living(folder, left)
    async with attached(folder, worker) as (session, _):
        pid = session.pid
        await session.detach()
        process = psutil.Process(pid)
        process.kill()
        process.wait()
    with pytest.raises(WorkerGone, match="ended"):
        async with attached(folder, worker):
            pass
