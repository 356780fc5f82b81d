"""Both versions of a notebook side by side: all text is plain, and one choice at most comes of it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton, QTextBrowser
from pytestqt.qtbot import QtBot

from capsule_desktop.notebook.cell import Cell, CellId, CellKind
from capsule_desktop.notebook.comparison import CellPair, Comparison, LinePair, Side, compare
from capsule_desktop.widgets.compare_dialog import CompareDialog, in_words
from capsule_desktop.widgets.message_dialog import Choice
from capsule_desktop.widgets.palette import DARK, LIGHT, Palette


def cell(name: str, source: str) -> Cell:
    return Cell(cell_id=CellId(name), kind=CellKind.CODE, source=source)


MINE = [cell("a", "<b>x</b> & y\n    indented"), cell("m", "only mine"), *(cell(str(n), "same") for n in range(3))]
THEIRS = [cell("a", "x"), *(cell(str(n), "same") for n in range(3)), cell("t", "only theirs")]


def opened(qtbot: QtBot, comparison: Comparison, palette: Palette = LIGHT) -> tuple[CompareDialog, list[Choice]]:
    dialog, chosen = CompareDialog("a.ipynb", comparison, palette, "put aside"), list[Choice]()
    qtbot.addWidget(dialog)
    dialog.chosen.connect(chosen.append)
    dialog.show()
    return dialog, chosen


def text_of(dialog: CompareDialog) -> str:
    return dialog.findChildren(QTextBrowser)[0].toPlainText()


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_both_sides_are_shown_as_they_are_written(qtbot: QtBot, palette: Palette) -> None:
    dialog, _ = opened(qtbot, compare(MINE, THEIRS), palette)
    shown = text_of(dialog)
    for words in ("<b>x</b> & y", "    indented", "Cell 2 is only here", "Cell 5 of the file is only on disk"):
        assert words in shown
    assert "same" not in shown


def test_what_differs_is_counted_in_words() -> None:
    assert in_words(compare(MINE, THEIRS)) == (
        "1 cell differs, 1 cell is only here, 1 cell is only on disk; 3 cells are the same."
    )
    assert in_words(compare(MINE, MINE)) == "No cell differs; 5 cells are the same."


def test_cells_that_are_left_out_are_said(qtbot: QtBot) -> None:
    pair = CellPair(side=Side.BOTH, my_number=1, their_number=2, lines=(LinePair(mine="a", theirs="b"),))
    dialog, _ = opened(qtbot, Comparison(pairs=(pair,), same_cells=0, left_out=7))
    assert "7 cells more, not shown here" in text_of(dialog)
    assert "(on disk cell 2)" in text_of(dialog)


@pytest.mark.parametrize(
    ("label", "choice"),
    [("Take theirs", Choice.RELOAD), ("Keep mine", Choice.OVERWRITE), ("Decide later", Choice.CANCEL)],
)
def test_a_button_is_one_choice(qtbot: QtBot, label: str, choice: Choice) -> None:
    dialog, chosen = opened(qtbot, compare(MINE, THEIRS))
    (button,) = [button for button in dialog.findChildren(QPushButton) if button.text() == label]
    button.click()
    button.click()
    assert chosen == [choice]


def test_escape_decides_nothing(qtbot: QtBot) -> None:
    dialog, chosen = opened(qtbot, compare(MINE, THEIRS))
    dialog.reject()
    assert chosen == [Choice.CANCEL]
