"""The session against the real worker: what a fake cannot promise about the two together."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from engine.kernel_place import KernelPlace
from engine.protocol.messages import (
    BUSY,
    DUPLICATE,
    Error,
    Execute,
    Heartbeat,
    Input,
    InputResponse,
    LogAt,
    Output,
    Query,
    QueryReply,
    Result,
    new_id,
)
from engine.session.living_worker import LivingWorker, record_of
from engine.session.manager import SessionManager
from engine.session.session import Session, SessionState
from engine.session.unattachable import WorkerTaken
from tests.support.message_observer import MessageObserver


@asynccontextmanager
async def running(short: Path, *, outlives: bool = False) -> AsyncIterator[tuple[SessionManager, Session]]:
    (short / "logs").mkdir()
    manager = SessionManager(runtime_directory=short / "run")
    try:
        yield manager, await start(manager, short, outlives=outlives)
    finally:
        await manager.close()


async def start(manager: SessionManager, short: Path, *, outlives: bool = False) -> Session:
    return await manager.start(
        "nb", working_directory=short, log_directory=short / "logs", python=sys.executable, outlives=outlives
    )


def living(short: Path, session: Session, *wanted: str) -> LivingWorker:
    """As from the store, where it was kept."""
    record = record_of(session, working_directory=short, log_directory=short / "logs", started_at=0.0)
    place = KernelPlace(working_directory=short, log_directory=short / "logs")
    return LivingWorker.from_record(record, place=place, wanted=frozenset(wanted))


def printed(seen: MessageObserver, execution_id: str) -> str:
    return "".join(m.text for m in seen.all_of(Output) if m.execution_id == execution_id)


async def run(session: Session, seen: MessageObserver, code: str) -> str:
    """Execute code to its end; the execution's id."""
    execution_id = new_id()
    await session.execute(Execute(execution_id=execution_id, code=code))
    await seen.message(Result, lambda m: m.execution_id == execution_id)
    return execution_id


async def test_long_and_carriage_return_output_comes_before_its_result(short: Path) -> None:
    async with running(short) as (_, session):
        with MessageObserver(session) as seen:
            code = "for i in range(20_000): print(i, end='\\r' if i % 2 else '\\n')"
            execution_id = await run(session, seen, code)
            assert printed(seen, execution_id) == "".join(f"{i}\r" if i % 2 else f"{i}\n" for i in range(20_000))
            own = [m for m in seen.messages if isinstance(m, Output | Result)]
            assert isinstance(own[-1], Result)


async def test_a_thread_that_prints_for_ever_delays_no_result(short: Path) -> None:
    async with running(short) as (_, session):
        with MessageObserver(session) as seen:
            await run(
                session,
                seen,
                "import threading\ndef f():\n  while True: print('x')\nthreading.Thread(target=f, daemon=True).start()",
            )
            execution_id = await run(session, seen, "print('mine')")
            assert "mine" in printed(seen, execution_id)


async def test_a_busy_and_a_duplicate_execute_disturb_nothing(short: Path) -> None:
    async with running(short) as (_, session):
        with MessageObserver(session) as seen:
            running_id = new_id()
            await session.execute(Execute(execution_id=running_id, code="x = input('wait')"))
            await seen.message(Input)
            second = Execute(execution_id=new_id(), code="print('never')")
            again = Execute(execution_id=running_id, code="print('never')")
            for execute, refusal in ((second, BUSY), (again, DUPLICATE)):
                await session.execute(execute)
                error = await seen.message(Error, lambda m, wanted=execute.id: m.request_id == wanted)  # type: ignore[misc]
                assert error.error_type == refusal
            assert session.running == running_id
            await session.answer(InputResponse(execution_id=running_id, input_number=1, data="go"))
            await seen.message(Result)
            assert session.state is SessionState.READY
            assert not seen.all_of(Output) or "never" not in printed(seen, running_id)


async def test_interrupt_and_cancel_end_a_cell(short: Path) -> None:
    async with running(short) as (_, session):
        with MessageObserver(session) as seen:
            for stop in (session.interrupt, lambda: session.cancel(session.running, 0.1)):
                execution_id = new_id()
                await session.execute(Execute(execution_id=execution_id, code="print('on')\nwhile True: pass"))
                await seen.message(Output, lambda m, wanted=execution_id: m.execution_id == wanted)  # type: ignore[misc]
                await stop()
                error = await seen.message(Error, lambda m, wanted=execution_id: m.execution_id == wanted)  # type: ignore[misc]
                assert error.error_type == "KeyboardInterrupt"


async def test_a_query_is_answered_and_an_unknown_one_refused(short: Path) -> None:
    async with running(short) as (_, session):
        known = Query(kind="complete", arguments={"code": "prin", "cursor": 4})
        unknown = Query(kind="no such kind", arguments={})
        with MessageObserver(session) as seen:
            await session.send(known)
            await session.send(unknown)
            assert (await seen.message(QueryReply, lambda m: m.request_id == known.id)).reply
            assert (await seen.message(QueryReply, lambda m: m.request_id == unknown.id)).error


async def test_heartbeats_come_with_what_the_worker_uses(short: Path) -> None:
    async with running(short) as (_, session):
        with MessageObserver(session) as seen:
            heartbeat = await seen.message(Heartbeat)
            assert heartbeat.memory_bytes > 1_000_000


async def test_a_crash_is_told_in_words_with_where_it_was(short: Path) -> None:
    async with running(short) as (_, session):
        await session.execute(Execute(execution_id=new_id(), code="import ctypes\nctypes.string_at(0)"))
        reason = await session.ended
        assert (reason.signal_number, reason.expected) == (signal.SIGSEGV, False)
        assert "SIGSEGV" in reason.words
        assert "Current thread" in reason.words


async def test_what_was_printed_before_a_kill_is_routed_before_ended(short: Path) -> None:
    async with running(short) as (_, session):
        with MessageObserver(session) as seen:
            execution_id = new_id()
            code = "import os, sys\nprint('last words', flush=True)\nwhile True: pass"
            await session.execute(Execute(execution_id=execution_id, code=code))
            await seen.message(LogAt, lambda m: m.execution_id == execution_id)
            os.kill(session.pid, signal.SIGKILL)
            await session.ended
            assert printed(seen, execution_id) == "last words\n"


async def test_terminate_takes_along_what_the_cell_started(short: Path) -> None:
    async with running(short) as (_, session):
        with MessageObserver(session) as seen:
            code = "import subprocess\nchild = subprocess.Popen(['sleep', '1000'])\nprint(child.pid)"
            execution_id = await run(session, seen, code)
            child = psutil.Process(int(printed(seen, execution_id)))
            await session.terminate()
            assert psutil.wait_procs([child], timeout=5)[1] == []


async def test_a_cell_goes_on_while_nobody_is_attached_and_nothing_is_lost_or_doubled(short: Path) -> None:
    async with running(short, outlives=True) as (_, session):
        with MessageObserver(session) as seen:
            execution_id = new_id()
            code = "print('before')\nname = input('?')\nfor i in range(20_000): print(i)"
            await session.execute(Execute(execution_id=execution_id, code=code))
            await seen.message(Input)
            await session.answer(InputResponse(execution_id=execution_id, input_number=1, data="x"))
            await session.detach()
            before = printed(seen, execution_id)
        other = SessionManager(runtime_directory=short / "run")
        again = await other.attach("nb", living(short, session, execution_id))
        assert again.known == {execution_id}
        with MessageObserver(again) as seen:
            again.resume()
            await seen.message(Result)
        whole = "before\n" + "".join(f"{i}\n" for i in range(20_000))
        assert printed(seen, execution_id) == whole
        assert whole.startswith(before)
        await other.close()


async def test_a_second_application_is_refused(short: Path) -> None:
    async with running(short, outlives=True) as (_, session):
        other = SessionManager(runtime_directory=short / "run")
        with pytest.raises(WorkerTaken, match="Another application has"):
            await other.attach("nb", living(short, session))
        await other.close()
        with MessageObserver(session) as seen:
            await run(session, seen, "1 + 1")


@pytest.mark.qt_loop
async def test_the_real_worker_runs_on_the_windows_loop(short: Path) -> None:
    async with running(short) as (manager, session):
        manager.warm(sys.executable)
        with MessageObserver(session) as seen:
            execution_id = await run(session, seen, "for i in range(100_000): print(i)")
            assert printed(seen, execution_id) == "".join(f"{i}\n" for i in range(100_000))
        _, other = await asyncio.gather(session.shutdown(grace_s=5), start(manager, short))
        with MessageObserver(other) as seen:
            await run(other, seen, "1 + 1")
