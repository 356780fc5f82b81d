"""How what a failed import misses is offered."""

from __future__ import annotations

from capsule_desktop.presenters.offers import install_offer
from capsule_desktop.widgets.values import OfferView


def test_what_is_missing_is_offered_with_where_it_goes() -> None:
    offer = install_offer("pandas", "analysis", nearest="")
    assert offer == OfferView(words="pandas is not installed in analysis.", label="Install")


def test_where_another_may_be_meant_the_button_says_which_one_it_installs() -> None:
    offer = install_offer("tomli-w", "analysis", nearest="tomli")
    words = "tomli-w is not installed in analysis. Did you mean tomli?"
    assert offer == OfferView(words=words, label="Install tomli-w")
