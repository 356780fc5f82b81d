"""Which Python runs one notebook: what will be taken, what starts, what runs; and telling of it.

Owns the decision; what the user chose is chosen_interpreter.py's, what is asked where that cannot be taken
interpreter_question.py's.  Invariant 11: what the notebook's folder has is read, and not started before a cell is run.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import assert_never

from PySide6.QtCore import QObject, Signal

from capsule_desktop.first_paint import FirstPaint
from capsule_desktop.interpreter_choice import (
    Decision,
    Gone,
    NonePresent,
    Taken,
    Why,
    decide,
    label_of,
    minor,
    missed_words,
)
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.catalogue import Catalogue
from capsule_desktop.presenters.chooser import Chooser, Situation
from capsule_desktop.presenters.chosen_interpreter import ChosenInterpreter
from capsule_desktop.presenters.interpreter_question import InterpreterQuestion
from capsule_desktop.presenters.interpreter_views import consequence, details_of
from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import BannerButton, BannerView, Tone
from capsule_desktop.widgets.theme import Theme
from engine.commands import RestartKernel, RestoreLastCheckpoint
from engine.errors import NoneChosen
from engine.events import (
    CheckpointKept,
    Event,
    ExecutionStarted,
    KernelAttached,
    KernelEnded,
    KernelKept,
    KernelReady,
    KernelStarting,
)
from engine.interpreters.interpreter import Interpreter, Kind

PAINT_LIMIT_S = 1.0  # a window that nobody can see is never painted
NOT_CHOSEN = (
    "No Python was chosen, so nothing was started. The notebook and its outputs are as they were; choose one with "
    "Kernel > Change interpreter, or run the cell again to be asked again."
)

_CHOOSE = BannerButton(label="Choose…", key=Action.CHANGE_INTERPRETER)


class InterpretersPresenter(QObject):
    """has_kernel: whether a Python runs.  is_past_known: else recorded() is still to come.

    warm: keep a spare of that path.
    show: the title bar's label and details, and whether the label says that it is missing.
    environment_requested: make a new environment for this notebook.  taken_back: what was chosen and could not be
    started; what was chosen before it holds again.
    """

    environment_requested = Signal()
    taken_back = Signal(object)  # an Interpreter

    def __init__(
        self,
        parts: Parts,
        catalogue: Catalogue,
        kept: KeptVariables,
        theme: Theme,
        *,
        has_kernel: Callable[[], bool],
        is_past_known: Callable[[], bool],
        show: Callable[[str, str, bool], None],
        warm: Callable[[str], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._parts, self._catalogue, self._kept = parts, catalogue, kept
        self._has_kernel, self._show, self._warm = has_kernel, show, warm
        self._is_past_known = is_past_known
        self._choice = ChosenInterpreter(parts.document, parts.submit)
        self._running = self._running_version = ""
        self._is_starting = False
        self._is_attached = False  # what says that it is ready next was not started by this window
        self._may_run_folder = False  # a cell was run: what is in the folder may be started
        self._decision: Decision | None = None
        self._told: tuple[Interpreter | None, str] = (None, "")  # what is missed
        self._given: Interpreter | None = None  # was given to the engine, and is not ready yet
        self.chooser = Chooser(
            parts,
            catalogue,
            theme,
            situation=self._situation,
            on_chosen=self._on_chosen,
            on_closed=self._on_chooser_closed,
            on_new=self.environment_requested.emit,
        )
        self._question = InterpreterQuestion(parts, self.chooser, self._take_proposed)
        self._looking = parts.tasks.spawn(self._look_when_painted(), name="look for interpreters")
        self.actions: Mapping[Action, Callable[[], None]] = {Action.CHANGE_INTERPRETER: self.chooser.open}

    @property
    def folder(self) -> Path | None:
        path = self._parts.document.path
        return None if path is None else path.parent

    @property
    def current(self) -> Interpreter | None:
        """The one that runs, else the one that will be used; None while that is not known."""
        if self._running:
            return self._known(self._running)
        return self._decision.interpreter if isinstance(self._decision, Taken) else None

    # --- what the engine asks and tells

    async def choose(self) -> str:
        """The path of the Python that is to be started now, asked for where there is none.  Raises NoneChosen."""
        self._may_run_folder, self._given = True, None
        decision = self._decision
        if not (isinstance(decision, Taken) and await self._catalogue.still(decision.interpreter, self.folder)):
            decision = await self._decide()
        match decision:
            case Taken(interpreter=one):
                pass
            case Gone() | NonePresent():
                if not self._question.is_waited_for:
                    self._tell(decision)
                answered = await self._question.ask(decision)
                if answered is None:
                    raise NoneChosen(NOT_CHOSEN)
                one = answered
            case _:
                assert_never(decision)
        self._given = one
        return str(one.path)

    def recorded(self, path: str) -> None:
        """The store says which one it was the last time."""
        self._choice.found_recorded(path)
        self.look()

    def take(self, event: Event) -> None:
        """After StatusPresenter, whose label this knows better."""
        match event:
            case KernelAttached():
                self._may_run_folder = self._is_attached = True
            case KernelStarting():
                self._is_starting = True
            case KernelReady(executable=executable, python_version=version):
                self._running, self._running_version, self._is_starting = executable, version, False
                if self._is_attached:  # it lived on without us: it is what runs, and what is started next
                    self._choice.found_recorded(executable)
                    self._decision, self._is_attached = None, False
                self._keep_given()
                self._parts.tasks.spawn(self._tell_running(executable), name="describe interpreter")
            case KernelEnded(expected=expected):
                if self._is_starting and not expected:
                    self._take_back()
                self._running, self._running_version, self._is_starting = "", "", False
                self.chooser.refresh()
            case KernelKept(expected=expected):
                self._is_starting = False
                if not expected:
                    self._take_back()
                self.chooser.refresh()
            case CheckpointKept() | ExecutionStarted():  # what a choice would end, and bring back
                self.chooser.refresh()
            case _:
                pass

    def look(self) -> None:
        """Find out anew what will be used: the notebook has another folder, or more is known of it."""
        if not self._running:
            self._decision = None
            self._looking.cancel()
            self._looking = self._parts.tasks.spawn(self._look(), name="look for interpreters")

    async def spare(self) -> str:
        """Of which Python a first run will want a worker; "" where none may be started, or it is not known."""
        await asyncio.wait([self._looking])
        one = self.current
        return "" if one is None or one.kind is Kind.FOLDER else str(one.path)

    async def take_made(self, python: Path) -> None:
        """An environment was made for this notebook: it runs the cells, at once where no variables would go for it."""
        one = await self._catalogue.described(python, self.folder)
        if self._has_kernel() and not self._question.is_waited_for:
            self.chooser.open()
            await self.chooser.add(python)
        else:
            self._on_chosen(one, restore=False)
            self.chooser.dismiss()

    def let_go(self) -> None:
        """The window goes: nobody answers any more."""
        self._looking.cancel()
        self._question.let_go()

    # --- deciding

    async def _decide(self) -> Decision:
        finding = await self._catalogue.finding()
        among = await self._catalogue.found(self.folder, self._choice.wanted)
        self._decision = decide(self._choice.wishes(self._catalogue.recent), among, finding.nearest, finding.default)
        return self._decision

    async def _look_when_painted(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(FirstPaint(self._parts.window).ended(), PAINT_LIMIT_S)
        await self._look()

    async def _look(self) -> None:
        decision = await self._decide()
        if self._running:
            return
        self._tell(decision)
        if isinstance(decision, Taken):
            self._keep_warm(decision.interpreter)
            if self._is_past_known():  # else nothing may be missed, once it is
                self._tell_missed(decision)
        else:
            self._parts.banners.drop(Topic.INTERPRETER)

    def _tell_missed(self, taken: Taken) -> None:
        """Once of each: who has dismissed it knows."""
        missed = (taken.passed_over, taken.unmet)
        if not any(missed):
            self._parts.banners.drop(Topic.INTERPRETER)
        elif missed != self._told:
            tone = Tone.INFO if taken.passed_over is None else Tone.WARNING
            view = BannerView(text=missed_words(taken), tone=tone, buttons=(_CHOOSE,))
            self._parts.banners.show(Topic.INTERPRETER, view)
        self._told = missed

    def _tell(self, decision: Decision) -> None:
        match decision:
            case Taken(interpreter=one):
                self._show(label_of(one), details_of(one), False)
            case Gone(name=name, version=version):
                label = " · ".join(part for part in (f"Python {version}".strip(), name, "missing") if part)
                self._show(label, "Cells wait until another one is chosen; you are asked when one is run", True)
            case NonePresent():
                self._show("No Python", "None was found on this computer", True)
            case _:
                assert_never(decision)

    async def _tell_running(self, executable: str) -> None:
        one = self._known(executable) or await self._catalogue.described(Path(executable), self.folder)
        if self._running == executable and one.version:
            self._show(label_of(one), details_of(one), False)

    def _known(self, path: str) -> Interpreter | None:
        return next((one for one in self._catalogue.known(self.folder) if str(one.path) == path), None)

    def _take_proposed(self, one: Interpreter) -> None:
        """An answer for this notebook, which says nothing about others."""
        self._choose(one, picked=False)

    def _choose(self, one: Interpreter, *, picked: bool) -> None:
        """The user said so: the notebook names it from now on."""
        self._choice.choose(one, picked=picked)
        self._decision = Taken(interpreter=one, why=Why.CHOSEN)
        self._parts.banners.drop(Topic.INTERPRETER)
        if not self._running:
            self._tell(self._decision)

    def _keep_given(self) -> None:
        """It is ready: only now it is what the notebook is run with next, and others where the user picked it."""
        one, self._given = self._given, None
        if one is not None:
            self._note_started(one)

    def _note_started(self, one: Interpreter) -> None:
        self._catalogue.used(one, for_others=self._choice.started(one))

    def _take_back(self) -> None:
        """What was chosen cannot be started: what was chosen before it holds again."""
        failed, self._given = self._given, None
        if failed is None or not self._choice.take_back(failed):
            return
        self._decision = None
        self.look()
        self.taken_back.emit(failed)

    # --- the chooser

    def _situation(self) -> Situation:
        current, last = self.current, self._kept.last
        after = "" if last is None else self._parts.mention(CellId(last.cell_id))
        is_running = self._parts.runs.under_way() is not None
        only, has_kernel = minor(self._running_version), self._has_kernel()
        return Situation(
            folder=self.folder,
            current="" if current is None else str(current.path),
            wanted=self._choice.wanted,
            consequence=consequence(after, is_running=is_running) if has_kernel else "",
            elsewhere=consequence(after, is_running=is_running, only=only) if has_kernel else "",
            running_version="" if last is None else self._running_version,
            may_run_folder=self._may_run_folder,
        )

    def _on_chosen(self, one: Interpreter, restore: bool) -> None:
        path, was_running = str(one.path), self._running
        self._choose(one, picked=True)
        if self._question.is_waited_for:
            self._question.settle(one)
        elif self._has_kernel() or self._is_starting:
            if path != was_running or self._is_starting:
                self._parts.submit(RestartKernel(with_variables=restore))
                return
            self._note_started(one)
            if restore:
                self._parts.submit(RestoreLastCheckpoint())
        else:
            self._keep_warm(one)

    def _keep_warm(self, one: Interpreter) -> None:
        if one.kind is not Kind.FOLDER or self._may_run_folder:
            self._warm(str(one.path))

    def _on_chooser_closed(self) -> None:
        self._question.chooser_closed()
