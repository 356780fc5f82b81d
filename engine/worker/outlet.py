"""Everything a cell produces on its way to the logs, in the order in which it was produced.

Text of sys.stdout and sys.stderr waits in one queue, what C code and child processes print in two
pipes; both are moved to the logs by whoever comes first: a stream that is due, a display, the end of
a cell, or the pump thread.  Keeps invariant 3: Result is the last frame of its log and comes after
all that stood in queue and pipes when the code returned, and after nothing else.

Order rests on one rule: a stream moves what stands in its pipe before it queues more (streams.py),
so what is queued is always older than what is in a pipe.
"""

from __future__ import annotations

import logging
import os
import select
import threading
import time
from collections import deque
from typing import Callable

from ..protocol.codec import encode
from ..protocol.messages import BACKGROUND, MAX_TEXT_BYTES, LogMessage, Output
from .capture import Capture
from .interrupts import Shield
from .log import Logs

FLUSH_S = 0.05  # what is printed without a newline, or too soon after the last flush, shows after this
DRAIN_LIMIT_S = 5.0  # how long Result waits while nothing moves
_CHARACTERS = MAX_TEXT_BYTES // 4  # never more than MAX_TEXT_BYTES, whatever they are
_logger = logging.getLogger("capsule.worker")

Source = tuple[str, str]  # owner ("" for nobody's) and stream
Piece = tuple[Source, str]


class DrainTimeout(Exception):
    """What a cell printed last could not be moved to its log within the limit."""


class Outlet:
    """The one way into the logs."""

    def __init__(self, logs: Logs, shield: Shield, captures: tuple[Capture, ...], drain_limit_s: float) -> None:
        self.pieces: deque[Piece] = deque()  # streams append to it without a lock; only _text_out takes
        self.flushed_at = 0.0  # time.monotonic() of the last flush
        self.captures = captures
        self._logs = logs
        self._shield = shield
        self._drain_limit_s = drain_limit_s
        self._lock = threading.RLock()
        self._busy = False  # a frame is being written: an object's __del__ may print in the middle of it
        self.running = ""
        self.in_child = False  # a forked one, which has nothing to do with the logs
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self.armed = False

    def start(self) -> None:
        threading.Thread(target=self._pump, name="capsule pump", daemon=True).start()

    # --- what streams and displays call ---------------------------------------------------------

    def flush(self) -> None:
        """Move all that is queued, and then what stands in the pipes, to the logs."""
        with self._shield, self._lock:
            self._move_all()

    def catch_up(self) -> None:
        """Move what stands in a pipe: it is older than what is queued next."""
        if any(capture.standing() for capture in self.captures):
            self.flush()

    def arm(self) -> None:
        """Something is queued: the pump moves it soon if nothing else does."""
        if not self.armed:
            self.armed = True
            os.write(self._wake_write, b"x")

    def emit(self, message: LogMessage) -> None:
        """Append message behind what was printed before it.  Raises CodecError where it cannot be encoded."""
        frames = encode(message)
        with self._shield, self._lock:
            self._move_all()
            self._logs.append(message.execution_id, frames)

    # --- what running a cell calls ----------------------------------------------------------------

    def begin(self, execution_id: str) -> None:
        """From now on what nobody owns is this execution's.  Raises what Logs.begin does."""
        with self._shield, self._lock:
            self._move_all()
            self._logs.begin(execution_id)
            self.running = execution_id

    def finish(self, last: Callable[[], LogMessage]) -> bool:
        """Drain, then append last() and close the execution's log; False where the disk did not take it.

        Drained is what stands now.  Raises DrainTimeout where nothing moved for the limit: then nothing
        was appended, and the log is still open for give_up().
        """
        queued, standing = len(self.pieces), [capture.standing() for capture in self.captures]
        with self._shield:
            self._take_lock()
            try:
                self._move(queued, standing)
                for capture in self.captures:
                    self._text(self.running, capture.stream, capture.rest())
                if self._logs.stalled():
                    raise DrainTimeout
                return self._end(last())
            finally:
                self._lock.release()

    def give_up(self, last: LogMessage) -> bool:
        """After DrainTimeout: append last without waiting for anybody; False where the disk did not take it."""
        with self._shield:
            return self._end(last)

    def _end(self, last: LogMessage) -> bool:
        self.running = ""
        return self._logs.end(encode(last))

    def _take_lock(self) -> None:
        moved = -1
        while not self._lock.acquire(timeout=self._drain_limit_s):
            if moved == self._logs.moved:
                raise DrainTimeout
            moved = self._logs.moved

    # --- moving, under the lock ---------------------------------------------------------------------

    def _move_all(self) -> None:
        self._move(len(self.pieces), [capture.standing() for capture in self.captures])

    def _move(self, queued: int, standing: list[int]) -> None:
        if self._busy:
            return  # whoever is at it takes along what was queued meanwhile, next time
        self._busy = True
        try:
            self._text_out(queued)
            for capture, limit in zip(self.captures, standing):
                self._pipe_out(capture, limit)
        finally:
            self._busy = False
            self.flushed_at = time.monotonic()

    def _text_out(self, queued: int) -> None:
        take = self.pieces.popleft
        source: Source = ("", "")
        texts: list[str] = []
        for its_source, text in [take() for _ in range(min(queued, len(self.pieces)))]:
            if its_source is not source:
                self._joined(source, texts)
                source, texts = its_source, []
            texts.append(text)
        self._joined(source, texts)

    def _joined(self, source: Source, texts: list[str]) -> None:
        if texts:
            self._text(source[0] or self.running, source[1], "".join(texts))

    def _pipe_out(self, capture: Capture, limit: int) -> None:
        while limit > 0:
            size = min(limit, MAX_TEXT_BYTES)
            limit -= size
            self._text(self.running, capture.stream, capture.read(size))

    def _text(self, owner: str, stream: str, text: str) -> None:
        step = MAX_TEXT_BYTES if text.isascii() else _CHARACTERS
        for start in range(0, len(text), step):
            piece = Output(execution_id=owner or BACKGROUND, stream=stream, text=text[start : start + step])
            self._logs.append(piece.execution_id, encode(piece), text=True)

    # --- the pump thread ------------------------------------------------------------------------------

    def _pump(self) -> None:
        pipes, everything = select.poll(), select.poll()
        everything.register(self._wake_read, select.POLLIN)
        for capture in self.captures:
            pipes.register(capture.read_end, select.POLLIN)
            everything.register(capture.read_end, select.POLLIN)
        while True:
            if (self._wake_read, select.POLLIN) in everything.poll():
                pipes.poll(FLUSH_S * 1000)  # what is queued meanwhile is moved along
                os.read(self._wake_read, 1)
                self.armed = False
            with self._lock:
                self._move_all()

    # --- fork -------------------------------------------------------------------------------------------

    def before_fork(self) -> None:
        """Nothing may be half written, or queued to be printed twice, in the child."""
        self._lock.acquire()
        self._move_all()

    def after_fork_in_parent(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Let go of everything that the parent alone may use."""
        self.pieces.clear()
        self._logs.forget_files()
        for capture in self.captures:
            capture.close()
        self.captures = ()
        self.in_child = True
        self._lock.release()
        os.close(self._wake_read)
        os.close(self._wake_write)
