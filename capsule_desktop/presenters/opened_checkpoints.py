"""A checkpoint that was opened like a file, by a double click or a drop: into which notebook shall it be restored?

Asked by windows.py, which opens what the user chooses; from there on it goes as with Restore Checkpoint….  One question
at a time, and nobody waits for the answer.  Invariants: nothing is unpickled here, and no Python is started before the
user has said Restore.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from capsule_desktop.presenters.checkpoint_reader import CheckpointReader
from capsule_desktop.presenters.checkpoints import SUFFIX, order
from capsule_desktop.presenters.shown_notebooks import ShownNotebooks
from capsule_desktop.widgets import file_dialogs, messages
from capsule_desktop.widgets.checkpoint_dialogs import OpenedCheckpointDialog
from capsule_desktop.widgets.fronting import bring_to_front
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import MessageDialog
from engine.errors import CheckpointError
from engine.tasks import TaskOwner

if TYPE_CHECKING:
    from capsule_desktop.presenters.checkpoint_summary import CheckpointSummary  # loaded when one was opened

_SAVED_FROM = ", which it was saved from"


def is_checkpoint(path: Path) -> bool:
    """By its name, as desktops tell files apart."""
    return path.suffix.lower() == f".{SUFFIX}"


def checkpoints_last(paths: Iterable[Path]) -> list[Path]:
    """What else is opened can then be chosen to restore into."""
    return sorted(paths, key=is_checkpoint)


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """One notebook that can be chosen.  open: bring it up over a window; the window that shows it, None for none."""

    label: str
    open: Callable[[MainWindow], Awaitable[MainWindow | None]]


class OpenedCheckpoints:
    """open_file, new_notebook: what windows.py does for a path and for a new notebook, over or in a window."""

    def __init__(
        self,
        shown: ShownNotebooks,
        reader: CheckpointReader,
        open_file: Callable[[Path, MainWindow], Awaitable[None]],
        new_notebook: Callable[[MainWindow], None],
        tasks: TaskOwner,
    ) -> None:
        self._shown, self._reader = shown, reader
        self._open_file, self._new_notebook = open_file, new_notebook
        self._tasks = tasks
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, path: Path, window: MainWindow) -> None:
        """Read and check the file, off the loop, and ask over window soon; a sentence where it is no good."""
        try:
            summary = await self._reader.read(path)
        except CheckpointError as error:
            over = self._over(window)
            if over is not None:
                over.raise_()
                what = f"{path.name} was not restored"
                MessageDialog(messages.failure(what, str(error), ""), over).open()
            return
        self._tasks.spawn(self._settle(summary, window), name="ask about a checkpoint")

    # --- inside

    async def _settle(self, summary: CheckpointSummary, window: MainWindow) -> None:
        async with self._one_at_a_time:
            over = self._over(window)
            if over is None:
                return  # the application ends
            choices = self._choices(summary, over)
            labels = [choice.label for choice in choices]
            dialog = OpenedCheckpointDialog(
                summary.name, summary.described, labels, over, is_foreign=summary.is_foreign
            )
            bring_to_front(over)
            answer = await _answered(dialog)
            over = self._over(over)
            if answer is None or over is None:
                return
            chosen, clear_existing = answer
            target = await choices[chosen].open(over)
            notebook = None if target is None else self._shown.of(target)
            if notebook is not None:
                notebook.checkpoints.restore(order(summary, clear_existing=clear_existing))

    def _over(self, window: MainWindow) -> MainWindow | None:
        """window, or another where it has been closed meanwhile."""
        return window if window in self._shown else next(reversed(self._shown.windows), None)

    def _choices(self, summary: CheckpointSummary, over: MainWindow) -> Sequence[_Choice]:
        """The one that it was saved from is the first, then the one in front; a new one where none is open."""
        source = self._shown.window_keeping(summary.store_id)
        if source is None and summary.notebook is not None:
            source = self._shown.window_with(summary.notebook)
        windows = sorted(self._shown.windows, key=lambda window: (window is not source, window is not over))
        shown = [choice for window in windows if (choice := self._shown_choice(window, source)) is not None]
        if source is None and summary.notebook is not None:
            label = f"{summary.notebook.name}{_SAVED_FROM}"
            shown.insert(0, _Choice(label=label, open=partial(self._at, summary.notebook)))
        another = _Choice(label="Another notebook…", open=self._another)
        new = _Choice(label="A new notebook", open=self._new)
        return (*shown, another, new) if shown else (new, another)

    def _shown_choice(self, window: MainWindow, source: MainWindow | None) -> _Choice | None:
        notebook = self._shown.of(window)
        if notebook is None:
            return None
        path = notebook.document.path
        name = notebook.saving.name if path is None else f"{path.name} in {path.parent.name or path.parent}"
        label = f"{name}{_SAVED_FROM if window is source else ''} (open)"
        return _Choice(label=label, open=partial(self._open_again, window, path))

    async def _open_again(self, window: MainWindow, path: Path | None, over: MainWindow) -> MainWindow | None:
        """In front; opened once more where it was closed while the user thought about it."""
        if self._shown.of(window) is not None:
            bring_to_front(window)
            return window
        if path is not None:
            return await self._at(path, over)
        view = messages.failure("Nothing was restored", "That notebook was closed meanwhile.", "Open the file again.")
        MessageDialog(view, over).open()
        return None

    async def _at(self, path: Path, over: MainWindow) -> MainWindow | None:
        await self._open_file(path, over)
        return self._shown.window_with(path)

    async def _another(self, over: MainWindow) -> MainWindow | None:
        notebook = self._shown.of(over)
        path = None if notebook is None else notebook.document.path
        dialog = file_dialogs.open_notebook(str(Path.home() if path is None else path.parent), over)
        found = asyncio.get_running_loop().create_future()
        dialog.fileSelected.connect(lambda file: _set(found, Path(file)))
        dialog.destroyed.connect(lambda: _set(found, None))
        dialog.open()
        path = await found
        over_now = self._over(over)
        return None if path is None or over_now is None else await self._at(path, over_now)

    async def _new(self, over: MainWindow) -> MainWindow | None:
        was_free = self._shown.is_free(over)
        self._new_notebook(over)
        return over if was_free else self._shown.windows[-1]


async def _answered(dialog: OpenedCheckpointDialog) -> tuple[int, bool] | None:
    """Show it; which notebook, and whether other variables go, or None for neither."""
    answer: asyncio.Future[tuple[int, bool] | None] = asyncio.get_running_loop().create_future()
    dialog.restore_requested.connect(lambda clear: _set(answer, (dialog.chosen, clear)))
    dialog.destroyed.connect(lambda: _set(answer, None))  # closed, or gone with its window
    dialog.open()
    return await answer


def _set[T](future: asyncio.Future[T], value: T) -> None:
    if not future.done():
        future.set_result(value)
