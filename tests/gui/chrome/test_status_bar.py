"""The status line gives way in whole words: nothing of it is ever cut in the middle but what runs, and that last."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.dots import DotState
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.memory_gauge import MemoryGauge, MemoryView
from capsule_desktop.widgets.status_bar import StatusBar, StatusView

NOTES = (
    "Not recorded: the disk is full",
    "12 queued, held",
    "Variables not kept after cell 12: over 50 MB",
)
VIEW = StatusView(
    activity="Waiting for your answer in cell 123 of 456",
    dot=DotState.WAITING,
    notes=NOTES,
    memory=MemoryView(text="Memory 14.5 of 16 GB", short="14.5 GB", detail="Python uses 14.5 GB.", share=0.9),
    caret="Ln 1234, Col 56",
)
WORDS = {VIEW.activity, *NOTES, "Memory 14.5 of 16 GB", "14.5 GB", VIEW.caret}


def shown(window: MainWindow) -> list[QLabel]:
    QApplication.processEvents()  # what a new width asks the layout for
    bar = window.findChild(StatusBar)
    assert bar is not None
    return [label for label in bar.findChildren(QLabel) if label.isVisible() and label.text()]


@pytest.mark.parametrize("width_px", [480, 560, 640, 720, 800, 960, 1100, 1280, 1440])
def test_nothing_is_cut_in_the_middle_of_a_word_at_any_width(window: MainWindow, width_px: int) -> None:
    window.resize(width_px, 600)
    window.set_status(VIEW)
    labels = shown(window)
    for label in labels:
        assert all(part in WORDS for part in label.text().split("     "))
        assert label.width() >= label.fontMetrics().horizontalAdvance(label.text())
        assert label.mapTo(window, label.rect().topRight()).x() <= width_px
    assert labels[0].text() == VIEW.activity
    places = sorted((label.mapTo(window, label.rect().topLeft()).x(), label.width()) for label in labels)
    assert all(left + width <= other for (left, width), (other, _) in itertools.pairwise(places))


def test_a_wide_line_says_everything_and_a_narrow_one_the_most_important(window: MainWindow) -> None:
    window.resize(1440, 600)
    window.set_status(VIEW)
    assert "     ".join(NOTES) in [label.text() for label in shown(window)]
    window.resize(800, 600)
    assert NOTES[0] in [label.text() for label in shown(window)]
    window.resize(480, 600)
    said = [label.text() for label in shown(window)]
    assert said == [VIEW.activity, NOTES[0]]


def test_notes_that_have_no_room_are_in_the_tool_tip(window: MainWindow) -> None:
    window.resize(640, 600)
    window.set_status(VIEW)
    bar = window.findChild(StatusBar)
    assert bar is not None
    assert NOTES[2] in bar.toolTip()
    window.resize(1440, 600)
    assert bar.toolTip() == ""


def test_the_gauge_says_in_a_sentence_what_its_bar_shows(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1440, 600)
    window.set_status(VIEW)
    gauge = window.findChild(MemoryGauge)
    assert gauge is not None
    assert gauge.accessibleName() == gauge.toolTip() == "Python uses 14.5 GB."
    window.set_status(StatusView(activity="Idle"))
    assert not gauge.isVisible()
