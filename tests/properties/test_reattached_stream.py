"""Who attaches to a running cell again is shown the very events, in the order, that a replay of its log gives."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import tempfile
from pathlib import Path
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.conversation import Conversation
from engine.durable.outcome import InputAnswer
from engine.event_stream import EventStream
from engine.events import Event
from engine.kernel import Kernel
from engine.protocol.codec import encode
from engine.protocol.messages import Display, Error, Input, Message, Output, Result
from engine.replay import replay
from engine.runner import Runner
from engine.session.link import Link
from engine.session.translate import translate
from engine.store.records import AnswerRecord
from engine.tasks import TaskOwner
from tests.support import wire_messages
from tests.support.durable_notebook import durable_notebook
from tests.support.memory_journal import MemoryJournal
from tests.support.silent_connection import Silence

ID = "00000000000000aa"
LOGGER = logging.getLogger("capsule.link")

Step = Message | tuple[Input, InputAnswer | None]  # what the cell wrote; a prompt with what it was answered


class NoWorker:
    """A kernel without a session, and the runner of one cell."""

    session = None

    def cell_of(self, _execution_id: str) -> str:
        return "cell"


def owned(kind: type[Message]) -> st.SearchStrategy[Message]:
    return wire_messages.of_type(kind).map(lambda message: dataclasses.replace(message, execution_id=ID))


def prompt(text: str, password: bool) -> Input:
    return Input(execution_id=ID, input_number=1, prompt=text, password=password)


prompts = st.builds(prompt, wire_messages.texts, st.booleans())
answers = st.builds(InputAnswer, text=wire_messages.texts) | st.just(InputAnswer(eof=True))
printed = st.builds(Output, execution_id=st.just(ID), stream=st.just("stdout"), text=wire_messages.texts)
steps: st.SearchStrategy[list[Step]] = st.lists(
    printed | owned(Display) | st.tuples(prompts, st.none() | answers) | st.tuples(prompts, answers), max_size=8
)
# what was asked while nobody was attached was never recorded, and the code waits there
ends = st.just([]) | st.lists(prompts | owned(Result) | owned(Error), max_size=1)


def numbered(
    drawn: list[Step], last: list[Message]
) -> tuple[list[Message], dict[int, tuple[Input, InputAnswer | None]]]:
    """The log, and what was recorded of its prompts, counted from 1."""
    log: list[Message] = []
    asked: dict[int, tuple[Input, InputAnswer | None]] = {}
    for step in drawn:
        if isinstance(step, tuple):
            message = dataclasses.replace(step[0], input_number=len(asked) + 1)
            asked[message.input_number] = message, step[1]
            log.append(message)
        else:
            log.append(step)
    for message in last:
        log.append(dataclasses.replace(message, input_number=len(asked) + 1) if isinstance(message, Input) else message)
    return log, asked


async def first_life(journal: MemoryJournal, asked: dict[int, tuple[Input, InputAnswer | None]]) -> None:
    async with durable_notebook("first-life", journal=journal) as notebook:
        await notebook.start(ID)
        for number, (message, answer) in asked.items():
            notebook.bridge.route_response(message)
            await notebook.prompts.get()
            if answer is not None:
                await notebook.bridge.answer(ID, number, answer)


async def attached_again(folder: Path, journal: MemoryJournal) -> list[Event]:
    """What a second life is shown of a log that is routed from its beginning."""
    stream, tasks = EventStream("nb"), TaskOwner("test", LOGGER)
    async with durable_notebook("second-life", journal=journal) as notebook:
        bridge = notebook.bridge
        conversation = Conversation(
            bridge=lambda: bridge,
            kernel=lambda: cast(Kernel, NoWorker()),
            runner=lambda: cast(Runner, NoWorker()),
            emit=stream.emit,
            tasks=tasks,
        )
        bridge._on_input, bridge._on_answered = conversation.asked, conversation.answered_before

        def route(message: Message) -> None:
            bridge.route_response(message)
            event = translate(message)
            if event is not None:
                stream.emit(event)

        bridge.expect_execution(ID)
        bridge.expect_recovered(ID)
        link = Link(Silence(), tasks=tasks, logger=LOGGER, route=route)
        link.start()
        link.follow_logs(folder, [ID], 0)
        await link.finish()
        bridge.caught_up(ID)
        await notebook.bridge_idle()
        await tasks.close()
        await link.close()
    stream.close()
    return [dataclasses.replace(event, notebook_id="", sequence=0) async for event in stream.events()]


def recorded(log: list[Message], asked: dict[int, tuple[Input, InputAnswer | None]]) -> list[AnswerRecord]:
    """As the store has it, but for the one that is asked again: a password that the cell may not have got."""
    records = []
    for number, (message, answer) in asked.items():
        text = None if answer is None or answer.eof or message.password else answer.text
        is_asked_again = message is log[-1] and message.password and answer is not None and not answer.eof
        records.append(
            AnswerRecord(
                execution_id=ID,
                input_number=number,
                prompt=message.prompt,
                password=message.password,
                answered=answer is not None and not is_asked_again,
                text=text,
            )
        )
    return records


async def both_lives(folder: Path, asked: dict[int, tuple[Input, InputAnswer | None]]) -> list[Event]:
    journal = MemoryJournal()
    await first_life(journal, asked)
    return await attached_again(folder, journal)


@settings(max_examples=60)
@given(steps, ends)
def test_what_is_attached_to_again_is_shown_as_a_replay_shows_it(drawn: list[Step], last: list[Message]) -> None:
    log, asked = numbered(drawn, last)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / f"{ID}.log"
        path.write_bytes(b"".join(map(encode, log)))
        shown = asyncio.run(both_lives(Path(name), asked))
        assert shown == list(replay(path, ID, "cell", recorded(log, asked)))
