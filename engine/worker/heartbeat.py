"""Says every second that the worker lives, and how much memory and processor it uses.

It also touches the log of the execution that runs, attached or not, so that its file tells how long a cell lived.
A thread of its own, so that a busy cell does not silence it; C code that holds the GIL does, which is
why a missing one means "not answering" and never dead.
"""

from __future__ import annotations

import os
import threading
from typing import Callable

from ..protocol.messages import Heartbeat
from .memory import memory_bytes, memory_limit_bytes

INTERVAL_S = 1.0


class Pulse:
    """Sends a Heartbeat every INTERVAL_S until stop()."""

    def __init__(
        self,
        send: Callable[[Heartbeat], None],
        touch: Callable[[], None],
        running: Callable[[], str],
        variables: Callable[[], int],
    ) -> None:
        self._send = send
        self._touch = touch
        self._running = running
        self._variables = variables
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._beat, name="capsule heartbeat", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _beat(self) -> None:
        limit_bytes = memory_limit_bytes()
        while not self._stopped.wait(INTERVAL_S):
            self._touch()
            times = os.times()
            self._send(
                Heartbeat(
                    memory_bytes=memory_bytes(),
                    memory_limit_bytes=limit_bytes,
                    cpu_s=times.user + times.system,
                    variables=self._variables(),
                    running=self._running(),
                )
            )
