"""What this life of the application has open, kept on the disk as it changes, and what a crashed life had open.

The loop's side of lives.py, whose work is done on threads, one write at a time, the latest state winning.
Invariant: nothing waits for the disk but who asks to (listed()), and a list that cannot be written is told once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QTimer, Signal
from PySide6.QtWidgets import QWidget

from capsule_desktop.lives import Life, WindowRecord
from engine.tasks import TaskOwner

log = logging.getLogger("capsule.windows")

_BESIDE = QPoint(28, 28)  # a window does not hide the one that was opened before it
GEOMETRY_DELAY_MS = 1000  # a window that is being moved or resized is listed when it has come to rest


class OpenWindows(QObject):
    """current: the records of what is open now, in order.  Emits failed with why the list cannot be kept."""

    failed = Signal(str)

    def __init__(self, folder: Path, current: Callable[[], Sequence[WindowRecord]], tasks: TaskOwner) -> None:
        super().__init__()
        self._folder, self._current, self._tasks = folder, current, tasks
        self._life: Life | None = None
        self._writing: asyncio.Task[None] | None = None
        self._is_outdated = self._has_failed = False
        self._at_rest = QTimer(self, singleShot=True, interval=GEOMETRY_DELAY_MS)
        self._at_rest.timeout.connect(self.changed)

    async def begin(self) -> tuple[WindowRecord, ...]:
        """Begin to keep the list; what crashed lives had open, which is this one's from now on."""
        try:
            self._life = await asyncio.to_thread(Life.begin, self._folder)
            return await asyncio.to_thread(self._life.take_over)
        except OSError as error:
            self._fail(error)
            return ()

    def changed(self) -> None:
        """Something was opened, closed or renamed: write the list soon."""
        self._is_outdated = True
        if self._life is not None and self._writing is None:
            self._writing = self._tasks.spawn(self._write(self._life), name="list windows")

    def moved(self) -> None:
        """A window has another place or size: write the list when it stays there."""
        if self._life is not None:
            self._at_rest.start()

    async def listed(self) -> None:
        """Wait until the list as it is now is on the disk, or cannot be."""
        self.changed()
        if self._writing is not None:
            await asyncio.shield(self._writing)

    def stop(self) -> None:
        """Nothing more is listed, and what is stays."""
        self._at_rest.stop()

    async def end(self) -> None:
        """The application ends in order, and no window is left: what is listed all the same comes back another time."""
        self.stop()
        if self._writing is not None:
            await asyncio.wait([self._writing])
        if self._life is not None:
            life, self._life = self._life, None
            await asyncio.to_thread(life.end, tuple(self._current()))

    async def _write(self, life: Life) -> None:
        try:
            while self._is_outdated:
                self._is_outdated = False
                await asyncio.to_thread(life.write, tuple(self._current()))
                self._has_failed = False
        except OSError as error:
            self._fail(error)
        finally:
            self._writing = None

    def _fail(self, error: OSError) -> None:
        why = (error.strerror or str(error)).lower()
        log.warning("the list of open windows cannot be written: %s", why)
        if not self._has_failed:
            self._has_failed = True
            self.failed.emit(why)


class WindowMoves(QObject):
    """Tells whenever window has another place or size; goes with it."""

    moved = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            self.moved.emit()
        return False


def place_beside(window: QWidget, other: QWidget) -> None:
    """Whole on the screen of the other, smaller where that has not the room; window is not shown yet."""
    if window.isMaximized() or window.isFullScreen():
        return
    room, frame = other.screen().availableGeometry(), other.frameGeometry().size() - other.size()
    size = (window.size() + frame).boundedTo(room.size())
    place = QRect(other.frameGeometry().topLeft() + _BESIDE, size)
    if place.left() < room.left() or place.right() > room.right():
        place.moveLeft(room.left())
    if place.top() < room.top() or place.bottom() > room.bottom():
        place.moveTop(room.top())
    window.resize(size - frame)
    window.move(place.topLeft())
