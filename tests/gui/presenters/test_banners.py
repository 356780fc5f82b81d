"""Several messages may hold at once: the gravest is in front, none is lost, and each goes when it is no longer true."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QPushButton
from pytestqt.qtbot import QtBot

from capsule_desktop.presenters.banners import Banners, Topic
from capsule_desktop.widgets.banner import Banner, BannerButton, BannerView
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.theme import Theme

DEAD = BannerView(text="Python has ended.", buttons=(BannerButton(label="Details", key="details"),))
READ_ONLY = BannerView(text="It is read-only.")
FULL = BannerView(text="The disk is full.", dismissable=False)


class Shown:
    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.banners, self._qtbot = Banners(window, window), qtbot
        banner = window.findChild(Banner)
        assert banner is not None
        self.banner = banner

    @property
    def text(self) -> str:
        return self.banner.accessibleName() if self.banner.isVisible() else ""

    @property
    def buttons(self) -> list[str]:
        return [b.text() for b in self.banner.findChildren(QPushButton) if b.isVisible()]

    def click(self, words: str) -> None:
        buttons = [b for b in self.banner.findChildren(QAbstractButton) if b.isVisible()]
        button = next(b for b in buttons if words in (b.text(), b.accessibleName()))
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def shown(theme: Theme, qtbot: QtBot) -> Shown:
    window = MainWindow(theme)
    qtbot.addWidget(window, before_close_func=lambda w: w.force_close())
    window.show()
    return Shown(window, qtbot)


def test_the_gravest_is_in_front_whichever_came_first(shown: Shown) -> None:
    shown.banners.show(Topic.KERNEL, DEAD)
    shown.banners.show(Topic.READ_ONLY, READ_ONLY)
    assert shown.text == DEAD.text
    assert shown.buttons == ["Details", "1 more"]


def test_what_is_no_longer_true_makes_room_for_what_still_is(shown: Shown) -> None:
    shown.banners.show(Topic.KERNEL, DEAD)
    shown.banners.show(Topic.READ_ONLY, READ_ONLY)
    shown.banners.drop(Topic.KERNEL)
    assert (shown.text, shown.buttons) == (READ_ONLY.text, [])
    shown.banners.drop(Topic.READ_ONLY)
    assert shown.text == ""


def test_dropping_what_is_behind_leaves_the_front_where_it_is(shown: Shown) -> None:
    shown.banners.show(Topic.KERNEL, DEAD)
    shown.banners.show(Topic.READ_ONLY, READ_ONLY)
    shown.banners.drop(Topic.READ_ONLY)
    assert (shown.text, shown.buttons) == (DEAD.text, ["Details"])


def test_a_dismissed_message_uncovers_the_next(shown: Shown) -> None:
    shown.banners.show(Topic.READ_ONLY, READ_ONLY)
    shown.banners.show(Topic.KERNEL, DEAD)
    shown.click("Dismiss this message")
    assert shown.text == READ_ONLY.text
    shown.click("Dismiss this message")
    assert shown.text == ""


def test_a_message_that_cannot_be_dismissed_hides_none(shown: Shown) -> None:
    shown.banners.show(Topic.READ_ONLY, READ_ONLY)
    shown.banners.show(Topic.KERNEL, DEAD)
    shown.banners.show(Topic.STORE, FULL)
    seen = [shown.text]
    for _ in range(3):
        shown.click("2 more")
        seen.append(shown.text)
    assert seen == [FULL.text, DEAD.text, READ_ONLY.text, FULL.text]


def test_news_come_to_the_front_and_repetitions_do_not(shown: Shown) -> None:
    shown.banners.show(Topic.STORE, FULL)
    shown.banners.show(Topic.KERNEL, DEAD)
    shown.click("1 more")
    shown.banners.show(Topic.KERNEL, DEAD)
    shown.banners.show(Topic.STORE, FULL)
    assert shown.text == DEAD.text
    shown.banners.show(Topic.READ_ONLY, READ_ONLY)
    assert shown.text == FULL.text


def test_a_button_is_told_to_whoever_said_the_message(shown: Shown) -> None:
    pressed: list[str] = []
    shown.banners.show(Topic.KERNEL, DEAD, pressed.append)
    shown.click("Details")
    assert pressed == ["details"]


def test_a_notebook_that_goes_leaves_no_message_behind(shown: Shown) -> None:
    shown.banners.show(Topic.KERNEL, DEAD)
    shown.banners.clear()
    assert shown.text == ""
    shown.banners.show(Topic.WAITING, FULL)  # what still goes on for it is for nobody
    assert shown.text == ""
