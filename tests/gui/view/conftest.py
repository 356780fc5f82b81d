"""A shown list of cells that takes what is typed, as a presenter would."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.notebook_view import NotebookView
from capsule_desktop.widgets.palette import LIGHT
from tests.support.cell_views import Opener
from tests.support.cells import CellList


@pytest.fixture
def open_view(qtbot: QtBot) -> Opener:
    def open_(cells: CellList) -> NotebookView:
        view = NotebookView(cells, LIGHT)
        qtbot.addWidget(view)
        view.resize(900, 600)
        view.show()
        qtbot.waitExposed(view)
        view.activateWindow()
        qtbot.waitUntil(view.isActiveWindow)
        view.text_changed.connect(cells.take)
        view.text_changed.connect(lambda cell_id, _change: view.cell_changed(CellId(cell_id)))
        return view

    return open_
