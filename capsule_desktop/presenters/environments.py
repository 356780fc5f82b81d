"""Making environments and installing packages: what may be done asked for, what runs shown, its end told.

One for the application.  Owns the jobs: one at a time of an environment, whichever window began it, and each ends with
its window or with the application, whose tasks they are; what is half made is then taken away (engine.environments).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from capsule_desktop.presenters.environment_views import busy, consent, end_of, packages_of, planned, refused
from capsule_desktop.widgets.environment_dialog import BaseView, EnvironmentChoice, EnvironmentDialog, PlannedView
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog, MessageView
from capsule_desktop.widgets.progress_sheet import ProgressSheet
from engine.interpreters.child_environment import frozen_bundle
from engine.interpreters.interpreter import Interpreter
from engine.tasks import TaskOwner

if TYPE_CHECKING:  # loaded when it is first needed: the first window is painted without it
    from engine.environments.plan import Plan, Refusal
    from engine.environments.plan_run import Outcome, PlanRun, Progress
    from engine.environments.tools import Tools

Versions = Mapping[str, str]  # of the packages that were asked for, by name, as far as they are known


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """What can be done after a good end, by a button of the same sheet."""

    label: str
    do: Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class _Order:
    """What a job is for.  then: called at a good end, with the outcome; is_shown_by_then: which shows that it ended."""

    window: MainWindow
    plan: Plan
    python_words: str
    then: Callable[[Outcome], None]
    follow: FollowUp | None = None
    is_shown_by_then: bool = False


class EnvironmentsPresenter:
    """user_folder, environment: the user's."""

    def __init__(
        self,
        tasks: TaskOwner,
        *,
        user_folder: Callable[[], Path] = Path.home,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._tasks, self._user_folder, self._environment = tasks, user_folder, environment
        self._running: dict[Path, PlanRun] = {}  # by the environment's folder

    async def create(
        self,
        window: MainWindow,
        notebook_folder: Path | None,
        bases: Sequence[Interpreter],
        then: Callable[[Path], None],
        packages: Sequence[str] = (),
    ) -> None:
        """Ask where, of what and with what, packages to begin with; make it; then gets its python's path."""
        from engine.environments.made_folder import free_folder

        if not bases:
            self._tell(window, refused("There is no Python on this computer that an environment could be made of.", ""))
            return
        folder = await asyncio.to_thread(free_folder, (notebook_folder or self._user_folder()) / ".venv")
        views = [BaseView(label=_label(base), path=str(base.path)) for base in bases]
        dialog = EnvironmentDialog(str(folder), views, window, packages=packages)
        asking = _Asking(self._tasks, self._tools_for, dialog, bases, partial(self._make, window, then))
        dialog.changed.connect(asking.changed)
        dialog.create_requested.connect(asking.create)
        dialog.open()
        asking.changed(dialog.choice)

    def install(
        self,
        window: MainWindow,
        interpreter: Interpreter,
        packages: Sequence[str],
        then: Callable[[Versions], None],
        *,
        make_environment: Callable[[], None] | None = None,
        follow: FollowUp | None = None,
    ) -> None:
        """Install, after consent where the environment is not the user's alone or a package is not known.

        make_environment: offered where this one must not be changed.
        """
        work = self._install(window, interpreter, tuple(packages), then, make_environment, follow)
        self._tasks.spawn(work, name="plan an install")

    # --- planning

    async def _tools_for(self, interpreter: Interpreter) -> Tools:
        from engine.environments.tools import find_tools

        return await asyncio.to_thread(find_tools, interpreter, self._environment, self._user_folder())

    async def _install(
        self,
        window: MainWindow,
        interpreter: Interpreter,
        packages: tuple[str, ...],
        then: Callable[[Versions], None],
        make_environment: Callable[[], None] | None,
        follow: FollowUp | None,
    ) -> None:
        from engine.environments.plan import Refusal
        from engine.environments.plans import install_plan

        tools = await self._tools_for(interpreter)
        plan = install_plan(interpreter, packages, tools)
        if isinstance(plan, Refusal):
            self._refuse(window, plan, make_environment)
            return
        otherwise = install_plan(interpreter, packages, tools, by_pip=True)
        python = f"Python {interpreter.version}" if interpreter.version else interpreter.name
        order = partial(
            _Order, window=window, python_words=python, then=lambda outcome: then(outcome.versions), follow=follow
        )
        if not plan.needs_consent:
            self._begin(order(plan=plan))
            return
        by_pip = otherwise if interpreter.is_conda and otherwise != plan else None
        by_pip = None if isinstance(by_pip, Refusal) else by_pip
        dialog = MessageDialog(consent(plan, by_pip), window)
        dialog.chosen.connect(lambda choice: self._on_consent(choice, plan, by_pip, order))
        dialog.open()

    def _on_consent(self, choice: Choice, plan: Plan, by_pip: Plan | None, order: Callable[..., _Order]) -> None:
        if choice is Choice.INSTALL:
            self._begin(order(plan=plan))
        elif choice is Choice.INSTALL_OTHERWISE and by_pip is not None:
            self._begin(order(plan=by_pip))

    def _refuse(self, window: MainWindow, refusal: Refusal, make_environment: Callable[[], None] | None) -> None:
        offers = refusal.offers_environment and make_environment is not None
        dialog = self._tell(window, refused(refusal.words, "New environment…" if offers else ""))
        if make_environment is not None:
            dialog.chosen.connect(lambda choice: make_environment() if choice is Choice.CHOOSE else None)

    def _make(self, window: MainWindow, then: Callable[[Path], None], plan: Plan, python_words: str) -> None:
        order = _Order(
            window=window,
            plan=plan,
            python_words=python_words,
            then=lambda _outcome: then(plan.python),
            is_shown_by_then=True,
        )
        self._begin(order)

    # --- carrying out

    def _begin(self, order: _Order) -> None:
        from engine.environments.plan_run import PlanRun, cancel_words

        if order.plan.home in self._running:
            self._tell(order.window, busy(order.plan.home))
            return
        follow = "" if order.follow is None else order.follow.label
        sheet = ProgressSheet(order.plan.title, cancel_words(order.plan), order.window, follow=follow)
        running = PlanRun(
            order.plan,
            environment=self._environment,
            bundle=frozen_bundle(),
            on_progress=lambda progress: _show(sheets, progress),
            python_words=order.python_words,
        )
        sheets = [sheet]  # emptied when its window goes
        sheet.destroyed.connect(lambda: _gone(sheets, running))
        sheet.cancel_requested.connect(running.stop)
        sheet.again_requested.connect(lambda: self._begin(order))
        if order.follow is not None:
            sheet.follow_requested.connect(order.follow.do)
        sheet.show()
        self._running[order.plan.home] = running
        self._tasks.spawn(self._carry_out(order, running, sheets), name="change an environment")

    async def _carry_out(self, order: _Order, running: PlanRun, sheets: list[ProgressSheet]) -> None:
        from engine.environments.plan_run import Ended

        try:
            outcome = await running.run()
        finally:
            del self._running[order.plan.home]
        ok, is_wanted = outcome.ended is Ended.DONE, bool(sheets)
        for sheet in list(sheets):
            if ok and order.is_shown_by_then:  # it would lie below the chooser, and stay when that has gone
                sheet.dismiss()
            else:
                sheet.show_end(outcome.words, outcome.log, end_of(outcome.ended))
        if ok and is_wanted:
            order.then(outcome)

    def _tell(self, window: MainWindow, view: MessageView) -> MessageDialog:
        dialog = MessageDialog(view, window)
        dialog.open()
        return dialog


class _Asking(QObject):
    """One dialog's planning: the last choice counts, whichever plan is ready first.  Lives as long as the dialog."""

    def __init__(
        self,
        tasks: TaskOwner,
        tools_for: Callable[[Interpreter], Awaitable[Tools]],
        dialog: EnvironmentDialog,
        bases: Sequence[Interpreter],
        make: Callable[[Plan, str], None],
    ) -> None:
        super().__init__(dialog)
        self._tasks, self._tools_for, self._dialog, self._make = tasks, tools_for, dialog, make
        self._bases = {str(base.path): base for base in bases}
        self._tools: dict[str, Tools] = {}
        self._planning: asyncio.Task[None] | None = None
        self._plan: Plan | None = None
        dialog.finished.connect(self._on_finished)

    def changed(self, choice: EnvironmentChoice) -> None:
        if self._planning is not None:
            self._planning.cancel()
        self._plan = None
        self._planning = self._tasks.spawn(self.plan(choice), name="plan an environment")

    async def plan(self, choice: EnvironmentChoice) -> None:
        from engine.environments.made_folder import is_in_use
        from engine.environments.plan import Plan
        from engine.environments.plans import create_plan
        from engine.environments.requirements import NotAPackage, requirement

        base, folder = self._bases[choice.base], _folder_of(choice)
        if not folder.is_absolute():
            self._dialog.show_plan(PlannedView(commands="", words="Name the whole path of the folder."))
            return
        if await asyncio.to_thread(is_in_use, folder):
            words = f"{folder} is there already, and is left as it is. Name another folder, or choose it as it is."
            self._dialog.show_plan(PlannedView(commands="", words=words))
            return
        if choice.base not in self._tools:
            self._tools[choice.base] = await self._tools_for(base)
        packages = packages_of(choice)
        refusals = [found for each in packages if isinstance(found := requirement(each), NotAPackage)]
        plan = create_plan(folder, base, packages, self._tools[choice.base], addresses=choice.addresses)
        self._plan = plan if isinstance(plan, Plan) else None
        asks = bool(refusals) and all(each.is_address for each in refusals)
        self._dialog.show_plan(planned(plan, asks_address=asks))

    def create(self, choice: EnvironmentChoice) -> None:
        if self._plan is not None:
            version = self._bases[choice.base].version
            self._make(self._plan, f"Python {version}" if version else "")

    def _on_finished(self, _result: int) -> None:
        if self._planning is not None:
            self._planning.cancel()


def _show(sheets: list[ProgressSheet], progress: Progress) -> None:
    for sheet in sheets:
        sheet.show_progress(progress.step, progress.steps, progress.words, progress.line)


def _gone(sheets: list[ProgressSheet], running: PlanRun) -> None:
    """Closed at its end, or with its window: then nobody waits for it any more."""
    sheets.clear()
    running.stop()


def _folder_of(choice: EnvironmentChoice) -> Path:
    folder = Path(choice.folder)
    try:
        return folder.expanduser()
    except RuntimeError:  # of a user who is not there
        return folder


def _label(base: Interpreter) -> str:
    version = f"Python {base.version}" if base.version else base.name
    return f"{version} · {base.path}"
