"""The whole window is on its screen: the first time, and where the screen that it remembers is gone or smaller now."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.screen_fit import within
from capsule_desktop.widgets.theme import Theme

ROOM = QRect(6, 40, 1354, 722)


@pytest.mark.parametrize(
    ("place", "fitted"),
    [
        (QRect(100, 60, 700, 500), QRect(100, 60, 700, 500)),
        (QRect(0, 0, 1280, 860), QRect(6, 40, 1280, 722)),
        (QRect(100, 100, 3000, 500), QRect(6, 100, 1354, 500)),
        (QRect(1300, 700, 700, 500), QRect(660, 262, 700, 500)),
        (QRect(-1920, -300, 700, 500), QRect(6, 40, 700, 500)),
    ],
    ids=["fits", "too high", "too wide", "beyond the right and the bottom", "on a screen that is gone"],
)
def test_a_place_is_changed_no_further_than_it_must_be(place: QRect, fitted: QRect) -> None:
    assert within(place, ROOM) == fitted


def _new(theme: Theme, qtbot: QtBot) -> MainWindow:
    window = MainWindow(theme)
    qtbot.addWidget(window, before_close_func=lambda w: w.force_close())
    return window


def test_the_first_window_is_no_larger_than_its_screen(theme: Theme, qtbot: QtBot) -> None:
    window = _new(theme, qtbot)
    room = window.screen().availableGeometry()
    assert (room.width(), room.height()) < (1280, 860)  # else this shows nothing
    assert window.width() < room.width()
    assert window.height() < room.height() - 30  # a title bar comes on top of it


def test_a_window_comes_back_onto_the_screen_that_is_left(theme: Theme, qtbot: QtBot) -> None:
    before, after = _new(theme, qtbot), _new(theme, qtbot)
    before.setGeometry(QRect(2600, 1200, 1900, 1060))
    assert after.restore_state(before.save_state())
    room = after.screen().availableGeometry()
    assert room.contains(after.geometry().adjusted(0, -30, 0, 0))


def test_a_maximised_window_comes_back_maximised(theme: Theme, qtbot: QtBot) -> None:
    before, after = _new(theme, qtbot), _new(theme, qtbot)
    before.showMaximized()
    assert after.restore_state(before.save_state())
    assert after.isMaximized()
