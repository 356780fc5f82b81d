"""Tells somebody who is elsewhere that a batch of cells has ended, or that a cell waits for an answer.

One notification a batch and one for its questions, and none while the window is in front.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QApplication

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.batches import Batch
from capsule_desktop.presenters.parts import Parts
from engine.events import (
    Event,
    ExecutionFinished,
    ExecutionSkipped,
    ExecutionStarted,
    InputRequested,
    QueueChanged,
)


class NotifyingPresenter:
    """notify: shows title and text on the desktop.  is_idle: nothing runs, and nothing that is not held waits.

    wall: seconds since 1970.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        notify: Callable[[str, str], None],
        is_idle: Callable[[], bool],
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._parts, self._notify, self._is_idle, self._wall = parts, notify, is_idle, wall
        self._batch: Batch | None = None

    def take(self, event: Event) -> None:
        """After the presenters of runs and queue."""
        match event:
            case ExecutionStarted() if self._batch is None:
                self._batch = Batch(began_at=event.started_at)
            case InputRequested() if self._batch is not None and not self._batch.asked:
                self._asked(self._batch, CellId(event.cell_id))
            case ExecutionFinished() if self._batch is not None:
                self._batch = self._batch.with_end(event)
                self._end_if_idle(self._batch)
            case ExecutionSkipped() | QueueChanged() if self._batch is not None:
                self._end_if_idle(self._batch)
            case _:
                pass

    def _asked(self, batch: Batch, cell_id: CellId) -> None:
        if not self._parts.window.is_in_front:
            self._batch = replace(batch, asked=True)
            self._tell(f"{self._parts.label(cell_id)} waits for your answer")

    def _end_if_idle(self, batch: Batch) -> None:
        if not self._is_idle():
            return
        self._batch = None
        now = self._wall()
        if batch.last is not None and batch.is_worth_telling(now) and not self._parts.window.is_in_front:
            self._tell(batch.words(now, self._parts.mention(CellId(batch.last.cell_id))))

    def _tell(self, text: str) -> None:
        path = self._parts.document.path
        QApplication.alert(self._parts.window)  # where the desktop shows no notifications, its task bar says so
        self._notify("Untitled.ipynb" if path is None else path.name, text)
