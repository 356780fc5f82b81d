from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from engine.errors import BrokenInvariant, WorkerStartError
from engine.protocol.codec import encode
from engine.protocol.messages import BACKGROUND, BACKGROUND_LOG, Adopt, Execute, Output, Result
from engine.session.session import Session, SessionState
from engine.session.transport import WorkerAddress
from tests.support.clock import Clock, once_written
from tests.support.left_workers import workers_in
from tests.support.logs import ExpectedLogs
from tests.support.managed_sessions import fake_command, managing, start
from tests.support.message_observer import MessageObserver


def never_ready_command(python: str, address: WorkerAddress) -> list[str]:
    return [*fake_command(python, address), "--never-ready"]


def failing_command(python: str, _address: WorkerAddress) -> list[str]:
    return [python, "-c", "import sys; sys.exit('no module named shell')"]


def deaf_command(python: str, address: WorkerAddress) -> list[str]:
    """It says so beside its socket, too, where somebody waits for that."""
    code = (
        "import os, signal, sys; print('thinking', file=sys.stderr, flush=True)\n"
        "if os.path.exists(sys.argv[1]): open(sys.argv[1], 'w').write('x')\n"
        "signal.pause()"
    )
    return [python, "-c", code, str(address.socket.parent.parent / "thinks")]


async def test_a_started_session_runs_cells_and_answers(short: Path) -> None:
    async with managing(short) as manager:
        session = await start(manager, short)
        assert manager.session_of("nb") is session
        with MessageObserver(session) as seen:
            await session.execute(Execute(execution_id="a1", code="print hello"))
            await seen.message(Result)
            assert [m.text for m in seen.all_of(Output)] == ["hello"]


async def test_a_worker_that_cannot_start_says_why_and_leaves_nothing(short: Path) -> None:
    async with managing(short, command=failing_command) as manager:
        with pytest.raises(WorkerStartError, match="no module named shell"):
            await start(manager, short)
        assert list((short / "run").iterdir()) == []


async def test_a_worker_that_is_not_ready_in_time_is_ended_and_says_why(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock(monkeypatch).pass_by_once_written(20.0, short / "thinks")
    async with managing(short, command=deaf_command, ready_limit_s=20.0) as manager:
        with pytest.raises(WorkerStartError, match=r"did not listen within 20 s") as caught:
            await start(manager, short)
        assert "thinking" in str(caught.value)
        assert list((short / "run").iterdir()) == []


async def test_a_worker_that_listens_and_is_never_ready_is_ended(short: Path) -> None:
    async with managing(short, command=never_ready_command, ready_limit_s=1.0) as manager:
        with pytest.raises(WorkerStartError, match="(was not ready|did not listen) within 1 s"):
            await start(manager, short)
        assert list((short / "run").iterdir()) == []
        assert not [task for task in asyncio.all_tasks() if "session" in task.get_name()]


async def _cancel_without_trace(starting: asyncio.Future[Session], short: Path) -> None:
    assert workers_in(short)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert workers_in(short) == []
    assert list((short / "run").iterdir()) == []


async def test_a_start_that_is_cancelled_leaves_no_process(short: Path) -> None:
    thinks = asyncio.Event()
    once_written(short / "thinks", thinks.set)
    async with managing(short, command=deaf_command) as manager:
        starting = asyncio.ensure_future(start(manager, short))
        await thinks.wait()
        await _cancel_without_trace(starting, short)


async def test_what_an_earlier_worker_prints_as_it_goes_is_in_the_log_before_the_next_one_writes_there(
    short: Path,
) -> None:
    async def last_words() -> None:
        said = Output(execution_id=BACKGROUND, stream="stdout", text="bye")
        (short / "logs" / BACKGROUND_LOG).write_bytes(encode(said))

    async with managing(short) as manager:
        session = await start(manager, short, once_ready=last_words)
        assert session.background_offset == (short / "logs" / BACKGROUND_LOG).stat().st_size > 0


async def test_a_start_that_is_cancelled_while_an_earlier_worker_ends_leaves_no_process(short: Path) -> None:
    ready = asyncio.Event()

    async def takes_its_time() -> None:
        ready.set()
        await asyncio.Event().wait()

    async with managing(short) as manager:
        starting = asyncio.ensure_future(start(manager, short, once_ready=takes_its_time))
        await ready.wait()
        await _cancel_without_trace(starting, short)


async def test_the_spare_is_taken_and_a_new_one_started(short: Path) -> None:
    async with managing(short) as manager:
        manager.warm(sys.executable)
        spare = await manager.spare.until_ready()
        assert spare is not None
        assert await start(manager, short) is spare
        following = await manager.spare.until_ready()
        assert following is not None
        assert following is not spare


async def test_a_spare_that_is_being_started_is_waited_for(short: Path) -> None:
    async with managing(short) as manager:
        manager.warm(sys.executable)
        session = await start(manager, short)
        await manager.spare.until_ready()
        assert len(workers_in(short)) == 2
        assert manager.spare.session is not session


async def test_without_warm_no_spare_is_kept(short: Path) -> None:
    async with managing(short) as manager:
        await start(manager, short)
        assert not manager.spare.wanted


def another_python(path: Path) -> Path:
    path.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    path.chmod(0o755)
    return path


async def test_a_spare_is_not_taken_for_another_interpreter_and_is_of_that_one_then(short: Path) -> None:
    async with managing(short) as manager:
        manager.warm(sys.executable)
        spare = await manager.spare.until_ready()
        assert spare is not None
        other = another_python(short / "other")
        session = await start(manager, short, python=str(other))
        assert session is not spare
        following = await manager.spare.until_ready()
        assert (await spare.ended).expected
        assert await start(manager, short, python=str(other)) is following


def an_environment(folder: Path) -> tuple[Path, Path]:
    """Its python and its site-packages."""
    packages = folder / "lib/python3.12/site-packages"
    packages.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.1\n")
    (folder / "bin").mkdir()
    return another_python(folder / "bin/python"), packages


async def test_a_spare_is_not_taken_once_something_was_installed_and_the_next_one_has_it(short: Path) -> None:
    python, packages = an_environment(short / "env")
    async with managing(short) as manager:
        manager.warm(str(python))
        spare = await manager.spare.until_ready()
        assert spare is not None
        (packages / "mine.pth").write_text("/where/mine/is\n")
        assert await start(manager, short, python=str(python)) is not spare
        assert (await spare.ended).expected
        following = await manager.spare.until_ready()
        assert following is not None
        assert await start(manager, short, python=str(python)) is following


async def test_asked_for_again_a_spare_is_made_anew_where_something_was_installed_only(short: Path) -> None:
    python, packages = an_environment(short / "env")
    async with managing(short) as manager:
        manager.warm(str(python))
        spare = await manager.spare.until_ready()
        assert spare is not None
        manager.warm(str(python))
        assert await start(manager, short, python=str(python)) is spare
        spare = await manager.spare.until_ready()
        assert spare is not None
        (packages / "IPython").mkdir()
        manager.warm(str(python))
        assert (await spare.ended).expected
        assert await manager.spare.until_ready() is not spare


@pytest.mark.parametrize("is_closed", [False, True])
async def test_spares_that_are_not_wanted_any_more_end_however_soon_the_next_wish_comes(
    short: Path, is_closed: bool
) -> None:
    async with managing(short) as manager:
        manager.warm(sys.executable)
        spare = await manager.spare.until_ready()
        assert spare is not None
        others = [another_python(short / name) for name in ("one", "other")]
        for other in others:
            manager.warm(str(other))
        if is_closed:
            await manager.close()
            assert spare.ended.done()
            assert workers_in(short) == []
            assert list((short / "run").iterdir()) == []
        else:
            assert (await spare.ended).expected


async def test_a_start_that_is_given_up_as_the_application_goes_leaves_nothing(short: Path) -> None:
    spawned = asyncio.Event()

    def command(python: str, address: WorkerAddress) -> list[str]:
        spawned.set()
        return fake_command(python, address)

    async with managing(short, command=command) as manager:
        manager.warm(sys.executable)
        await spawned.wait()
        manager.warm(str(another_python(short / "other")))
        await asyncio.sleep(0)  # the former start is being ended when everything is
        await manager.close()
        assert workers_in(short) == []
        assert list((short / "run").iterdir()) == []


async def test_a_spare_that_dies_is_replaced(short: Path, expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.session", "the spare worker ended by itself: .*SIGKILL")
    async with managing(short) as manager:
        manager.warm(sys.executable)
        spare = await manager.spare.until_ready()
        assert spare is not None
        os.kill(spare.pid, signal.SIGKILL)
        await spare.ended
        session = await start(manager, short)
        assert session is not spare
        assert not session.ended.done()


async def test_spares_that_cannot_live_are_given_up(short: Path, expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.session", "a spare worker could not be started: .*")
    expected_logs.expect("capsule.session", "no spare worker is kept: 3 ended")
    async with managing(short, command=failing_command) as manager:
        manager.warm(sys.executable)
        await manager.spare.given_up()
        assert not manager.spare.wanted


async def test_a_killed_worker_ends_its_session_in_words_after_its_last_output(short: Path) -> None:
    async with managing(short) as manager:
        session = await start(manager, short)
        with MessageObserver(session) as seen:
            await session.execute(Execute(execution_id="a1", code="signal SIGSEGV"))
            reason = await session.ended
            assert "SIGSEGV" in reason.words
            assert not reason.expected
            assert [m.text for m in seen.all_of(Output)] == ["last words"]
        assert manager.session_of("nb") is None


async def test_two_sessions_do_not_notice_each_others_end(short: Path) -> None:
    async with managing(short) as manager:
        one, other = await start(manager, short, "one"), await start(manager, short, "other")
        assert (await one.terminate()).expected
        with MessageObserver(other) as seen:
            await other.execute(Execute(execution_id="b1", code="print still here"))
            await seen.message(Result)


async def test_a_restart_may_start_the_new_one_before_the_old_has_gone(short: Path) -> None:
    async with managing(short) as manager:
        old = await start(manager, short)
        new, reason = await asyncio.gather(start(manager, short), old.shutdown(grace_s=5))
        assert reason.expected
        assert manager.session_of("nb") is new


async def test_close_leaves_no_process_and_no_file(short: Path) -> None:
    async with managing(short) as manager:
        manager.warm(sys.executable)
        await asyncio.gather(*(start(manager, short, name) for name in "abc"))
    assert workers_in(short) == []
    assert list((short / "run").iterdir()) == []
    with pytest.raises(BrokenInvariant):
        await start(manager, short)


async def test_close_can_leave_workers_alone(short: Path) -> None:
    async with managing(short) as manager:
        session = await start(manager, short, outlives=True)
        manager.warm(sys.executable)
        await manager.close(detach=True)
    assert session.detached
    (left,) = workers_in(short)
    assert left.pid == session.pid
    left.kill()
    left.wait()


@pytest.mark.qt_loop
async def test_workers_start_and_end_on_the_windows_loop(short: Path) -> None:
    async with managing(short) as manager:
        manager.warm(sys.executable)
        session = await start(manager, short)
        with MessageObserver(session) as seen:
            await session.execute(Execute(execution_id="a1", code="print hello"))
            await seen.message(Result)
        await session.shutdown(grace_s=5)


async def test_a_runtime_folder_that_a_cleaner_took_away_is_made_again(short: Path) -> None:
    async with managing(short) as manager:
        (short / "run").rmdir()
        assert (await start(manager, short)).state is SessionState.READY


async def test_a_runtime_folder_that_became_somebody_elses_link_is_refused(short: Path) -> None:
    (short / "theirs").mkdir()
    async with managing(short) as manager:
        (short / "run").rmdir()
        (short / "run").symlink_to(short / "theirs")
        with pytest.raises(WorkerStartError, match="is not a folder of its own"):
            await start(manager, short)
        assert list((short / "theirs").iterdir()) == []


async def test_a_start_that_is_cancelled_as_the_worker_gets_its_notebook_ends_it(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopting = asyncio.Event()
    adopted: list[Session] = []

    async def adopt_for_ever(session: Session, _adopt: Adopt) -> None:
        adopted.append(session)
        adopting.set()
        await asyncio.Event().wait()

    async with managing(short) as manager:
        monkeypatch.setattr(Session, "adopt", adopt_for_ever)
        starting = asyncio.ensure_future(start(manager, short))
        await adopting.wait()
        starting.cancel()
        await asyncio.wait((starting,))
        assert adopted[0].ended.done()
