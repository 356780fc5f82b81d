"""Save Checkpoint… and Restore Checkpoint…: the questions before, and the report after.

A file is read and checked before anybody is asked about it, and only what was described is restored.

"Checkpoint" always means the variables, never the file.  Files are kept in a folder of the user's own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.checkpoint_reader import CheckpointReader
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets import file_dialogs, messages
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import BannerView
from capsule_desktop.widgets.checkpoint_dialogs import RestoreCheckpointDialog, SaveCheckpointDialog
from capsule_desktop.widgets.message_dialog import Choice
from capsule_desktop.widgets.palette import Palette
from capsule_desktop.widgets.report_dialog import ReportDialog, ReportRow
from engine.commands import RestoreCheckpoint, SaveCheckpoint
from engine.errors import CheckpointError, LongContents
from engine.events import CheckpointRestored, CheckpointSaved, Event, RequestFailed, VariableRow

if TYPE_CHECKING:
    from capsule_desktop.presenters.checkpoint_summary import CheckpointSummary  # loaded when one is to be restored

SUFFIX = "capsule"
_GOOD = frozenset({"saved", "restored", "replaced", "unchanged", "removed"})
_NOT_IN_A_NAME = re.compile(r'[/\\:*?"<>|\x00-\x1f]')


class CheckpointsPresenter:
    """folder: where this user's checkpoints are kept.  palette: the present one, for the report."""

    def __init__(self, parts: Parts, folder: Path, reader: CheckpointReader, palette: Callable[[], Palette]) -> None:
        self._parts = parts
        self._folder, self._reader = folder, reader
        self._palette = palette
        self._reading: asyncio.Task[None] | None = None
        self._restoring: dict[str, RestoreCheckpoint] = {}
        self.actions: Mapping[Action, Callable[[], None]] = {
            Action.SAVE_CHECKPOINT: self._ask_name,
            Action.RESTORE_CHECKPOINT: self._ask_file,
        }

    def take(self, event: Event) -> None:
        if isinstance(event, CheckpointSaved | CheckpointRestored | RequestFailed):
            self._parts.banners.drop(Topic.CHECKPOINT)
        match event:
            case CheckpointSaved():
                self._report(f"“{event.name}” is saved", event.variables)
            case CheckpointRestored():
                self._restoring.pop(event.request_id, None)
                self._report(f"“{event.name}” is restored", (*event.variables, *event.surroundings))
            case RequestFailed(kind="foreign_checkpoint", request_id=request_id):
                self._ask_trust(self._restoring.pop(request_id, None))
            case RequestFailed(kind="checkpoint"):
                self._tell("The checkpoint was not saved", event.message)
            case RequestFailed(kind="restore"):
                self._restoring.pop(event.request_id, None)
                self._tell("The checkpoint was not restored", event.message)
            case _:
                pass

    def _ask_name(self) -> None:
        stem = "notebook" if self._parts.document.path is None else self._parts.document.path.stem
        taken = {path.stem for path in self._folder.glob(f"*.{SUFFIX}")}
        dialog = SaveCheckpointDialog(_free_name(stem, taken), str(self._folder), taken, self._parts.window)
        dialog.save_requested.connect(self._save)
        dialog.open()

    def _save(self, name: str) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            why = f"Its folder {self._folder} cannot be made: {(error.strerror or str(error)).lower()}."
            self._tell("The checkpoint was not saved", why)
            return
        file_name = _NOT_IN_A_NAME.sub("_", name).strip(". ") or "checkpoint"
        self._parts.submit(SaveCheckpoint(name=name, path=self._folder / f"{file_name}.{SUFFIX}"))
        self._say(f"Saving the variables as {name} …")

    def _ask_file(self) -> None:
        folder = self._folder if self._folder.is_dir() else Path.home()
        dialog = file_dialogs.open_checkpoint(str(folder), self._parts.window)
        dialog.fileSelected.connect(lambda file: self._look_at(Path(file)))
        dialog.open()

    def _look_at(self, path: Path) -> None:
        self.let_go()
        self._reading = self._parts.tasks.spawn(self._ask_how(path), name="ask about a checkpoint")

    async def _ask_how(self, path: Path) -> None:
        """Whose list is too long to be shown may be the user's own: of that only the file's name is."""
        try:
            summary = await self._reader.read(path)
        except LongContents:
            self._ask(RestoreCheckpoint(path=path), path.stem, str(path.parent))
        except CheckpointError as error:
            self._tell("The checkpoint was not restored", str(error))
        else:
            self._ask(order(summary), summary.name, summary.described)

    def _ask(self, command: RestoreCheckpoint, name: str, described: str) -> None:
        dialog = RestoreCheckpointDialog(name, described, self._parts.window, is_foreign=command.trust_unsigned)
        dialog.restore_requested.connect(lambda clear: self.restore(replace(command, clear_existing=clear)))
        dialog.open()

    def let_go(self) -> None:
        """What is being read is not asked about any more: the window goes, or another file was chosen."""
        if self._reading is not None:
            self._reading.cancel()

    def restore(self, command: RestoreCheckpoint) -> None:
        """As the user wants it, who was asked; again where nobody could say that it is a stranger's."""
        self._restoring[self._parts.submit(command)] = command
        self._say(f"Restoring {command.path.stem} …")

    def _ask_trust(self, command: RestoreCheckpoint | None) -> None:
        if command is None:
            return
        again = replace(command, trust_unsigned=True)
        view = messages.foreign_checkpoint(command.path.name)
        self._parts.ask(view, lambda choice: self.restore(again) if choice is Choice.RESTORE else None)

    def _report(self, heading: str, rows: Sequence[VariableRow]) -> None:
        show_report(heading, rows, self._palette(), self._parts.window)

    def _say(self, words: str) -> None:
        """Large variables take their time, and a running cell is waited for."""
        self._parts.banners.show(Topic.CHECKPOINT, BannerView(text=words, dismissable=False))

    def _tell(self, what: str, why: str) -> None:
        self._parts.tell(messages.failure(what, why, "Variables and outputs are as they were."))


def order(summary: CheckpointSummary, *, clear_existing: bool = False) -> RestoreCheckpoint:
    """To restore what was described, which the user is asked to trust where it is a stranger's."""
    return RestoreCheckpoint(
        path=summary.path,
        clear_existing=clear_existing,
        trust_unsigned=summary.is_foreign,
        sha256=summary.sha256,
    )


def show_report(heading: str, rows: Sequence[VariableRow], palette: Palette, over: QWidget) -> None:
    """What became of each variable, over a window; blocks nothing."""
    shown = [
        ReportRow(
            name=row.name,
            type_name=row.type_name,
            outcome=row.outcome,
            reason=row.reason,
            problem=row.outcome not in _GOOD,
        )
        for row in rows
    ]
    ReportDialog(heading, shown, palette, parent=over).open()


def problem_count(rows: Iterable[VariableRow]) -> int:
    """How many did not come out as one would wish."""
    return sum(row.outcome not in _GOOD for row in rows)


def _free_name(stem: str, taken: set[str]) -> str:
    """ "titration 1", "titration 2", …: the first that is not taken."""
    number = 1
    while (name := f"{stem} {number}") in taken:
        number += 1
    return name
