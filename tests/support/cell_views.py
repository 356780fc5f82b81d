"""What tests of the list of cells look at: its widgets, where they are, and how many cells it may have."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.cell_widget import CellWidget
from capsule_desktop.widgets.code_editor import CodeEditor
from capsule_desktop.widgets.notebook_view import NotebookView
from tests.support.cells import CellList

type Opener = Callable[[CellList], NotebookView]


def widgets(view: NotebookView) -> dict[str, CellWidget]:
    return {cell.cell_id: cell for cell in view.viewport().findChildren(CellWidget) if cell.isVisibleTo(view)}


def editor(view: NotebookView, cell_id: CellId) -> CodeEditor:
    found = widgets(view)[cell_id].editor
    assert found is not None
    return found


def top(view: NotebookView, widget: QWidget) -> int:
    return widget.mapTo(view.viewport(), QPoint(0, 0)).y()


def many(count: int) -> CellList:
    cells = CellList()
    for number in range(count):
        cells.add("\n".join(f"line_{number}_{i} = {i}" for i in range(1 + number % 5)))
    return cells
