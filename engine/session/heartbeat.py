"""Watches that heartbeats come; a missing one means "not answering", never dead.

One timer a session.  When it is due and nothing came, it looks once more after a turn of the loop,
since it may have been our own loop that was held up while the heartbeats waited in the socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.protocol.messages import Heartbeat
from engine.session.notices import NotAnswering

SILENT_AFTER_S = 5.0  # five missed heartbeats: a single late one is a busy machine
SECOND_LOOK_S = 0.25  # for what already waits in the socket to be read


class HeartbeatWatch:
    """Tells notify once for every silence; the next heartbeat ends the silence."""

    def __init__(self, notify: Callable[[NotAnswering], None], silent_after_s: float = SILENT_AFTER_S) -> None:
        self._notify = notify
        self._silent_after_s = silent_after_s
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._last_at = 0.0
        self._last: Heartbeat | None = None

    @property
    def last(self) -> Heartbeat | None:
        return self._last

    def start(self) -> None:
        self._last_at = self._loop.time()
        self._arm(self._silent_after_s)

    def beat(self, heartbeat: Heartbeat) -> None:
        """One came.  The timer runs on and finds out when it is due, instead of being made anew each second."""
        self._last = heartbeat
        self._last_at = self._loop.time()
        if self._timer is None:
            self._arm(self._silent_after_s)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, delay_s: float) -> None:
        self._timer = self._loop.call_later(delay_s, self._look, False)

    def _look(self, second: bool) -> None:
        silent_s = self._loop.time() - self._last_at
        if silent_s < self._silent_after_s:
            self._arm(self._silent_after_s - silent_s)
        elif not second:
            self._timer = self._loop.call_later(SECOND_LOOK_S, self._look, True)
        else:
            self._timer = None
            self._notify(self._notice(silent_s))

    def _notice(self, silent_s: float) -> NotAnswering:
        last = self._last
        if last is None:
            return NotAnswering(silent_s=silent_s)
        return NotAnswering(
            silent_s=silent_s,
            memory_bytes=last.memory_bytes,
            memory_limit_bytes=last.memory_limit_bytes,
            cpu_s=last.cpu_s,
            variables=last.variables,
        )
