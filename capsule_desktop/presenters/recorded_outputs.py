"""What a recorded run showed, put together from its events as a document puts together those of a live one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from capsule_desktop.event_outputs import output_of
from capsule_desktop.event_signals import SLICE_S
from capsule_desktop.notebook.outputs import Output, StreamOutput
from capsule_desktop.notebook.transcript import Transcript
from engine.events import (
    DisplayShown,
    DisplayUpdated,
    Event,
    InputAnswered,
    InputRequested,
    OutputCleared,
    TextPrinted,
    TracebackShown,
)

SECRET = "········"  # what stands for a password


async def recorded_outputs(events: AsyncIterator[Event]) -> tuple[Output, ...]:
    """Gives the loop a turn every SLICE_S: a run may have printed for hours."""
    transcript, question = Transcript(), None
    slice_end = time.perf_counter() + SLICE_S
    async for event in events:
        match event:
            case TextPrinted() | DisplayShown() | TracebackShown():
                transcript.append(output_of(event))
            case DisplayUpdated(display_id=display_id, data=data, metadata=metadata):
                transcript.update_display(display_id, data, metadata)
            case OutputCleared(wait=wait):
                transcript.clear(wait=wait)
            case InputRequested():
                question = event
            case InputAnswered(text=text) if question is not None:
                transcript.append(echo(question.prompt, _recorded_answer(text, password=question.password)))
            case _:
                pass
        if time.perf_counter() > slice_end:
            await asyncio.sleep(0)
            slice_end = time.perf_counter() + SLICE_S
    return transcript.outputs()


def _recorded_answer(text: str | None, *, password: bool) -> str:
    """The store says no more of an end of file than of an answer that was not to be kept."""
    return SECRET if password else "(no answer kept)" if text is None else text


def echo(prompt: str, answer: str) -> StreamOutput:
    """A question and what is shown for its answer, as on a terminal."""
    return StreamOutput(name="stdout", text=f"{prompt}{answer}\n")
