"""The output log of an execution whose worker cannot be spoken to, followed as it grows, and by it the execution.

Owned by recovery.Recovery, while a worker of an earlier process life lives and is not, or not yet, ours.  Gives what
the worker shows and how the execution ended; its prompts are left out, since nobody could pass on an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from engine.commands import ExecutionId
from engine.errors import PeerError
from engine.events import Event, TextPrinted
from engine.protocol.messages import (
    ClearOutput,
    Display,
    DisplayUpdate,
    Error,
    Message,
    Output,
    Result,
    Traceback,
)
from engine.session.log_reader import LogReader
from engine.session.translate import translate

# without what opens something beside the cell: that is told once, when the worker is ours and its log is read again
_SHOWN = Output | Display | DisplayUpdate | ClearOutput | Traceback | Error
# Nothing announces that a worker writes which is not attached to: looked at again after a pause that grows while
# nothing comes, so that a cell that prints is seen to, and one that is silent for hours costs nothing.
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 2.0


class FollowedLog:
    """room: waits while the consumer has enough.  end: its last frame, once that was read."""

    def __init__(self, path: Path, *, room: Callable[[], Awaitable[bool]], emit: Callable[[Event], None]) -> None:
        self._execution_id = path.stem
        self._reader = LogReader(path)
        self._room, self._emit = room, emit
        self._is_readable = True
        self.end: Result | Error | None = None

    async def follow(self, stop: asyncio.Event) -> None:
        """Tell what it prints until it has ended, or stop is set."""
        pause_s = SHORTEST_PAUSE_S
        while True:
            has_grown = await self.read_on()
            if self.end is not None or stop.is_set():
                return
            pause_s = SHORTEST_PAUSE_S if has_grown else min(2 * pause_s, LONGEST_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause_s)

    async def read_on(self) -> bool:
        """Tell what has come since the last time; whether that was anything."""
        has_grown = False
        while self._is_readable and self.end is None:
            try:
                messages = await asyncio.to_thread(self._next)
            except PeerError as error:
                self._is_readable = False
                self._tell(f"\n[{error} What follows in it is not shown.]\n")
                break
            if messages is None:
                break
            has_grown = True
            for message in messages:
                self._take(message)
            await self._room()
        return has_grown

    def close(self) -> None:
        self._reader.close()

    def _next(self) -> list[Message] | None:
        """The messages of the next slice; None where nothing has come."""
        size = self._reader.size()
        return list(self._reader.read(size)) if self._reader.offset < size else None

    def _take(self, message: Message) -> None:
        if isinstance(message, Result | Error) and message.execution_id == self._execution_id:
            self.end = message
        if isinstance(message, _SHOWN):
            event = translate(message)
            if event is not None:
                self._emit(event)

    def _tell(self, words: str) -> None:
        self._emit(TextPrinted(execution_id=ExecutionId(self._execution_id), stream="stderr", text=words))
