"""What keeps one notebook: its folder in the store, made at the first edit or run, and the engine's handle on it.

Commands are taken at any time and reach the engine in their order once it is there.  Where nothing can be kept,
`trouble` says why, and cells run all the same.  Invariants: opening a notebook makes no folder, and whoever writes
into one (drafts, outputs) does so after the store's lock was taken, and after the list of open windows names it.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from capsule_desktop.notebook.document import Document
from capsule_desktop.presenters.kernels import Kernels
from engine.commands import Command
from engine.errors import StoreError, StoreLocked, StoreTooNew
from engine.kernel_place import ChoosePython
from engine.session.default_python import own_python
from engine.store import places
from engine.store.places import Place

if TYPE_CHECKING:
    from engine.notebook_handle import NotebookHandle  # loaded after the first paint

log = logging.getLogger("capsule.home")

PATIENCE_S = 2  # what was saved is shown as saved when its folder follows, but not any later for a disk that hangs


class Trouble(StrEnum):
    """Why nothing is kept of a notebook."""

    LOCKED = auto()  # another process has it open
    TOO_NEW = auto()  # a later version wrote what is kept
    UNWRITABLE = auto()


_CLAUSES: Mapping[Trouble, str] = {
    Trouble.LOCKED: "the notebook is open elsewhere",
    Trouble.TOO_NEW: "a later version of Capsule keeps it",
    Trouble.UNWRITABLE: "its folder cannot be written",
}


@dataclass(frozen=True, kw_only=True)
class NotKept:
    """reason: the store's own words, where it said any."""

    trouble: Trouble
    reason: str = ""


class NotebookHome(QObject):
    """place: where the notebook is kept (is_kept), or will be.  on_made: awaited when it was made.

    choose_python: which Python runs the cells; whoever knows sets it before the first one is run.

    opened(NotebookHandle): the engine has it, and nobody has taken its events yet; commands that wait are submitted
    when the slots have returned.  changed: `folder`, `store_id` or `not_kept` may be another.
    """

    opened = Signal(object)
    changed = Signal()

    def __init__(
        self,
        document: Document,
        place: Place,
        *,
        is_kept: bool,
        is_in_use: bool,
        kernels: Kernels,
        on_made: Callable[[], Awaitable[None]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document, self._place, self._is_kept = document, place, is_kept
        self._kernels, self._on_made = kernels, on_made
        self._waiting: list[tuple[str, Command]] = []
        self._opening: asyncio.Task[None] | None = None
        self._moving = asyncio.Lock()
        self._is_let_go = self._is_unwanted = False
        self.handle: NotebookHandle | None = None
        self.choose_python: ChoosePython = own_python
        self.not_kept = NotKept(trouble=Trouble.LOCKED) if is_in_use else None

    @property
    def store_id(self) -> str:
        """Of the folder that is there; "" while there is none."""
        return self._place.store_id if self._is_kept else ""

    @property
    def is_past_known(self) -> bool:
        """Nothing more will be told of how the notebook was run: it is told, there is nothing, or it cannot be read."""
        return not self._is_kept or self.handle is not None or self.not_kept is not None

    @property
    def folder(self) -> Path | None:
        """Where drafts may be written: it is there, and nobody else's."""
        is_ours = self.handle is not None and self.not_kept is None
        return self._place.folder if is_ours else None

    @property
    def has_kernel(self) -> bool:
        """Whether there are variables that could be lost."""
        return self.handle is not None and self.handle.session is not None

    def submit(self, command: Command) -> str:
        """The id that its events will carry, at once; the engine has it when its handle is there."""
        request_id = uuid.uuid4().hex
        if self.handle is not None:
            self.handle.submit(command, request_id)
        else:
            self._waiting.append((request_id, command))
            self.open()
        return request_id

    def open(self, *, again: bool = False) -> None:
        """Open what is kept, made where there is nothing yet: before the first edit or run, or after a crash.

        again: though it could not be opened before.
        """
        is_in_vain = self.not_kept is not None and not (again or self._waiting)
        if self.handle is None and self._opening is None and not is_in_vain and not self._is_let_go:
            self._opening = self._kernels.spawn(self._open(again=again), name="open store")

    async def draft_folder(self) -> Path:
        """Where unsaved edits may be written, made if need be.  Raises StoreError, with a clause that says why not."""
        self.open(again=self.not_kept is not None and self.not_kept.trouble is Trouble.UNWRITABLE)
        if self._opening is not None:
            await asyncio.wait([self._opening])
        if self.folder is None:
            raise StoreError("nothing is kept of it" if self.not_kept is None else _CLAUSES[self.not_kept.trouble])
        return self.folder

    def before_save(self, path: Path) -> None:
        """Give the document the id that its file is to carry: a new one where it goes on in another file, whose
        earlier one stays with its own, and where it was opened as a copy."""
        document, carried = self._document, self._document.capsule_id
        if document.path is not None and document.path != path and carried is not None:
            document.set_capsule_id(str(uuid.uuid4()))
        elif self._place.capsule_id and document.is_dirty and carried != self._place.capsule_id:
            document.set_capsule_id(self._place.capsule_id)

    async def follow(self, path: Path, capsule_id: str) -> None:
        """The file is at path now, and carries this id: so says the folder when this returns, unless its disk hangs."""
        following = self._kernels.spawn(self._follow(path, capsule_id), name="move store")
        await asyncio.wait([following], timeout=PATIENCE_S)

    def saved(self) -> None:
        """The document may have another path: the next worker follows it."""
        if self.handle is not None and self._document.path is not None:
            self.handle.move_to(self._document.path.parent)

    def forget(self) -> None:
        """The user does not want the notebook: where it has no file, its folder goes with the window."""
        self._is_unwanted = self._document.path is None

    def let_go(self, *, keep_worker: bool = False) -> None:
        """Close the handle, or what becomes of one that is being opened."""
        self._is_let_go = True
        unwanted = None if keep_worker else self._unwanted_folder()
        handle, self.handle = self.handle, None
        if handle is not None:
            self._kernels.end(handle, keep_worker=keep_worker, unwanted=unwanted)

    # --- inside

    def _unwanted_folder(self) -> Path | None:
        """Not that of a worker of an earlier life: it may not be taken up yet, and then goes on alone."""
        has_left = self.handle is not None and self.handle.past.at_opening.worker is not None
        is_unwanted = self._is_unwanted and self._document.path is None  # else it was saved after all
        return self.folder if is_unwanted and not has_left else None

    async def _open(self, *, again: bool) -> None:
        try:
            handle = await self._kept() if again or self.not_kept is None else None
            if handle is None and self._waiting:
                handle = await self._kernels.open_unkept(self._document.path, self._choose_python)
        finally:
            self._opening = None
        if handle is None:
            return
        if self._is_let_go:
            self._kernels.end(handle, keep_worker=True)  # nobody was asked about what it may run
            return
        if self._document.path is not None:
            handle.move_to(self._document.path.parent)  # it may have been saved meanwhile
        self.handle = handle
        self.opened.emit(handle)
        self.changed.emit()
        waiting, self._waiting = self._waiting, []
        for request_id, command in waiting:
            handle.submit(command, request_id)

    async def _kept(self) -> NotebookHandle | None:
        """None where nothing can be kept, which is told."""
        try:
            if not self._is_kept:
                await asyncio.to_thread(places.claim, self._place)
                self._is_kept = True
                await self._on_made()
            handle = await self._kernels.open(
                self._place.store_id,
                self._place.folder,
                self._document.path,
                self._choose_python,
                self._document.late.end,
            )
        except StoreError as error:
            self._tell(NotKept(trouble=_trouble(error), reason=str(error)))
            return None
        self._tell(None)
        async with self._moving:
            await self._say_where(places.follow)  # it was moved before, or saved meanwhile
        return handle

    async def _choose_python(self) -> str:
        return await self.choose_python()

    def _tell(self, not_kept: NotKept | None) -> None:
        if not_kept != self.not_kept:
            self.not_kept = not_kept
            self.changed.emit()

    async def _follow(self, path: Path, capsule_id: str) -> None:
        """Before the first edit or run there is nothing that could follow."""
        async with self._moving:
            self._place = await asyncio.to_thread(
                places.saved_as, self._place, path, capsule_id or self._place.capsule_id
            )
            if self.folder is not None:
                await self._say_where(places.claim)

    async def _say_where(self, say: Callable[[Place], None]) -> None:
        try:
            await asyncio.to_thread(say, self._place)
        except StoreError as error:
            log.warning("the folder of a notebook does not say where its file is: %s", error)


def _trouble(error: StoreError) -> Trouble:
    match error:
        case StoreLocked():
            return Trouble.LOCKED
        case StoreTooNew():
            return Trouble.TOO_NEW
        case _:
            return Trouble.UNWRITABLE
