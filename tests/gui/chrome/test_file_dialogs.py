from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QToolButton, QTreeView

from capsule_desktop.widgets.file_dialogs import open_notebooks
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.outputs.terminal_colors import contrast
from capsule_desktop.widgets.theme import Theme, ThemeChoice


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
@pytest.mark.parametrize("name", ["backButton", "toParentButton", "forwardButton"])
def test_the_arrows_can_be_seen_in_every_theme(
    window: MainWindow, theme: Theme, tmp_path: Path, choice: ThemeChoice, name: str
) -> None:
    theme.set_choice(choice)
    button = open_notebooks(str(tmp_path), window).findChild(QToolButton, name)
    assert button is not None
    picture = button.icon().pixmap(QSize(32, 32), QIcon.Mode.Normal).toImage()
    places = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
    drawn = next(picture.pixelColor(x, y) for x, y in places if picture.pixelColor(x, y).alpha() == 255)
    assert contrast(drawn, QColor(theme.palette.surface)) >= 4.5


def test_the_names_of_files_take_the_room_there_is(window: MainWindow, tmp_path: Path) -> None:
    dialog = open_notebooks(str(tmp_path), window)
    dialog.show()
    names = dialog.findChild(QTreeView, "treeView")
    assert names is not None
    assert names.columnWidth(0) > dialog.width() // 3
