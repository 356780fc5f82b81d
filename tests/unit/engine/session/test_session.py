from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import cast

import pytest

from engine.errors import BrokenInvariant, EngineError, PeerError
from engine.protocol.messages import (
    BUSY,
    Cancel,
    Detach,
    Error,
    Execute,
    Heartbeat,
    Input,
    InputResponse,
    Interrupt,
    LogAt,
    Message,
    Output,
    Result,
    Shutdown,
)
from engine.session.notices import NotAnswering
from engine.session.session import SessionState
from tests.support.fake_process import adopted, unattached
from tests.support.fake_worker import printed, result
from tests.support.logs import ExpectedLogs
from tests.support.message_observer import MessageObserver


def heartbeat() -> Heartbeat:
    return Heartbeat(memory_bytes=7, cpu_s=1.5, variables=3, running="")


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_an_attached_session_is_ready_with_what_the_worker_said(short: Path) -> None:
    async with unattached(short) as pair:
        with pytest.raises(BrokenInvariant):
            _ = pair.session.ready
        with MessageObserver(pair.session) as seen:
            await pair.session.attach("me", limit_s=5)
            assert pair.session.ready == await seen.ready()
        assert pair.session.state is SessionState.READY


async def test_a_wrong_token_is_refused_in_words(short: Path) -> None:
    async with unattached(short, token=b"wrong") as pair:
        with pytest.raises(PeerError, match="token is wrong"):
            await pair.session.attach("me", limit_s=5)


async def test_a_refusal_that_came_before_the_first_word_is_told_as_one(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.session.session.EXIT_AFTER_CLOSE_S", 0.01)
    async with unattached(short, refuses="too many connections at once") as pair:
        await pair.session.ended
        with pytest.raises(PeerError, match="refused: too many"):
            await pair.session.attach("me", limit_s=5)


async def test_another_protocol_version_is_a_clear_error_and_no_hang(short: Path) -> None:
    async with unattached(short, version=99) as pair:
        with pytest.raises(PeerError, match="protocol 99"):
            await pair.session.attach("me", limit_s=5)


async def test_a_session_runs_from_execute_to_result(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            execute = Execute(execution_id="a1", code="1+1")
            await pair.session.execute(execute)
            assert pair.session.state is SessionState.RUNNING
            assert await pair.worker.received_a(Execute) == execute
            await pair.worker.log("a1", result("a1"))
            await seen.message(Result)
            assert pair.session.state is SessionState.READY


async def test_a_second_execute_reaches_the_worker_and_its_busy_disturbs_nothing(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            await pair.session.execute(Execute(execution_id="a1", code=""))
            second = Execute(execution_id="a2", code="")
            await pair.session.execute(second)
            busy = Error(
                execution_id="a2",
                error_type=BUSY,
                message="",
                traceback=[],
                execution_time=0,
                request_id=second.id,
            )
            await pair.worker.send(busy)
            assert await seen.message(Error) == busy
            assert (pair.session.state, pair.session.running) == (SessionState.RUNNING, "a1")


async def test_a_refused_execute_leaves_the_session_ready(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            execute = Execute(execution_id="a1", code="")
            await pair.session.execute(execute)
            await pair.worker.send(
                Error(
                    execution_id="a1",
                    error_type=BUSY,
                    message="",
                    traceback=[],
                    execution_time=0,
                    request_id=execute.id,
                )
            )
            await seen.message(Error)
            assert pair.session.state is SessionState.READY


async def test_answers_interrupts_and_cancels_are_sent_as_they_are(short: Path) -> None:
    async with adopted(short) as pair:
        response = InputResponse(execution_id="a1", input_number=1, data="x")
        await pair.session.answer(response)
        await pair.session.interrupt()
        await pair.session.cancel("a1", grace_s=0.25)
        assert await pair.worker.received_a(InputResponse) == response
        await pair.worker.received_a(Interrupt)
        cancel = await pair.worker.received_a(Cancel)
        assert (cancel.execution_id, cancel.grace_s) == ("a1", 0.25)


async def test_interceptors_see_messages_of_socket_and_log_before_the_router(short: Path) -> None:
    async with adopted(short) as pair:
        order: list[str] = []
        pair.session.set_event_handler(lambda m: order.append(f"routed {type(m).__name__}"))
        with MessageObserver(pair.session) as seen:
            pair.session.add_message_interceptor(lambda m: order.append(f"seen {type(m).__name__}"))
            await pair.worker.send(heartbeat())
            await seen.message(Heartbeat)
            await pair.worker.log("a1", printed("a1", "x"))
            await seen.message(Output)
        assert order == [f"{how} {what}" for what in ("Heartbeat", "LogAt", "Output") for how in ("seen", "routed")]


async def test_a_raising_interceptor_is_logged_and_breaks_nothing(short: Path, expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.link", "interceptor .* raised on Result")
    async with adopted(short) as pair:

        def broken(message: Message) -> None:
            if isinstance(message, Result):
                raise ZeroDivisionError

        pair.session.add_message_interceptor(broken)
        with MessageObserver(pair.session) as seen:
            await pair.worker.log("a1", result("a1"))
            await pair.worker.log("a2", result("a2"))
            await seen.message(Result, lambda m: m.execution_id == "a2")


async def test_a_removed_interceptor_sees_nothing_more(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as removed:
            pass
        with MessageObserver(pair.session) as seen:
            await pair.worker.send(heartbeat())
            await seen.message(Heartbeat)
        assert removed.messages == []


async def test_a_raising_event_handler_does_not_stop_the_link(short: Path, expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.session", "event handler raised on Heartbeat")
    async with adopted(short) as pair:

        def broken(message: Message) -> None:
            raise RuntimeError("mine")

        pair.session.set_event_handler(broken)
        with MessageObserver(pair.session) as seen:
            await pair.worker.send(heartbeat())
            await seen.message(Heartbeat)
            pair.session.set_event_handler(lambda _message: None)
            await pair.worker.log("a1", result("a1"))
            await seen.message(Result)


async def test_a_missing_heartbeat_means_not_answering_and_never_dead(short: Path) -> None:
    async with adopted(short, silent_after_s=0.02) as pair:
        with MessageObserver(pair.session) as seen:
            await pair.worker.send(heartbeat())
            notice = await seen.message(NotAnswering)
            assert notice.silent_s >= 0.02
            await pair.worker.send(heartbeat())
            await seen.message(NotAnswering, lambda m: m is not notice)
        assert not pair.session.ended.done()


async def test_a_worker_that_never_sends_a_heartbeat_is_not_answering(short: Path) -> None:
    async with adopted(short, silent_after_s=0.02) as pair:
        with MessageObserver(pair.session) as seen:
            assert (await seen.message(NotAnswering)).memory_bytes == 0


async def test_shutdown_asks_and_waits_for_the_worker_to_go(short: Path) -> None:
    async with adopted(short) as pair:
        going = asyncio.ensure_future(pair.session.shutdown(grace_s=10))
        await pair.worker.received_a(Shutdown)
        assert pair.session.state is SessionState.ENDING
        pair.worker.hang_up()
        pair.process.die()
        reason = await going
        assert reason.expected
        assert reason.exit_code == 0
        assert names_in(short) == ["logs"]


async def test_a_worker_that_does_not_go_in_time_is_ended(short: Path) -> None:
    async with adopted(short) as pair:
        reason = await pair.session.shutdown(grace_s=0.01)
        assert reason.expected
        assert reason.signal_number == 9


async def test_terminate_does_not_wait_for_a_paused_consumer(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            pair.session.pause()
            await pair.worker.log("a1", printed("a1", "x"), result("a1"))
            await seen.message(LogAt)
            pair.worker.hang_up()
            await pair.session.terminate()
            assert not seen.all_of(Output)


async def test_a_worker_that_outlives_its_kill_is_not_waited_for_for_ever(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.session.session.KILL_LIMIT_S", 0.01)
    async with adopted(short) as pair:
        pair.process.dies_when_killed = False
        reason = await pair.session.terminate()
        assert reason.process_lives
        assert "killed" in reason.words


async def test_detach_waits_until_the_worker_has_let_go(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.session.session.DETACH_LIMIT_S", 20)
    async with adopted(short) as pair:
        pair.worker.lets_go = False
        detaching = asyncio.ensure_future(pair.session.detach())
        await pair.worker.received_a(Detach)
        for _ in range(50):  # turns of the loop, in which it could end if it did not wait
            await asyncio.sleep(0)
        assert not detaching.done(), "whoever attached now would be refused"
        pair.worker.hang_up()
        await detaching


async def test_detach_leaves_the_worker_alone(short: Path) -> None:
    async with adopted(short) as pair:
        reason = await pair.session.detach()
        await pair.worker.received_a(Detach)
        assert reason.expected
        assert reason.process_lives
        assert not pair.process.kills
        assert pair.session.address.socket.exists()


async def test_messages_carry_input_requests_like_any_other(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            asking = Input(execution_id="a1", input_number=1, prompt="? ", password=False)
            await pair.worker.log("a1", asking)
            assert await seen.message(Input) == asking


async def test_logs_carry_session_and_loop_id(short: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="capsule")
    async with adopted(short) as pair:
        pair.worker.hang_up()
        pair.process.die()
        await pair.session.ended
        record = next(r for r in caplog.records if r.name == "capsule.session")
        loop_id = f"{id(asyncio.get_running_loop()):x}"
        assert (record.__dict__["session_id"], record.__dict__["loop_id"]) == (pair.session.session_id, loop_id)
        assert pair.session.session_id in record.getMessage()
        assert loop_id in record.getMessage()


async def test_no_task_of_the_session_outlives_it(short: Path) -> None:
    before = asyncio.all_tasks()
    async with adopted(short) as pair:
        await pair.session.terminate()
        mine = {task for task in asyncio.all_tasks() - before if "session" in task.get_name()}
        assert not mine


@pytest.mark.qt_loop
async def test_a_session_works_on_the_windows_loop(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            await pair.session.execute(Execute(execution_id="a1", code=""))
            await pair.worker.received_a(Execute)
            await pair.worker.log("a1", *(printed("a1", "x" * 60000) for _ in range(50)), result("a1"))
            await seen.message(Result)
            assert sum(len(m.text) for m in seen.all_of(Output)) == 50 * 60000


async def test_an_execute_that_cannot_be_sent_leaves_the_session_ready(short: Path) -> None:
    async with adopted(short) as pair:
        with pytest.raises(EngineError, match="cannot be sent"):
            await pair.session.execute(Execute(execution_id="a1", code=cast(str, object())))
        assert pair.session.state is SessionState.READY


async def test_files_that_cannot_be_removed_do_not_keep_the_session_from_ending(short: Path) -> None:
    async with adopted(short) as pair:
        pair.session.address.token.mkdir()
        pair.process.die(exit_code=1)
        assert not (await pair.session.ended).expected
