"""Passes on what a CellWidget says as signals of its NotebookView, with the id of the cell that it shows at that
moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.cell_widget import CellWidget
from capsule_desktop.widgets.values import PromptView

if TYPE_CHECKING:
    from capsule_desktop.widgets.notebook_view import NotebookView


def relay(cell: CellWidget, view: NotebookView) -> None:
    """Connects for good: both live as long as the view."""

    def act(action: Action) -> None:
        view.cell_clicked.emit(cell.cell_id, False)
        view.action_requested.emit(action)

    def input_of(prompt: PromptView) -> tuple[str, str, int]:
        return cell.cell_id, prompt.execution_id, prompt.input_number

    cell.text_changed.connect(lambda change: view.text_changed.emit(cell.cell_id, change))
    cell.clicked.connect(lambda extend: view.cell_clicked.emit(cell.cell_id, extend))
    cell.edit_requested.connect(lambda: view.edit_requested.emit(cell.cell_id))
    cell.edge_left.connect(lambda edge: view.edge_left.emit(cell.cell_id, edge))
    cell.action_requested.connect(view.action_requested)
    cell.run_requested.connect(lambda: act(Action.RUN_IN_PLACE))
    cell.link_activated.connect(view.link_activated)
    results = cell.results
    results.expand_requested.connect(lambda: act(Action.TOGGLE_OUTPUT))
    results.answered.connect(lambda prompt, text: view.input_answered.emit(*input_of(prompt), text))
    results.ended.connect(lambda prompt: view.input_ended.emit(*input_of(prompt)))
    results.interrupted.connect(lambda prompt: view.input_interrupted.emit(*input_of(prompt)))
    results.keep_toggled.connect(view.keep_answers_toggled)
    results.full_output_requested.connect(lambda index: view.full_output_requested.emit(cell.cell_id, index))
    results.save_output_requested.connect(
        lambda index, name, content: view.save_output_requested.emit(cell.cell_id, index, name, content)
    )
    results.link_activated.connect(view.link_activated)
    results.offer_taken.connect(lambda: view.offer_taken.emit(cell.cell_id))
    results.history_requested.connect(lambda request: view.history_requested.emit(cell.cell_id, request))
