"""What is asked and not answered yet, of one session's life: by what it is found again, and until when it waits.

Owned by bridge.py, which settles what it takes out.  Keeps its half of invariant 5: an entry is popped and its timer
cancelled in one step, and none is left after cancel_all().
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """kind "execute" (request ""), "input" (request = its number), else the request's message id."""

    kind: str
    execution_id: str
    request: str = ""

    @classmethod
    def execution(cls, execution_id: str) -> Key:
        return cls("execute", execution_id)

    @classmethod
    def prompt(cls, execution_id: str, input_number: int) -> Key:
        return cls("input", execution_id, str(input_number))


@dataclass(kw_only=True)
class Entry:
    """limit: the running timer.  settled: done with the answer once its promise is committed.

    late: of an execution that is being stopped, since its limit ran out or what it asks cannot be recorded: what it
    is settled with when it has ended.
    """

    settled: asyncio.Future[object]
    limit: asyncio.TimerHandle | None
    secret: bool = False
    late: dict[str, object] | None = None


class Pending:
    """on_expired: the limit of an entry, in seconds, ran out; it is still pending then."""

    def __init__(self, on_expired: Callable[[Key, float], None]) -> None:
        self._on_expired = on_expired
        self._entries: dict[Key, Entry] = {}
        self.high_water_mark = 0  # the most entries that were pending at once

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    @property
    def keys(self) -> tuple[Key, ...]:
        """In the order in which they were added."""
        return tuple(self._entries)

    def get(self, key: Key) -> Entry | None:
        return self._entries.get(key)

    def add(self, key: Key, limit_s: float | None, *, secret: bool = False) -> Entry:
        """limit_s None: it may wait for ever.  Raises ValueError where the key is pending already."""
        loop = asyncio.get_running_loop()
        if key in self._entries:
            raise ValueError(f"{key} is pending already")
        timer = None if limit_s is None else loop.call_later(limit_s, self._on_expired, key, limit_s)
        entry = Entry(settled=loop.create_future(), limit=timer, secret=secret)
        self.put(key, entry)
        return entry

    def put(self, key: Key, entry: Entry) -> None:
        """One that was popped, or is new; without a timer in the first case."""
        self._entries[key] = entry
        self.high_water_mark = max(self.high_water_mark, len(self._entries))

    def pop(self, key: Key) -> Entry | None:
        """None where it is not pending (any more)."""
        entry = self._entries.pop(key, None)
        if entry is not None and entry.limit is not None:
            entry.limit.cancel()
        return entry

    def pop_request(self, request_id: str) -> Entry | None:
        """By the id of the message that asked, whatever its kind."""
        key = next((k for k in self._entries if k.request == request_id and k.kind not in ("execute", "input")), None)
        return None if key is None else self.pop(key)

    def prompts(self, execution_id: str) -> tuple[Key, ...]:
        return tuple(key for key in self._entries if key.kind == "input" and key.execution_id == execution_id)

    def cancel_all(self) -> None:
        """Forget everything; awaiting callers are cancelled."""
        for key in self.keys:
            entry = self.pop(key)
            if entry is not None:
                entry.settled.cancel()
