"""Stopping a cell that does not want to stop: Stop, Force stop, End Python, each offered in its time and never taken by
itself (stop_ladder.py has the table).

Owns the ladder of the running cell and the strip that shows it; closes by itself when the cell has ended.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.stop_ladder import Offer, Rung, Step, StopLadder
from capsule_desktop.presenters.time_words import ago_text
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.dots import DotState
from capsule_desktop.widgets.stop_strip import StepView, StopView
from engine.commands import CancelExecution, EndWorker, ExecutionId
from engine.events import Event, ExecutionFinished, ExecutionSkipped, KernelEnded, KernelHealth, KernelStarting

TICK_MS = 250  # a countdown of whole seconds that is never more than this behind
_ACTIONS: Mapping[Step, Action] = {Step.FORCE: Action.FORCE_STOP, Step.END: Action.END_PYTHON}
_NAMES: Mapping[Step, str] = {Step.FORCE: "Force stop", Step.END: "End Python"}


class StoppingPresenter(QObject):
    """interrupt: sends Stop, with what belongs to it.  on_offers_changed: `offered` may be another now.

    now: of a clock that only goes forward; wall: seconds since 1970, for the age of a checkpoint.
    """

    def __init__(
        self,
        parts: Parts,
        kept: KeptVariables,
        *,
        interrupt: Callable[[], None],
        on_offers_changed: Callable[[], None],
        parent: QObject,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._parts, self._kept = parts, kept
        self._interrupt, self._on_offers_changed = interrupt, on_offers_changed
        self._now, self._wall = now, wall
        self._ladder: StopLadder | None = None
        self._target: tuple[str, CellId] = ("", CellId(""))
        self._is_answering = True
        self._offered: frozenset[Action] = frozenset()
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.show)
        parts.window.stop_dismissed.connect(self.let_it_run)
        self.actions: Mapping[Action, Callable[[], None]] = {
            Action.INTERRUPT: self.stop,
            Action.FORCE_STOP: lambda: self._take(Step.FORCE),
            Action.END_PYTHON: lambda: self._take(Step.END),
        }

    @property
    def offered(self) -> frozenset[Action]:
        """The steps beyond Stop that can be taken now."""
        return self._offered

    def stop(self) -> None:
        """Stop, or where that was done without success the next step that is offered.

        End Python is not taken by a key that was pressed for something gentler: the keyboard is put on its button.
        """
        step = None if self._ladder is None else self._ladder.next_step(self._now())
        match step:
            case Step.FORCE:
                self._take(Step.FORCE)
            case Step.END:
                self._parts.window.focus_stop_step(Action.END_PYTHON)
            case None:
                self._interrupt()

    def interrupted(self) -> None:
        """Stop was sent, from wherever: where a cell runs, the ladder begins."""
        under_way = self._parts.runs.under_way()
        if under_way is not None:
            self._parts.runs.stop_asked(under_way[1].execution_id)
        if under_way is not None and self._ladder is None:
            self._target = (under_way[1].execution_id, under_way[0])
            self._ladder = StopLadder.begun(self._now())
            self._timer.start()
            self.show()

    def take(self, event: Event) -> None:
        """After the presenters that change what is shown of cells."""
        match event:
            case ExecutionFinished(execution_id=execution_id) | ExecutionSkipped(execution_id=execution_id):
                if execution_id == self._target[0]:
                    self.let_it_run()
            case KernelEnded() | KernelStarting():
                self._is_answering = True
                self.let_it_run()
            case KernelHealth(answering=answering):
                self._is_answering = answering
            case _:
                pass

    def let_it_run(self) -> None:
        """No more of it: the cell has ended, or the user lets it go on."""
        self._ladder = None
        self._timer.stop()
        self.show()

    def show(self) -> None:
        ladder, now = self._ladder, self._now()
        offers = () if ladder is None else ladder.offers(now)
        self._parts.window.set_stop(self._view(ladder, offers) if ladder is not None and ladder.is_shown(now) else None)
        offered = frozenset(_ACTIONS[offer.step] for offer in offers if offer.is_due)
        if offered != self._offered:
            self._offered = offered
            self._on_offers_changed()

    def _take(self, step: Step) -> None:
        now = self._now()
        if self._ladder is None or not self._ladder.is_due(step, now):
            return
        self._ladder = self._ladder.taken(step, now)
        match step:
            case Step.FORCE:
                self._parts.submit(CancelExecution(execution_id=ExecutionId(self._target[0]), grace_s=0))
            case Step.END:
                self._parts.submit(EndWorker())
        self.show()

    def _view(self, ladder: StopLadder, offers: tuple[Offer, ...]) -> StopView:
        is_stuck = any(offer.is_due for offer in offers)
        return StopView(
            words=self._words(ladder.rung, offers),
            dot=DotState.WARNING if is_stuck or not self._is_answering else DotState.RUNNING,
            steps=tuple(self._step(step, ladder.rung, offers) for step in Step),
        )

    def _words(self, rung: Rung, offers: tuple[Offer, ...]) -> str:
        label, cell = self._parts.label(self._target[1]), self._parts.mention(self._target[1])
        due = {offer.step for offer in offers if offer.is_due}
        if rung is Rung.ENDING:
            return "Ending Python does not succeed so far." if due else "Ending Python…"
        if Step.END in due:
            return f"{self._why(label)} {self._what_ending_costs()}"
        if Step.FORCE in due:
            return f"{self._why(label)} Force stop interrupts it again and again, and ends the programs it has started."
        return f"Stopping {cell}…" if rung is Rung.STOPPING else f"Forcing {cell} to stop…"

    def _why(self, label: str) -> str:
        if self._is_answering:
            return f"{label} has not stopped."
        return f"{label} has not stopped: Python does not answer, it may be in compiled code."

    def _what_ending_costs(self) -> str:
        last = self._kept.last
        if last is None:
            return "Ending Python loses all variables; the notebook and its outputs stay."
        cell = self._parts.mention(CellId(last.cell_id))
        return f"Ending Python brings the variables as after {cell} back; the notebook and its outputs stay."

    def _step(self, step: Step, rung: Rung, offers: tuple[Offer, ...]) -> StepView:
        """Each keeps its place all the time: a second click must never fall on what is harder."""
        name = _NAMES[step]
        offer = next((offer for offer in offers if offer.step is step), None)
        if offer is None:
            return StepView(action=_ACTIONS[step], label=name, short=name, enabled=False)
        if not offer.is_due:
            label = name if rung is Rung.ENDING else f"{name} in {math.ceil(offer.due_in_s)} s"
            return StepView(action=_ACTIONS[step], label=label, short=label, enabled=False)
        label = name if step is Step.FORCE else f"{name} {self._cost()}"
        return StepView(action=_ACTIONS[step], label=label, short=name, enabled=True)

    def _cost(self) -> str:
        last = self._kept.last
        if last is None:
            return "(no checkpoint: variables will be lost)"
        return f"and restore the checkpoint of {ago_text(self._wall() - last.created_at)}"
