"""The bridge: deterministic settling, nothing left pending, structured time-outs (invariant 5)."""

from __future__ import annotations

import asyncio

import pytest

from engine.durable.ids import input_promise_id
from engine.durable.outcome import InputAnswer, TimedOut, read_outcome
from engine.durable.pending import Key
from engine.events import Outcome
from engine.protocol.messages import (
    BUSY,
    DUPLICATE,
    UNSUPPORTED,
    Error,
    Input,
    InputResponse,
    Message,
    Query,
    QueryReply,
    Result,
)
from tests.support.durable_notebook import asked, durable_notebook
from tests.support.logs import ExpectedLogs

ID = "00000000000000aa"


def error(error_type: str, *, execution_id: str = ID, request_id: str = "") -> Error:
    return Error(
        execution_id=execution_id,
        error_type=error_type,
        message="why",
        traceback=[],
        execution_time=0.1,
        request_id=request_id,
    )


def prompt(number: int = 1, *, password: bool = False) -> Input:
    return Input(execution_id=ID, input_number=number, prompt="Which batch? ", password=password)


async def test_an_error_of_the_cell_settles_as_a_value_and_not_as_a_rejection() -> None:
    async with durable_notebook() as notebook:
        settled = await notebook.start(ID)
        notebook.bridge.route_response(error("ZeroDivisionError"))
        outcome = read_outcome(await settled)
        assert (outcome.type, outcome.error_type, outcome.message) == (Outcome.ERROR, "ZeroDivisionError", "why")
        assert not notebook.bridge.pending


async def test_the_first_of_two_results_stands() -> None:
    async with durable_notebook() as notebook:
        settled = await notebook.start(ID)
        notebook.bridge.route_response(Result(execution_id=ID, execution_count=1, execution_time=0.0))
        notebook.bridge.route_response(error("Later"))
        assert read_outcome(await settled).type is Outcome.OK


async def test_results_of_unknown_executions_are_ignored() -> None:
    async with durable_notebook() as notebook:
        settled = await notebook.start(ID)
        notebook.bridge.route_response(error("X", execution_id="00000000000000bb"))
        assert notebook.bridge.pending == {Key("execute", ID)}
        assert not settled.done()


async def test_busy_settles_the_refused_execution_and_leaves_the_running_one_alone() -> None:
    async with durable_notebook() as notebook:
        running = await notebook.start(ID)
        refused = await notebook.start("00000000000000bb")
        notebook.bridge.route_response(error(BUSY, execution_id="00000000000000bb", request_id="r"))
        assert read_outcome(await refused).type is Outcome.REFUSED
        assert not running.done()


async def test_a_duplicate_leaves_the_execution_waiting_for_the_one_that_arrived_first() -> None:
    async with durable_notebook() as notebook:
        settled = await notebook.start(ID)
        notebook.bridge.route_response(error(DUPLICATE, request_id="r"))
        assert notebook.bridge.pending == {Key("execute", ID)}
        notebook.bridge.route_response(Result(execution_id=ID, execution_count=1, execution_time=0.0))
        assert read_outcome(await settled).type is Outcome.OK


async def test_what_is_stopped_for_its_limit_is_settled_as_late_when_it_has_ended(expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.bridge", "was not answered within")
    late: asyncio.Queue[str] = asyncio.Queue()
    async with durable_notebook(execution_limit_s=0.01) as notebook:
        notebook.bridge._on_late = late.put_nowait
        settled = await notebook.start(ID)
        assert await late.get() == ID
        assert notebook.bridge.pending == {Key("execute", ID)}
        notebook.bridge.route_response(error("KeyboardInterrupt"))
        value = await settled
        assert isinstance(value, dict)
        assert (value["type"], value["limit_s"]) == ("timeout", 0.01)


async def test_what_does_not_end_when_it_is_stopped_is_settled_as_late_all_the_same(
    expected_logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected_logs.expect("capsule.bridge", "was not answered within")
    monkeypatch.setattr("engine.durable.bridge.STOP_LIMIT_S", 0.01)
    async with durable_notebook(execution_limit_s=0.01) as notebook:
        notebook.bridge._on_late = lambda _execution_id: None
        settled = await notebook.start(ID)
        value = await settled
        assert isinstance(value, dict)
        assert value["type"] == "timeout"
        assert not notebook.bridge.pending


async def test_a_configured_limit_settles_an_execution_with_what_ran_out(expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.bridge", "was not answered within")
    async with durable_notebook(execution_limit_s=0.01) as notebook:
        settled = await notebook.start(ID)
        assert await settled == {
            "type": "timeout",
            "kind": "execute",
            "execution_id": ID,
            "request": "",
            "limit_s": 0.01,
        }
        assert not notebook.bridge.pending


async def test_executions_and_inputs_have_no_limit_unless_one_is_configured() -> None:
    async with durable_notebook() as notebook:
        await notebook.start(ID)
        await asked(notebook, prompt())
        loop = asyncio.get_running_loop()
        scheduled = [h for h in getattr(loop, "_scheduled", []) if "_expire" in repr(h) and not h.cancelled()]
        assert scheduled == []


async def test_a_request_without_an_answer_is_timed_out_with_its_kind_and_limit(expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.bridge", "was not answered within")
    async with durable_notebook() as notebook:
        query = Query(kind="complete", arguments={})

        async def send(_message: Message) -> None: ...

        answer = await notebook.bridge.request("query", query, send, limit_s=0.01)
        assert answer == TimedOut(kind="query", execution_id="", request=query.id, limit_s=0.01)
        assert not notebook.bridge.pending


async def test_a_request_gets_its_own_reply_among_several() -> None:
    async with durable_notebook() as notebook:
        sent: asyncio.Queue[Message] = asyncio.Queue()
        first, second = (Query(kind="complete", arguments={}) for _ in range(2))
        asking = [asyncio.ensure_future(notebook.bridge.request("query", q, sent.put)) for q in (first, second)]
        for _ in asking:
            await sent.get()
        for query in (second, first):
            notebook.bridge.route_response(QueryReply(request_id=query.id, reply={"for": query.id}))
        replies = await asyncio.gather(*asking)
        assert [r.reply["for"] for r in replies if isinstance(r, QueryReply)] == [first.id, second.id]


async def test_an_unsupported_request_is_answered_by_its_error() -> None:
    async with durable_notebook() as notebook:
        query = Query(kind="nonsense", arguments={})

        async def send(message: Message) -> None:
            notebook.bridge.route_response(error(UNSUPPORTED, execution_id="", request_id=message.id))

        answer = await notebook.bridge.request("query", query, send)
        assert isinstance(answer, Error)
        assert not notebook.bridge.pending


async def test_a_send_that_fails_leaves_no_entry() -> None:
    async with durable_notebook() as notebook:

        async def send(_message: Message) -> None:
            raise ConnectionError("gone")

        with pytest.raises(ConnectionError):
            await notebook.bridge.request("query", Query(kind="x", arguments={}), send)
        assert not notebook.bridge.pending


async def test_an_answer_is_committed_before_the_worker_is_sent_it() -> None:
    async with durable_notebook() as notebook:
        await notebook.start(ID)
        await asked(notebook, prompt())
        committed = await notebook.bridge.answer(ID, 1, InputAnswer(text="B-07"))
        assert committed is not None
        assert await notebook.promises.value(input_promise_id(ID, 1)) == {"data": "B-07"}
        assert (committed.response.data, committed.response.eof) == ("B-07", False)


async def test_end_of_file_reaches_the_worker_as_such() -> None:
    async with durable_notebook() as notebook:
        await notebook.start(ID)
        await asked(notebook, prompt())
        committed = await notebook.bridge.answer(ID, 1, InputAnswer(eof=True))
        assert committed is not None
        assert committed.response.eof


async def test_of_two_answers_only_the_first_is_sent() -> None:
    async with durable_notebook() as notebook:
        await notebook.start(ID)
        await asked(notebook, prompt())
        both = await asyncio.gather(
            notebook.bridge.answer(ID, 1, InputAnswer(text="first")),
            notebook.bridge.answer(ID, 1, InputAnswer(text="second")),
        )
        assert [answer.response.data for answer in both if answer is not None] == ["first"]


async def test_a_promise_resolved_by_somebody_else_is_what_the_worker_gets() -> None:
    async with durable_notebook() as notebook:
        await notebook.start(ID)
        await asked(notebook, prompt())
        await notebook.promises.settle_input(ID, 1, {"input": "from elsewhere"})
        committed = await notebook.bridge.answer(ID, 1, InputAnswer(text="too late"))
        assert committed is not None
        assert committed.response.data == "from elsewhere"


async def test_a_password_is_sent_but_never_stored() -> None:
    async with durable_notebook() as notebook:
        await notebook.start(ID)
        await asked(notebook, prompt(password=True))
        committed = await notebook.bridge.answer(ID, 1, InputAnswer(text="hunter2"))
        assert committed is not None
        assert committed.secret
        assert committed.response.data == "hunter2"
        assert "hunter2" not in str(await notebook.promises.value(input_promise_id(ID, 1)))


async def test_an_input_response_seen_as_a_message_settles_the_prompt() -> None:
    async with durable_notebook() as notebook:
        await notebook.start(ID)
        await asked(notebook, prompt())
        notebook.bridge.route_response(InputResponse(execution_id=ID, input_number=1, data="seen"))
        await notebook.bridge_idle()
        assert await notebook.promises.value(input_promise_id(ID, 1)) == {"data": "seen"}
        assert Key("input", ID, "1") not in notebook.bridge.pending


async def test_a_prompt_that_is_not_waited_for_any_more_is_withdrawn_with_its_execution() -> None:
    async with durable_notebook() as notebook:
        settled = await notebook.start(ID)
        await asked(notebook, prompt())
        notebook.bridge.route_response(error("KeyboardInterrupt"))
        await settled
        await notebook.bridge_idle()
        assert await notebook.promises.value(input_promise_id(ID, 1)) == {"withdrawn": True}
        assert not notebook.bridge.pending
        assert await notebook.bridge.answer(ID, 1, InputAnswer(text="late")) is None


async def test_when_the_worker_is_gone_everything_settles_with_the_reason() -> None:
    async with durable_notebook() as notebook:
        settled = await notebook.start(ID)
        await asked(notebook, prompt())
        sent: asyncio.Queue[Message] = asyncio.Queue()
        asking = asyncio.ensure_future(notebook.bridge.request("query", Query(kind="x", arguments={}), sent.put))
        await sent.get()
        notebook.bridge.fail_all("Python was ended by SIGKILL.")
        assert read_outcome(await settled).message == "Python was ended by SIGKILL."
        answer = await asking
        assert isinstance(answer, Error)
        assert answer.message == "Python was ended by SIGKILL."
        await notebook.bridge_idle()
        assert not notebook.bridge.pending


async def test_close_cancels_everything_that_is_pending() -> None:
    async with durable_notebook() as notebook:
        settled = await notebook.start(ID)
        await asked(notebook, prompt())
        notebook.bridge.close()
        assert settled.cancelled()
        assert not notebook.bridge.pending


async def test_the_high_water_mark_counts_what_was_pending_at_once() -> None:
    async with durable_notebook() as notebook:
        settled = await notebook.start(ID)
        await asked(notebook, prompt(1))
        await asked(notebook, prompt(2))
        notebook.bridge.route_response(Result(execution_id=ID, execution_count=1, execution_time=0.0))
        await settled
        assert notebook.bridge.high_water_mark == 3
        assert not notebook.bridge.pending
