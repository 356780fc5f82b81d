"""What the SDK's requests make of executions and prompts; nonsense makes nothing of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.durable import flow
from engine.durable.connection import PromiseStore
from engine.durable.outcome import ExecutionOutcome, to_json
from engine.events import Outcome
from engine.store.records import RunRecord, RunState
from engine.store.requests import Claimed, Settled, fact_of, with_receipt
from engine.store.store import NotebookStore
from tests.support import store_requests as sdk

A = "a" * 32


async def after(*requests: str) -> RunRecord:
    """The execution, submitted and then changed by requests."""
    store = NotebookStore.in_memory()
    store.submit(RunRecord(execution_id=A, cell_id="cell", source="1", submitted_at=1.0))
    for request in requests:
        store.journal(request, A)
    (run,) = await store.runs_of("cell")
    await store.close()
    return run


async def test_a_result_that_came_before_its_promise_existed_changes_nothing() -> None:
    """The SDK refuses it, and what is settled is what a replay gives back."""
    assert (await after(sdk.created(A), sdk.settled(A))).state is RunState.QUEUED
    assert (await after(sdk.created(A), sdk.awaited(A), sdk.settled(A))).state is RunState.SETTLED


async def test_the_first_claim_and_the_first_outcome_stand() -> None:
    run = await after(
        sdk.awaited(A), sdk.claimed(A, "one"), sdk.claimed(A, "two"), sdk.settled(A, "error"), sdk.settled(A, "ok")
    )
    assert (run.claimed_by, run.outcome) == ("one", "error")
    later = await after(sdk.awaited(A), sdk.settled(A), sdk.claimed(A, "late"))
    assert (later.state, later.claimed_by) == (RunState.SETTLED, "")


@pytest.mark.parametrize(
    ("fields", "outcome", "message"),
    [
        ({"type": "refused", "message": "busy"}, "refused", "busy"),
        ({"type": "timeout", "limit_s": 2.0}, "lost", "it was given 2.0 s and did not end in time"),
        ({"type": "never heard of"}, "lost", "its record could not be read"),
        ({"type": ["ok"]}, "lost", "its record could not be read"),
        ({"type": "ok", "execution_count": 2**80, "duration_s": "x", "message": 7}, "ok", ""),
    ],
)
async def test_an_outcome_of_any_shape_settles(fields: dict[str, object], outcome: str, message: str) -> None:
    run = await after(sdk.awaited(A), sdk.settled(A, **fields))
    assert (run.state, run.outcome, run.message) == (RunState.SETTLED, outcome, message)


async def test_an_execution_that_the_flow_itself_ended_is_settled() -> None:
    run = await after(sdk.created(A), sdk.fulfilled(A, "lost"))
    assert (run.state, run.outcome) == (RunState.SETTLED, "lost")


async def test_a_promise_that_was_never_submitted_is_kept_as_a_run_of_no_cell() -> None:
    store = NotebookStore.in_memory()
    for request in sdk.whole_run(A):
        store.journal(request, A)
    assert [run.execution_id for run in await store.runs_of("")] == [A]
    await store.close()


async def test_what_the_real_promises_journal_is_projected() -> None:
    """The same facts as the requests that these tests make."""
    store = NotebookStore.in_memory()
    promises = PromiseStore("life-1", store)
    sent: list[str] = []

    async def send(execution_id: str) -> None:
        sent.append(execution_id)

    async def foreign(execution_id: str, claimed_by: str) -> None:
        raise AssertionError(execution_id, claimed_by)

    flow.register(
        promises.resonate,
        flow.FlowSteps(
            process_life="life-1",
            checkpoint=lambda: "",
            send=send,
            foreign_claim=foreign,
            checkpoint_due=lambda _execution_id: None,
        ),
    )
    promises.start()
    store.submit(RunRecord(execution_id=A, cell_id="cell", source="1", submitted_at=1.0))
    await promises.create_execution(A, flow.FUNCTION, flow.FLOW_VERSION)
    await promises.create_input(A, 1, {"prompt": "name? ", "password": False})
    await promises.settle_input(A, 1, {"data": "Ada"})
    ended = ExecutionOutcome(type=Outcome.ERROR, duration_s=1.5, execution_count=4, error_type="E", message="m")
    await promises.settle_execution(A, to_json(ended))
    await promises.outcome(A)

    (run,) = await store.runs_of("cell")
    assert (run.state, run.claimed_by, sent) == (RunState.SETTLED, "life-1", [A])
    assert (run.outcome, run.duration_s, run.execution_count) == ("error", 1.5, 4)
    assert (run.error_type, run.message) == ("E", "m")
    (answer,) = await store.answers_of(A)
    assert (answer.prompt, answer.answered, answer.text) == ("name? ", True, "Ada")
    await promises.close()
    await store.close()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
ids = st.sampled_from([f"exec:{A}", f"exec:{A}.1", f"exec:{A}.2", f"exec:{A}:input:1", "exec:nothing", "", "other"])


@st.composite
def likely_requests(draw: st.DrawFn) -> str:
    """Requests of the right shape, with anything in them."""
    data: dict[str, object] = {"id": draw(ids | json_values), "state": draw(st.sampled_from(["resolved", "rejected"]))}
    for name in ("param", "value"):
        data[name] = draw(json_values | json_values.map(sdk.encoded) | st.just({"data": "!not base64"}))
    kind = draw(st.sampled_from(["promise.create", "promise.settle"]))
    return draw(st.sampled_from([sdk.request(kind, data), sdk.fenced(A, kind, data)]))


@given(likely_requests() | st.text() | json_values.map(json.dumps))
@example("[" * 100_000)
@example(sdk.request("promise.settle", {"id": f"exec:{A}.2", "state": "resolved", "value": {"data": "W" * 5}}))
def test_a_request_of_any_content_is_read(request: str) -> None:
    fact_of(request)
    with_receipt(request)


def test_only_a_value_that_names_a_process_life_is_a_claim() -> None:
    assert fact_of(sdk.claimed(A, "life")) == Claimed(A, "life")
    assert fact_of(sdk.fenced(A, "promise.settle", {"id": f"exec:{A}.3", "state": "resolved", "value": {}})) is None
    assert fact_of(sdk.request("promise.settle", {"id": f"exec:{A}.1", "state": "rejected"})) == Settled(
        A, None, whole=False
    )


def test_a_receipt_takes_the_place_of_an_answer_and_of_nothing_else() -> None:
    with_text = sdk.answered(A, {"data": "secret"})
    assert with_receipt(with_text) == sdk.answered(A, {"received": True})
    for request in (*sdk.whole_run(A), sdk.asked(A), "nonsense"):
        assert with_receipt(request) == request
