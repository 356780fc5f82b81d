"""Says every second that the worker lives, and how much memory and processor it uses.

A thread of its own, so that a busy cell does not silence it; C code that holds the GIL does, which is
why a missing one means "not answering" and never dead.
"""

from __future__ import annotations

import os
import resource
import threading
from pathlib import Path
from typing import Callable

from ..protocol.messages import Heartbeat

INTERVAL_S = 1.0
_STATM = Path("/proc/self/statm")


class Pulse:
    """Sends a Heartbeat every INTERVAL_S until stop()."""

    def __init__(
        self, send: Callable[[Heartbeat], None], running: Callable[[], str], variables: Callable[[], int]
    ) -> None:
        self._send = send
        self._running = running
        self._variables = variables
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._beat, name="capsule heartbeat", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _beat(self) -> None:
        while not self._stopped.wait(INTERVAL_S):
            times = os.times()
            self._send(
                Heartbeat(
                    memory_bytes=memory_bytes(),
                    cpu_s=times.user + times.system,
                    variables=self._variables(),
                    running=self._running(),
                )
            )


def memory_bytes() -> int:
    """The resident set; where the system only tells its peak, the peak."""
    try:
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    except FileNotFoundError:  # macOS, where it is told in bytes
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
