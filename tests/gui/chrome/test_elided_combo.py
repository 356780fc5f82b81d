"""A box to choose from: which entry is the current one is seen in its list, in every theme."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.elided_combo import ElidedCombo
from capsule_desktop.widgets.theme import Theme, ThemeChoice


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_the_current_entry_stands_out_in_the_list(theme: Theme, qtbot: QtBot, choice: ThemeChoice) -> None:
    theme.set_choice(choice)
    box = ElidedCombo()
    qtbot.addWidget(box)
    box.addItems(["one", "two", "three"])
    box.resize(300, 34)
    box.setCurrentIndex(1)
    box.show()
    box.showPopup()
    entries = box.view()
    picture = entries.grab().toImage()
    right = entries.viewport().width() - 4
    rows = [entries.visualRect(box.model().index(row, 0)).center().y() for row in range(3)]
    drawn = [QColor(picture.pixel(right, y)).name() for y in rows]
    palette = theme.palette
    assert drawn == [QColor(name).name() for name in (palette.surface, palette.selected_row, palette.surface)]
    box.hidePopup()
