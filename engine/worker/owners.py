"""Whose output it is: the execution that a piece of code runs for.

A context variable says it, so that tasks carry it by themselves; threads are made to hand it on.
streams.py and displays.py ask; cells.py sets it.  Invariant 3's "the cell that started it" rests on this.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Any

OWNER: ContextVar[str] = ContextVar("capsule_owner", default="")  # "" for code that no cell started

_ATTRIBUTE = "_capsule_owner"


def follow_threads() -> None:
    """From now on a thread belongs to the execution that started it, and so do the threads it starts.

    Thread offers no hook for this; start and _bootstrap_inner are the two methods that every
    subclass leaves alone, and they are the same from CPython 3.10 to 3.14.
    """
    thread: Any = threading.Thread
    start, bootstrap = thread.start, thread._bootstrap_inner

    def start_owned(self: Any) -> None:
        setattr(self, _ATTRIBUTE, OWNER.get())
        start(self)

    def bootstrap_owned(self: Any) -> None:
        owner = getattr(self, _ATTRIBUTE, "")
        context = getattr(self, "_context", None)  # 3.14 runs a thread in a context of its own
        if context is None:
            OWNER.set(owner)
        else:
            context.run(OWNER.set, owner)
        bootstrap(self)

    thread.start, thread._bootstrap_inner = start_owned, bootstrap_owned
