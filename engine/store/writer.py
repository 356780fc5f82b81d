"""The writer thread: the only one that touches a store's database once it is open.

Operations are handed over from the loop without waiting and are committed in that order, many at a time (group
commit).  An operation is a function of the connection and nothing else, since a batch that the disk refused is
rolled back and made again.  Keeps invariant 9: flushed() returns only when a commit did.

What waits is bounded by who waits: nothing is shown or sent before flushed(), so a disk that has stalled stops what
produces operations, after the few that were under way.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from engine.errors import BrokenInvariant, StoreError
from engine.store.faults import in_words

log = logging.getLogger("capsule.store")

Operation = Callable[[sqlite3.Connection], object]

LINGER_S = 0.02  # how long operations wait for more of them, while nobody waits for their commit
RETRY_S = 1.0  # between attempts at a batch that the disk refused
# refusals of what was handed over, not of the disk
_OURS = (sqlite3.ProgrammingError, sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.DataError)
IDLE_S = 0.25  # nothing came for so long: a good moment to copy the write-ahead log back
TRIM_COMMITS, MAX_COMMITS = 32, 100  # after how many commits that is done when idle, and at the latest


@dataclass
class _Batch:
    """What is committed together, who is told of it, and what is read after it."""

    operations: list[Operation] = field(default_factory=list)
    due: bool = False  # its operations have waited for others long enough
    waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = field(default_factory=list)
    reads: list[Callable[[], None]] = field(default_factory=list)
    fault: StoreError | None = None  # one of its operations could not be made at all


class Writer:
    """Owns the connection from start() to close(), which closes it."""

    def __init__(self, connection: sqlite3.Connection, *, erase_traces: bool = False) -> None:
        self._connection = connection
        self._changed = threading.Condition()
        self._next = _Batch()
        self._current: _Batch | None = None  # being committed
        self._until_due: asyncio.TimerHandle | None = None
        self._watcher: tuple[asyncio.AbstractEventLoop, Callable[[str], None]] | None = None
        self._stalled = ""
        self._closing = self._lost = False
        self._commits = 0
        self.erase_traces = erase_traces  # leave nothing of earlier pages in the write-ahead log
        self._thread = threading.Thread(target=self._work, name="capsule store writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    # --- from the loop: none of these waits for the disk

    def put(self, operation: Operation) -> None:
        """Hand an operation over; it is made after all that were handed over before."""
        with self._changed:
            if self._closing:
                raise BrokenInvariant("something was to be recorded in a store that is closed")
            self._next.operations.append(operation)
        if self._until_due is None:
            self._linger()

    def hasten(self) -> None:
        """Have what was handed over committed now, though nobody waits for it."""
        if self._until_due is not None:
            self._until_due.cancel()
            self._until_due = None
        with self._changed:
            self._next.due = bool(self._next.operations)
            self._changed.notify()

    async def flushed(self) -> None:
        """Wait until all that was handed over is on the disk, however long the disk refuses it.

        Raises StoreError where the store was closed before it came to that.
        """
        loop = asyncio.get_running_loop()
        with self._changed:
            if self._next.operations:
                self.hasten()
                batch = self._next
            elif self._current is not None:
                batch = self._current
            elif self._lost:
                raise StoreError("it could not be recorded before the notebook was closed")
            else:
                return
            done: asyncio.Future[None] = loop.create_future()
            batch.waiting.append((loop, done))
        await done

    def watch(self, on_stalled: Callable[[str], None]) -> None:
        """Tell the running loop when the disk refuses (the reason), and when it goes on ("")."""
        with self._changed:
            self._watcher = asyncio.get_running_loop(), on_stalled
            stalled = self._stalled
        if stalled:
            on_stalled(stalled)

    def read[T](self, reading: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Read after what was handed over before; where that is stalled, what was committed before it."""
        result: Future[T] = Future()

        def answer() -> None:
            if not result.set_running_or_notify_cancel():
                return
            try:
                result.set_result(reading(self._connection))
            except sqlite3.Error as error:
                result.set_exception(StoreError(f"the record of earlier runs cannot be read: {in_words(error)}"))
            except Exception as error:  # noqa: BLE001  # as below; the one who asked is told
                result.set_exception(error)

        with self._changed:
            if self._closing:
                raise StoreError("the notebook is closed")
            self._next.reads.append(answer)
            self._changed.notify()
        return result

    def close(self, limit_s: float, last: Operation) -> bool:
        """Commit what is left and then `last`, and end the thread; whether all of it is on the disk.

        Waits for limit_s at most.
        """
        with self._changed:
            if not self._closing:
                self._closing = True
                self._next.operations.append(last)
                self._changed.notify()
        self._thread.join(limit_s)
        if self.left_behind:
            log.error("the disk did not answer within %s s and was left", limit_s)
            return False
        return not self._lost

    @property
    def left_behind(self) -> bool:
        """Whether the thread did not end: it still waits for the disk, and holds the database."""
        return self._thread.is_alive()

    def _linger(self) -> None:
        """Wake the thread later: at once, it would want the interpreter's lock while the loop makes what comes next."""
        try:
            self._until_due = asyncio.get_running_loop().call_later(LINGER_S, self.hasten)
        except RuntimeError:  # a store is opened in a thread without a loop
            self.hasten()

    # --- on the writer's own thread

    def _work(self) -> None:
        while (batch := self._take()) is not None:
            self._write(batch)
            self._answer_reads(batch)
        self._connection.close()

    def _take(self) -> _Batch | None:
        """Wait for something to do, which becomes the current batch; None at the end."""
        self._trim_when_idle()
        with self._changed:
            self._changed.wait_for(self._is_due)
            batch = self._next
            if not batch.operations and not batch.reads:
                return None
            self._current, self._next = batch, _Batch()
            return batch

    def _has_work(self) -> bool:
        return bool(self._next.operations or self._next.reads or self._closing)

    def _is_due(self) -> bool:
        return self._next.due or bool(self._next.reads) or self._closing

    def _write(self, batch: _Batch) -> None:
        while (refused := self._attempt(batch)) is not None:
            self._tell(refused)
            if not self._rest(batch):
                self._give_up(batch)
                return
        self._tell("")
        self._commits += bool(batch.operations)
        self._finish(batch, batch.fault)

    def _finish(self, batch: _Batch, error: StoreError | None) -> None:
        with self._changed:
            self._current = None
            waiting = batch.waiting
        for loop, done in waiting:
            _call(loop, _resolve, done, error)

    def _attempt(self, batch: _Batch) -> str | None:
        """Commit a batch; in words why the disk refused, None where it did not."""
        if not batch.operations:
            return None
        made = 0
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for operation in batch.operations:
                operation(self._connection)
                made += 1
            self._connection.execute("COMMIT")
        except (sqlite3.Error, MemoryError) as error:
            self._roll_back()
            if not isinstance(error, _OURS):
                return in_words(error)
            self._leave_out(batch, made, error)
            return self._attempt(batch)
        except Exception as error:  # noqa: BLE001  # owner of work, as of a task: a bug in one operation costs only itself
            self._roll_back()
            self._leave_out(batch, made, error)
            return self._attempt(batch)
        return None

    def _leave_out(self, batch: _Batch, at: int, error: Exception) -> None:
        """An operation that is at fault would keep everything behind it from the disk for ever."""
        operation = batch.operations.pop(at)
        name = operation.func.__qualname__ if isinstance(operation, partial) else repr(operation)  # never its values
        log.error("%s cannot be made and is left out", name, exc_info=error)
        batch.fault = StoreError("it could not be recorded, by a fault of the application; its log says why")

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            log.info("the batch was not rolled back: %s", error)  # the next attempt's BEGIN says so again

    def _rest(self, batch: _Batch) -> bool:
        """Wait before the next attempt, answering reads meanwhile; False where the store is being closed."""
        until = time.monotonic() + RETRY_S
        while (left := until - time.monotonic()) > 0:
            self._answer_reads(batch)
            with self._changed:
                if self._closing:
                    return False
                self._changed.wait_for(lambda: self._closing or self._next.reads, left)
                batch.reads += self._next.reads
                self._next.reads.clear()
        return True

    def _give_up(self, batch: _Batch) -> None:
        with self._changed:
            last, self._next, self._lost = self._next, _Batch(), True
        log.error("%s facts could not be recorded: %s", len(batch.operations) + len(last.operations), self._stalled)
        for each in (batch, last):
            self._finish(each, StoreError(f"it could not be recorded: {self._stalled}"))
        self._answer_reads(last)

    def _answer_reads(self, batch: _Batch) -> None:
        with self._changed:
            reads, batch.reads = batch.reads, []
        for answer in reads:
            answer()

    def _tell(self, stalled: str) -> None:
        with self._changed:
            if stalled == self._stalled:
                return
            self._stalled, watcher = stalled, self._watcher
        if stalled:
            log.warning("nothing can be recorded: %s", stalled)
        else:
            log.info("what waited is recorded")
        if watcher is not None:
            _call(watcher[0], watcher[1], stalled)

    def _trim_when_idle(self) -> None:
        """Copy the write-ahead log back between commits, so that nobody waits for it inside one.

        A log that is then overwritten in place is synced in half the time of one that grows.
        """
        if self._commits < (1 if self.erase_traces else TRIM_COMMITS):
            return
        with self._changed:
            busy = self._changed.wait_for(self._has_work, IDLE_S)
        if busy and self._commits < MAX_COMMITS:
            return
        self._commits = 0
        try:
            how = "TRUNCATE" if self.erase_traces else "PASSIVE"
            self._connection.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        except sqlite3.Error as error:
            log.info("the write-ahead log was not copied back: %s", error)  # it holds everything; later


def _resolve(done: asyncio.Future[None], error: StoreError | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _call[*Values](loop: asyncio.AbstractEventLoop, function: Callable[[*Values], None], *values: *Values) -> None:
    try:
        loop.call_soon_threadsafe(function, *values)
    except RuntimeError:
        log.debug("the loop that waited is closed")
