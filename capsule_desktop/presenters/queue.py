"""The queue panel: what runs and waits, in the engine's order, how long it will take, and what is asked of it.

QueueChanged says the order of what waited then and whether it is held; what was queued since comes behind, and is not
held.  Everything else follows from the runs.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import assert_never

from PySide6.QtCore import QObject, QTimer

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.estimates import Estimates
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.run_states import CellRun
from capsule_desktop.widgets.banner import BannerButton, BannerView
from capsule_desktop.widgets.queue_list import SHOWN_LIMIT
from capsule_desktop.widgets.queue_values import (
    GoOn,
    HoldRuns,
    MoveRun,
    QueueButton,
    QueueRequest,
    QueueRow,
    QueueView,
    RemoveAllRuns,
    RemoveRun,
    ShowRun,
)
from capsule_desktop.widgets.values import CellState
from engine.commands import CancelExecution, ExecutionId, GoOnAfterErrors, HoldQueue, MoveInQueue
from engine.errors import EngineError
from engine.events import Event, ExecutionFinished, ExecutionQueued, QueueChanged

TICK_MS = 1000  # what is left is told in whole seconds at best
_RUN, _REMOVE_ALL = "run what is held", "remove all"  # the banner's buttons
_GO_ON = QueueButton(label="Go on", request=HoldRuns(held=False), tip="Run what waits after this, too")
_RUN_HELD = QueueButton(label="Run", request=HoldRuns(held=False), tip="Run what is held")
_REMOVE = QueueButton(label="Remove all", request=RemoveAllRuns(), tip="Take out all that waits; nothing is run")
_HOLD = QueueButton(label="Stop after this", request=HoldRuns(held=True), tip="Let this cell end, and start no other")

type _Queued = tuple[CellId, CellRun]


class QueuePresenter(QObject):
    """durations: seconds by source, of those that ran before.  stop: as the Stop button.  show_cell: bring into sight.

    now: the clock of the runs' started_at.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        durations: Callable[[frozenset[str]], Awaitable[Mapping[str, float]]],
        stop: Callable[[], None],
        show_cell: Callable[[CellId], None],
        parent: QObject,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._parts, self._durations, self._now = parts, durations, now
        self._stop, self._show_cell = stop, show_cell
        self._estimates = Estimates()
        self._order: tuple[str, ...] = ()
        self._held: frozenset[str] = frozenset()
        self._reason = ""
        self._goes_on = False
        self._is_held_by_click = self._is_let_go = False
        self._new_sources: set[str] = set()
        self.note = ""  # for the status line: "12 queued, held"
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.show)

    def take(self, event: Event) -> None:
        """After the presenter of the runs."""
        match event:
            case QueueChanged():
                self._changed(event)
            case ExecutionQueued():
                self._new_sources.add(event.source)
            case ExecutionFinished(cell_id=cell_id):
                source = self._parts.runs.of(CellId(cell_id)).source
                if source is not None:
                    self._estimates.forget(source)
            case _:
                pass

    def _changed(self, event: QueueChanged) -> None:
        is_held_still = event.held and bool(self._held) and not self._is_held_by_click
        if not is_held_still:  # else it was moved or the like, which is no new reason
            self._reason = event.reason
        self._order, self._goes_on = event.waiting, event.continue_on_error
        self._held = frozenset(event.waiting) if event.held else frozenset()
        self._is_held_by_click = self._is_held_by_click and event.held
        self.show()

    def show(self) -> None:
        """Called when something was queued, started or ended, and while it runs."""
        under_way = self._parts.runs.under_way()
        waiting = self._waiting()
        held = sum(run.execution_id in self._held for _cell, run in waiting) if self._held else 0
        self.note = _note(len(waiting), held)
        self._ask_durations()
        self._parts.window.set_queue(self._view(under_way, waiting, held))
        self._tell_held(held if under_way is None else 0)
        is_counting = under_way is not None and self._estimates.remaining_s(under_way[1], 0) is not None
        if is_counting != self._timer.isActive():
            self._timer.start() if is_counting else self._timer.stop()

    @property
    def is_idle(self) -> bool:
        """Nothing runs, and nothing that is not held waits."""
        return all(run.execution_id in self._held for _cell, run in self._parts.runs.active())

    def let_go(self) -> None:
        self._timer.stop()
        self._is_let_go = True

    def ask(self, request: QueueRequest) -> None:
        """What was asked for in the panel."""
        match request:
            case RemoveRun(execution_id=execution_id):
                self._remove(execution_id)
            case MoveRun(execution_id=execution_id, before=before):
                self._parts.submit(
                    MoveInQueue(execution_id=ExecutionId(execution_id), before=ExecutionId(before) if before else None)
                )
            case ShowRun(execution_id=execution_id):
                cell = self._parts.runs.cell_of(execution_id)
                if cell is not None:
                    self._show_cell(cell)
            case HoldRuns(held=held):
                self._is_held_by_click = held
                self._parts.submit(HoldQueue(held=held))
            case RemoveAllRuns():
                for _cell, run in self._parts.runs.active():
                    if run.state is CellState.QUEUED:
                        self._remove(run.execution_id)
            case GoOn(enabled=enabled):
                self._parts.submit(GoOnAfterErrors(enabled=enabled))
            case _:
                assert_never(request)

    def _remove(self, execution_id: str) -> None:
        """Out of the queue; one that runs is stopped like any other, with the steps that follow."""
        under_way = self._parts.runs.under_way()
        if under_way is not None and under_way[1].execution_id == execution_id:
            self._stop()
        else:
            self._parts.runs.stop_asked(execution_id)  # it may have begun by the time the engine hears of it
            self._parts.submit(CancelExecution(execution_id=ExecutionId(execution_id)))

    def _waiting(self) -> list[_Queued]:
        """In the order it will run."""
        queued = [(cell, run) for cell, run in self._parts.runs.active() if run.state is CellState.QUEUED]
        if not self._order:
            return queued
        found = {run.execution_id: (cell, run) for cell, run in queued}
        told = [found.pop(execution_id) for execution_id in self._order if execution_id in found]
        return [*told, *found.values()]

    def _view(self, under_way: _Queued | None, waiting: list[_Queued], held: int) -> QueueView:
        running = [] if under_way is None else [under_way]
        shown = [*running, *waiting[: SHOWN_LIMIT - len(running)]]
        count = len(running) + len(waiting)
        note, buttons = self._held_words(under_way, waiting, held)
        return QueueView(
            rows=tuple(self._row(cell, run) for cell, run in shown),
            count=count,
            behind=waiting[len(shown) - len(running)][1].execution_id if count > len(shown) else "",
            total=self._total(under_way, waiting),
            note=note,
            buttons=buttons,
            go_on=self._goes_on if waiting else None,
        )

    def _row(self, cell: CellId, run: CellRun) -> QueueRow:
        is_held = run.execution_id in self._held
        return QueueRow(
            execution_id=run.execution_id,
            label=self._parts.label(cell),
            source=(run.source or "").strip().partition("\n")[0],
            state=run.state,
            detail="held" if is_held else self._estimates.row_text(run, self._now()),
        )

    def _total(self, under_way: _Queued | None, waiting: list[_Queued]) -> str:
        """Of what will be run without another word, where that is more than one cell."""
        runs = [run for _cell, run in waiting if run.execution_id not in self._held]
        if len(runs) + (under_way is not None) < 2:
            return ""
        return self._estimates.total_text(None if under_way is None else under_way[1], runs, self._now())

    def _held_words(
        self, under_way: _Queued | None, waiting: list[_Queued], held: int
    ) -> tuple[str, tuple[QueueButton, ...]]:
        if not held:
            return "", (_HOLD, _REMOVE) if under_way is not None and waiting else ()
        if under_way is not None and self._is_held_by_click:
            return f"Stops after {self._parts.mention(under_way[0])}.", (_GO_ON, _REMOVE)
        return self._reason, (_RUN_HELD, _REMOVE)

    def _tell_held(self, held: int) -> None:
        """A queue that nobody held in this window is told above the notebook as well: the sidebar may be hidden."""
        if not held or self._is_held_by_click:
            self._parts.banners.drop(Topic.QUEUE)
            return
        cells = "1 cell waits" if held == 1 else f"{held:,} cells wait"
        buttons = (BannerButton(label="Run", key=_RUN), BannerButton(label="Remove all", key=_REMOVE_ALL))
        view = BannerView(text=f"{cells} in the queue. {self._reason}".strip(), buttons=buttons)
        self._parts.banners.show(Topic.QUEUE, view, self._on_banner_button)

    def _on_banner_button(self, key: str) -> None:
        match key:
            case str() if key == _RUN:
                self.ask(HoldRuns(held=False))
            case str() if key == _REMOVE_ALL:
                self.ask(RemoveAllRuns())
            case _:
                pass

    def _ask_durations(self) -> None:
        sources, self._new_sources = self._estimates.to_ask(self._new_sources), set()
        if sources:
            self._parts.tasks.spawn(self._learn(sources), name="estimates")

    async def _learn(self, sources: frozenset[str]) -> None:
        try:
            self._estimates.learn(await self._durations(sources))
        except EngineError:
            return  # no estimate, then: the store was closed meanwhile
        if not self._is_let_go:
            self.show()


def _note(queued: int, held: int) -> str:
    if not held:
        return f"{queued:,} queued" if queued else ""
    return f"{queued:,} queued, held" if held == queued else f"{queued:,} queued, {held:,} held"
