from __future__ import annotations

import pytest

from capsule_desktop.presenters.memory import memory_view
from capsule_desktop.widgets.memory_gauge import level_colour
from capsule_desktop.widgets.palette import LIGHT

MB, GB = 1024**2, 1024**3


@pytest.mark.parametrize(
    ("used", "limit", "text", "short"),
    [
        (240 * MB, 0, "Memory 240 MB", "240 MB"),
        (240 * MB, 16 * GB, "Memory 240 MB of 16 GB", "240 MB"),
        (int(3.1 * GB), 16 * GB, "Memory 3.1 of 16 GB", "3.1 GB"),
        (int(3.1 * GB), int(23.5 * GB), "Memory 3.1 of 24 GB", "3.1 GB"),
        (300 * MB, 512 * MB, "Memory 300 of 512 MB", "300 MB"),
    ],
)
def test_memory_in_words(used: int, limit: int, text: str, short: str) -> None:
    view = memory_view(used, limit)
    assert view is not None
    assert (view.text, view.short) == (text, short)


def test_nothing_is_said_where_no_worker_runs() -> None:
    assert memory_view(0, GB) is None


@pytest.mark.parametrize(
    ("percent", "colour", "words"),
    [
        (74, LIGHT.muted, ""),
        (75, LIGHT.stale, "filling up"),
        (89, LIGHT.stale, "filling up"),
        (90, LIGHT.error, "full"),
    ],
)
def test_the_colour_says_nothing_that_the_words_do_not(percent: int, colour: str, words: str) -> None:
    view = memory_view(GB * percent // 100 + 1, GB)
    assert view is not None
    assert view.share is not None
    assert level_colour(view.share, LIGHT) == colour
    assert words in view.detail
    assert ("filling up" in view.detail or "full" in view.detail) is bool(words)
