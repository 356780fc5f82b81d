"""Where the work is stays readable beside the name, part by part, as far as there is room."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.palette import LIGHT
from capsule_desktop.widgets.title_label import TitleLabel

WORDS = "edited · draft saved 14:02"


@pytest.mark.parametrize(("width_px", "words"), [(400, WORDS), (180, "edited"), (110, "")])
def test_the_words_give_way_part_by_part_and_the_name_last(
    theme: object, qtbot: QtBot, width_px: int, words: str
) -> None:
    label = TitleLabel(LIGHT)
    qtbot.addWidget(label)
    label.set_title("titration.ipynb", WORDS)
    label.resize(width_px, 30)
    assert label.shown_words() == words
    assert label.toolTip() == f"titration.ipynb {WORDS}"


def test_beside_a_name_that_is_cut_the_first_words_stay(theme: object, qtbot: QtBot) -> None:
    label = TitleLabel(LIGHT)
    qtbot.addWidget(label)
    label.set_title("a notebook with quite a long name indeed.ipynb", WORDS)
    label.resize(250, 30)
    assert label.shown_words() == "edited"
