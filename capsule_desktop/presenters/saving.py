"""Saving one notebook: save, save as, and looking whether the file is still the same.

Reading and writing are off the loop; every question is a dialog that blocks nothing.  One save at a time.
Invariant: what could not be written is told in words, and is still in the window; what others wrote is conflicts.py's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from capsule_desktop.notebook import disk
from capsule_desktop.notebook.ipynb import NotebookFileError, capsule_id
from capsule_desktop.presenters.conflicts import ConflictsPresenter, Outcomes
from capsule_desktop.presenters.drafting import DraftingPresenter
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.slow_work import said_when_slow
from capsule_desktop.widgets import file_dialogs, messages
from capsule_desktop.widgets.message_dialog import Choice, MessageView
from capsule_desktop.widgets.palette import Palette

NEW_NAME = "Untitled.ipynb"


def _nothing() -> None:
    """What comes after a save that nothing waits for."""


async def _nothing_before(_path: Path) -> None:
    """For a notebook that is kept nowhere, and has no id to carry."""


async def _nothing_after(_path: Path, _capsule_id: str) -> None:
    """Likewise."""


class SavingPresenter:
    """disk_state: what the file had when it was last read or written here, None for one never saved.

    is_open_elsewhere: whether another window shows the notebook of a path.  before_save: what is there now is about
    to be written to a path.  after_write: it stands there, with this id, which is not shown before that returns.
    on_saved: it is shown.
    on_reload: the user wants what is on disk instead; with where what is here was put aside.  on_open_copy: show one.
    """

    def __init__(
        self,
        parts: Parts,
        disk_state: disk.DiskState | None,
        drafts: DraftingPresenter,
        *,
        palette: Callable[[], Palette],
        is_open_elsewhere: Callable[[Path], bool],
        before_save: Callable[[Path], Awaitable[None]] = _nothing_before,
        after_write: Callable[[Path, str], Awaitable[None]] = _nothing_after,
        on_saved: Callable[[], None],
        on_reload: Callable[[Path | None], None],
        on_open_copy: Callable[[Path], None],
    ) -> None:
        self._parts = parts
        self._disk_state = disk_state
        self._drafts = drafts
        self._is_open_elsewhere = is_open_elsewhere
        self._before_save, self._after_write, self._on_saved = before_save, after_write, on_saved
        outcomes = Outcomes(
            overwrite=lambda path, then, state: self._spawn(path, then, expected=state),
            save_as=self.save_as,
            reload=on_reload,
            open_copy=on_open_copy,
        )
        self.conflicts = ConflictsPresenter(parts, drafts, palette, outcomes)
        self._saving = asyncio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_let_go = False
        self._seen: disk.FileLook | None = None  # what was told of the file last
        if parts.document.is_dirty:  # it was recovered, perhaps onto a file that others have written since
            self.look_at_file()

    @property
    def name(self) -> str:
        path = self._parts.document.path
        return NEW_NAME if path is None else path.name

    @property
    def is_under_way(self) -> bool:
        return bool(self._under_way)

    @property
    def is_let_go(self) -> bool:
        return self._is_let_go

    def save(self, then: Callable[[], None] = _nothing) -> None:
        """Save to the notebook's own file, or ask for one; then is called when it stands there."""
        if self._parts.document.path is None:
            self.save_as(then)
        else:
            self._spawn(None, then)

    def save_as(self, then: Callable[[], None] = _nothing) -> None:
        path = self._parts.document.path
        folder = Path.home() if path is None or not path.parent.is_dir() else path.parent
        dialog = file_dialogs.save_notebook_as(str(folder), self.name, self._parts.window)

        def chosen(file: str) -> None:
            if self._is_open_elsewhere(Path(file)):
                self._parts.tell(messages.open_elsewhere(Path(file).name))
            else:
                self._spawn(Path(file), then, expected=None)

        dialog.fileSelected.connect(chosen)
        dialog.open()

    def look_at_file(self) -> None:
        """Whether others have written or moved the file meanwhile; told once each time they do."""
        path, state = self._parts.document.path, self._disk_state
        if path is not None and state is not None and not (self._under_way or self._is_let_go):
            self._parts.tasks.spawn(self._look(path, state), name="look at the file")

    async def _look(self, path: Path, state: disk.DiskState) -> None:
        look = await asyncio.to_thread(disk.look_at, path, state)
        is_old = self._is_let_go or self._under_way or self._disk_state is not state
        if is_old or look == self._seen:
            return
        self._seen = look
        if look.changed:
            self.conflicts.notice(path, is_there=look.is_there)
        else:
            self.conflicts.withdraw()

    def moved_to(self, path: Path) -> None:
        """Somebody gave the file another name."""
        self._parts.document.path, self._seen = path, None
        self.conflicts.withdraw()
        self.look_at_file()

    def let_go(self) -> None:
        """The window goes; a save that is under way still ends, and tells nobody."""
        self._is_let_go = True

    async def ended(self) -> None:
        """Wait for the saves that are under way."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    def _has_gone(self) -> bool:
        """Asked again after waiting."""
        return self._is_let_go

    def _spawn(self, path: Path | None, then: Callable[[], None], *, expected: disk.DiskState | None = None) -> None:
        """path None: to the notebook's own file, and over what that had when it was last read or written here."""
        task = self._parts.tasks.spawn(self._save_in_sight(path, then, expected), name="save")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _save_in_sight(
        self, path: Path | None, then: Callable[[], None], expected: disk.DiskState | None
    ) -> None:
        """Whoever closes the window by it sees what that waits for."""
        with said_when_slow(self._parts.banners, messages.saving_slowly(self.name if path is None else path.name)):
            await self._save(path, then, expected)

    async def _save(self, path: Path | None, then: Callable[[], None], expected: disk.DiskState | None) -> None:
        async with self._saving:
            document = self._parts.document
            if path is None:  # only now: a save that was under way has made it another file, or another state of it
                path, expected = document.path, self._disk_state
                assert path is not None  # a notebook that has a file keeps one
            await self._before_save(path)
            await self._drafts.keep_before_save()
            under_way, snapshot = self._drafts.save_begins(), document.snapshot()
            try:
                saved = await asyncio.to_thread(disk.save, snapshot, path, expected, under_way.intend)
            except disk.ChangedOnDisk:
                self._drafts.save_failed()
                is_there = await asyncio.to_thread(path.exists)
                if not self._is_let_go:
                    self.conflicts.ask(path, then, is_there=is_there)
                return
            except NotebookFileError as error:
                self._drafts.save_failed()
                self._ask_after_failure(str(error), then)
                return
            await self._after_write(path, capsule_id(saved.file.metadata))
            if self._has_gone():
                return
            document.saved(snapshot, saved.file, path)
            self._disk_state, self._seen = saved.state, None
            await self._drafts.saved(saved.state)
            if self._has_gone():
                return
            self.conflicts.saved()
            self._on_saved()
        then()

    def _ask_after_failure(self, why: str, then: Callable[[], None]) -> None:
        def chosen(choice: Choice) -> None:
            if choice is Choice.SAVE_AS:
                self.save_as(then)

        self._ask(messages.not_saved(self.name, why), chosen)

    def _ask(self, view: MessageView, chosen: Callable[[Choice], None]) -> None:
        if not self._is_let_go:
            self._parts.ask(view, chosen)
