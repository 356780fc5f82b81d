"""Why nothing is kept of a notebook, or what must be known of what is: said in the banner, each with its way out.

Follows `home.not_kept`; a store that was put aside, or a draft that could not be read whole, is a notice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.home import NotebookHome, NotKept, Trouble
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets import messages
from capsule_desktop.widgets.banner import BannerView


class StoreNews:
    """on_reopen: show the notebook anew, with all that another process may have kept of it meanwhile."""

    def __init__(
        self, parts: Parts, home: NotebookHome, name: Callable[[], str], on_reopen: Callable[[], None]
    ) -> None:
        self._parts, self._home, self._name, self._on_reopen = parts, home, name, on_reopen
        self._told: NotKept | None = None
        home.changed.connect(self.show)

    def show(self) -> None:
        not_kept = self._home.not_kept
        if not_kept == self._told:
            return
        self._told = not_kept
        if not_kept is None:
            self._parts.banners.drop(Topic.STORE)
        else:
            self._parts.banners.show(Topic.STORE, self._view(not_kept), self._on_button)

    def notice(self, words: str) -> None:
        """What people must know of an opening; "" for nothing."""
        if words:
            self._parts.banners.show(Topic.NOTICE, BannerView(text=words))

    def _view(self, not_kept: NotKept) -> BannerView:
        match not_kept.trouble:
            case Trouble.LOCKED:
                return messages.open_in_another(self._name())
            case Trouble.TOO_NEW:
                return messages.kept_by_later(self._name())
            case Trouble.UNWRITABLE:
                return messages.not_kept(not_kept.reason)
            case _:
                assert_never(not_kept.trouble)

    def _on_button(self, key: str) -> None:
        if key != messages.TRY_AGAIN or self._told is None:
            return
        if self._told.trouble is not Trouble.LOCKED:
            self._home.open(again=True)
        elif self._parts.document.is_dirty or self._home.handle is not None:
            self._parts.tell(messages.reopen_by_hand(self._name()))
        else:
            self._on_reopen()
