"""Attaching to a worker that lives already: what is read of it, and what it is told apart from."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from engine.errors import PeerError
from engine.protocol.messages import Execute, Output, Result
from engine.session.living_worker import LivingWorker
from engine.session.session import Session, SessionState
from engine.session.transport import WorkerAddress, secure_directory, write_token
from engine.session.unattachable import WorkerGone, WorkerOfAnotherVersion, WorkerTaken, WorkerUnreachable
from tests.support.managed_sessions import fake_command, managing, start
from tests.support.message_observer import MessageObserver


def other_version_command(python: str, address: WorkerAddress) -> list[str]:
    return [*fake_command(python, address), "--version", "2", "--say-listening"]


def garbage_command(python: str, address: WorkerAddress) -> list[str]:
    return [*fake_command(python, address), "--garbage", "--say-listening"]


def living(short: Path, session: Session, **more: object) -> LivingWorker:
    fields = {
        "session_id": session.session_id,
        "address": session.address,
        "token": session.token,
        "pid": session.pid,
        "working_directory": short,
        "log_directory": short / "logs",
        "outlives": True,
        **more,
    }
    return LivingWorker(**fields)  # type: ignore[arg-type]  # a test's shorthand


@asynccontextmanager
async def left_alone(short: Path, *codes: str) -> AsyncIterator[Session]:
    """A session whose worker was detached from after codes ran as e1, e2, …; what is left of it is ended."""
    async with managing(short) as first:
        session = await start(first, short, outlives=True)
        with MessageObserver(session) as seen:
            for number, code in enumerate(codes, 1):
                execution_id = f"e{number}"
                await session.execute(Execute(execution_id=execution_id, code=code))
                await seen.message(Output, lambda m, wanted=execution_id: m.execution_id == wanted)  # type: ignore[misc]
                if code != "hold":
                    await seen.message(Result, lambda m, wanted=execution_id: m.execution_id == wanted)  # type: ignore[misc]
        with pytest.MonkeyPatch.context() as patient:  # a busy worker lets go later than in half a second
            patient.setattr("engine.session.session.DETACH_LIMIT_S", 20)
            await session.detach()
        try:
            yield session
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(session.pid, signal.SIGKILL)


async def test_attaching_reads_what_is_wanted_from_its_beginning_and_nothing_else(short: Path) -> None:
    async with left_alone(short, "print settled", "print ended alone", "hold") as session, managing(short) as manager:
        again = await manager.attach("nb", living(short, session, wanted=frozenset({"e2", "e3"})))
        assert (again.running, again.state, again.known) == ("e3", SessionState.RUNNING, {"e1", "e2", "e3"})
        assert again.ready.pid == session.pid
        with MessageObserver(again) as seen:
            again.resume()
            await seen.message(Output, lambda m: m.execution_id == "e3")
            assert [m.text for m in seen.all_of(Output)] == ["ended alone", "holding"]
            assert [m.execution_id for m in seen.all_of(Result)] == ["e2"]


async def test_an_idle_worker_is_ready_once_attached_to_and_takes_the_next_cell(short: Path) -> None:
    async with left_alone(short, "print settled") as session, managing(short) as manager:
        again = await manager.attach("nb", living(short, session))
        assert (again.running, again.state) == ("", SessionState.READY)
        with MessageObserver(again) as seen:
            again.resume()
            await again.execute(Execute(execution_id="e2", code="print next"))
            await seen.message(Result)
            assert [m.text for m in seen.all_of(Output)] == ["next"]


async def test_attaching_says_again_whose_the_worker_is_and_where_its_checkpoints_go(short: Path) -> None:
    async with left_alone(short, "print adopted") as session, managing(short) as manager:
        again = await manager.attach("nb", living(short, session, checkpoint_directory=short / "checkpoints"))
        with MessageObserver(again) as seen:
            again.resume()
            await again.execute(Execute(execution_id="e2", code="print adopted"))
            await seen.message(Result)
            assert [m.text for m in seen.all_of(Output)] == [str(short / "checkpoints")]


async def test_a_worker_whose_token_file_was_cleaned_away_is_attached_to_with_the_kept_token(short: Path) -> None:
    async with left_alone(short, "print on") as session, managing(short) as manager:
        session.address.token.unlink()
        assert (await manager.attach("nb", living(short, session))).state is SessionState.READY


async def test_attaching_to_a_worker_that_has_gone_says_so(short: Path) -> None:
    async with managing(short) as manager:
        session = await start(manager, short)
        await session.terminate()
        with pytest.raises(WorkerGone, match=rf"\(process {session.pid}\) has ended"):
            await manager.attach("nb", living(short, session))


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the system does not say what a process is")
async def test_a_worker_that_lives_but_does_not_listen_any_more_is_not_said_to_be_gone(short: Path) -> None:
    async with left_alone(short, "print on") as session, managing(short) as manager:
        session.address.socket.unlink()
        with pytest.raises(WorkerUnreachable, match="lives, but does not listen"):
            await manager.attach("nb", living(short, session))
        with pytest.raises(WorkerGone):  # its number is another program's now
            await manager.attach("nb", living(short, session, pid=os.getpid()))


async def test_an_attach_that_fails_leaves_the_worker_and_its_files_alone(short: Path) -> None:
    async with left_alone(short, "hold") as session, managing(short) as manager:
        before = sorted((short / "run").iterdir())
        with pytest.raises(PeerError, match="refused: the token is wrong"):
            await manager.attach("nb", living(short, session, token=b"w" * 32))
        assert sorted((short / "run").iterdir()) == before
        assert (await manager.attach("nb", living(short, session))).running == "e1"


async def test_a_worker_that_another_application_has_is_left_alone(short: Path) -> None:
    async with left_alone(short, "print on") as session, managing(short) as first, managing(short) as second:
        await first.attach("nb", living(short, session))
        with pytest.raises(WorkerTaken, match="Close the notebook there"):
            await second.attach("nb", living(short, session))


async def test_a_worker_that_does_not_answer_is_waited_for_until_it_does(short: Path) -> None:
    async with left_alone(short, "hold") as session, managing(short, ready_limit_s=0.2) as manager:
        os.kill(session.pid, signal.SIGSTOP)
        reached: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
        attaching = asyncio.ensure_future(manager.attach("nb", living(short, session), reached.set_result))
        assert (await reached).state is SessionState.STARTING
        os.kill(session.pid, signal.SIGCONT)
        assert (await attaching).running == "e1"


async def test_who_waits_no_longer_leaves_a_worker_that_does_not_answer_alone(short: Path) -> None:
    async with left_alone(short, "hold") as session, managing(short) as manager:
        os.kill(session.pid, signal.SIGSTOP)
        reached: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
        attaching = asyncio.ensure_future(manager.attach("nb", living(short, session), reached.set_result))
        await reached
        attaching.cancel()
        await asyncio.wait((attaching,))
        assert psutil.Process(session.pid).status() == psutil.STATUS_STOPPED
        assert session.address.socket.exists()


async def test_a_worker_that_dies_before_it_answered_has_gone(short: Path) -> None:
    async with left_alone(short, "hold") as session, managing(short) as manager:
        os.kill(session.pid, signal.SIGSTOP)
        worker = living(short, session, wanted=frozenset({"e1"}))
        with pytest.raises(WorkerGone):
            await manager.attach("nb", worker, lambda _session: os.kill(session.pid, signal.SIGKILL))


@pytest.mark.parametrize("says", ["version", "garbage"])
async def test_a_worker_of_another_version_is_left_alone(
    short: Path, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.session.session.EXIT_AFTER_CLOSE_S", 0.1)
    command = other_version_command if says == "version" else garbage_command
    address = WorkerAddress.new(secure_directory(short / "run"))
    token = write_token(address.token)
    process = await asyncio.create_subprocess_exec(*command(sys.executable, address), stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        async with managing(short) as manager:
            worker = LivingWorker(
                session_id="s",
                address=address,
                token=token,
                working_directory=short,
                log_directory=short / "logs",
                outlives=True,
                pid=process.pid,
            )
            kind, words = (WorkerOfAnotherVersion, "left alone") if says == "version" else (PeerError, "no message")
            with pytest.raises(kind, match=words):
                await manager.attach("nb", worker)
        assert process.returncode is None
        assert address.socket.exists()
        assert address.token.exists()
    finally:
        process.kill()
        await process.wait()
