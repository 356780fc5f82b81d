"""What is kept of what people type, and that nothing is where they do not want it kept."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import pytest

from engine.store.records import RunRecord
from engine.store.store import NotebookStore
from tests.support import store_requests as sdk

A, B = "a" * 32, "b" * 32
SECRET = "tell nobody 4711"


async def opened(folder: Path) -> NotebookStore:
    return await asyncio.to_thread(NotebookStore.open, folder, process_life="life")


def answer_a_prompt(store: NotebookStore, execution_id: str = A) -> None:
    store.submit(RunRecord(execution_id=execution_id, cell_id="cell", source="input()", submitted_at=1.0))
    for request in (sdk.created(execution_id), sdk.awaited(execution_id), sdk.claimed(execution_id)):
        store.journal(request, execution_id)
    store.journal(sdk.asked(execution_id), execution_id)
    store.journal(sdk.answered(execution_id, {"data": SECRET}), execution_id)


def found_in(folder: Path) -> list[str]:
    """The files that hold the secret, as it is or as the SDK encodes it."""
    data = json.dumps({"data": SECRET})
    encoded = base64.b64encode(data.encode())
    # the same bytes at another offset are encoded otherwise; this is the only one that is ever written
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.is_file() and (SECRET.encode() in path.read_bytes() or encoded in path.read_bytes())
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"data": "Ada"}, "Ada"),
        ({"data": ""}, ""),
        ({"eof": True}, None),
        ({"received": True, "secret": True}, None),
        ("nonsense", None),
    ],
)
async def test_an_answer_is_kept_as_it_was_given(value: object, text: str | None) -> None:
    store = NotebookStore.in_memory()
    store.submit(RunRecord(execution_id=A, cell_id="cell", source="input()", submitted_at=1.0))
    store.journal(sdk.asked(A, password=text is None), A)
    store.journal(sdk.answered(A, value), A)
    store.journal(sdk.answered(A, {"data": "a second answer"}), A)
    (answer,) = await store.answers_of(A)
    assert (answer.answered, answer.text) == (True, text)
    await store.close()


async def test_a_prompt_that_was_withdrawn_is_none_any_more() -> None:
    store = NotebookStore.in_memory()
    store.journal(sdk.asked(A), A)
    store.journal(sdk.answered(A, {"withdrawn": True}), A)
    assert await store.answers_of(A) == ()
    await store.close()


async def test_an_answer_that_is_not_to_be_kept_is_gone_once_its_execution_has_settled(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    store.set_keep_answers(keep=False)
    answer_a_prompt(store)
    (answer,) = await store.answers_of(A)
    assert (answer.answered, answer.text) == (True, None)
    # the next process must be able to send it, where this one died before it did
    assert sdk.answered(A, {"data": SECRET}) in await asyncio.to_thread(store.requests)
    store.journal(sdk.settled(A), A)
    await store.flushed()
    left = [json.loads(request) for request in await asyncio.to_thread(store.requests)]
    assert len(left) == 6
    assert sdk.answered(A, {"data": SECRET}) not in await asyncio.to_thread(store.requests)
    await store.close()
    assert found_in(tmp_path) == []


async def test_the_choice_lasts_and_drops_what_was_kept_before(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    answer_a_prompt(store)
    store.journal(sdk.settled(A), A)
    assert [answer.text for answer in await store.answers_of(A)] == [SECRET]
    store.set_keep_answers(keep=False)
    assert [answer.text for answer in await store.answers_of(A)] == [None]
    await store.close()
    assert found_in(tmp_path) == []

    store = await opened(tmp_path)
    answer_a_prompt(store, B)
    assert [answer.text for answer in await store.answers_of(B)] == [None]
    store.set_keep_answers(keep=True)
    store.journal(sdk.asked(B, 2), B)
    store.journal(sdk.answered(B, {"data": "again"}, 2), B)
    assert [answer.text for answer in await store.answers_of(B)] == [None, "again"]
    await store.close()


async def test_a_pause_leaves_no_trace_while_the_store_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write-ahead log is cleared as the store goes on, not only when it is closed."""
    monkeypatch.setattr("engine.store.writer.IDLE_S", 0.0)
    monkeypatch.setattr("engine.store.writer.MAX_COMMITS", 1)
    store = await opened(tmp_path)
    store.set_keep_answers(keep=False)
    answer_a_prompt(store)
    await store.flushed()
    assert found_in(tmp_path) != []
    store.journal(sdk.settled(A), A)
    await store.flushed()
    assert await store.answers_of(A)  # comes after the log was cleared
    assert found_in(tmp_path) == []
    await store.close()
