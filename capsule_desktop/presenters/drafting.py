"""Keeps the unsaved edits of one notebook in its draft log, without anybody's asking.

Takes the document's facts, and hands what changed to a thread that appends and fsyncs it: KEPT is told when that has
returned (invariant 9), within a second of the last key.  Nothing is made on the disk before the first edit.
"""

from __future__ import annotations

import asyncio
import errno
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from pathlib import Path

from PySide6.QtCore import QTimer

from capsule_desktop.notebook import disk
from capsule_desktop.notebook.base_copy import BaseCopy
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.changes import DocumentChange
from capsule_desktop.notebook.disk import DiskState
from capsule_desktop.notebook.draft_log import DraftLog
from capsule_desktop.notebook.draft_recorder import DraftRecorder
from capsule_desktop.notebook.draft_records import Base, Edit, Intent
from capsule_desktop.notebook.ipynb import NotebookFile
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.time_words import clock_text
from engine.errors import StoreError

PAUSE_MS = 300  # after a key: a word is one record
LONGEST_MS = 700  # after the first key that is not kept, however fast they come; the fsync has the rest of the second
RETRY_MS = 3000  # after a disk has refused: somebody may have made room
PATIENCE_S = 2  # a save waits for the disk of the drafts, which may be another one than the notebook's
# and for a recovered draft to be ours: whoever finds it beside a file that it does not know asks whose that is
RECOVERED_PATIENCE_S = 10
DISCARDED = "drafts-discarded.log"  # the last draft that the user did not want, until the next one


class Keeping(StrEnum):
    NOTHING = auto()  # to keep: all is in the file
    KEEPING = auto()
    KEPT = auto()
    CANNOT = auto()


@dataclass(frozen=True, kw_only=True)
class DraftState:
    """kept_at: of the last record, in seconds since 1970.  reason: why it CANNOT be kept, a clause."""

    keeping: Keeping
    kept_at: float | None = None
    reason: str = ""

    def words(self, now: float) -> str:
        """For the title: "draft saved 14:02"; "" where there is none."""
        match self.keeping:
            case Keeping.CANNOT:
                return f"draft not saved: {self.reason}"
            case Keeping.KEPT if self.kept_at is not None:
                return f"draft saved {clock_text(self.kept_at, now)}"
            case Keeping.KEEPING:
                return "saving a draft…"
            case _:
                return ""


class SaveUnderWay:
    """From the snapshot to the end of one save.  intend() is called in the thread that saves."""

    def __init__(self, recorder: DraftRecorder, record: Callable[[Intent], None]) -> None:
        self._recorder, self._record = recorder, record
        self._since, self._base = recorder.save_begins(), recorder.base(None)

    def intend(self, state: DiskState, order: Sequence[CellId]) -> None:
        """Record what is about to be put in place.  A draft that cannot be written keeps nobody from saving."""
        with suppress(OSError):
            self._record(self._recorder.intent(self._since, self._base, state, order))


class DraftingPresenter:
    """folder: gives the notebook's store folder, made if need be, once it is ours; may raise StoreError or OSError.
    None: drafts are not kept at all.

    disk_state: what the file had when the document was read from it; None for one never saved.
    """

    def __init__(
        self,
        parts: Parts,
        disk_state: DiskState | None,
        folder: Callable[[], Awaitable[Path]] | None,
        on_state: Callable[[DraftState], None],
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._parts, self._disk_state, self._folder = parts, disk_state, folder
        self._on_state, self._wall = on_state, wall
        self._recorder = DraftRecorder(parts.document)
        self._log: DraftLog | None = None
        self._has_base = False  # the log says what the document builds on now
        self._has_copy = False  # of that, which is needed from the first edit on
        self._copying = asyncio.Lock()
        self._beginning = threading.Lock()  # a log that begins while a file is being saved has that save's intent
        self._intent: Intent | None = None  # of the last save, while no log has it
        self._turn = asyncio.Lock()  # one record after the other
        self._kept_at: float | None = None
        self._reason = ""
        self._told = DraftState(keeping=Keeping.NOTHING)
        self._pause = QTimer(parts.view, singleShot=True, interval=PAUSE_MS)
        self._longest = QTimer(parts.view, singleShot=True, interval=LONGEST_MS)
        self._retry = QTimer(parts.view, singleShot=True, interval=RETRY_MS)
        for timer in (self._pause, self._longest, self._retry):
            timer.timeout.connect(self._on_due)
        self._unsubscribe = parts.document.subscribe(self._take)
        self._was_recovered = parts.document.is_dirty  # what the folder has is this document's
        if self._was_recovered:
            self._due_soon()

    @property
    def has_draft(self) -> bool:
        """Whether something is kept, or about to be."""
        return self._log is not None or self._was_recovered or self._turn.locked()

    async def keep_before_save(self) -> None:
        """Until everything so far is kept or refused, but no longer than a save may be held up."""
        is_to_come = self._was_recovered and self._log is None
        await self._patiently(self.keep(), "keep draft", RECOVERED_PATIENCE_S if is_to_come else PATIENCE_S)

    async def _patiently(self, work: Coroutine[None, None, None], name: str, limit_s: float = PATIENCE_S) -> None:
        """It goes on in any case."""
        await asyncio.wait({self._parts.tasks.spawn(work, name=name)}, timeout=limit_s)

    async def keep(self) -> None:
        """Returns when everything so far is kept, or the disk has refused it."""
        if self._folder is None:
            return
        async with self._turn:
            if self._folder is not None:  # else the window may have gone, and its timers with it
                self._stop_timers()
                await self._record()
        self._after_record()

    def begin_anew(self) -> None:
        """What the log has belongs to a document that is no longer here: that was put aside."""
        self._parts.tasks.spawn(self._begin_anew(), name="begin drafts anew")

    async def _begin_anew(self) -> None:
        async with self._turn:
            if self._folder is not None:
                self._has_base = False
                await self._record(anew=True)
        self._after_record()

    @property
    def folder(self) -> Callable[[], Awaitable[Path]] | None:
        """To be called in a thread; may raise StoreError or OSError."""
        return self._folder

    # ------------------------------------------------------------------ saves

    def save_begins(self) -> SaveUnderWay:
        """To be called with the snapshot, before anything else is awaited."""
        self._intent = None
        return SaveUnderWay(self._recorder, self._intend)

    def _intend(self, intent: Intent) -> None:
        """In the thread that saves.  Raises OSError."""
        if not self._beginning.acquire(timeout=PATIENCE_S):
            raise TimeoutError(errno.ETIMEDOUT, "the disk does not answer")
        try:
            if self._log is not None and self._has_base:
                self._log.append(intent, patience_s=PATIENCE_S)
            else:
                self._intent = intent
        finally:
            self._beginning.release()

    def save_failed(self) -> None:
        self._intent = None
        self._recorder.save_ended()

    async def saved(self, state: DiskState) -> None:
        """The file has what the document had at the snapshot: the log begins anew with that."""
        self._recorder.save_ended()
        self._disk_state = state  # in one step with the document: a log that begins now builds on it
        await self._patiently(self._note_saved(), "note save")

    async def _note_saved(self) -> None:
        async with self._turn:
            self._has_base = False
            if self._log is not None:
                await self._record(anew=True)
        self._after_record()

    async def discard(self) -> None:
        """The user does not want the edits; the log of them is kept aside until the next such one."""
        self._stop_timers()
        folder, self._folder = self._folder, None
        async with self._turn:
            if folder is not None:
                with suppress(OSError, StoreError):  # then they are offered again, which loses nothing
                    log = self._log or DraftLog(await folder())
                    base = replace(self._recorder.base(self._disk_state), unfinished=())  # nor what runs brought
                    await asyncio.to_thread(_throw_away, log, base)

    def let_go(self) -> None:
        """The window goes; what is being written ends, and the log stays as it is."""
        self._unsubscribe()
        self._stop_timers()
        self._folder, self._on_state = None, _unheard
        self._parts.tasks.spawn(self._close(), name="close drafts")

    async def _close(self) -> None:
        async with self._turn:
            if self._log is not None:
                await asyncio.to_thread(self._log.close)

    # ------------------------------------------------------------------ when

    def _take(self, change: DocumentChange) -> None:
        if self._recorder.take(change):
            self._due_soon()

    def _due_soon(self) -> None:
        if self._folder is None:
            return
        self._pause.start()
        if not self._longest.isActive():
            self._longest.start()
        self._tell()

    def _on_due(self) -> None:
        self._stop_timers()
        if not self._turn.locked():  # else whoever has the turn looks again when it ends
            self._parts.tasks.spawn(self.keep(), name="keep draft")

    def _stop_timers(self) -> None:
        for timer in (self._pause, self._longest, self._retry):
            timer.stop()

    def _after_record(self) -> None:
        """A change that came meanwhile, or a refusal, is not forgotten."""
        if self._folder is not None and self._reason:
            self._retry.start()
        elif self._recorder.has_changes:
            self._due_soon()
        self._tell()

    def _tell(self) -> None:
        state = DraftState(keeping=self._keeping(), kept_at=self._kept_at, reason=self._reason)
        if state != self._told:
            self._told = state
            self._on_state(state)

    def _keeping(self) -> Keeping:
        if self._reason:
            return Keeping.CANNOT
        is_writing = self._turn.locked() and self._recorder.writes_edits
        if self._recorder.has_edits or is_writing or (self._recorder.has_changes and not self._has_base):
            return Keeping.KEEPING
        return Keeping.KEPT if self._parts.document.is_dirty and self._has_base else Keeping.NOTHING

    # ------------------------------------------------------------------ writing; in the turn

    async def _record(self, *, anew: bool = False) -> None:
        """What is not recorded yet, as one record; all that is unsaved where the log has no base."""
        document = self._parts.document
        begins = not self._has_base
        if begins and not (document.is_dirty or document.last_runs or anew):
            self._recorder.changes()  # all taken back before it was written
            return  # but not runs: that they were taken in, and perhaps cleared, is known from here alone
        edit: Edit | None = None
        try:
            if not begins:
                edit = self._recorder.changes()
                if edit.says_something and self._log is not None:
                    await asyncio.to_thread(self._log.append, edit)
            else:
                folder = None if self._folder is None else await self._folder()
                edit = self._recorder.everything()  # only now is it known what of the past is in the document
                await asyncio.to_thread(self._begin, folder, self._recorder.base(self._disk_state), edit)
        except (OSError, StoreError) as error:
            if edit is not None:
                self._recorder.failed(edit)
            self._reason = why(error)
            return
        if begins or (document.is_dirty and not self._has_copy):
            self._has_copy = document.is_dirty
            self._parts.tasks.spawn(self._copy_base(self._disk_state, document.file), name="copy base")
        self._reason, self._kept_at = "", self._wall()

    def _begin(self, folder: Path | None, base: Base, edit: Edit) -> None:
        """A log that says this alone; in the folder that the notebook has now, after a save under another name.

        folder None: the window has gone meanwhile.
        """
        old = log = self._log
        if folder is not None and (log is None or log.path.parent != folder):
            log = DraftLog(folder)
        assert log is not None  # who has no folder any more has had one
        with self._beginning:
            intent = self._intent if self._intent is not None and self._intent.base.state != base.state else None
            log.restart(base, *((edit,) if edit.says_something else ()), *((intent,) if intent else ()))
            self._log, self._has_base = log, True
        if old is not None and old is not log:
            with suppress(OSError):  # its edits are in the file of the new name
                old.remove()
                BaseCopy(old.path.parent).forget()

    async def _copy_base(self, state: DiskState | None, file: NotebookFile) -> None:
        """Only needed where others write the file, so nothing waits for it and nothing is told if it fails."""
        async with self._copying:
            if self._log is None:
                return
            copy = BaseCopy(self._log.path.parent)
            with suppress(OSError):
                if state is not None and self._parts.document.is_dirty:
                    await asyncio.to_thread(copy.write, file, state.crc)
                else:
                    await asyncio.to_thread(copy.forget)


def _throw_away(log: DraftLog, base: Base) -> None:
    log.remove(keep_as=DISCARDED)
    if base.path is not None:
        log.restart(base)
    log.close()
    BaseCopy(log.path.parent).forget()


def why(error: OSError | StoreError) -> str:
    """As the end of a sentence."""
    cause = error if isinstance(error, OSError) else error.__cause__
    return disk.reason(cause) if isinstance(cause, OSError) else str(error)


def _unheard(_state: DraftState) -> None:
    """Nobody looks any more."""
