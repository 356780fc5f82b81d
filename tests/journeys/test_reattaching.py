"""One application starts a cell and goes; another attaches to the real worker and reads on (invariant 12)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from engine.event_stream import EventStream
from engine.events import TextPrinted
from engine.protocol.messages import Execute, Input, InputResponse, Message, Output, Result, new_id
from engine.replay import last_frame, replay
from engine.session.living_worker import LivingWorker
from engine.session.manager import SessionManager
from engine.session.session import Session
from engine.session.translate import translate
from engine.session.transport import WorkerAddress
from engine.session.unattachable import WorkerGone, WorkerOfAnotherVersion, WorkerTaken
from tests.support.message_observer import MessageObserver

APPLICATION = Path(__file__).parents[1] / "support" / "dying_application.py"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for a socket's path."""
    with tempfile.TemporaryDirectory(prefix="cs") as path:
        yield Path(path)


async def killed_application(folder: Path, *, lines: int, code: str) -> dict[str, object]:
    """Let an application die in the middle of code's output; what it left to attach with."""
    command = [sys.executable, str(APPLICATION), str(folder), str(lines), code]
    ended = await asyncio.to_thread(subprocess.run, command, check=False)
    assert ended.returncode == -signal.SIGKILL
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


async def test_of_two_applications_that_race_for_a_worker_exactly_one_gets_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.session.session.DETACH_LIMIT_S", 20)  # or nobody gets it in the next round
    left = await killed_application(folder, lines=0, code="input()")
    worker = living(folder, left)
    managers = [SessionManager(runtime_directory=folder / "run") for _ in range(2)]
    for _ in range(5):
        raced = await asyncio.gather(*(manager.attach("nb", worker) for manager in managers), return_exceptions=True)
        (won,) = [each for each in raced if isinstance(each, Session)]
        (lost,) = [each for each in raced if isinstance(each, BaseException)]
        assert isinstance(lost, WorkerTaken)
        assert "what it runs goes on" in str(lost)
        assert won.running == left["execution_id"]
        await won.detach()
    async with attached(folder, worker) as (session, seen):
        asked = await seen.message(Input)
        await session.answer(InputResponse(execution_id=asked.execution_id, input_number=1, data=""))
        await seen.message(Result)
    await asyncio.gather(*(manager.close() for manager in managers))


async def test_a_cell_that_ended_while_nobody_was_there_is_read_to_its_result_and_its_variables_are_there(
    folder: Path,
) -> None:
    ended = folder / "ended"
    os.mkfifo(ended)
    code = f"print('on', flush=True)\nprint('and on', flush=True)\nx = 41\nopen({str(ended)!r}, 'w').close()"
    left = await killed_application(folder, lines=1, code=code)
    await asyncio.to_thread(ended.read_bytes)
    async with attached(folder, living(folder, left)) as (session, seen):
        await seen.message(Result, lambda m: m.execution_id == left["execution_id"])
        assert printed(seen) == "on\nand on\n"
        await session.execute(Execute(execution_id=new_id(), code="print(x + 1)"))
        await seen.message(Result, lambda m: m.execution_id != left["execution_id"])
        assert printed(seen).endswith("42\n")


@pytest.mark.qt_loop
@pytest.mark.time_limit(60)
async def test_100_mb_that_were_printed_while_nobody_was_there_come_whole_and_in_order_to_a_live_window(
    folder: Path,
) -> None:
    ended, lines = folder / "ended", 100_000
    os.mkfifo(ended)
    code = f"for i in range({lines}): print(f'{{i:07}}' + 'x' * 1000)\nopen({str(ended)!r}, 'w').close()"
    left = await killed_application(folder, lines=1, code=code)
    await asyncio.to_thread(ended.read_bytes)
    manager = SessionManager(runtime_directory=folder / "run")
    session = await manager.attach("nb", living(folder, left))
    stream = EventStream("nb", pause=session.pause, resume=session.resume)
    waiting = most_waiting = turns = 0

    def route(message: Message) -> None:
        nonlocal waiting, most_waiting
        event = translate(message)
        if isinstance(event, TextPrinted):
            waiting += len(event.text)
            most_waiting = max(most_waiting, waiting)
            stream.emit(event)
        if isinstance(message, Result):
            stream.close()

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    others = asyncio.ensure_future(take_turns())
    session.set_event_handler(route)
    session.resume()
    crc, length = 0, 0
    async for event in stream.events():
        assert isinstance(event, TextPrinted)
        crc = zlib.crc32(event.text.encode(), crc)
        length += len(event.text)
        waiting -= len(event.text)
        await asyncio.sleep(0)  # the window paints
    others.cancel()
    await manager.close()
    expected = "".join(f"{i:07}" + "x" * 1000 + "\n" for i in range(lines)).encode()
    assert (length, crc) == (len(expected), zlib.crc32(expected))
    assert most_waiting < 1 << 20
    assert turns > 500, "the loop was held up"


async def test_a_worker_that_crashed_while_nobody_was_there_is_told_by_its_crash_report_and_its_log(
    folder: Path,
) -> None:
    go_on = folder / "go on"
    os.mkfifo(go_on)
    code = (
        f"import ctypes\nprint('on', flush=True)\nprint('last words', flush=True)\nopen({str(go_on)!r}).read()\n"
        "print('more', flush=True)\nctypes.string_at(0)"
    )
    left = await killed_application(folder, lines=1, code=code)
    worker = living(folder, left)
    await asyncio.to_thread(go_on.write_bytes, b"")
    await asyncio.to_thread(psutil.Process(worker.pid).wait)
    with pytest.raises(
        WorkerGone, match=r"(?s)\(process \d+\) crashed\.\nFatal Python error: Segmentation fault.*Current thread"
    ):
        async with attached(folder, worker):
            pass
    execution_id = str(left["execution_id"])
    log = folder / "logs" / f"{execution_id}.log"
    assert last_frame(log) is None
    (text,) = replay(log, execution_id, "cell", ())
    assert isinstance(text, TextPrinted)
    assert text.text.startswith("on\nlast words\n")


async def test_a_worker_that_another_version_started_is_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = await killed_application(folder, lines=0, code="print('mine', input())")
    worker = living(folder, left)
    with monkeypatch.context() as later:
        later.setattr("engine.session.session.PROTOCOL_VERSION", 2)
        with pytest.raises(WorkerOfAnotherVersion, match="started by another version of Capsule Desktop"):
            async with attached(folder, worker):
                pass
    async with attached(folder, worker) as (session, seen):
        asked = await seen.message(Input)
        await session.answer(InputResponse(execution_id=asked.execution_id, input_number=1, data="still"))
        await seen.message(Result)
        assert printed(seen) == "mine still\n"
