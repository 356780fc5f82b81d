"""What passes before the eye sees it is not shown."""

from __future__ import annotations

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from capsule_desktop.presenters.deferred import Deferred


def test_what_waits_is_shown_once_in_its_last_version(qtbot: QtBot) -> None:
    owner, shown = QObject(), []
    deferred = Deferred(owner)
    deferred.later("a", lambda: shown.append("first"))
    deferred.later("a", lambda: shown.append("last"))
    deferred.later("b", lambda: shown.append("other"))
    assert shown == []
    qtbot.waitUntil(lambda: bool(shown))
    assert shown == ["last", "other"]


def test_the_state_that_stays_is_shown_at_once_and_what_waited_never(qtbot: QtBot) -> None:
    owner, shown = QObject(), []
    deferred = Deferred(owner)
    deferred.later("a", lambda: shown.append("passing"))
    deferred.later("b", lambda: shown.append("other"))
    deferred.now("a", lambda: shown.append("staying"))
    assert shown == ["staying"]
    qtbot.waitUntil(lambda: len(shown) > 1)
    assert shown == ["staying", "other"]


def test_dropping_says_whether_something_waited(qtbot: QtBot) -> None:
    owner, shown = QObject(), []
    deferred = Deferred(owner)
    deferred.later("a", lambda: shown.append("a"))
    deferred.later("b", lambda: shown.append("b"))
    assert (deferred.drop("a"), deferred.drop("a")) == (True, False)
    qtbot.waitUntil(lambda: bool(shown))
    assert shown == ["b"]


def test_what_is_deferred_while_it_is_shown_waits_for_the_next_time(qtbot: QtBot) -> None:
    owner, shown = QObject(), []
    deferred = Deferred(owner)

    def again() -> None:
        shown.append("first")
        deferred.later("a", lambda: shown.append("second"))

    deferred.later("a", again)
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert shown == ["first", "second"]
