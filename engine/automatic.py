"""Automatic checkpoints of one notebook: what the worker says it wrote is verified, signed, recorded, then told.

Owned by NotebookHandle.  One at a time and in order, the file work on threads; of what waits behind a
slow disk the oldest is given up, visibly (invariant 13).  Told once its record is on the disk (invariant 9).  Cells
that change nothing are recorded together, so that each does not cost the disk a turn of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from engine.checkpoints.automatic_files import AutomaticFiles
from engine.commands import ExecutionId
from engine.committed_facts import CommittedFacts
from engine.earlier_variables import EarlierVariables
from engine.errors import CheckpointError, EngineError
from engine.events import CheckpointKept, CheckpointSkipped, Event
from engine.protocol.messages import KEPT_SUFFIX, AutomaticCheckpoint
from engine.session.session import Session
from engine.store.records import CheckpointRecord, WorkerRecord
from engine.tasks import TaskOwner

WAITING_LIMIT = 8
HOLD_S = 0.5  # how long executions that changed nothing wait to be recorded together
HELD_LIMIT = 64
FOLLOWED_LIMIT = 8  # workers in a row that said nothing of what they wrote; of more the oldest go unasked
OVERTAKEN = "the next cells ended before its turn to be recorded came"
CLOSE_LIMIT_S = 5.0  # for what is being signed and recorded when the notebook is closed

log = logging.getLogger("capsule.checkpoints")


class Records(Protocol):
    """What is needed of the notebook's store."""

    def record_checkpoint(self, record: CheckpointRecord) -> None: ...
    def forget_checkpoint(self, execution_id: str) -> None: ...
    def record_earlier(self, records: tuple[CheckpointRecord, ...]) -> None: ...
    async def flushed(self) -> None: ...


class AutomaticCheckpoints:
    """folder None: there are none.  newest: the last that the store has.  cell_of: the cell of an execution.

    offered: what earlier Pythons kept and the present one, which began at begun_at, has not; it stays.  A Python that
    has nothing to keep does not replace theirs as the newest.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        key_folder: Path,
        store: Records,
        newest: CheckpointRecord | None,
        cell_of: Callable[[str], str],
        tasks: TaskOwner,
        emit: Callable[[Event], None],
        offered: tuple[CheckpointRecord, ...] = (),
        begun_at: float = 0.0,
    ) -> None:
        self._files = None if folder is None else AutomaticFiles(folder, key_folder)
        self._store, self._cell_of, self._tasks = store, cell_of, tasks
        self._facts = CommittedFacts(flushed=store.flushed, emit=emit, tasks=tasks)
        self._newest = newest
        self.earlier = EarlierVariables(offered, store, self._facts.tell)
        self._begun_at = begun_at
        self._before: CheckpointRecord | None = None  # the newest of those before it
        self._recorded: dict[str, str] = {}  # by file: the execution under which the store has it
        self._waiting: deque[tuple[AutomaticCheckpoint, bytes]] = deque()
        self._given_up: list[str] = []  # drafts
        self._followed: deque[Session] = deque(maxlen=FOLLOWED_LIMIT)  # what they wrote last may not be said yet
        self._held: list[AutomaticCheckpoint] = []
        self._held_until: asyncio.TimerHandle | None = None
        self._work: asyncio.Task[None] | None = None
        self._turn, self._asking = asyncio.Lock(), asyncio.Lock()
        if newest is not None:
            self._recorded[newest.path] = newest.execution_id

    @property
    def newest_id(self) -> str:
        """The execution after which the newest checkpoint was made; "" where there is none."""
        return "" if self._newest is None else self._newest.execution_id

    async def newest(self) -> CheckpointRecord | None:
        """The newest, once all that the worker said so far is signed and in place; of a dead one, all it wrote."""
        async with self._asking:
            await self._taken_all()
            self._record_held()
            await self._adopt_gone()
        return self._newest

    async def _adopt_gone(self) -> None:
        gone = [session for session in self._followed if _has_gone(session)]
        if gone:
            tokens = [session.token for session in reversed(self._followed)]  # what others sealed is set aside
            for session in gone:
                self._followed.remove(session)
            await self._adopt(gone[-1].session_id, tokens)

    def follow(self, session: Session) -> None:
        """The worker that is there now: newest() takes over what it writes and has no time to say."""
        self._followed.append(session)

    def begin(self, session: Session, *, meant_empty: bool) -> None:
        """One that has just been started.  Not meant_empty: what was kept before it is offered."""
        self._begun_at, self._before = time.time(), self._newest
        self.earlier.began_anew()
        self.follow(session)
        if meant_empty:
            self.earlier.tell()
        else:
            self._tasks.spawn(self._offer_before(), name="offer earlier variables")

    def take(self, message: AutomaticCheckpoint, session: Session | None) -> None:
        """From the router: what the worker of session says."""
        if self._files is None or session is None:
            return
        self._heard(session)
        if self._is_known(message):
            return
        if self._changed_nothing(message):
            self._hold(message)
            return
        self._record_held()
        self._waiting.append((message, session.token))
        self._give_up_oldest()
        if self._work is None or self._work.done():
            self._work = self._tasks.spawn(self._take_all(self._files), name="automatic checkpoints")

    async def adopt_left_behind(self, worker: WorkerRecord) -> None:
        """The worker is gone: take over the newest checkpoint of what it wrote while no application was there.

        What it did not seal is set aside and never loaded (invariant 10).
        """
        await self._adopt(worker.session_id, [worker.token])

    async def close(self) -> None:
        """Record and tell what was said so far, for CLOSE_LIMIT_S at most; the tasks are their owner's to end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self._taken_all()
                self._record_held()
                await self._store.flushed()
                self._facts.tell_all()

    # --- inside

    async def _offer_before(self) -> None:
        """Once it is known what the worker before has written as it went."""
        await self.newest()
        before = self._before
        if before is not None and await asyncio.to_thread(Path(before.path).exists):
            self.earlier.add(before)
        else:
            self.earlier.tell()

    def _is_bare(self, variables: int) -> bool:
        """Whether a checkpoint with so many says only that Python began without any."""
        return not variables and self._newest is not None and self._newest.created_at < self._begun_at

    def _heard(self, session: Session) -> None:
        """What those before it left unsaid is older than what it says."""
        while self._followed and self._followed[0] is not session:
            self._followed.popleft()
        if not self._followed:
            self._followed.append(session)

    async def _taken_all(self) -> None:
        while self._work is not None and not self._work.done():
            await asyncio.wait((self._work,))

    async def _adopt(self, session_id: str, tokens: Sequence[bytes]) -> None:
        """tokens: of that session, and of those before and after it that may have sealed the newest."""
        if self._files is None:
            return
        async with self._turn:
            since = 0.0 if self._newest is None else self._newest.created_at
            try:
                file = await asyncio.to_thread(self._files.take_over, tokens, since)
            except (EngineError, OSError) as error:
                log.warning("what the worker of %s left of checkpoints cannot be taken over: %s", session_id, error)
                return
            if file is not None and not self._is_bare(file.variables):
                record = CheckpointRecord(
                    execution_id=file.execution_id,
                    cell_id=self._cell_of(file.execution_id),
                    path=str(file.path),
                    created_at=file.created_at,
                    size_bytes=file.size_bytes,
                    left_out=file.left_out,
                )
                await self._record(self._files, record)

    def _is_known(self, message: AutomaticCheckpoint) -> bool:
        """A worker says its last one again to whoever attaches; one that was rewritten has another draft."""
        return (
            not message.skipped
            and message.execution_id == self.newest_id
            and not Path(message.path).exists(follow_symlinks=False)
        )

    def _changed_nothing(self, message: AutomaticCheckpoint) -> bool:
        """Whether it names the newest, and all before it is recorded."""
        path = Path(message.path)
        return (
            not message.skipped
            and self._newest is not None
            and (self._work is None or self._work.done())
            and path.with_suffix(KEPT_SUFFIX) == Path(self._newest.path)
            and not path.exists(follow_symlinks=False)
        )

    def _hold(self, message: AutomaticCheckpoint) -> None:
        self._held.append(message)
        if len(self._held) >= HELD_LIMIT:
            self._record_held()
        elif self._held_until is None:
            self._held_until = asyncio.get_running_loop().call_later(HOLD_S, self._record_held)

    def _record_held(self) -> None:
        """The newest holds on after all of them: one record, of the last."""
        held, self._held = self._held, []
        if self._held_until is not None:
            self._held_until.cancel()
            self._held_until = None
        newest = self._newest
        if not held or newest is None:
            return
        records = [
            replace(
                newest,
                execution_id=message.execution_id,
                cell_id=self._cell_of(message.execution_id),
                created_at=_plausible(message.timestamp),
            )
            for message in held
        ]
        self._put(records[-1])
        for record in records:
            self._facts.tell(_kept(record))

    def _give_up_oldest(self) -> None:
        """Where too many files wait; it is told in its turn."""
        places = [place for place, (message, _) in enumerate(self._waiting) if not message.skipped]
        if len(places) > WAITING_LIMIT:
            message, token = self._waiting[places[0]]
            self._given_up.append(message.path)
            self._waiting[places[0]] = (replace(message, skipped=OVERTAKEN), token)

    async def _take_all(self, files: AutomaticFiles) -> None:
        while self._waiting:
            message, token = self._waiting.popleft()
            async with self._turn:
                await self._take(files, message, token)
                await self._discard_given_up(files)

    async def _discard_given_up(self, files: AutomaticFiles) -> None:
        given_up, self._given_up = self._given_up, []
        wanted = {message.path for message, _ in self._waiting if not message.skipped}  # nothing changed since
        for path in set(given_up) - wanted:
            await asyncio.to_thread(files.discard, path)

    async def _take(self, files: AutomaticFiles, message: AutomaticCheckpoint, token: bytes) -> None:
        if message.skipped:
            self._skipped(message, message.skipped)
            return
        if self._is_bare(message.variables):
            await asyncio.to_thread(files.discard, message.path)
            return
        try:
            path, size_bytes = await asyncio.to_thread(files.publish, message.path, message.seal, token)
        except CheckpointError as error:
            log.info("execution %s has no automatic checkpoint: %s", message.execution_id, error)
            self._skipped(message, str(error))
            return
        record = CheckpointRecord(
            execution_id=message.execution_id,
            cell_id=self._cell_of(message.execution_id),
            path=str(path),
            created_at=_plausible(message.timestamp),
            size_bytes=size_bytes,
            left_out=message.left_out,
        )
        await self._record(files, record)

    async def _record(self, files: AutomaticFiles, record: CheckpointRecord) -> None:
        """Keep record as the newest, drop what is too old, and tell it when that is on the disk."""
        self._put(record)
        for path in await asyncio.to_thread(files.evict, Path(record.path), *self.earlier.paths):
            self._store.forget_checkpoint(self._recorded.pop(str(path), path.stem))
        self._facts.tell(_kept(record))

    def _put(self, record: CheckpointRecord) -> None:
        """Of the executions that a file holds after, the store has the last."""
        earlier = self._recorded.get(record.path)
        self._store.record_checkpoint(record)
        if earlier not in (None, record.execution_id):
            self._store.forget_checkpoint(str(earlier))
        self._recorded[record.path] = record.execution_id
        self._newest = record
        if record.created_at < self._begun_at:
            self._before = record
        else:
            self.earlier.kept(record.created_at)

    def _skipped(self, message: AutomaticCheckpoint, reason: str) -> None:
        execution_id = ExecutionId(message.execution_id)
        cell_id = self._cell_of(execution_id)
        self._facts.tell(CheckpointSkipped(execution_id=execution_id, cell_id=cell_id, reason=reason))


def _kept(record: CheckpointRecord) -> CheckpointKept:
    return CheckpointKept(
        execution_id=ExecutionId(record.execution_id),
        cell_id=record.cell_id,
        created_at=record.created_at,
        size_bytes=record.size_bytes,
        left_out=record.left_out,
    )


def _has_gone(session: Session) -> bool:
    return session.ended.done() and not session.ended.result().process_lives


def _plausible(timestamp: float) -> float:
    """When the worker says it was, but for what cannot be."""
    now = time.time()
    return min(timestamp, now) if math.isfinite(timestamp) and timestamp > 0 else now
