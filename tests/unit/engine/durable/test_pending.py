"""What waits for an answer: found by its key, timed until it is popped, and none left in the end (invariant 5)."""

from __future__ import annotations

import asyncio

import pytest

from engine.durable.pending import Key, Pending

ID, OTHER = "00000000000000aa", "00000000000000bb"


async def test_an_entry_whose_limit_runs_out_is_told_once_and_is_still_pending() -> None:
    expired: asyncio.Queue[tuple[Key, float]] = asyncio.Queue()
    pending = Pending(lambda key, limit_s: expired.put_nowait((key, limit_s)))
    pending.add(Key.execution(ID), 0.01)
    assert await expired.get() == (Key.execution(ID), 0.01)
    assert Key.execution(ID) in pending


async def test_a_popped_entry_has_no_timer_left() -> None:
    pending = Pending(lambda _key, _limit_s: None)
    added = pending.add(Key.execution(ID), 30.0)
    assert pending.pop(Key.execution(ID)) is added
    assert added.limit is not None
    assert added.limit.cancelled()
    assert pending.pop(Key.execution(ID)) is None


async def test_a_key_waits_once() -> None:
    pending = Pending(lambda _key, _limit_s: None)
    pending.add(Key.execution(ID), None)
    with pytest.raises(ValueError, match="pending already"):
        pending.add(Key.execution(ID), None)


async def test_a_reply_finds_its_request_and_no_prompt_of_that_number() -> None:
    pending = Pending(lambda _key, _limit_s: None)
    pending.add(Key.prompt(ID, 1), None)
    asked = pending.add(Key("query", "", "1"), None)
    assert pending.pop_request("1") is asked
    assert pending.pop_request("1") is None
    assert pending.keys == (Key.prompt(ID, 1),)


async def test_the_prompts_of_an_execution_are_its_own() -> None:
    pending = Pending(lambda _key, _limit_s: None)
    for key in (Key.execution(ID), Key.prompt(ID, 1), Key.prompt(OTHER, 1), Key.prompt(ID, 2)):
        pending.add(key, None)
    assert pending.prompts(ID) == (Key.prompt(ID, 1), Key.prompt(ID, 2))


async def test_the_most_that_waited_at_once_is_remembered() -> None:
    pending = Pending(lambda _key, _limit_s: None)
    for number in (1, 2):
        pending.add(Key.prompt(ID, number), None)
    pending.pop(Key.prompt(ID, 1))
    pending.add(Key.prompt(ID, 3), None)
    assert pending.high_water_mark == 2


async def test_nothing_is_left_when_all_is_cancelled() -> None:
    pending = Pending(lambda _key, _limit_s: None)
    entries = [pending.add(Key.execution(ID), 30.0), pending.add(Key.prompt(ID, 1), None)]
    pending.cancel_all()
    assert pending.keys == ()
    assert all(entry.settled.cancelled() for entry in entries)
