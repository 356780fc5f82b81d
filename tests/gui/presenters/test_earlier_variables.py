"""The line that offers what an earlier Python kept: what it says, what its button does, and when it goes."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton

from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.earlier_variables import EarlierVariablesPresenter
from capsule_desktop.widgets.banner import Banner
from engine.commands import BringBackEarlier, DismissEarlier, ExecutionId
from engine.events import StateRestored, VariablesOffered
from tests.gui.presenters.conftest import Scripted
from tests.support.scripted_parts import ScriptedParts


class Offer:
    def __init__(self, notebook: ScriptedParts) -> None:
        self.notebook, self.presenter = notebook, EarlierVariablesPresenter(notebook.parts, notebook.clock.wall)
        banner = notebook.window.findChild(Banner)
        assert banner is not None
        self.banner = banner

    def make(self, execution_id: str, number: int) -> None:
        self.presenter.take(
            VariablesOffered(
                offer=ExecutionId(execution_id),
                cell_id=self.notebook.cells[number - 1],
                created_at=self.notebook.clock.wall_s,
            )
        )

    @property
    def text(self) -> str:
        return self.banner.accessibleName() if self.banner.isVisible() else ""

    def click(self, label: str) -> None:
        next(b for b in self.banner.findChildren(QPushButton) if b.text() == label).click()


@pytest.fixture
def offer(scripted: Scripted) -> Offer:
    return Offer(scripted(["1", "2"]))


def test_it_says_what_was_kept_and_brings_exactly_that_back(offer: Offer) -> None:
    offer.make("e1", 2)
    assert offer.text.startswith("Python was started anew, without the variables kept ")
    assert offer.text.endswith(", after cell 2. They can be brought back.")
    offer.click("Bring back")
    assert offer.notebook.sent == [BringBackEarlier(execution_id=ExecutionId("e1"))]
    assert offer.text  # until they are back


def test_it_goes_when_nothing_is_offered_any_more(offer: Offer) -> None:
    offer.make("e1", 1)
    offer.presenter.take(VariablesOffered(offer=None))
    assert not offer.notebook.parts.banners.says(Topic.EARLIER)


def test_an_older_one_behind_it_says_what_it_would_replace(offer: Offer) -> None:
    offer.make("e2", 2)
    offer.presenter.take(
        StateRestored(
            execution_id=ExecutionId("e2"), cell_id="", created_at=1.0, variables=(), surroundings=(), merged=True
        )
    )
    offer.make("e1", 1)
    assert offer.text.startswith("Older variables, kept ")
    assert offer.text.endswith(", after cell 1, can be brought back, too. They replace those of the same name.")


def test_dismissing_it_refuses_what_is_offered(offer: Offer) -> None:
    offer.make("e1", 1)
    offer.notebook.window.banner_dismissed.emit()
    assert offer.notebook.sent == [DismissEarlier()]
    assert not offer.notebook.parts.banners.says(Topic.EARLIER)
