"""A start that another application has not taken asks first, and says what is safe."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from capsule_desktop.presenters import beside_another
from capsule_desktop.widgets.message_dialog import MessageDialog
from tests.support.live_window import turn_until

WHY = "Capsule is running, but does not answer. What it has open stays there."
FILES = (Path("/a/titration.ipynb"),)
pytestmark = pytest.mark.qt_loop


@pytest.fixture(autouse=True)
def _loop_outlives_the_dialog(qapp: QApplication) -> Iterator[None]:
    """As the application has it."""
    before = qapp.quitOnLastWindowClosed()
    qapp.setQuitOnLastWindowClosed(False)
    yield
    qapp.setQuitOnLastWindowClosed(before)


def dialogs() -> list[MessageDialog]:
    """Those that are shown: one that was answered goes a little later."""
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, MessageDialog) and each.isVisible()]


async def asked() -> MessageDialog:
    await turn_until(lambda: bool(dialogs()))
    (found,) = dialogs()
    return found


@pytest.mark.parametrize(("key", "wanted"), [(Qt.Key.Key_Return, True), (Qt.Key.Key_Escape, False)])
async def test_enter_opens_beside_it_and_escape_opens_nothing(key: Qt.Key, wanted: bool) -> None:
    answer = asyncio.ensure_future(beside_another.is_wanted(WHY, FILES))
    asking = await asked()
    words = " ".join(label.text() for label in asking.findChildren(QLabel))
    assert "does not answer" in asking.windowTitle()
    assert "What it has open stays there." in words
    assert "titration.ipynb" in words
    assert [each.text() for each in asking.findChildren(QPushButton)] == ["Close", "Open separately"]
    QTest.keyClick(asking, key)
    assert await answer is wanted


@pytest.mark.parametrize(
    ("files", "words"), [((), "You can open a window separately"), (FILES * 2, "open the 2 files separately")]
)
async def test_it_is_said_what_would_be_opened(files: tuple[Path, ...], words: str) -> None:
    answer = asyncio.ensure_future(beside_another.is_wanted("Another version of Capsule is running.", files))
    asking = await asked()
    assert any(words in label.text() for label in asking.findChildren(QLabel))
    asking.reject()
    assert not await answer
