"""A notebook in a window whose events are told by the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication

from capsule_desktop.widgets.theme import Theme, ThemeChoice
from tests.support.scripted_parts import ScriptedParts, scripted_parts

type Scripted = Callable[[list[str]], ScriptedParts]


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, ThemeChoice.LIGHT)


@pytest.fixture
def scripted(theme: Theme) -> Iterator[Scripted]:
    owner = QObject()
    made: list[ScriptedParts] = []

    def make(sources: list[str]) -> ScriptedParts:
        made.append(scripted_parts(theme, sources, owner))
        return made[-1]

    yield make
    for each in made:
        each.window.force_close()
        each.window.deleteLater()
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
