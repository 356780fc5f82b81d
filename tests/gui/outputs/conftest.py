"""An area to show outputs in, with small makers of outputs."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.outputs.area import OutputArea


@pytest.fixture
def area(qtbot: QtBot) -> OutputArea:
    area = OutputArea()
    qtbot.addWidget(area)
    area.resize(700, 600)
    area.show()
    return area
