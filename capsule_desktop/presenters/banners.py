"""The messages of one notebook that need no dialog: several may hold at once, and the banner shows one at a time.

Each topic has at most one message, shown until it is no longer true or the user has dismissed it.  The gravest is in
front; a button leads round to the others.  Every message of a notebook goes through here, never to the window itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from PySide6.QtCore import QObject

from capsule_desktop.widgets.banner import BannerButton, BannerView
from capsule_desktop.widgets.main_window import MainWindow

MORE = "more messages"  # the key of the button that leads to the others


class Topic(StrEnum):
    """What a message is about, the gravest first."""

    WAITING = "waiting"  # for the disk, with what was asked for; it goes by itself
    STORE = "store"  # nothing can be recorded
    KERNEL = "kernel"  # how Python ended, and what came back
    FILE_CHANGED = "file changed"
    RECOVERY = "recovery"  # what came back after a crash, and what can be resumed
    CRASH = "crash"  # of the application: there is a report of it
    PROMPT = "prompt"
    REQUEST = "request"  # one that came to nothing
    EARLIER = "earlier variables"  # Python began without them
    INTERPRETER = "interpreter"  # the folder's own environment is not used
    NEEDS_IPYTHON = "needs IPython"
    QUEUE = "queue"  # it is held
    CHECKPOINT = "checkpoint"  # one is being saved or restored
    NOTICE = "notice"  # the store was moved aside
    ATTACHED = "attached"
    READ_ONLY = "read-only"


_RANK = {topic: rank for rank, topic in enumerate(Topic)}


def _nothing(_key: str) -> None:
    """For messages whose buttons are Actions, which the window's owner performs."""


def _forgotten() -> None:
    """For messages that mean nothing more once they were dismissed."""


@dataclass(frozen=True, kw_only=True)
class _Message:
    view: BannerView
    on_button: Callable[[str], None]
    on_dismissed: Callable[[], None]


class Banners(QObject):
    def __init__(self, window: MainWindow, parent: QObject) -> None:
        super().__init__(parent)
        self._window = window
        self._messages: dict[Topic, _Message] = {}
        self._front: Topic | None = None
        self._shown: BannerView | None = None
        self._is_gone = False
        window.banner_button_clicked.connect(self._on_button_clicked)
        window.banner_dismissed.connect(self._on_dismissed)

    def show(
        self,
        topic: Topic,
        view: BannerView,
        on_button: Callable[[str], None] = _nothing,
        on_dismissed: Callable[[], None] = _forgotten,
    ) -> None:
        """Say this of topic, in place of what was said of it.  on_button gets the key of a button that is no Action."""
        if self._is_gone:
            return
        is_news = topic not in self._messages or self._messages[topic].view != view
        self._messages[topic] = _Message(view=view, on_button=on_button, on_dismissed=on_dismissed)
        if is_news:
            self._front = self._gravest()
            self._show()

    def says(self, topic: Topic) -> bool:
        """Whether something is said of it, in front or behind."""
        return topic in self._messages

    def drop(self, topic: Topic) -> None:
        """It is no longer true; nothing where nothing was said."""
        if self._messages.pop(topic, None) is not None:
            if topic is self._front:
                self._front = self._gravest()
            self._show()

    def clear(self) -> None:
        """The notebook goes, the window may stay: nothing more is said of it."""
        self._is_gone = True
        self._messages.clear()
        self._front = None
        self._show()

    def _gravest(self) -> Topic | None:
        return min(self._messages, key=_RANK.__getitem__, default=None)

    def _show(self) -> None:
        view = None if self._front is None else self._messages[self._front].view
        others = len(self._messages) - 1
        if view is not None and others:
            more = BannerButton(label=f"{others} more", key=MORE)
            view = replace(view, buttons=(*view.buttons, more))
        if view != self._shown:  # else the focus would be taken from its buttons
            self._shown = view
            self._window.set_banner(view)

    def _on_button_clicked(self, key: str) -> None:
        if self._front is None:
            return
        if key == MORE:
            topics = sorted(self._messages, key=_RANK.__getitem__)
            self._front = topics[(topics.index(self._front) + 1) % len(topics)]
            self._show()
        else:
            self._messages[self._front].on_button(key)

    def _on_dismissed(self) -> None:
        self._shown = None
        if self._front is not None:
            on_dismissed = self._messages[self._front].on_dismissed
            self.drop(self._front)
            on_dismissed()
