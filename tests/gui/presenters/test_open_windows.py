"""Where a further window comes to stand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from capsule_desktop.presenters.open_windows import place_beside


@pytest.fixture
def room(qapp: QGuiApplication) -> QRect:
    return qapp.primaryScreen().availableGeometry()


def placed(qtbot: QtBot, size: QSize, other_at: QPoint) -> QRect:
    other, window = QWidget(), QWidget()
    for each in (other, window):
        qtbot.addWidget(each)
        each.resize(size)
    other.move(other_at)
    other.show()
    place_beside(window, other)
    window.show()
    return window.frameGeometry()


def test_it_stands_beside_the_one_before(qtbot: QtBot, room: QRect) -> None:
    assert placed(qtbot, room.size() / 2, room.topLeft()).topLeft() == room.topLeft() + QPoint(28, 28)


def test_it_begins_at_the_top_again_where_it_would_reach_below_the_screen(qtbot: QtBot, room: QRect) -> None:
    size = QSize(room.width() // 2, room.height() - 20)
    place = placed(qtbot, size, room.topLeft() + QPoint(0, 10))
    assert place.topLeft() == room.topLeft() + QPoint(28, 0)
    assert room.contains(place)


def test_it_is_never_larger_than_the_screen(qtbot: QtBot, room: QRect) -> None:
    assert room.contains(placed(qtbot, room.size() * 2, room.topLeft()))
