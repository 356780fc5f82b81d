"""A notebook's file was written by somebody else, or is gone: the user chooses between the two, and loses neither.

Keep mine, take theirs, compare, save as: asked at a save by a dialog, seen in between by a banner.  Invariant: the
side that is not taken is put aside as a copy before anything is replaced; where that fails, nothing is replaced.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from capsule_desktop.notebook import disk
from capsule_desktop.notebook.cell import Cell
from capsule_desktop.notebook.comparison import Comparison, compare
from capsule_desktop.notebook.disk import DiskState
from capsule_desktop.notebook.document import shown_cells
from capsule_desktop.notebook.ipynb import NotebookFileError
from capsule_desktop.notebook.kept_copies import KeptCopies
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.drafting import DraftingPresenter, why
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets import messages
from capsule_desktop.widgets.compare_dialog import CompareDialog
from capsule_desktop.widgets.message_dialog import Choice
from capsule_desktop.widgets.palette import Palette
from engine.errors import StoreError

_ASIDE = "Whichever you take, the other one is put aside as a copy that you can open."

Then = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What a choice leads to.  overwrite: save to the path, which has just this state (None: it is not there).

    reload: show what is on disk; with where the window's own version was put aside.  open_copy: show one.
    """

    overwrite: Callable[[Path, Then, DiskState | None], None]
    save_as: Callable[[Then], None]
    reload: Callable[[Path | None], None]
    open_copy: Callable[[Path], None]


class ConflictsPresenter:
    def __init__(
        self, parts: Parts, drafts: DraftingPresenter, palette: Callable[[], Palette], outcomes: Outcomes
    ) -> None:
        self._parts, self._drafts, self._palette, self._outcomes = parts, drafts, palette, outcomes
        self._is_noticed = False
        self._aside: Path | None = None  # what was on disk before "keep mine", until the save has ended

    def ask(self, path: Path, then: Then, *, is_there: bool) -> None:
        """At a save, which has written nothing."""
        view = messages.changed_on_disk(path.name) if is_there else messages.gone_from_disk(path.name)
        self._parts.ask(view, partial(self._choose, path, then))

    def notice(self, path: Path, *, is_there: bool) -> None:
        """Seen without a save; it waits for the user in a banner."""
        edited = self._parts.document.is_dirty
        view = messages.changed_meanwhile(path.name, edited=edited) if is_there else messages.gone_meanwhile(path.name)
        self._is_noticed = True
        self._parts.banners.show(Topic.FILE_CHANGED, view, partial(self._on_button, path))

    def withdraw(self) -> None:
        """The file is what it was here."""
        if self._is_noticed:
            self._is_noticed = False
            self._parts.banners.drop(Topic.FILE_CHANGED)

    def saved(self) -> None:
        """The file is the window's; what it had before may have been put aside."""
        self.withdraw()
        if self._aside is not None:
            self.show_copy(self._aside, mine=False)
            self._aside = None

    def show_copy(self, copy: Path, *, mine: bool) -> None:
        def clicked(key: str) -> None:
            if key == messages.OPEN_COPY:
                self._outcomes.open_copy(copy)

        self._parts.banners.show(Topic.FILE_CHANGED, messages.put_aside(copy.name, mine=mine), clicked)

    def _on_button(self, path: Path, key: str) -> None:
        if key in Choice:
            self._choose(path, _nothing, Choice(key))

    def _choose(self, path: Path, then: Then, choice: Choice) -> None:
        match choice:
            case Choice.OVERWRITE:
                self._parts.tasks.spawn(self._keep_mine(path, then), name="keep mine")
            case Choice.RELOAD:
                self._parts.tasks.spawn(self._take_theirs(path), name="take theirs")
            case Choice.COMPARE:
                self._parts.tasks.spawn(self._compare(path, then), name="compare")
            case Choice.SAVE_AS:
                self._outcomes.save_as(then)
            case _:
                pass

    async def _keep_mine(self, path: Path, then: Then) -> None:
        state: DiskState | None = None
        if await asyncio.to_thread(path.exists):
            try:
                folder = None if self._drafts.folder is None else await self._drafts.folder()
                self._aside, state = await asyncio.to_thread(_put_theirs_aside, path, folder)
            except (OSError, StoreError, NotebookFileError) as error:
                self._tell_not_aside("What is on disk", error)
                return
        self._outcomes.overwrite(path, then, state)

    async def _take_theirs(self, path: Path) -> None:
        snapshot, folder = self._parts.document.snapshot(), self._drafts.folder
        copy: Path | None = None
        if snapshot.changed and folder is not None:
            try:
                copies = KeptCopies(await folder())
                copy = await asyncio.to_thread(copies.keep_mine, snapshot, path.stem)
            except (OSError, StoreError, NotebookFileError) as error:
                self._tell_not_aside("Your version", error)
                return
        self._outcomes.reload(copy)

    def _tell_not_aside(self, what: str, error: OSError | StoreError | NotebookFileError) -> None:
        reason = str(error) if isinstance(error, NotebookFileError) else f"The reason: {why(error)}."
        safe = f"{what} could not be put aside as a copy. {reason} The window and the file are as they were."
        self._parts.tell(messages.failure("Nothing was replaced", safe, "Save your version under another name first."))

    async def _compare(self, path: Path, then: Then) -> None:
        document = self._parts.document
        mine = tuple(document.cell(cell_id) for cell_id in document.cell_ids())
        try:
            comparison = await asyncio.to_thread(_compared, mine, path)
        except NotebookFileError as error:
            self._parts.tell(messages.failure(f"{path.name} cannot be compared", str(error), "Your version is here."))
            return
        note = "" if self._drafts.folder is None else _ASIDE
        dialog = CompareDialog(path.name, comparison, self._palette(), note, self._parts.window)
        dialog.chosen.connect(partial(self._choose, path, then))
        dialog.open()


def _put_theirs_aside(path: Path, folder: Path | None) -> tuple[Path | None, DiskState]:
    data, state = disk.read_bytes(path)
    return None if folder is None else KeptCopies(folder).keep_theirs(data, path.stem), state


def _compared(mine: tuple[Cell, ...], path: Path) -> Comparison:
    return compare(mine, shown_cells(disk.read(path).file))


def _nothing() -> None:
    """What comes after a choice that nothing waits for."""
