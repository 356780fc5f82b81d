"""One notebook in one window: composes its presenters, and connects document, selection, view and engine.

What can be done to it is asked of notebook_actions.py; facts of the document go to the view by changes.py.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from capsule_desktop.event_signals import EventSignals
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.changes import DocumentChange
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.selection import Mode, Selected, Selection
from capsule_desktop.presenters.banners import Banners, Topic
from capsule_desktop.presenters.cell_views import CellViews
from capsule_desktop.presenters.changes import ChangesPresenter
from capsule_desktop.presenters.checkpoints import CheckpointsPresenter
from capsule_desktop.presenters.closing import ClosingPresenter
from capsule_desktop.presenters.deferred import Deferred
from capsule_desktop.presenters.drafting import DraftingPresenter
from capsule_desktop.presenters.earlier_variables import EarlierVariablesPresenter
from capsule_desktop.presenters.editing import EditingPresenter
from capsule_desktop.presenters.exports import OutputExports
from capsule_desktop.presenters.facts import FactsPresenter
from capsule_desktop.presenters.history import HistoryPresenter, RecordedRuns
from capsule_desktop.presenters.home import NotebookHome
from capsule_desktop.presenters.interpreters import InterpretersPresenter
from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.presenters.kernel_news import KernelNews
from capsule_desktop.presenters.notebook_actions import NotebookActions
from capsule_desktop.presenters.notifying import NotifyingPresenter
from capsule_desktop.presenters.offers import OffersPresenter
from capsule_desktop.presenters.opening import Opened
from capsule_desktop.presenters.pages import PagesPresenter
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.prompts import PromptsPresenter
from capsule_desktop.presenters.queue import QueuePresenter
from capsule_desktop.presenters.recovery import RecoveryPresenter
from capsule_desktop.presenters.resuming import ResumingPresenter
from capsule_desktop.presenters.run_states import RunStates
from capsule_desktop.presenters.running import RunningPresenter
from capsule_desktop.presenters.saving import SavingPresenter
from capsule_desktop.presenters.status import StatusPresenter
from capsule_desktop.presenters.stopping import StoppingPresenter
from capsule_desktop.presenters.store_news import StoreNews
from capsule_desktop.presenters.surroundings import Surroundings
from capsule_desktop.widgets import messages
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import BannerView
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.notebook_view import NotebookView
from capsule_desktop.widgets.theme import Theme
from engine.events import Event, QueueChanged
from engine.tasks import TaskOwner

if TYPE_CHECKING:
    from engine.notebook_handle import NotebookHandle  # loaded after the first paint

CONTENTS_DELAY_MS = 100  # headings and their dots follow a burst of changes once, not each of them
_WEB = frozenset({"http", "https", "mailto"})


class NotebookPresenter(QObject):
    """saved: its file was written, perhaps under a new name.  reload_requested: take what is on disk."""

    saved = Signal()
    reopen_requested = Signal()
    reload_requested = Signal(object)  # where what is here was put aside, a Path, or None
    copy_requested = Signal(object)  # the Path of what was put aside

    def __init__(
        self,
        opened: Opened,
        window: MainWindow,
        keep: Callable[[Document, QObject], NotebookHome],
        tasks: TaskOwner,
        surroundings: Surroundings,
        is_open_elsewhere: Callable[[Path], bool],
        *,
        crashed: bool = False,
    ) -> None:
        super().__init__(window)
        self.document = document = opened.document()
        self.home = keep(document, self)
        self._answers, self._tasks = surroundings.answers, tasks
        self._following: asyncio.Task[None] | None = None
        theme = surroundings.theme
        self.parts = self._make_parts(window, theme)
        self._kept = KeptVariables()
        self._news = KernelNews(self.parts, self._kept, lambda: theme.palette)
        self.status = StatusPresenter(
            self.parts,
            self._kept,
            queue_note=lambda: self.queue.note,
        )
        self.interpreters = self._make_interpreters(surroundings)
        self._drafting = DraftingPresenter(
            self.parts,
            opened.state,
            self.home.draft_folder,
            lambda state: self.status.show_draft(state.words(time.time())),
        )
        self.saving = SavingPresenter(
            self.parts,
            opened.state,
            self._drafting,
            palette=lambda: theme.palette,
            is_open_elsewhere=is_open_elsewhere,
            before_save=self._before_save,
            after_write=self.home.follow,
            on_saved=self._on_saved,
            on_reload=self.reload_requested.emit,
            on_open_copy=self.copy_requested.emit,
        )
        self._running = RunningPresenter(self.parts, lambda: self.home.has_kernel)
        self._resuming = ResumingPresenter(self.parts, self._kept, lambda: self.home.has_kernel)
        self._recovery = RecoveryPresenter(self.parts, opened, self._resuming, crashed=crashed)
        self.closing = ClosingPresenter(
            self.parts, self.saving, self._drafting, lambda: self.home.folder is not None, self.home.forget
        )
        self._store_news = StoreNews(self.parts, self.home, lambda: self.saving.name, self.reopen_requested.emit)
        self._editing = EditingPresenter(self.parts, surroundings.clipboard)
        self._prompts = PromptsPresenter(self.parts, self._on_interrupted)
        self._stopping = StoppingPresenter(
            self.parts,
            self._kept,
            interrupt=self._prompts.interrupt,
            on_offers_changed=self._on_offers_changed,
            parent=self,
        )
        self.queue = QueuePresenter(
            self.parts,
            durations=self._durations,
            stop=self._stopping.stop,
            show_cell=self.show_cell,
            parent=self,
        )
        self._notifying = NotifyingPresenter(self.parts, notify=surroundings.notify, is_idle=lambda: self.queue.is_idle)
        self._exports = OutputExports(self.parts)
        self._history = HistoryPresenter(self.parts, self._recorded_runs, self._exports)
        self.checkpoints = CheckpointsPresenter(
            self.parts, surroundings.checkpoints_folder, surroundings.checkpoint_reader, lambda: theme.palette
        )
        self._pages, self._earlier = PagesPresenter(self.parts), EarlierVariablesPresenter(self.parts)
        self._facts = FactsPresenter(self.parts, self._on_runs_changed)
        self._offers = OffersPresenter(self.parts, surroundings, self.interpreters, self._kept, self._running.run)
        self.actions = self._make_actions()
        self._contents_timer = QTimer(self, singleShot=True, interval=CONTENTS_DELAY_MS)
        self._contents_timer.timeout.connect(self.status.show_contents)
        self._changes = ChangesPresenter(self.parts, self._contents_timer.start, self.status.show_title)
        self.events = EventSignals(self)
        self._connect(theme)
        self._follow_answers()
        window.set_central_view(self.parts.view)
        self._show_selection(self.parts.selection.value)
        self.status.show_all()
        self._tell_opening(opened)

    def _make_parts(self, window: MainWindow, theme: Theme) -> Parts:
        runs = RunStates()
        cells = CellViews(self.document, runs)
        return Parts(
            document=self.document,
            selection=Selection(self.document),
            runs=runs,
            cells=cells,
            view=NotebookView(cells, theme.palette, window),
            window=window,
            banners=Banners(window, self),
            submit=self.home.submit,
            tasks=self._tasks,
            deferred=Deferred(self),
        )

    def _make_interpreters(self, surroundings: Surroundings) -> InterpretersPresenter:
        made = InterpretersPresenter(
            self.parts,
            surroundings.catalogue,
            self._kept,
            surroundings.theme,
            has_kernel=lambda: self.home.has_kernel,
            is_past_known=lambda: self.home.is_past_known,
            show=self.status.show_python,
            warm=surroundings.warm,
            parent=self,
        )
        self.home.choose_python = made.choose
        return made

    def _make_actions(self) -> NotebookActions:
        table = {
            **self._running.actions,
            **self._resuming.actions,
            **self._editing.actions,
            **self.checkpoints.actions,
            **self._stopping.actions,
            **self._history.actions,
            **self.interpreters.actions,
            Action.SAVE: self.saving.save,
            Action.SAVE_AS: self.saving.save_as,
        }
        return NotebookActions(
            table, running=self._running, resuming=self._resuming, stopping=self._stopping, parent=self
        )

    def _tell_opening(self, opened: Opened) -> None:
        """What is not as one would expect of the file or of what is kept."""
        if not opened.is_writable:
            self.show_read_only(messages.read_only(self.saving.name))
        self._store_news.notice(opened.notice)
        self._store_news.show()
        if opened.recovered is not None:
            self.saving.look_at_file()  # it may be another than the edits were made on

    def _recorded_runs(self) -> RecordedRuns | None:
        return None if self.home.handle is None else self.home.handle.past

    def let_go(self, *, keep_worker: bool = False) -> None:
        """Take nothing more from the engine: the view goes, and this with it; the worker too, unless it is kept."""
        if self._following is not None:
            self._following.cancel()
        self.saving.let_go()
        self._drafting.let_go()
        self._prompts.dismiss_all()
        self._stopping.let_it_run()
        self.queue.let_go()
        self.checkpoints.let_go()
        self._history.let_go()
        self._recovery.let_go()
        self.interpreters.let_go()
        self.parts.banners.clear()
        self.home.let_go(keep_worker=keep_worker)
        self.deleteLater()

    async def discard_draft(self) -> None:
        """The file is wanted as it is, without the unsaved edits."""
        await self._drafting.discard()

    def show_read_only(self, banner: BannerView | None) -> None:
        """Its file may not be written, which the banner says; None: it was saved where it may."""
        self.status.show_read_only(read_only=banner is not None)
        if banner is None:
            self.parts.banners.drop(Topic.READ_ONLY)
        else:
            self.parts.banners.show(Topic.READ_ONLY, banner)

    def took_theirs(self, copy: Path | None) -> None:
        """What is shown was loaded in the place of another version, which was put aside."""
        self._drafting.begin_anew()
        if copy is not None:
            self.saving.conflicts.show_copy(copy, mine=True)

    async def moved_to(self, path: Path) -> None:
        """Its file was given another name."""
        self.saving.moved_to(path)
        self.status.show_title()
        self.home.saved()
        await self.home.follow(path, self.document.capsule_id or "")

    def show_cell(self, cell_id: CellId) -> None:
        """Select a cell and bring it into sight."""
        if cell_id in self.document:
            self.parts.selection.enter_command_mode()
            self.parts.selection.select(cell_id)
            self.parts.view.ensure_visible(cell_id)

    # --- connections

    def _connect(self, theme: Theme) -> None:
        view, editing, prompts = self.parts.view, self._editing, self._prompts
        self.document.subscribe(self._changes.take)
        self.document.subscribe(self._keep_edits)
        self.home.opened.connect(self._on_opened)
        self.parts.selection.subscribe(self._show_selection)
        self.parts.window.activated.connect(self._on_window_activated)
        self.events.event_occurred.connect(self._on_event)
        theme.palette_changed.connect(view.apply_palette)
        view.text_changed.connect(editing.text_changed)
        view.cell_clicked.connect(editing.cell_clicked)
        view.edit_requested.connect(editing.edit_requested)
        view.edge_left.connect(editing.edge_left)
        view.input_answered.connect(prompts.answer_in_cell)
        view.input_ended.connect(prompts.end_in_cell)
        view.input_interrupted.connect(lambda *_: prompts.interrupt())
        view.full_output_requested.connect(self._exports.show_full)
        view.save_output_requested.connect(self._exports.save)
        view.link_activated.connect(_open_link)
        view.offer_taken.connect(self._offers.taken)
        self.interpreters.environment_requested.connect(self._offers.make_environment)
        self.interpreters.taken_back.connect(self._news.taken_back)
        view.caret_moved.connect(self.status.caret_moved)
        view.history_requested.connect(self._history.requested)

    def _follow_answers(self) -> None:
        """Whether they are kept is one choice for all windows."""
        self.parts.view.keep_answers_toggled.connect(self._answers.keep)
        self._answers.changed.connect(self._on_keeping_changed)
        self._prompts.show_kept(self._answers.kept)

    def _on_keeping_changed(self, kept: bool) -> None:
        self._prompts.show_kept(kept)
        if self.home.handle is not None:
            self.home.handle.keep_answers(kept=kept)

    def _on_event(self, event: Event) -> None:
        telling = (self._kept, self._stopping, self.queue, self._notifying, self._news, self.status, self.interpreters)
        changing = (self._facts, self._prompts, self._history, self._pages, self.checkpoints, self._earlier)
        for presenter in (*changing, *telling, self._running, self._recovery, self._resuming, self._offers):
            presenter.take(event)
        if isinstance(event, QueueChanged):  # what is held cannot be stopped
            self._on_runs_changed()
        self.actions.look()

    async def _before_save(self, path: Path) -> None:
        """What came back is to be in the file, too."""
        await self._recovery.filled()
        self.home.before_save(path)

    def _keep_edits(self, _change: DocumentChange) -> None:
        """There is something to be kept from the first edit on."""
        if self.document.is_dirty:
            self.home.open()

    def _on_window_activated(self) -> None:
        """Others may have written the file while the user was elsewhere, and a cell may have asked."""
        self.saving.look_at_file()
        self._prompts.show_unseen()

    def _on_runs_changed(self) -> None:
        self.parts.deferred.later("runs", self._show_runs)
        self.closing.runs_changed()

    def _show_runs(self) -> None:
        self.actions.show_busy(is_busy=not self.queue.is_idle)
        self.queue.show()
        self.status.show_runs()
        self._contents_timer.start()

    def _on_offers_changed(self) -> None:
        self.actions.changed.emit()

    async def _durations(self, sources: frozenset[str]) -> Mapping[str, float]:
        return {} if self.home.handle is None else await self.home.handle.past.durations(tuple(sources))

    def _on_interrupted(self) -> None:
        self._stopping.interrupted()

    def _on_saved(self) -> None:
        self.status.show_title()
        self.home.saved()
        self.interpreters.look()
        self.saved.emit()

    def _on_opened(self, handle: NotebookHandle) -> None:
        handle.keep_answers(kept=self._answers.kept)
        self._kept.remember(handle.past.at_opening.checkpoint)
        self.interpreters.recorded(handle.past.at_opening.interpreter)
        self._recovery.open(handle.past)
        self._history.open([CellId(record.cell_id) for record in handle.past.at_opening.latest])
        self._store_news.notice(handle.notice)
        handle.upkeep.shown_runs = self._shown_runs
        self.actions.look()
        self._following = self._tasks.spawn(self.events.forward(handle.events()), name="events")

    def _shown_runs(self) -> frozenset[str]:
        """Whose outputs the cells show: a draft may name them instead of having them."""
        return frozenset(self.document.body(cell_id).run for cell_id in self.document.cell_ids()) - {""}

    def _show_selection(self, selected: Selected) -> None:
        self.parts.view.set_selection(selected.selected, selected.current, selected.mode is Mode.EDIT)
        if selected.mode is Mode.COMMAND:
            self.status.caret_left()
        self._contents_timer.start()


def _open_link(address: str) -> None:
    """A clicked link goes to the browser; other schemes (file:, javascript:) are not followed."""
    url = QUrl(address)
    if url.scheme() in _WEB:
        QDesktopServices.openUrl(url)
