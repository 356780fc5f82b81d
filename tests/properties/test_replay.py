"""A replayed run equals what the live stream gave, wherever the worker's death cut its log off."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.commands import ExecutionId
from engine.event_stream import EventStream
from engine.events import Event, InputAnswered, InputRequested
from engine.protocol.codec import encode
from engine.protocol.messages import (
    ClearOutput,
    Display,
    DisplayUpdate,
    Error,
    Input,
    Message,
    NextInput,
    Output,
    Page,
    Result,
    Traceback,
)
from engine.replay import last_frame, replay
from engine.session.link import Link
from engine.session.translate import translate
from engine.store.records import AnswerRecord
from engine.tasks import TaskOwner
from tests.support import wire_messages
from tests.support.silent_connection import Silence

LOGGER = logging.getLogger("capsule.link")


def owned(kind: type[Message]) -> st.SearchStrategy[Message]:
    return wire_messages.of_type(kind).map(lambda message: dataclasses.replace(message, execution_id="a1"))


def prompts() -> st.SearchStrategy[Message]:
    return st.builds(
        Input,
        execution_id=st.just("a1"),
        input_number=st.integers(1, 3),
        prompt=wire_messages.texts,
        password=st.booleans(),
    )


texts = st.builds(
    Output, execution_id=st.just("a1"), stream=st.sampled_from(["stdout", "stderr"]), text=wire_messages.texts
)
middles = texts | prompts() | st.one_of(*map(owned, (Display, DisplayUpdate, ClearOutput, Traceback, Page, NextInput)))
ends = owned(Result) | owned(Error)
logs = st.tuples(st.lists(middles, max_size=12), st.lists(ends, max_size=1)).map(lambda parts: [*parts[0], *parts[1]])
answers = st.lists(
    st.builds(
        AnswerRecord,
        execution_id=st.sampled_from(["a1", "b1"]),
        input_number=st.integers(1, 3),
        prompt=st.just(""),
        password=st.booleans(),
        answered=st.booleans(),
        text=st.none() | wire_messages.texts,
    ),
    unique_by=lambda record: (record.execution_id, record.input_number),
    max_size=3,
)


async def lived(folder: Path, recorded: list[AnswerRecord]) -> list[Event]:
    """What a window saw of the log's execution until its worker's death."""
    stream, tasks = EventStream("nb"), TaskOwner("test", LOGGER)
    by_number = {record.input_number: record for record in recorded if record.execution_id == "a1"}

    def route(message: Message) -> None:
        event = translate(message)
        if event is not None:
            stream.emit(event)
        if isinstance(message, Input):
            asked(stream, message, by_number.get(message.input_number))

    link = Link(Silence(), tasks=tasks, logger=LOGGER, route=route)
    link.start()
    link.follow_logs(folder, ["a1"], 0)
    await link.finish()
    await tasks.close()
    await link.close()
    stream.close()
    return [dataclasses.replace(event, notebook_id="", sequence=0) async for event in stream.events()]


def asked(stream: EventStream, message: Input, recorded: AnswerRecord | None) -> None:
    number, execution_id = message.input_number, ExecutionId("a1")
    stream.emit(
        InputRequested(
            execution_id=execution_id,
            cell_id="cell",
            input_number=number,
            prompt=message.prompt,
            password=message.password,
        )
    )
    if recorded is not None and recorded.answered:
        text = None if recorded.password else recorded.text
        stream.emit(InputAnswered(execution_id=execution_id, input_number=number, text=text))


@given(logs, answers, st.data())
def test_replay_equals_the_live_stream(
    messages: list[Message], recorded: list[AnswerRecord], data: st.DataObject
) -> None:
    frames = [encode(message) for message in messages]
    whole = b"".join(frames)
    cut = data.draw(st.integers(0, len(whole)) | st.just(len(whole)))
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "a1.log"
        log.write_bytes(whole[:cut])
        assert list(replay(log, "a1", "cell", recorded)) == asyncio.run(lived(Path(name), recorded))
        ended = messages[-1] if messages and cut == len(whole) else None
        assert last_frame(log) == (ended if isinstance(ended, Result | Error) else None)


@given(st.lists(middles, max_size=5), st.binary(max_size=200), st.data())
def test_garbage_gives_what_is_readable_before_it_and_nothing_else(
    messages: list[Message], garbage: bytes, data: st.DataObject
) -> None:
    whole = b"".join(encode(message) for message in messages)
    place = data.draw(st.integers(0, len(whole)))
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "a1.log"
        log.write_bytes(whole[:place])
        readable = list(replay(log, "a1", "cell", ()))
        log.write_bytes(whole[:place] + garbage + whole[place:])
        got = list(replay(log, "a1", "cell", ()))
        last_frame(log)
    assert [type(event) for event in got][: max(0, len(readable) - 1)] == [type(event) for event in readable][:-1]
