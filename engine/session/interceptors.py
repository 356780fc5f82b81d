"""Observers of a session's messages: called before routing, consuming nothing (invariant 2).

One that raises is logged with its traceback and called again for the next message; one that takes
longer than INTERCEPTOR_BUDGET_S gets one warning for as long as it is registered; a call that the system
interrupted for another process on a busy machine tells nothing about it, and the next one is looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.protocol.messages import Message
from engine.tasks import Logger

INTERCEPTOR_BUDGET_S = 0.005  # a third of a frame at 60 Hz: more is seen as a stutter, since the loop paints too

Interceptor = Callable[[Message], None]


def _counter_of_preemptions() -> Callable[[], int]:
    try:
        import resource
    except ImportError:  # Windows
        return lambda: 0
    usage_of_thread = getattr(resource, "RUSAGE_THREAD", None)  # Linux alone says it of a thread
    return lambda: 0 if usage_of_thread is None else resource.getrusage(usage_of_thread).ru_nivcsw


preemptions = _counter_of_preemptions()  # how often the system took the processor from this thread, as far as it says


class Interceptors:
    """The registered observers, in the order in which they came; the same one twice is called twice."""

    def __init__(
        self,
        logger: Logger,
        clock: Callable[[], float] = time.perf_counter,
        preempted: Callable[[], int] = preemptions,
    ) -> None:
        self._logger = logger
        self._clock, self._preempted = clock, preempted
        self._registered: tuple[Interceptor, ...] = ()
        self._warned: set[Interceptor] = set()

    def add(self, interceptor: Interceptor) -> None:
        self._registered = (*self._registered, interceptor)

    def remove(self, interceptor: Interceptor) -> None:
        """Forget one registration; nothing happens for one that is not there."""
        kept = list(self._registered)
        if interceptor in kept:
            kept.remove(interceptor)
        self._registered = tuple(kept)
        self._warned.discard(interceptor)

    def observe(self, message: Message) -> None:
        """Show message to each; those added or removed meanwhile count from the next message on."""
        for interceptor in self._registered:
            preempted, started = self._preempted(), self._clock()
            try:
                interceptor(message)
                taken_s = self._clock() - started
            except Exception:
                taken_s = self._clock() - started  # without the logging of its traceback, which is slow
                self._logger.exception("the interceptor %r raised on %s", interceptor, type(message).__name__)
            if taken_s > INTERCEPTOR_BUDGET_S and self._preempted() == preempted:
                self._warn_of(interceptor, message, taken_s)

    def _warn_of(self, interceptor: Interceptor, message: Message, taken_s: float) -> None:
        if interceptor in self._warned:
            return
        self._warned.add(interceptor)
        self._logger.warning(
            "the interceptor %r took %.1f ms on %s, over its budget of %.0f ms",
            interceptor,
            taken_s * 1000,
            type(message).__name__,
            INTERCEPTOR_BUDGET_S * 1000,
        )
