from __future__ import annotations

import asyncio
import itertools
import struct
from pathlib import Path

import pytest

from engine.errors import PeerError
from engine.protocol.codec import encode
from engine.protocol.framing import frame
from engine.protocol.messages import (
    BACKGROUND,
    BACKGROUND_LOG,
    DUPLICATE,
    Adopt,
    Attach,
    Error,
    Execute,
    LogAt,
    Message,
    Output,
    Result,
    Shutdown,
)
from engine.session.log_reader import LogReader
from tests.support.fake_process import Pair, adopted, unattached
from tests.support.fake_worker import printed, result
from tests.support.logs import ExpectedLogs
from tests.support.message_observer import MessageObserver


def kinds(messages: list[Message]) -> list[str]:
    return [type(m).__name__ for m in messages if isinstance(m, Output | Result)]


async def test_everything_in_the_log_is_routed_before_its_result(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            await pair.session.execute(Execute(execution_id="a1", code=""))
            lines = [printed("a1", f"{n}\n" * 1000) for n in range(500)]
            await pair.worker.log("a1", *lines, result("a1"))
            await seen.message(Result)
            assert kinds(seen.messages) == ["Output"] * 500 + ["Result"]
            assert "".join(m.text for m in seen.all_of(Output)) == "".join(m.text for m in lines)


async def test_a_log_announced_in_the_middle_of_frames_gives_whole_messages(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            data = encode(printed("a1", "hello")) + encode(result("a1"))
            for cut in range(len(data)):
                pair.worker.append("a1", data[cut : cut + 1])
                await pair.worker.announce("a1")
            await seen.message(Result)
            assert kinds(seen.messages) == ["Output", "Result"]


async def test_what_a_background_thread_prints_after_a_cell_comes_after_its_result(short: Path) -> None:
    async with adopted(short) as pair:
        pair.session.pause()
        with MessageObserver(pair.session) as seen:
            await pair.worker.log("a1", printed("a1", "in the cell"))
            await pair.worker.log("a1", result("a1"))
            await pair.worker.log(BACKGROUND, printed("a1", "later"))
            await seen.message(LogAt, lambda m: m.execution_id == BACKGROUND)
            pair.session.resume()
            await seen.message(Output, lambda m: m.text == "later")
            assert kinds(seen.messages) == ["Output", "Result", "Output"]


async def test_a_paused_session_routes_nothing_of_logs_and_reads_the_socket_on(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            pair.session.pause()
            await pair.worker.log("a1", printed("a1", "x" * 1000), result("a1"))
            await seen.message(LogAt)
            assert kinds(seen.messages) == []
            pair.session.resume()
            await seen.message(Result)


async def test_a_consumer_that_pauses_in_the_middle_gets_the_rest_after_resume(short: Path) -> None:
    async with adopted(short) as pair:
        taken: list[str] = []

        def take(message: Message) -> None:
            if isinstance(message, Output):
                taken.append(message.text)
                pair.session.pause()

        pair.session.set_event_handler(take)
        with MessageObserver(pair.session) as seen:
            texts = [str(n) for n in range(10)]
            await pair.worker.log("a1", *(printed("a1", text) for text in texts), result("a1"))
            for n, text in enumerate(texts):
                await seen.message(Output, lambda m, text=text: m.text == text)  # type: ignore[misc]
                assert taken == texts[: n + 1]
                pair.session.resume()
            await seen.message(Result)


@pytest.mark.parametrize("stop_after", [1, 2, 5, 9])
async def test_whoever_reads_the_background_on_after_a_detach_finds_nothing_lost_or_doubled(
    short: Path, stop_after: int
) -> None:
    texts = [str(n) * n for n in range(1, 10)]
    taken: list[str] = []
    async with adopted(short) as pair:

        def take(message: Message) -> None:
            if isinstance(message, Output):
                taken.append(message.text)
                if len(taken) == stop_after:
                    pair.session.pause()

        pair.session.set_event_handler(take)
        with MessageObserver(pair.session) as seen:
            await pair.worker.log(BACKGROUND, *(printed("a1", text) for text in texts))
            await seen.message(Output, lambda m: m.text == texts[stop_after - 1])
            await pair.session.detach()
        rest = LogReader(short / "logs" / BACKGROUND_LOG, pair.session.background_offset)
        left = [m.text for m in rest.read(rest.size()) if isinstance(m, Output)] if stop_after < len(texts) else []
        rest.close()
        assert taken + left == texts


async def test_what_stands_in_the_logs_is_routed_before_ended_when_the_worker_dies(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            await pair.session.execute(Execute(execution_id="a1", code=""))
            whole = encode(printed("a1", "last words"))
            pair.worker.append("a1", whole + whole[:-3])  # the second never became whole, and none was announced
            pair.worker.hang_up()
            pair.process.die(exit_code=1)
            await pair.session.ended
            assert [m.text for m in seen.all_of(Output)] == ["last words"]


async def test_a_log_that_cannot_be_read_at_the_end_does_not_keep_the_session_from_ending(
    short: Path, expected_logs: ExpectedLogs
) -> None:
    expected_logs.expect("capsule.link", r"printed last is not shown: The output log a1\.log cannot be read")
    async with adopted(short) as pair:
        await pair.session.execute(Execute(execution_id="a1", code=""))
        (short / "logs" / "a1.log").symlink_to(short / "elsewhere")  # a cell may do that
        pair.worker.hang_up()
        pair.process.die(exit_code=1)
        assert (await pair.session.ended).exit_code == 1


@pytest.mark.parametrize(
    ("garbage", "words"),
    [
        (struct.pack(">I", 50 << 20), "over the limit"),
        (frame(b"\xc1"), "not msgpack"),
        (frame(b"\x93\x01\x02\x03"), "not a map"),
        (encode(Shutdown()), "does not belong"),
    ],
    ids=["too long", "no msgpack", "no map", "not for the application"],  # what is encoded has the time in it
)
async def test_garbage_on_the_socket_ends_that_session_with_the_reason(short: Path, garbage: bytes, words: str) -> None:
    (short / "a").mkdir()
    (short / "b").mkdir()
    async with adopted(short / "a") as bad, adopted(short / "b") as good:
        await bad.worker.send_bytes(garbage)
        reason = await bad.session.ended
        assert words in reason.words
        assert not reason.expected
        assert bad.process.kills, "a worker that nobody can talk to must not be left behind"
        with MessageObserver(good.session) as seen:
            await good.worker.log("b1", printed("b1", "fine"), result("b1"))
            await seen.message(Result)


@pytest.mark.parametrize(
    ("garbage", "words"),
    [
        (frame(b"\xc1"), "not msgpack"),
        (encode(Attach(protocol_version=1, token=b"", application_id="")), "does not belong"),
        (encode(result("b2")), "another execution"),
    ],
    ids=["no msgpack", "not for a log", "another execution's"],  # what is encoded has the time in it
)
async def test_garbage_in_a_log_ends_that_session_with_the_reason(short: Path, garbage: bytes, words: str) -> None:
    async with adopted(short) as pair:
        pair.worker.append("a1", garbage)
        await pair.worker.announce("a1")
        assert words in (await pair.session.ended).words


@pytest.mark.parametrize("log_id", ["../../secret", "", "a/b", "A" * 65, "zz"])
async def test_a_log_that_would_be_elsewhere_is_refused(short: Path, log_id: str) -> None:
    async with adopted(short) as pair:
        await pair.worker.send(LogAt(execution_id=log_id, end_offset=10))
        assert "named a log that cannot be" in (await pair.session.ended).words


async def test_a_log_shorter_than_announced_is_a_protocol_error(short: Path) -> None:
    async with adopted(short) as pair:
        pair.worker.append("a1", encode(printed("a1", "x")))
        pair.worker.log_ends["a1"] += 5
        await pair.worker.announce("a1")
        assert "ends before" in (await pair.session.ended).words


async def test_messages_of_a_newer_worker_are_skipped(short: Path) -> None:
    async with adopted(short) as pair:
        newer = encode(result("a1")).replace(b"\xa6Result", b"\xa6Rezult")
        with MessageObserver(pair.session) as seen:
            await pair.worker.send_bytes(newer)
            pair.worker.append("a1", newer + encode(result("a1")))
            await pair.worker.announce("a1")
            await seen.message(Result)
        assert not pair.session.ended.done()


async def test_what_follows_a_result_in_its_log_is_told_and_not_routed(
    short: Path, expected_logs: ExpectedLogs
) -> None:
    expected_logs.expect("capsule.link", "goes on after its end")
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            await pair.worker.log("a1", result("a1"), printed("a1", "late"))
            await pair.worker.log("a2", result("a2"))
            await seen.message(Result, lambda m: m.execution_id == "a2")
            assert not seen.all_of(Output)


async def test_a_broken_connection_ends_the_session_and_says_that_the_process_lives(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.session.session.EXIT_AFTER_CLOSE_S", 0.01)
    async with adopted(short) as pair:
        pair.worker.hang_up()
        reason = await pair.session.ended
        assert reason.process_lives
        assert "broke" in reason.words
        assert not pair.process.kills
        with pytest.raises(PeerError, match="broke"):
            await pair.session.interrupt()


async def test_a_long_log_of_small_frames_leaves_the_loop_its_turns(short: Path) -> None:
    async with adopted(short) as pair:
        turns, turns_seen = 0, set[int]()

        async def take_turns() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        pair.session.set_event_handler(lambda _message: turns_seen.add(turns))
        with MessageObserver(pair.session) as seen:
            others = asyncio.ensure_future(take_turns())
            pair.worker.append("a1", b"".join(encode(printed("a1", f"{n}\n")) for n in range(5000)))
            await pair.worker.log("a1", result("a1"))
            await seen.message(Result)
            others.cancel()
        assert len(turns_seen) >= 5, "it was routed in one piece"


async def test_a_log_that_nobody_wants_is_not_read_even_where_the_worker_announces_it(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            await pair.worker.log("c1", printed("c1", "settled long ago"), result("c1"))
            await pair.worker.log("a1", printed("a1", "wanted"), result("a1"))
            await seen.message(Result)
            assert [m.text for m in seen.all_of(Output)] == ["wanted"]


async def test_a_log_is_not_read_again_after_its_result_was_routed(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            await pair.worker.log("a1", printed("a1", "once"), result("a1"))
            await seen.message(Result)
            await pair.worker.announce("a1")
            await pair.worker.log("a2", result("a2"))
            await seen.message(Result, lambda m: m.execution_id == "a2")
            assert [m.text for m in seen.all_of(Output)] == ["once"]


async def test_the_log_of_an_execution_that_is_refused_as_a_duplicate_is_not_read_again(short: Path) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            await pair.worker.log("a1", printed("a1", "once"), result("a1"))
            await seen.message(Result)
            again = Execute(execution_id="a1", code="")
            await pair.session.execute(again)
            await pair.worker.send(
                Error(
                    execution_id="a1",
                    error_type=DUPLICATE,
                    message="",
                    traceback=[],
                    execution_time=0,
                    request_id=again.id,
                )
            )
            await seen.message(Error)
            pair.worker.hang_up()
            pair.process.die(exit_code=1)
            await pair.session.ended
            assert [m.text for m in seen.all_of(Output)] == ["once"]


async def test_an_execution_that_the_worker_had_from_another_application_is_read_to_its_end_and_runs_once(
    short: Path,
) -> None:
    async with adopted(short) as pair:
        with MessageObserver(pair.session) as seen:
            pair.worker.append("c1", encode(printed("c1", "for another ")))  # announced to somebody else
            late = Execute(execution_id="c1", code="")
            await pair.session.execute(late)
            refusal = Error(
                execution_id="c1", error_type=DUPLICATE, message="", traceback=[], execution_time=0, request_id=late.id
            )
            await pair.worker.send(refusal)
            await seen.message(Output)
            assert pair.session.running == "c1"
            await pair.worker.log("c1", printed("c1", "and for us"), result("c1"))
            await seen.message(Result)
            assert "".join(m.text for m in seen.all_of(Output)) == "for another and for us"
            assert pair.session.running == ""


async def test_what_an_earlier_worker_left_in_the_background_log_is_not_read_again(short: Path) -> None:
    (short / "logs").mkdir()
    whole = encode(printed("9a", "of an earlier worker"))
    (short / "logs" / BACKGROUND_LOG).write_bytes(whole + whole[:7])
    async with unattached(short) as pair:
        await pair.session.attach("test", limit_s=10)
        adopt = Adopt(session_id="s", working_directory=str(short), log_directory=str(short / "logs"), outlives=False)
        with MessageObserver(pair.session) as seen:
            await pair.session.adopt(adopt)
            await pair.worker.received_a(Adopt)
            (short / "logs" / BACKGROUND_LOG).write_bytes(whole)  # a real worker cuts a torn tail off
            pair.worker.log_ends[BACKGROUND] = len(whole)
            await pair.worker.log(BACKGROUND, printed("a1", "of this one"))
            await seen.message(Output)
            assert [m.text for m in seen.all_of(Output)] == ["of this one"]


@pytest.mark.parametrize(("heard", "told"), [(1, "23"), (2, "3"), (3, ""), (9, "")])
async def test_who_attaches_reads_the_background_on_from_where_it_was_heard(short: Path, heard: int, told: str) -> None:
    whole = [encode(printed("9a", text)) for text in "123"]
    logs = short / "logs"
    logs.mkdir()
    (logs / BACKGROUND_LOG).write_bytes(b"".join(whole))
    ends = list(itertools.accumulate(map(len, whole)))
    async with unattached(short) as pair:
        pair.worker.log_ends[BACKGROUND] = ends[-1]
        # an end that the log never reached is one of another log
        pair.session.follow_logs(logs, background_from=ends[heard - 1] if heard <= 3 else 10 * ends[-1])
        reached: list[int] = []
        with MessageObserver(pair.session) as seen:
            pair.session.set_event_handler(
                lambda m: reached.append(pair.session.background_offset) if isinstance(m, Output) else None
            )
            await pair.session.attach("test", limit_s=10)
            await pair.session.caught_up(BACKGROUND)
            assert "".join(m.text for m in seen.all_of(Output)) == told
        assert reached == ends[heard:]
        assert pair.session.background_offset == ends[-1]


async def attached_to_a_log(pair: Pair, logs: Path, length: int) -> None:
    """The worker had written length bytes of a1's log before the application came."""
    pair.session.pause()
    pair.worker.log_ends["a1"] = length
    pair.session.follow_logs(logs, wanted=("a1",))
    await pair.session.attach("test", limit_s=10)


async def test_who_attaches_is_told_when_all_that_was_printed_before_is_routed(short: Path) -> None:
    before = encode(printed("a1", "before"))
    async with unattached(short) as pair:
        (short / "logs").mkdir()
        (short / "logs" / "a1.log").write_bytes(before)
        await attached_to_a_log(pair, short / "logs", len(before))
        with MessageObserver(pair.session) as seen:
            waiting = asyncio.ensure_future(pair.session.caught_up("a1"))
            await asyncio.sleep(0)
            assert not waiting.done()
            pair.session.resume()
            await waiting
            assert [m.text for m in seen.all_of(Output)] == ["before"]
        await pair.session.caught_up("a1")
        await pair.session.caught_up("b1")


async def test_nobody_waits_for_what_a_session_that_ended_did_not_route(short: Path) -> None:
    async with unattached(short) as pair:
        await attached_to_a_log(pair, short / "logs", 100)
        waiting = asyncio.ensure_future(pair.session.caught_up("a1"))
        pair.session.resume()  # and finds no log, which ends the session
        await waiting
        assert "cannot be read" in (await pair.session.ended).words
