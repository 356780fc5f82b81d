"""The question before a notebook closes: what is not in its file, and what still runs or waits to run.

One dialog for both.  Invariant: nothing is lost but what the user was told of and did not want; whoever keeps a cell
running keeps the unsaved edits, too, since the cell's output belongs to them.
"""

from __future__ import annotations

from collections.abc import Callable

from capsule_desktop.presenters.drafting import DraftingPresenter
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.saving import SavingPresenter
from capsule_desktop.presenters.slow_work import said_when_slow
from capsule_desktop.widgets import messages
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog, MessageView
from engine.commands import ShutDownKernel

Leave = Callable[[bool], None]  # whether the worker is left alone


class ClosingPresenter:
    """may_outlive: whether the notebook's worker can go on without a window.  on_unwanted: the user does not want what
    is not saved, and nothing of it runs."""

    def __init__(
        self,
        parts: Parts,
        saving: SavingPresenter,
        drafts: DraftingPresenter,
        may_outlive: Callable[[], bool],
        on_unwanted: Callable[[], None],
    ) -> None:
        self._parts, self._saving, self._drafts = parts, saving, drafts
        self._may_outlive, self._on_unwanted = may_outlive, on_unwanted
        self._question: MessageDialog | None = None
        self._when_nothing_runs: Callable[[], None] | None = None

    def runs_changed(self) -> None:
        """Something was queued, started or ended."""
        if self._when_nothing_runs is not None and not self._parts.runs.active():
            go_on, self._when_nothing_runs = self._when_nothing_runs, None
            go_on()

    @property
    def must_ask(self) -> bool:
        """Whether closing now would lose something: unsaved work, a cell that runs, or one that waits."""
        return self._parts.document.is_dirty or bool(self._parts.runs.active())

    def ask(self, leave: Leave) -> None:
        """Call leave when nothing would be lost, or the user does not mind.  A save under way is waited for."""
        if self._saving.is_under_way:
            self._parts.tasks.spawn(self._ask_when_saved(leave), name="close after the save")
        elif self.must_ask:
            self._ask(leave)
        else:
            leave(False)

    def _ask(self, leave: Leave) -> None:
        if self._question is not None:
            self._question.dismiss()  # asked again, perhaps to quit instead of to close
        question = self._parts.ask(self._view(), lambda choice: self._chosen(choice, leave, question.option_checked))
        question.finished.connect(self._on_question_finished)
        self._question = question

    def _view(self) -> MessageView:
        name, unsaved = self._saving.name, self._parts.document.is_dirty
        active, running = self._parts.runs.active(), self._parts.runs.under_way()
        if not active:
            return messages.unsaved_work(name)
        if not self._may_outlive():
            return messages.running_cell(name, unsaved=unsaved)
        if running is None:
            return messages.keep_waiting(name, len(active), unsaved=unsaved)
        return messages.keep_running(name, self._parts.label(running[0]), unsaved=unsaved)

    def _chosen(self, choice: Choice, leave: Leave, saves_first: bool) -> None:
        match choice:
            case Choice.SAVE:
                self._saving.save(lambda: leave(False))
            case Choice.DISCARD:
                if not self._parts.runs.active():
                    self._on_unwanted()
                self._drop(leave)
            case Choice.KEEP_RUNNING if saves_first:
                self._saving.save(lambda: self._leave_running(leave))
            case Choice.KEEP_RUNNING:
                self._leave_running(leave)
            case Choice.SHUT_DOWN if saves_first:
                self._when_nothing_runs = lambda: self._saving.save(lambda: leave(False))
                self._parts.submit(ShutDownKernel())  # the file is to have the last of what the cell prints
            case Choice.SHUT_DOWN:
                self._drop(leave)
            case _:
                pass

    def _leave_running(self, leave: Leave) -> None:
        """What was typed or shown in the last second is in the draft before the window goes."""
        self._parts.tasks.spawn(self._keep_draft(leave), name="keep draft")

    async def _keep_draft(self, leave: Leave) -> None:
        with said_when_slow(self._parts.banners, messages.KEEPING_DRAFT):
            await self._drafts.keep_before_save()
        leave(True)

    def _drop(self, leave: Leave) -> None:
        if self._drafts.has_draft and self._parts.document.is_dirty:
            self._parts.tasks.spawn(self._discard_draft(leave), name="discard draft")
        else:
            leave(False)

    async def _discard_draft(self, leave: Leave) -> None:
        with said_when_slow(self._parts.banners, messages.DROPPING_DRAFT):
            await self._drafts.discard()
        leave(False)

    async def _ask_when_saved(self, leave: Leave) -> None:
        await self._saving.ended()
        if not self._saving.is_let_go:
            self.ask(leave)

    def _on_question_finished(self, _result: int) -> None:
        self._question = None
