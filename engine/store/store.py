"""NotebookStore: all that a notebook's folder records of its executions, as the rest of the engine sees it.

Made in a thread (open) or anywhere (in_memory), used on one loop, closed by whoever made it.  Writes are plain
calls that wait for nothing and take effect in their order, each whole or not at all; `await flushed()` is the
durability barrier (invariant 9).  Reads see what was handed over before them.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from engine.store import background, budget, database, history, journal, opening, projection
from engine.store.lock import FolderLock
from engine.store.opening import CHECKPOINTS as CHECKPOINTS
from engine.store.opening import OUTPUTS as OUTPUTS
from engine.store.opening import CanReplay, Opened
from engine.store.records import AnswerRecord, CheckpointRecord, RunRecord, StoredState, WorkerRecord
from engine.store.writer import Operation, Writer

CLOSE_LIMIT_S = 5.0  # for what is left to be recorded; a disk that has not answered by then is left


class NotebookStore:
    """notice: what people must know of the opening, in a sentence, or "".  folder: None in memory."""

    def __init__(self, opened: Opened, *, folder: Path | None = None, lock: FolderLock | None = None) -> None:
        self.folder = folder
        self.notice = "\n".join(filter(None, (opened.notice, "" if lock is None else lock.notice)))
        self._lock = lock
        self._on_stalled: Callable[[str], None] = lambda _reason: None
        self._keep_answers = opened.keep_answers
        self._writer = Writer(opened.connection, erase_traces=not opened.keep_answers)
        self._writer.start()
        if opened.process_life:
            self._put(opening.sign, process_life=opened.process_life)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        process_life: str,
        can_replay: CanReplay = opening.any_journal,
        connect: database.Connect = database.connect,
    ) -> NotebookStore:
        """Open or make the store in folder.  Blocking: call it in a thread.

        Raises StoreLocked, StoreTooNew, and StoreError where nothing can be kept there.  can_replay: a journal that
        cannot be is damage.  connect: the seam for faults.
        """
        opening.make_folders(folder)
        lock = FolderLock(folder / "lock")
        try:
            opened = opening.open_or_set_aside(folder, process_life, connect, can_replay)
            if not (opened.has_worker or opened.notice or lock.notice):  # else one may live and append to it
                with contextlib.suppress(OSError):  # it stays as it was
                    background.trim(folder / OUTPUTS, background.LIMIT_BYTES, background.KEPT_BYTES)
            return cls(opened, folder=folder, lock=lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def in_memory(cls) -> NotebookStore:
        """The same, kept for as long as it is open: for headless runs, and where no folder can be written."""
        return cls(opening.in_memory())

    # --- writes: from the loop, in order, waiting for nothing

    def journal(self, request: str, execution_id: str) -> None:
        """Keep a mutating request of the promise SDK, and what it changes in the tables."""
        self._put(_journal, execution_id=execution_id, request=request, at=time.time(), keep_answers=self._keep_answers)

    def forget_lineage(self, execution_id: str) -> None:
        """An execution's requests are not replayed any more; its row stays."""
        self._put(journal.forget, execution_id=execution_id)

    def submit(self, record: RunRecord) -> None:
        """Keep a submission, as the last of those that wait."""
        self._put(history.submit, record=record)

    def requeue(self, execution_id: str) -> None:
        """No worker has seen it, whoever claimed it: it waits again, as if it had never been begun."""
        self._put(_requeue, execution_id=execution_id)

    def skip(self, execution_ids: Iterable[str], reason: str) -> None:
        """They will never run; what was settled stays settled."""
        self._put(history.skip, execution_ids=tuple(execution_ids), reason=reason)

    def order(self, execution_ids: Iterable[str]) -> None:
        """What waits runs in this order."""
        self._put(history.order, execution_ids=tuple(execution_ids))

    def hold(self, held: bool) -> None:
        self._put(history.hold, held=held)

    def go_on_after_errors(self, enabled: bool) -> None:
        self._put(history.go_on_after_errors, enabled=enabled)

    def record_worker(self, record: WorkerRecord | None) -> None:
        """Keep what is needed to attach to the worker again; None once it is gone."""
        self._put(history.record_worker, record=record)

    def record_interpreter(self, path: str) -> None:
        """The Python that was chosen for the notebook, by its path on this machine; "" for none."""
        self._put(history.record_interpreter, path=path)

    def record_checkpoint(self, record: CheckpointRecord) -> None:
        """It is the newest from now on."""
        self._put(history.record_checkpoint, record=record)

    def forget_checkpoint(self, execution_id: str) -> None:
        self._put(history.forget_checkpoint, execution_id=execution_id)

    def record_earlier(self, records: tuple[CheckpointRecord, ...]) -> None:
        """These of earlier Pythons are offered, and stay."""
        self._put(history.record_earlier, records=records)

    def pin(self, execution_id: str, pinned: bool) -> None:
        """Keep a past execution, whatever the budget says."""
        self._put(history.pin, execution_id=execution_id, pinned=pinned)

    def ask_to_stop(self, execution_id: str) -> None:
        """The user wants the end of what runs: its outcome does not tell that from an error."""
        self._put(history.ask_to_stop, execution_id=execution_id)

    def set_keep_answers(self, keep: bool) -> None:
        """Whether the text of answers is kept beyond their execution; the choice lasts over openings.

        False drops what was kept so far, too.  While an execution runs, the journal holds its answers either way:
        one that was committed and not yet sent is sent by the next process.  They go when it is settled.
        """
        if keep != self._keep_answers:
            self._keep_answers = keep
            self._writer.erase_traces = not keep
            self._put(opening.set_keep_answers, keep=keep)

    # --- waiting

    async def flushed(self) -> None:
        """Wait until all that was handed over before is on the disk; for ever, while the disk refuses it.

        Raises StoreError where it can never be: the store was closed, or a bug of ours made it unfit.
        """
        await self._writer.flushed()

    @property
    def on_stalled(self) -> Callable[[str], None]:
        """Called on the loop that set it: why nothing can be recorded ("the disk is full"), "" when it can again."""
        return self._on_stalled

    @on_stalled.setter
    def on_stalled(self, tell: Callable[[str], None]) -> None:
        self._on_stalled = tell
        self._writer.watch(tell)

    async def close(self) -> bool:
        """Record what is left, for CLOSE_LIMIT_S at most, and unlock; whether all of it is on the disk."""
        self._writer.hasten()
        return await asyncio.to_thread(self._close)

    # --- reads

    def load(self) -> StoredState:
        """What an opening needs.  Blocking: call it in a thread."""
        return self._writer.read(history.load).result()

    def requests(self) -> list[str]:
        """The journal, to be replayed, oldest first.  Blocking: call it in a thread."""
        return self._writer.read(journal.requests).result()

    async def runs_of(self, cell_id: str) -> tuple[RunRecord, ...]:
        """The last runs of a cell (history.MAX_RUNS at most), without those that were skipped, oldest first."""
        return await self._read(partial(history.runs_of, cell_id=cell_id))

    async def answers_of(self, execution_id: str) -> tuple[AnswerRecord, ...]:
        return await self._read(partial(history.answers_of, execution_id=execution_id))

    async def durations(self, sources: Iterable[str]) -> dict[str, float]:
        """How many seconds each source took lately; one that never ran to its end is left out."""
        return await self._read(partial(history.durations, sources=tuple(sources)))

    async def prune(self, keep_ids: Iterable[str] = (), limit_bytes: int = budget.LIMIT_BYTES) -> int:
        """Remove the oldest executions while the folder is over its budget; how many bytes went.

        Those that wait or run, pinned ones, keep_ids, each cell's newest and the newest checkpoint's stay, and so does
        the newest database that was put aside.
        """
        if self.folder is None:
            return 0
        found = await asyncio.to_thread(budget.scan, (self.folder / OUTPUTS, self.folder / CHECKPOINTS))
        aside = await asyncio.to_thread(budget.put_aside, self.folder)
        choose = partial(budget.choose, found=found, aside=aside, other_bytes=background.size_of(self.folder / OUTPUTS))
        plan = await self._read(partial(choose, keep=frozenset(keep_ids), limit_bytes=limit_bytes))
        if not plan.files and not plan.execution_ids:
            return 0
        # rows first: a file without a row is found again, a row without its file would show an empty run
        for part in budget.parts(plan.execution_ids):
            self._put(budget.forget, execution_ids=part)
        await self.flushed()
        return await asyncio.to_thread(budget.remove, plan.files)

    # --- inside

    def _put(self, operation: Callable[..., object], **values: object) -> None:
        self._writer.put(_bound(operation, values))

    async def _read[T](self, reading: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.wrap_future(self._writer.read(reading))

    def _close(self) -> bool:
        whole = self._writer.close(CLOSE_LIMIT_S, last=opening.unsign)
        if self._lock is not None and not self._writer.left_behind:
            self._lock.release()
        return whole


def _bound(operation: Callable[..., object], values: dict[str, object]) -> Operation:
    return partial(operation, **values)


def _requeue(connection: sqlite3.Connection, *, execution_id: str) -> None:
    history.requeue(connection, execution_id)
    journal.forget(connection, execution_id)


def _journal(connection: sqlite3.Connection, *, execution_id: str, request: str, at: float, keep_answers: bool) -> None:
    journal.append(connection, execution_id, request)
    projection.apply(connection, request, at, keep_answers=keep_answers)
