"""The event stream: order, numbering, joining of text, and its bound (invariant 13)."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from engine.commands import ExecutionId
from engine.errors import BrokenInvariant
from engine.event_stream import EVENT_SIZE, JOINED_LIMIT, WAITING_LIMIT, EventStream
from engine.events import (
    DisplayShown,
    DisplayUpdated,
    Event,
    ExecutionQueued,
    KernelHealth,
    KernelStarting,
    OutputCleared,
    TextPrinted,
    TracebackShown,
)

A, B = ExecutionId("0" * 32), ExecutionId("1" * 32)


def text(value: str, execution_id: ExecutionId = A, stream: str = "stdout") -> TextPrinted:
    return TextPrinted(execution_id=execution_id, stream=stream, text=value)


async def taken(stream: EventStream) -> list[Event]:
    stream.close()
    return [event async for event in stream.events()]


async def test_events_come_in_order_with_their_notebook_and_numbers_that_rise_by_one() -> None:
    stream = EventStream("nb")
    stream.emit(KernelStarting())
    stream.emit(ExecutionQueued(execution_id=A, cell_id="c"))
    events = await taken(stream)
    assert [type(event) for event in events] == [KernelStarting, ExecutionQueued]
    assert [(event.notebook_id, event.sequence) for event in events] == [("nb", 1), ("nb", 2)]


async def test_adjacent_text_of_one_stream_is_joined_and_nothing_else_is() -> None:
    stream = EventStream("nb")
    for event in (text("a"), text("b"), text("c", stream="stderr"), text("d"), text("e", B), KernelStarting()):
        stream.emit(event)
    events = await taken(stream)
    assert [event.text for event in events if isinstance(event, TextPrinted)] == ["ab", "c", "d", "e"]
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5]


async def test_pieces_that_end_elsewhere_in_the_background_log_are_not_joined() -> None:
    stream = EventStream("nb")
    for value, end in (("a", 1), ("b", 1), ("c", 2), ("d", 3)):
        stream.emit(dataclasses.replace(text(value), background_end=end))
    events = [event for event in await taken(stream) if isinstance(event, TextPrinted)]
    assert [(event.text, event.background_end) for event in events] == [("ab", 1), ("c", 2), ("d", 3)]


async def test_joined_text_stays_under_its_limit_and_loses_nothing() -> None:
    stream = EventStream("nb")
    pieces = ["x" * (JOINED_LIMIT // 2 + 1)] * 5
    for piece in pieces:
        stream.emit(text(piece))
    events = [event for event in await taken(stream) if isinstance(event, TextPrinted)]
    assert max(len(event.text) for event in events) <= JOINED_LIMIT
    assert "".join(event.text for event in events) == "".join(pieces)


async def test_reading_is_paused_while_too_much_text_waits_and_resumed_when_it_is_taken() -> None:
    calls: list[str] = []
    stream = EventStream("nb", pause=lambda: calls.append("pause"), resume=lambda: calls.append("resume"))
    while "pause" not in calls:
        stream.emit(text("x" * JOINED_LIMIT))
    assert WAITING_LIMIT < JOINED_LIMIT * 5
    await taken(stream)
    assert calls[-1] == "resume"


async def test_a_waiting_consumer_is_woken_by_the_next_event() -> None:
    stream = EventStream("nb")
    taking = asyncio.ensure_future(anext(stream.events()))
    await asyncio.sleep(0)
    stream.emit(KernelStarting())
    assert isinstance(await taking, KernelStarting)


async def test_a_second_consumer_is_a_bug() -> None:
    stream = EventStream("nb")
    await taken(stream)
    with pytest.raises(BrokenInvariant):
        await anext(stream.events())


@pytest.mark.parametrize(
    "event",
    [
        DisplayShown(execution_id=A, data={"image/png": "x" * 4096}, metadata={}, display_id="", execution_count=None),
        DisplayUpdated(data={"application/json": {"a": ["x" * 4096]}}, metadata={}, display_id="d"),
        TracebackShown(execution_id=A, error_type="E", message="", traceback=("x" * 4096,)),
        OutputCleared(execution_id=A, wait=True),
    ],
    ids=lambda event: type(event).__name__,
)
async def test_reading_is_paused_whatever_it_is_that_waits(event: Event) -> None:
    paused: list[int] = []
    stream = EventStream("nb", pause=lambda: paused.append(1), resume=paused.clear)
    for _ in range(WAITING_LIMIT // EVENT_SIZE + 1):
        stream.emit(event)
        if paused:
            break
    assert paused
    await taken(stream)
    assert not paused


async def test_of_heartbeats_that_wait_the_latest_alone_is_kept() -> None:
    stream = EventStream("nb")
    for number in range(1000):
        stream.emit(KernelHealth(answering=True, memory_bytes=number, cpu_s=0.0, variables=0))
    stream.emit(KernelStarting())
    health, _ = await taken(stream)
    assert isinstance(health, KernelHealth)
    assert (health.memory_bytes, health.sequence, health.notebook_id) == (999, 1, "nb")
