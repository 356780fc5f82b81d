"""What can be done to one notebook: the table of its actions, and which of them are possible now.

Filled by notebook.NotebookPresenter from its parts; asked by windows.py, which menus and keys go through.  Invariant:
whatever becomes possible, or ceases to be, is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from capsule_desktop.presenters.resuming import ResumingPresenter
from capsule_desktop.presenters.running import RunningPresenter
from capsule_desktop.presenters.stopping import StoppingPresenter
from capsule_desktop.widgets.actions import Action


class NotebookActions(QObject):
    """table: what each action of the notebook does, those of running, resuming and stopping among them."""

    changed = Signal()

    def __init__(
        self,
        table: Mapping[Action, Callable[[], None]],
        *,
        running: RunningPresenter,
        resuming: ResumingPresenter,
        stopping: StoppingPresenter,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._table = table
        self._running, self._resuming, self._stopping = running, resuming, stopping
        self._is_busy = False  # something runs, or waits to and is not held
        self._out_of_place = frozenset[Action]()  # as was told last

    @property
    def possible(self) -> frozenset[Action]:
        """Stop only while something runs, and the steps beyond it when they are offered."""
        stop = frozenset(self._stopping.actions) - self._stopping.offered
        withheld = stop - {Action.INTERRUPT} if self._is_busy else stop
        return frozenset(self._table) - withheld - self._impossible()

    def perform(self, action: Action) -> bool:
        """Do what action says; False where it is not one of a notebook's."""
        do = self._table.get(action)
        if do is not None:
            do()
        return do is not None

    def look(self) -> None:
        """The engine told something: what is possible may be another now."""
        before, self._out_of_place = self._out_of_place, self._impossible()
        if self._out_of_place != before:
            self.changed.emit()

    def show_busy(self, *, is_busy: bool) -> None:
        """Whether anything runs, or waits to and is not held."""
        if is_busy != self._is_busy:
            self._is_busy = is_busy
            self.changed.emit()

    def _impossible(self) -> frozenset[Action]:
        return self._running.withheld.union(() if self._resuming.is_possible else self._resuming.actions)
