"""What the presenters of one notebook share: its document, how its runs stand, its view and its window.

Made by notebook.NotebookPresenter, handed to each of its parts; holds no behaviour but `ask`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.selection import Selection
from capsule_desktop.presenters.banners import Banners
from capsule_desktop.presenters.cell_views import CellViews
from capsule_desktop.presenters.deferred import Deferred
from capsule_desktop.presenters.run_states import RunStates
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog, MessageView
from capsule_desktop.widgets.notebook_view import NotebookView
from engine.commands import Command
from engine.tasks import TaskOwner


@dataclass(frozen=True, kw_only=True)
class Parts:
    """submit: the engine's, whose ids come back on events."""

    document: Document
    selection: Selection
    runs: RunStates
    cells: CellViews
    view: NotebookView
    window: MainWindow
    banners: Banners
    submit: Callable[[Command], str]
    tasks: TaskOwner
    deferred: Deferred

    def ask(self, view: MessageView, then: Callable[[Choice], None]) -> MessageDialog:
        """Show a message over the notebook's window and go on with what was chosen; blocks nothing."""
        dialog = MessageDialog(view, self.window)
        dialog.chosen.connect(then)
        dialog.open()
        return dialog

    def tell(self, view: MessageView) -> None:
        self.ask(view, lambda _choice: None)

    def label(self, cell_id: CellId) -> str:
        """ "Cell 5"; a cell may have been deleted while it ran.  Variables that no cell made were restored."""
        if not cell_id:
            return "Restoring a checkpoint"
        return f"Cell {self.number(cell_id)}" if cell_id in self.document else "A deleted cell"

    def mention(self, cell_id: CellId) -> str:
        """The same within a sentence: "cell 5", "a deleted cell"."""
        label = self.label(cell_id)
        return f"{label[0].lower()}{label[1:]}"

    def number(self, cell_id: CellId) -> int:
        """The cell's place among all cells, from 1, as people count."""
        return self.document.index(cell_id) + 1
