"""The states of a session, and the table of what may follow what; anything else raises."""

from __future__ import annotations

from enum import StrEnum

from engine.errors import BrokenInvariant


class SessionState(StrEnum):
    STARTING = "starting"  # the worker is not ready yet
    READY = "ready"  # it takes an Execute
    RUNNING = "running"  # an execution was sent and has not ended
    ENDING = "ending"  # asked to go
    ENDED = "ended"  # nothing comes or goes any more


_MAY_FOLLOW: dict[SessionState, frozenset[SessionState]] = {
    SessionState.STARTING: frozenset({SessionState.READY, SessionState.ENDING, SessionState.ENDED}),
    SessionState.READY: frozenset({SessionState.RUNNING, SessionState.ENDING, SessionState.ENDED}),
    SessionState.RUNNING: frozenset({SessionState.READY, SessionState.ENDING, SessionState.ENDED}),
    SessionState.ENDING: frozenset({SessionState.ENDED}),
    SessionState.ENDED: frozenset(),
}


def follow(current: SessionState, wanted: SessionState) -> SessionState:
    """wanted, where it may follow current.  Raises BrokenInvariant where it may not."""
    if wanted not in _MAY_FOLLOW[current]:
        raise BrokenInvariant(f"a session that is {current} cannot become {wanted}")
    return wanted
