"""One theme for the whole run, as an application has, and for each test a window with a notebook in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.theme import Theme, ThemeChoice


@pytest.fixture(scope="session")
def _theme(qapp: QApplication) -> Theme:
    return Theme(qapp, ThemeChoice.LIGHT)


@pytest.fixture
def theme(_theme: Theme) -> Iterator[Theme]:
    _theme.set_choice(ThemeChoice.LIGHT)
    yield _theme
    # Without a running event loop nothing else deletes the windows of earlier tests, and a switch
    # of the theme would polish them all.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    _theme.set_choice(ThemeChoice.LIGHT)


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> MainWindow:
    window = MainWindow(theme)
    qtbot.addWidget(window, before_close_func=lambda w: w.force_close())
    window.set_central_view(QWidget())
    window.set_actions_enabled(set(Action))
    window.resize(1440, 900)
    window.show()
    return window
