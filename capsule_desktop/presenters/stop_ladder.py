"""The interrupt ladder as a table: how far the user has gone to stop a cell, and what is offered next, when.

Pure: time comes in as seconds of a clock that only goes forward.  Invariant: no step is ever taken by itself; a step
that is not offered yet cannot be taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

FORCE_AFTER_S = 3.0  # most cells end at once; what has not by then may not at all
END_AFTER_S = 10.0  # of Stop where Force stop was not taken, else of Force stop
SHOWN_AFTER_S = 0.4  # a cell that stops sooner needs no strip, which would only flicker


class Rung(StrEnum):
    """What was done last."""

    STOPPING = "stopping"  # SIGINT, to the cell and the programs it waits for
    FORCING = "forcing"  # KeyboardInterrupt until the cell ends, its children killed
    ENDING = "ending"  # the worker is killed


class Step(StrEnum):
    FORCE = "force"
    END = "end"


class NotOffered(Exception):
    """A step was taken that the ladder does not offer now: a bug of whoever took it."""


_OFFERED_AFTER_S: Mapping[Rung, Mapping[Step, float]] = MappingProxyType(
    {
        Rung.STOPPING: {Step.FORCE: FORCE_AFTER_S, Step.END: END_AFTER_S},
        Rung.FORCING: {Step.END: END_AFTER_S},
        Rung.ENDING: {Step.END: END_AFTER_S},  # once more: a process may outlive even SIGKILL for a while
    }
)
_LEADS_TO: Mapping[Step, Rung] = MappingProxyType({Step.FORCE: Rung.FORCING, Step.END: Rung.ENDING})


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A step that can be taken in due_in_s seconds, or now where that is 0."""

    step: Step
    due_in_s: float

    @property
    def is_due(self) -> bool:
        return self.due_in_s == 0


@dataclass(frozen=True, kw_only=True)
class StopLadder:
    """asked_at: of the first Stop; since: of the present rung."""

    asked_at: float
    since: float
    rung: Rung = Rung.STOPPING

    @classmethod
    def begun(cls, now: float) -> StopLadder:
        return cls(asked_at=now, since=now)

    def is_shown(self, now: float) -> bool:
        return now - self.asked_at >= SHOWN_AFTER_S

    def offers(self, now: float) -> tuple[Offer, ...]:
        """What can be taken from here, the gentler first, with what is left to wait for each."""
        steps = _OFFERED_AFTER_S[self.rung].items()
        return tuple(Offer(step=step, due_in_s=max(0.0, self.since + after - now)) for step, after in steps)

    def next_step(self, now: float) -> Step | None:
        """What Stop means when it is asked for again; None while nothing more is offered."""
        return next((offer.step for offer in self.offers(now) if offer.is_due), None)

    def is_due(self, step: Step, now: float) -> bool:
        return any(offer.is_due for offer in self.offers(now) if offer.step is step)

    def taken(self, step: Step, now: float) -> StopLadder:
        """Raises NotOffered before its time."""
        if not self.is_due(step, now):
            raise NotOffered(f"{step} is not offered while {self.rung}")
        return StopLadder(asked_at=self.asked_at, since=now, rung=_LEADS_TO[step])
