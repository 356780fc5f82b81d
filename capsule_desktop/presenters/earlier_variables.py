"""Python was started without the variables that an earlier one kept: one line that brings them back.

It stays after further cells ran, until they are back or the user dismisses it; the engine keeps the file for so long,
and says what is offered.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.time_words import clock_text
from capsule_desktop.widgets.banner import BannerButton, BannerView
from engine.commands import BringBackEarlier, DismissEarlier, ExecutionId
from engine.events import Event, StateRestored, VariablesOffered

BRING_BACK = "bring back"  # the button's key


class EarlierVariablesPresenter:
    """wall: seconds since 1970."""

    def __init__(self, parts: Parts, wall: Callable[[], float] = time.time) -> None:
        self._parts, self._wall = parts, wall
        self._has_brought_back = False

    def take(self, event: Event) -> None:
        match event:
            case VariablesOffered(offer=offer):
                self._offered(offer, event)
            case StateRestored(merged=True):
                self._has_brought_back = True
            case _:
                pass

    def _offered(self, offer: ExecutionId | None, event: VariablesOffered) -> None:
        if offer is None:
            self._has_brought_back = False
            self._parts.banners.drop(Topic.EARLIER)
            return
        kept = f"{clock_text(event.created_at, self._wall())}, after {self._parts.mention(CellId(event.cell_id))}"
        text = f"Python was started anew, without the variables kept {kept}. They can be brought back."
        if self._has_brought_back:
            text = f"Older variables, kept {kept}, can be brought back, too. They replace those of the same name."
        view = BannerView(text=text, buttons=(BannerButton(label="Bring back", key=BRING_BACK),))
        self._parts.banners.show(Topic.EARLIER, view, partial(self._on_button, offer), self._dismissed)

    def _on_button(self, offer: ExecutionId, _key: str) -> None:
        self._parts.submit(BringBackEarlier(execution_id=offer))

    def _dismissed(self) -> None:
        self._parts.submit(DismissEarlier())
