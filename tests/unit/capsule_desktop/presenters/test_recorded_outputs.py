"""A recorded run shows what its live one showed."""

from __future__ import annotations

from collections.abc import AsyncIterator

from capsule_desktop.notebook.outputs import DisplayOutput, StreamOutput
from capsule_desktop.presenters.recorded_outputs import recorded_outputs
from engine.commands import ExecutionId
from engine.events import (
    DisplayShown,
    DisplayUpdated,
    Event,
    InputAnswered,
    InputRequested,
    OutputCleared,
    TextPrinted,
)

E = ExecutionId("e")


async def told(*events: Event) -> AsyncIterator[Event]:
    for event in events:
        yield event


def printed(text: str) -> TextPrinted:
    return TextPrinted(execution_id=E, stream="stdout", text=text)


def asked(prompt: str, *, password: bool = False) -> InputRequested:
    return InputRequested(execution_id=E, cell_id="a", input_number=1, prompt=prompt, password=password)


def answered(text: str | None) -> InputAnswered:
    return InputAnswered(execution_id=E, input_number=1, text=text)


async def test_pieces_of_a_stream_are_one_output() -> None:
    assert await recorded_outputs(told(printed("a"), printed("b"))) == (StreamOutput(name="stdout", text="ab"),)


async def test_cleared_and_updated_outputs_are_as_they_were_at_the_end() -> None:
    shown = DisplayShown(execution_id=E, data={"text/plain": "1"}, metadata={}, display_id="d", execution_count=None)
    updated = DisplayUpdated(data={"text/plain": "2"}, metadata={}, display_id="d")
    cleared = OutputCleared(execution_id=E, wait=True)
    outputs = await recorded_outputs(told(printed("gone"), cleared, shown, updated))
    assert outputs == (DisplayOutput(data={"text/plain": "2"}, display_id="d"),)


async def test_questions_stand_with_the_answers_that_were_kept() -> None:
    events = (
        *(asked("Name? "), answered("Ada"), asked("Key? ", password=True), answered(None)),
        *(asked("More? "), answered(None)),
    )
    (output,) = await recorded_outputs(told(*events))
    assert output == StreamOutput(name="stdout", text="Name? Ada\nKey? ········\nMore? (no answer kept)\n")
