"""Opens what another start of the application has handed over, and brings it to the front.

Each notebook has a window of its own, one that is open already comes to the front, and a checkpoint is asked about;
without a file there is the welcome, as a start of its own would show it.  Invariant: while anything is being opened
the application does not end.
"""

from __future__ import annotations

from collections.abc import Callable

from capsule_desktop.hand_over import HandOver
from capsule_desktop.presenters.opened_checkpoints import checkpoints_last
from capsule_desktop.presenters.windows import WindowsPresenter
from capsule_desktop.widgets.fronting import bring_to_front
from engine.tasks import TaskOwner


class HandedFiles:
    """on_opened: nothing is being opened any more."""

    def __init__(self, windows: WindowsPresenter, tasks: TaskOwner, on_opened: Callable[[], None]) -> None:
        self._windows, self._tasks, self._on_opened = windows, tasks, on_opened
        self._under_way = 0

    @property
    def is_opening(self) -> bool:
        return self._under_way > 0

    def take(self, request: HandOver) -> None:
        """At once where there is nothing to read."""
        if request.files:
            self._under_way += 1
            self._tasks.spawn(self._open(request), name="open what was handed over")
        else:
            bring_to_front(self._windows.shown.free() or self._windows.open_window(), request.activation_token)

    async def _open(self, request: HandOver) -> None:
        try:
            files = checkpoints_last(request.files)
            for path in files:
                before = self._windows.windows
                window = self._windows.shown.free() or (before[-1] if before else self._windows.open_window())
                await self._windows.open_file(path, window)
                shown = self._windows.shown.window_with(path) or window
                if shown in self._windows.shown:  # with the notebook, or with what there is to say or to ask
                    bring_to_front(shown, request.activation_token if path == files[-1] else "")
        finally:
            self._under_way -= 1
            if not self.is_opening:
                self._on_opened()
