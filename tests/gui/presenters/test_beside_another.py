"""A start that another application has not taken asks first, says what is safe, and asks that one again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from capsule_desktop.presenters import beside_another
from capsule_desktop.single_instance import Place, Start, claim
from capsule_desktop.widgets.beside_dialog import BesideDialog
from tests.support.live_window import turn_until

HANGS = Start(why="Capsule is running, but does not answer. What it has open stays there.", is_beside=True)
FILES = (Path("/a/titration.ipynb"),)
pytestmark = pytest.mark.qt_loop


@pytest.fixture(autouse=True)
def _loop_outlives_the_dialog(qapp: QApplication) -> Iterator[None]:
    """As the application has it."""
    before = qapp.quitOnLastWindowClosed()
    qapp.setQuitOnLastWindowClosed(False)
    yield
    qapp.setQuitOnLastWindowClosed(before)


def dialogs() -> list[BesideDialog]:
    """Those that are shown: one that was answered goes a little later."""
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, BesideDialog) and each.isVisible()]


async def asked() -> BesideDialog:
    await turn_until(lambda: bool(dialogs()))
    (found,) = dialogs()
    return found


def words_of(dialog: BesideDialog) -> str:
    return " ".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def click(dialog: BesideDialog, label: str) -> None:
    next(each for each in dialog.findChildren(QPushButton) if each.text() == label).click()


def ask(start: Start = HANGS, again: Callable[[], Start] = lambda: HANGS) -> asyncio.Future[Start | None]:
    return asyncio.ensure_future(beside_another.decided(start, FILES, again))


async def test_it_is_said_what_happened_what_is_safe_and_what_to_do() -> None:
    answer = ask()
    asking = await asked()
    assert "does not answer" in asking.windowTitle()
    assert "What it has open stays there." in words_of(asking)
    assert "titration.ipynb" in words_of(asking)
    labels = [each.text() for each in asking.findChildren(QPushButton)]
    assert labels == ["Close", "Open separately", "Try again"]
    click(asking, "Open separately")
    assert await answer is HANGS


async def test_escape_opens_nothing() -> None:
    answer = ask()
    QTest.keyClick(await asked(), Qt.Key.Key_Escape)
    assert await answer is None


async def test_enter_asks_it_again_in_the_same_dialog_until_it_answers() -> None:
    answers = iter((HANGS, Start(why="Another version of Capsule is running. It stays.", is_beside=True)))
    answer = ask(again=lambda: next(answers, Start(is_handed_over=True)))
    asking = await asked()
    QTest.keyClick(asking, Qt.Key.Key_Return)
    await turn_until(lambda: "It was asked again" in words_of(asking))
    QTest.keyClick(asking, Qt.Key.Key_Return)
    await turn_until(lambda: asking.windowTitle() == "Another version of Capsule is running")
    QTest.keyClick(asking, Qt.Key.Key_Return)
    assert await answer is None  # it has opened them
    assert dialogs() == []


async def test_where_the_other_one_has_ended_the_files_are_opened_here() -> None:
    here = Start(why="")
    answer = ask(again=lambda: here)
    click(await asked(), "Try again")
    assert await answer is here


async def test_the_place_of_one_that_has_ended_is_let_go_where_nothing_is_wanted_any_more(tmp_path: Path) -> None:
    place, is_closed = Place(socket=tmp_path / "s", lock=tmp_path / "l"), threading.Event()

    def again() -> Start:
        is_closed.wait()
        return Start(instance=claim(place))

    answer = ask(again=again)
    asking = await asked()
    click(asking, "Try again")
    try:
        await turn_until(lambda: "being asked again" in words_of(asking))
        assert [each.text() for each in asking.findChildren(QPushButton) if each.isEnabled()] == ["Close"]
        asking.reject()
    finally:
        is_closed.set()
    assert await answer is None
    instance = claim(place)
    assert instance is not None
    instance.release()


@pytest.mark.parametrize(
    ("files", "words"), [((), "open a window separately"), (FILES * 2, "open the 2 files separately")]
)
async def test_it_is_said_what_would_be_opened(files: tuple[Path, ...], words: str) -> None:
    answer = asyncio.ensure_future(beside_another.decided(HANGS, files, lambda: HANGS))
    asking = await asked()
    assert words in words_of(asking)
    asking.reject()
    assert await answer is None
