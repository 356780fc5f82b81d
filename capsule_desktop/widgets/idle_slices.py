"""Work that may wait for a quiet moment, in slices that leave every frame its time.

One for all cells of a view: however many cells have colours or neighbours to make, an event never waits longer for
them than one slice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

SLICE_S: Final = 0.004  # of a frame of 16 ms

type Job = Callable[[], bool]  # does a little; True while there is more to do


class IdleSlices(QObject):
    """Runs jobs first come, first served; a job that is added again while it waits keeps its place."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: dict[object, Job] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_timeout)

    def add(self, owner: object, job: Job) -> None:
        """owner: what the job belongs to; it has one job at a time."""
        self._jobs[owner] = job
        if not self._timer.isActive():
            self._timer.start()

    def remove(self, owner: object) -> None:
        self._jobs.pop(owner, None)

    def _on_timeout(self) -> None:
        until = time.perf_counter() + SLICE_S
        while self._jobs and time.perf_counter() < until:
            owner, job = next(iter(self._jobs.items()))
            del self._jobs[owner]
            if job():
                self._jobs[owner] = job
        if not self._jobs:
            self._timer.stop()
