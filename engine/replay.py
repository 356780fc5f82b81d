"""A past execution's events, read from its output log; and what a log alone says of how its execution ended.

For the run history, and for what is shown again after a crash.  Gives what the live stream gave, in its order, but
for what is only told when a promise is committed (begin and end).  Reads slices, so that a log of any
size takes little memory.  Everything here but off_the_loop() blocks, and belongs on a thread where a log may be long.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import get_args

from engine.commands import ExecutionId
from engine.errors import PeerError
from engine.event_stream import joined
from engine.events import Event, InputAnswered, InputRequested, TextPrinted
from engine.file_system import read_at
from engine.protocol.codec import CodecError, Decoder
from engine.protocol.messages import (
    BACKGROUND_LOG,
    MAX_MESSAGE_BYTES,
    PART_BYTES,
    Error,
    Input,
    LogMessage,
    Message,
    Result,
)
from engine.session.log_reader import LogReader, Span, frame_spans, open_log
from engine.session.translate import translate
from engine.store.records import AnswerRecord

_IN_LOGS: tuple[type[Message], ...] = get_args(LogMessage)
_AT_ONCE = 64  # events that are read on a thread before the loop gets them


def replay(log: Path, execution_id: str, cell_id: str, answers: Sequence[AnswerRecord]) -> Iterator[Event]:
    """The events that log holds, without notebook and number; adjacent text is joined as in the stream.

    A log that ends within a frame (its worker was killed) just ends; what cannot be read is told in one line of
    stderr text.  Nothing for a log that is not there.
    """
    last: Event | None = None
    for event in _events(log, execution_id, cell_id, answers):
        together = joined(last, event)
        if together is None and last is not None:
            yield last
        last = together or event
    if last is not None:
        yield last


async def off_the_loop(events: Iterator[Event]) -> AsyncIterator[Event]:
    """events, which are read on a thread."""
    while some := await asyncio.to_thread(_next_of, events):
        for event in some:
            yield event


def _next_of(events: Iterator[Event]) -> list[Event]:
    return list(islice(events, _AT_ONCE))


def late_events(directory: Path, start: int | None) -> Iterator[Event]:
    """What executions printed after their ends, and nobody has seen: the background log's events from start on.

    Each says where it ends there.  Nothing where start is None, or behind the log's end; what cannot be read is
    left out.
    """
    if start is None:
        return
    with contextlib.closing(LogReader(directory / BACKGROUND_LOG, start)) as reader, contextlib.suppress(PeerError):
        end = reader.size()
        while reader.offset < end:
            for message in reader.read(end):
                reader.settle()
                event = translate(message)
                if event is not None:
                    yield replace(event, background_end=reader.settled_offset)


def last_frame(log: Path) -> Result | Error | None:
    """What the execution of log ended with; None where it did not, as far as log holds whole frames.

    Takes a look at every frame's length, and reads the last message alone.
    """
    try:
        descriptor = open_log(log)
    except (OSError, PeerError):
        return None
    try:
        message = _last_message(descriptor)
    finally:
        os.close(descriptor)
    return message if isinstance(message, Result | Error) and message.execution_id == log.stem else None


def lived_until(log: Path) -> float | None:
    """When log was written to last, in seconds since 1970; None where there is none."""
    try:
        return log.stat().st_mtime
    except OSError:
        return None


def _events(log: Path, execution_id: str, cell_id: str, answers: Sequence[AnswerRecord]) -> Iterator[Event]:
    recorded = {answer.input_number: answer for answer in answers if answer.execution_id == execution_id}
    try:
        for message in _messages(log, execution_id):
            event = translate(message)
            if event is not None:
                yield event
            elif isinstance(message, Input):
                yield from _conversation(message, cell_id, recorded.get(message.input_number))
    except PeerError as error:
        words = f"\n[{error} What follows in it is not shown.]\n"
        yield TextPrinted(execution_id=ExecutionId(execution_id), stream="stderr", text=words)


def _messages(log: Path, execution_id: str) -> Iterator[Message]:
    """All of the log up to its Result.  Raises PeerError where it holds what the link would not take either."""
    with contextlib.closing(LogReader(log)) as reader:
        end = reader.size()
        while reader.offset < end:
            for message in reader.read(end):
                if not isinstance(message, _IN_LOGS):
                    raise PeerError(f"The output log {log.name} holds what does not belong there.")
                if isinstance(message, Result | Error) and message.execution_id != execution_id:
                    raise PeerError(f"The output log {log.name} ends with another execution's result.")
                yield message
                if isinstance(message, Result | Error):
                    return


def _conversation(asked: Input, cell_id: str, recorded: AnswerRecord | None) -> Iterator[Event]:
    execution_id = ExecutionId(asked.execution_id)
    yield InputRequested(
        execution_id=execution_id,
        cell_id=cell_id,
        input_number=asked.input_number,
        prompt=asked.prompt,
        password=asked.password,
    )
    if recorded is not None and recorded.answered:
        text = None if recorded.password else recorded.text
        yield InputAnswered(execution_id=execution_id, input_number=asked.input_number, text=text)


def _last_message(descriptor: int) -> Message | None:
    """The message that the last whole frames make; None where they make none."""
    spans = deque(frame_spans(descriptor), maxlen=MAX_MESSAGE_BYTES // PART_BYTES)
    message = _decoded(Decoder(), descriptor, spans[-1]) if spans else None
    if message is not None or not spans:
        return message
    decoder = Decoder()  # the end of a message in Parts, of which all but the last are too long for anything else
    for span in _with_parts_before(spans):
        message = _decoded(decoder, descriptor, span)
    return message


def _with_parts_before(spans: deque[Span]) -> list[Span]:
    """The last span, and those of Parts that it may complete."""
    first = len(spans) - 1
    while first > 0 and spans[first - 1].length > PART_BYTES:
        first -= 1
    return list(spans)[first:]


def _decoded(decoder: Decoder, descriptor: int, span: Span) -> Message | None:
    try:
        return decoder.decode(read_at(descriptor, span.length, span.start))
    except (CodecError, OSError):
        return None
