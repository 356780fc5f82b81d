"""Brings back the windows that a crashed life of the application had open, one after the other.

A notebook that two lives in a row died of while they brought it back is offered instead, so that one bad notebook
cannot keep the application from starting.  Invariant: what is still to be brought back, or offered, stays listed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import PurePath

from PySide6.QtCore import QTimer

from capsule_desktop.lives import WindowRecord
from capsule_desktop.presenters.opening import Opened
from capsule_desktop.widgets import messages
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from engine.tasks import TaskOwner

UNTITLED = "An unsaved notebook"
TRIES = 2
STANDS_AFTER_MS = 5000  # what kills us while it is opened and painted, and its kernel is found again, does so by then


class ComingBack:
    """bring: open what a record says, and give its window; None where it is open already, or cannot be (told)."""

    def __init__(
        self,
        bring: Callable[[WindowRecord], Awaitable[MainWindow | None]],
        listed: Callable[[], Awaitable[None]],
        on_changed: Callable[[], None],
        tasks: TaskOwner,
    ) -> None:
        self._bring, self._listed, self._on_changed, self._tasks = bring, listed, on_changed, tasks
        self._waiting: list[WindowRecord] = []
        self._tries: dict[MainWindow, int] = {}
        self._crashed: frozenset[WindowRecord] = frozenset()
        self.offered: tuple[WindowRecord, ...] = ()

    def found(self, records: Iterable[WindowRecord]) -> None:
        """What crashed lives had open."""
        everything = tuple(records)
        self._crashed = frozenset(everything)
        self.offered = tuple(record for record in everything if record.tries >= TRIES)
        self._waiting = [record for record in everything if record.tries < TRIES]

    def was_open(self, opened: Opened) -> bool:
        """Whether a crashed life had this notebook open, and it has not been looked at since."""
        key = WindowRecord(
            path="" if opened.path is None else str(opened.path), store_id=opened.place.store_id
        ).notebook
        store_id = opened.place.store_id if opened.is_kept else ""  # whatever the name of its file is now
        was = {r for r in self._crashed if r.notebook == key or (store_id and r.store_id == store_id)}
        self._crashed -= was
        return bool(was)

    @property
    def listed_besides(self) -> tuple[WindowRecord, ...]:
        """What must stay listed though no window shows it."""
        return (*self._waiting, *self.offered)

    def tries_of(self, window: MainWindow) -> int:
        return self._tries.get(window, 0)

    async def bring_back(self) -> None:
        """Each attempt is on the disk before it is made."""
        while self._waiting:
            tried = replace(self._waiting[0], tries=self._waiting[0].tries + 1)
            self._waiting[0] = tried
            await self._listed()
            window = await self._bring(tried)
            if window is not None:
                self._tries[window] = tried.tries
                timer = QTimer(window, singleShot=True, interval=STANDS_AFTER_MS)
                timer.timeout.connect(partial(self._stands, window))
                timer.start()
            self._waiting.pop(0)

    def forget(self, window: MainWindow) -> None:
        """It was closed."""
        self._tries.pop(window, None)

    def offer(self, over: MainWindow) -> None:
        """Ask of each whether it is to be opened; "not now" asks again at the next start."""
        for record in self.offered:
            dialog = MessageDialog(messages.ended_twice(PurePath(record.path).name or UNTITLED), over)
            dialog.chosen.connect(partial(self._on_chosen, record))
            dialog.open()

    def _on_chosen(self, record: WindowRecord, choice: Choice) -> None:
        match choice:
            case Choice.OK:
                self._tasks.spawn(self._bring_anyway(record), name="open offered")
            case Choice.DISCARD:
                self._no_longer_offered(record)
            case _:
                pass

    def _no_longer_offered(self, record: WindowRecord) -> None:
        self.offered = tuple(other for other in self.offered if other is not record)
        self._on_changed()

    async def _bring_anyway(self, record: WindowRecord) -> None:
        """The user wants it, whatever happened to it."""
        self._no_longer_offered(record)
        await self._bring(record)

    def _stands(self, window: MainWindow) -> None:
        self.forget(window)
        self._on_changed()
