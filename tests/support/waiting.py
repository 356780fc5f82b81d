"""Waiting for what nobody says: a file that another process writes, when no pipe or socket leads to it."""

from __future__ import annotations

import threading
from collections.abc import Callable

LIMIT_S = 30.0
_LOOK_S = 0.01


def until(condition: Callable[[], bool]) -> None:
    """Look again and again.  Raises TimeoutError after LIMIT_S."""
    for _ in range(int(LIMIT_S / _LOOK_S)):
        if condition():
            return
        threading.Event().wait(_LOOK_S)
    raise TimeoutError
