"""Everything a cell produces on its way to the logs, in the order in which Jupyter shows it.

Each of the two streams has a queue and a capture pipe (Lane).  A lane is moved to the log BATCH_S after
its first text, when it is long, when its stream is flushed, and before anything else a cell produces;
so stdout and stderr are grouped as ipykernel groups them, which is what a notebook holds.  Whoever comes
first does it: the printing thread, a display, the end of a cell, or the pump thread.  Keeps invariant 3:
Result is the last frame of its log and comes after all that stood in queues and pipes when the code
returned, and after nothing else.
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
from .cstdio import CStdout
from .interrupts import Shield
from .log import Logs

BATCH_S = 0.2  # ipykernel's flush_interval: with another one, streams are grouped otherwise than in Jupyter
LONG_PIECES = 8192  # or so many writes: a flood is moved about every 30 ms
DRAIN_LIMIT_S = 5.0  # how long Result waits while nothing moves
_CHARACTERS = MAX_TEXT_BYTES // 4  # never more than MAX_TEXT_BYTES, whatever they are
_logger = logging.getLogger("capsule.worker")


class DrainTimeout(Exception):
    """What a cell printed last could not be moved to its log within the limit."""


class Lane:
    """One stream: what was written to it from Python, and the pipe beneath it.

    pieces is (owner, text) in order; any thread appends without a lock, and only the outlet takes.  What
    is in the pipe is younger than what is queued, since a stream takes in its pipe before it queues more.
    """

    def __init__(self, capture: Capture) -> None:
        self.capture = capture
        self.pieces: deque[tuple[str, str]] = deque()
        self.taking = False  # the pipe is being read, and what was in it is not queued yet
        self.due: float | None = None  # time.monotonic() at which the pump moves it


class Outlet:
    """The one way into the logs."""

    def __init__(self, logs: Logs, shield: Shield, captures: tuple[Capture, ...], drain_limit_s: float) -> None:
        self.lanes = tuple(Lane(capture) for capture in captures)  # in the order in which they are moved
        self.running = ""
        self.in_child = False  # a forked one, which has nothing to do with the logs
        self._logs = logs
        self._shield = shield
        self._drain_limit_s = drain_limit_s
        self._c_stdout = CStdout()
        self._c_stdout.buffer_by_line()
        self._lock = threading.RLock()
        self._busy = False  # a lane is being moved: an object's __del__ may print in the middle of it
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)

    def start(self) -> None:
        threading.Thread(target=self._pump, name="capsule pump", daemon=True).start()

    # --- what streams and displays call ---------------------------------------------------------

    def flush(self, lane: Lane) -> None:
        """Move what is queued and what stands in the pipe to the log."""
        with self._shield, self._lock:
            self._move((lane,))

    def flush_all(self) -> None:
        """Move everything that was printed to the logs."""
        with self._shield, self._lock:
            self._move(self.lanes)

    def take_in(self, lane: Lane) -> None:
        """Queue what stands in the pipe: it is older than what is queued next."""
        with self._shield, self._lock:
            self._take_in(lane)

    def arm(self, lane: Lane) -> None:
        """Something is queued in an empty lane: the pump moves it when it is due, if nothing else does before."""
        lane.due = time.monotonic() + BATCH_S
        os.write(self._wake_write, b"x")

    def emit(self, message: LogMessage) -> None:
        """Append message behind what was printed before it.  Raises CodecError where it cannot be encoded."""
        frames = encode(message)
        with self._shield, self._lock:
            self._move(self.lanes)
            self._logs.append(message.execution_id, frames)

    # --- what running a cell calls ----------------------------------------------------------------

    def begin(self, execution_id: str) -> None:
        """From now on what nobody owns is this execution's.  Raises what Logs.begin does."""
        with self._shield, self._lock:
            self._move(self.lanes)
            self._logs.begin(execution_id)
            self.running = execution_id

    def finish(self, last: Callable[[], LogMessage]) -> bool:
        """Drain, then append last() and close the execution's log; False where the disk did not take it.

        Drained is what stands now.  Raises DrainTimeout where nothing moved for the limit: then nothing
        was appended, and the log is still open for give_up().
        """
        self._c_stdout.flush()
        with self._shield:
            self._take_lock()
            try:
                # measured under the lock: before it, the pump may still take what was measured
                self._move(self.lanes)
                for lane in self.lanes:
                    self._text(self.running, lane.capture.stream, lane.capture.rest())
                if self._logs.stalled():
                    raise DrainTimeout
                return self._end(last())
            finally:
                self._lock.release()

    def give_up(self, last: LogMessage) -> bool:
        """After DrainTimeout: append last without waiting for anybody; False where the disk did not take it."""
        with self._shield:
            return self._end(last)

    def touch(self) -> None:
        """From the pulse: the running execution's log is of now; where somebody writes to it, it is so already."""
        if self._lock.acquire(blocking=False):
            try:
                self._logs.touch()
            finally:
                self._lock.release()

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

    def _move(self, lanes: tuple[Lane, ...]) -> None:
        """What stands now, and not until empty: a thread may print for ever."""
        for lane in lanes:
            self._move_lane(lane, len(lane.pieces), lane.capture.standing())

    def _move_lane(self, lane: Lane, queued: int, standing: int) -> None:
        if self._busy:
            return  # whoever is at it takes along what was queued meanwhile, next time
        self._busy = True
        try:
            lane.due = None
            self._write_out(lane, queued)
            while standing > 0:
                size = min(standing, MAX_TEXT_BYTES)
                standing -= size
                self._text(self.running, lane.capture.stream, lane.capture.read(size))
        finally:
            self._busy = False

    def _take_in(self, lane: Lane) -> None:
        standing = lane.capture.standing()
        if standing:
            if not lane.pieces:
                self.arm(lane)
            lane.taking = True  # before the read: who sees the pipe empty sees this, or the piece
            try:
                lane.pieces.append(("", lane.capture.read(standing)))
            finally:
                lane.taking = False

    def _write_out(self, lane: Lane, queued: int) -> None:
        take = lane.pieces.popleft
        owner, texts = "", list[str]()
        for its_owner, text in [take() for _ in range(min(queued, len(lane.pieces)))]:
            if its_owner != owner and (its_owner or self.running) != (owner or self.running):
                self._text(owner, lane.capture.stream, "".join(texts))
                owner, texts = its_owner, []
            texts.append(text)
        self._text(owner, lane.capture.stream, "".join(texts))

    def _text(self, owner: str, stream: str, text: str) -> None:
        step = MAX_TEXT_BYTES if text.isascii() else _CHARACTERS
        execution_id = owner or self.running or BACKGROUND
        for start in range(0, len(text), step):
            frames = encode(Output(execution_id=execution_id, stream=stream, text=text[start : start + step]))
            self._logs.append(execution_id, frames, text=True)

    # --- the pump thread ------------------------------------------------------------------------------

    def _pump(self) -> None:
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        for lane in self.lanes:
            poll.register(lane.capture.read_end, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poll.poll(self._milliseconds_to_go())}
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
            with self._lock:
                for lane in self.lanes:
                    self._pump_lane(lane)

    def _pump_lane(self, lane: Lane) -> None:
        is_due = lane.due is not None and lane.due <= time.monotonic()
        if is_due or len(lane.pieces) > LONG_PIECES or lane.capture.standing() > MAX_TEXT_BYTES:
            self._move((lane,))
        else:
            self._take_in(lane)

    def _milliseconds_to_go(self) -> float | None:
        due = [lane.due for lane in self.lanes if lane.due is not None]
        return max(0.0, min(due) - time.monotonic()) * 1000 + 1 if due else None

    # --- fork -------------------------------------------------------------------------------------------

    def before_fork(self) -> None:
        """Nothing may be half moved in the child."""
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Let go of everything that the parent alone may use; what is queued is the parent's to show."""
        self.in_child = True
        self._logs.forget_files()
        for lane in self.lanes:
            lane.capture.close()
        self.lanes = ()
        os.close(self._wake_read)
        os.close(self._wake_write)
        self._lock.release()
