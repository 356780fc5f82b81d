from __future__ import annotations

import time

import pytest

from capsule_desktop.presenters.time_words import about_text, ago_text, clock_text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "a few seconds ago"),  # the system's clock was set back
        (9.9, "a few seconds ago"),
        (47, "40 seconds ago"),
        (60, "1 minute ago"),
        (125, "2 minutes ago"),
        (3600, "1 hour ago"),
        (7300, "2 hours ago"),
        (200_000, "2 days ago"),
    ],
)
def test_how_long_ago_is_said_in_the_largest_unit(seconds: float, words: str) -> None:
    assert ago_text(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.02, "about 1 s"),
        (9.4, "about 9 s"),
        (23, "about 25 s"),
        (58, "about 1 min"),
        (130, "about 2 min"),
        (3500, "about 1 h"),
        (5400, "about 1.5 h"),
        (11_000, "about 3 h"),
    ],
)
def test_an_estimate_is_no_finer_than_it_is_worth(seconds: float, words: str) -> None:
    assert about_text(seconds) == words


def test_a_time_of_another_day_has_its_date() -> None:
    now = time.mktime((2026, 11, 22, 14, 2, 0, 0, 0, -1))
    assert clock_text(now - 60, now) == "14:01"
    assert clock_text(now - 86_400, now) == "2026-11-21 14:02"
