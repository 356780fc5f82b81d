"""A word in the window while something that is usually at once takes long: the disk is slow, or refuses.

Owns when it is said.  Nothing is said of what ends soon, and nothing stays when it has ended, however it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QTimer

from capsule_desktop.presenters.banners import Banners, Topic
from capsule_desktop.widgets.banner import BannerView

SAID_AFTER_MS = 500  # what ends sooner needs no word, which would only flicker


@contextmanager
def said_when_slow(banners: Banners, words: str) -> Iterator[None]:
    """words: what is waited for, what is still safe, and what comes then."""
    timer = QTimer(singleShot=True, interval=SAID_AFTER_MS)
    view = BannerView(text=words, dismissable=False)
    timer.timeout.connect(lambda: banners.show(Topic.WAITING, view))
    timer.start()
    try:
        yield
    finally:
        timer.stop()
        banners.drop(Topic.WAITING)
