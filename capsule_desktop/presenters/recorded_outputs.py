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


class RecordedRun:
    """Takes the events of one run.  asked: it had a question, whose answer only the store knows.

    updates: what it showed in displays by their ids, which may be other cells' displays too.
    """

    def __init__(self) -> None:
        self._transcript = Transcript()
        self._question: InputRequested | None = None
        self.asked = False
        self.updates: dict[str, DisplayUpdated] = {}

    @property
    def outputs(self) -> tuple[Output, ...]:
        return self._transcript.outputs()

    def take(self, event: Event) -> None:
        transcript = self._transcript
        match event:
            case TextPrinted() | DisplayShown() | TracebackShown():
                transcript.append(output_of(event))
            case DisplayUpdated(display_id=display_id, data=data, metadata=metadata):
                self.updates[display_id] = event
                transcript.update_display(display_id, data, metadata)
            case OutputCleared(wait=wait):
                transcript.clear(wait=wait)
            case InputRequested():
                self._question, self.asked = event, True
            case InputAnswered(text=text) if self._question is not None:
                answer = _recorded_answer(text, password=self._question.password)
                transcript.append(echo(self._question.prompt, answer))
            case _:
                pass


async def recorded_outputs(events: AsyncIterator[Event]) -> tuple[Output, ...]:
    return (await recorded_run(events)).outputs


async def recorded_run(events: AsyncIterator[Event]) -> RecordedRun:
    """Gives the loop a turn every SLICE_S: a run may have printed for hours."""
    run = RecordedRun()
    slice_end = time.perf_counter() + SLICE_S
    async for event in events:
        run.take(event)
        if time.perf_counter() > slice_end:
            await asyncio.sleep(0)
            slice_end = time.perf_counter() + SLICE_S
    return run


def _recorded_answer(text: str | None, *, password: bool) -> str:
    """The store says no more of an end of file than of an answer that was not to be kept."""
    return SECRET if password else "(no answer kept)" if text is None else text


def echo(prompt: str, answer: str) -> StreamOutput:
    """A question and what is shown for its answer, as on a terminal."""
    return StreamOutput(name="stdout", text=f"{prompt}{answer}\n")
