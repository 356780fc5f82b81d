"""Which prompts of a cell that an earlier process life left with its worker are to be asked again.

Its log is read from the beginning, so every prompt comes once more, in order; what was recorded of them says
what is known.  All that is on the disk, so that it is told at its place in the log, as replay.py tells it; but for a
prompt that came while nobody was attached, which is recorded first.  What nobody answered is asked, all of it: several
threads may wait, and an answer that nothing waits for any more is dropped by the worker.  What was answered is never
asked twice but where nobody can know better: a password that was answered last, since the answer may not have reached
the worker and was never kept.  Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from engine.durable.outcome import InputAnswer
from engine.protocol.messages import (
    ClearOutput,
    Display,
    DisplayUpdate,
    Error,
    Input,
    NextInput,
    Output,
    Page,
    Result,
    Traceback,
)

Written = Output | Display | DisplayUpdate | ClearOutput | Traceback | Page | NextInput | Input | Result | Error


class Again(Enum):
    ASK = "ask"  # it was never recorded, which comes first
    WAIT = "wait"  # recorded, and nobody has answered it
    SEND = "send"  # answered, and the answer can be sent once more
    TELL = "tell"  # answered, and the code has it
    UNSURE = "unsure"  # answered by a password: what the cell writes next says whether it got it
    PASS = "pass"  # the code does not wait there any more


class RecoveredPrompts:
    """Of one execution.  recorded: by number the answer, None where there is none.

    unsure: the prompt of which it is not known yet whether its answer reached the worker.
    """

    def __init__(self, recorded: Mapping[int, InputAnswer | None]) -> None:
        self._recorded = recorded
        self._last = max(recorded, default=0)
        self.unsure: Input | None = None

    def seen(self, message: Input) -> Again:
        """A prompt comes again."""
        if message.input_number not in self._recorded:
            return Again.ASK  # while nobody was attached, or its promise was not kept
        answer = self._recorded[message.input_number]
        if answer is None:
            return Again.WAIT
        if answer.withdrawn:
            return Again.PASS
        if not answer.secret:
            return Again.SEND
        is_last = message.input_number == self._last
        if is_last:
            self.unsure = message
        return Again.UNSURE if is_last else Again.TELL

    def answer(self, message: Input) -> InputAnswer:
        """What a prompt was answered with.  Raises KeyError where it was not."""
        answer = self._recorded[message.input_number]
        if answer is None:
            raise KeyError(message.input_number)
        return answer
