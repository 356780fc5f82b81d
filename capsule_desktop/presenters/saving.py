"""Saving one notebook: save, save as, what happens when the file changed elsewhere, and closing with unsaved work.

Reading and writing are off the loop; every question is a dialog that blocks nothing.  One save at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from capsule_desktop.notebook import disk
from capsule_desktop.notebook.ipynb import NotebookFileError
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets import file_dialogs, messages
from capsule_desktop.widgets.message_dialog import Choice

NEW_NAME = "Untitled.ipynb"


class SavingPresenter:
    """disk_state: what the file had when it was last read or written here, None for one never saved.

    on_saved: a save has ended well.  on_reload: the user wants what is on disk instead.
    """

    def __init__(
        self,
        parts: Parts,
        disk_state: disk.DiskState | None,
        *,
        on_saved: Callable[[], None],
        on_reload: Callable[[], None],
    ) -> None:
        self._parts = parts
        self._disk_state = disk_state
        self._on_saved, self._on_reload = on_saved, on_reload
        self._saving = asyncio.Lock()

    @property
    def name(self) -> str:
        path = self._parts.document.path
        return NEW_NAME if path is None else path.name

    def save(self, then: Callable[[], None] = lambda: None) -> None:
        """Save to the notebook's own file, or ask for one; then is called when it stands there."""
        path = self._parts.document.path
        if path is None:
            self.save_as(then)
        else:
            self._parts.tasks.spawn(self._save(path, then, expected=self._disk_state), name="save")

    def save_as(self, then: Callable[[], None] = lambda: None) -> None:
        path = self._parts.document.path
        folder = Path.home() if path is None else path.parent
        dialog = file_dialogs.save_notebook_as(str(folder), self.name, self._parts.window)

        def chosen(file: str) -> None:
            self._parts.tasks.spawn(self._save(Path(file), then, expected=None), name="save as")

        dialog.fileSelected.connect(chosen)
        dialog.open()

    def ask_to_close(self, then: Callable[[], None], cancelled: Callable[[], None] = lambda: None) -> None:
        """Call then when nothing is unsaved, or the user does not mind; cancelled when he stays."""
        if not self._parts.document.is_dirty:
            then()
            return

        def chosen(choice: Choice) -> None:
            match choice:
                case Choice.SAVE:
                    self.save(then)
                case Choice.DISCARD:
                    then()
                case _:
                    cancelled()

        self._parts.ask(messages.unsaved_work(self.name), chosen)

    async def _save(self, path: Path, then: Callable[[], None], *, expected: disk.DiskState | None) -> None:
        async with self._saving:
            document = self._parts.document
            snapshot = document.snapshot()
            try:
                saved = await asyncio.to_thread(disk.save, snapshot, path, expected)
            except disk.ChangedOnDisk:
                self._ask_about_change(path, then)
                return
            except NotebookFileError as error:
                self._tell_failure(str(error))
                return
            document.saved(snapshot, saved.file, path)
            self._disk_state = saved.state
            self._on_saved()
        then()

    def _ask_about_change(self, path: Path, then: Callable[[], None]) -> None:
        def chosen(choice: Choice) -> None:
            match choice:
                case Choice.OVERWRITE:
                    self._parts.tasks.spawn(self._save(path, then, expected=None), name="save over")
                case Choice.SAVE_AS:
                    self.save_as(then)
                case Choice.RELOAD:
                    self._on_reload()
                case _:
                    pass

        self._parts.ask(messages.changed_on_disk(path.name), chosen)

    def _tell_failure(self, why: str) -> None:
        self._parts.tell(
            messages.failure(
                f"{self.name} was not saved",
                f"{why} Your changes are still here, and the file is as it was.",
                "Free what is in the way, or save under another name.",
            )
        )
