from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.link_button import LinkButton
from capsule_desktop.widgets.values import CellState, PromptView
from tests.support.cell_views import Opener, many, widgets
from tests.support.cells import CellList


def test_a_waiting_prompt_is_answered_in_the_cell(open_view: Opener, qtbot: QtBot) -> None:
    cells = CellList()
    cell = cells.add("input('Name? ')")
    prompt = PromptView(execution_id="ab", input_number=1, prompt="Name? ", password=False)
    cells.change(cell, state=CellState.WAITING, prompt=prompt)
    view = open_view(cells)
    row = widgets(view)[cell].prompt_row
    assert row is not None
    row.focus_field()
    field = view.focusWidget()
    assert field is not None
    asked: list[Action] = []
    view.action_requested.connect(asked.append)
    QTest.keyClicks(field, "Ada")
    with qtbot.waitSignal(view.input_answered) as answered:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert answered.args == [cell, "ab", 1, "Ada"]
    assert asked == []  # its keys are none of command mode's
    with qtbot.waitSignal(view.input_ended):
        end = next(button for button in row.findChildren(QAbstractButton) if button.text() == "End of file")
        end.setFocus()
        QTest.keyClick(end, Qt.Key.Key_Return)
    assert asked == []


def test_a_long_prompt_wraps_above_its_line(open_view: Opener) -> None:
    cells = CellList()
    cell = cells.add("input()")
    cells.change(cell, prompt=PromptView(execution_id="a", input_number=1, prompt="Which? " * 60, password=True))
    view = open_view(cells)
    row = widgets(view)[cell].prompt_row
    assert row is not None
    assert row.height() > 100
    assert view.viewport().rect().contains(row.mapTo(view.viewport(), row.rect().topRight()))


def test_a_half_typed_answer_survives_scrolling_away(open_view: Opener, qtbot: QtBot) -> None:
    cells = many(300)
    cell = cells.cell_ids()[0]
    cells.change(cell, prompt=PromptView(execution_id="a", input_number=1, prompt="?", password=False))
    view = open_view(cells)
    row = widgets(view)[cell].prompt_row
    assert row is not None
    row.focus_field()
    field = view.focusWidget()
    assert field is not None
    QTest.keyClicks(field, "half")
    view.set_selection([], None, False)
    view.verticalScrollBar().setValue(9000)
    qtbot.wait_until(lambda: len(widgets(view)) > 3)
    view.verticalScrollBar().setValue(0)
    again = widgets(view)[cell].prompt_row
    assert again is not None
    assert again.typed == "half"


def test_going_into_a_prompt_selects_its_cell_and_keeps_the_focus_there(open_view: Opener, qtbot: QtBot) -> None:
    cells = many(3)
    first, cell = cells.cell_ids()[:2]
    cells.change(cell, prompt=PromptView(execution_id="a", input_number=1, prompt="?", password=False))
    view = open_view(cells)
    view.set_selection([first], first, False)
    view.cell_clicked.connect(lambda cell_id, _extend: view.set_selection([cell_id], cell_id, False))
    row = widgets(view)[cell].prompt_row
    assert row is not None
    with qtbot.waitSignal(view.cell_clicked) as clicked:
        row.focus_field()
    assert clicked.args == [cell, False]
    assert row.isAncestorOf(view.focusWidget())


def test_a_prompt_says_whether_answers_are_kept_and_lets_that_be_changed(open_view: Opener, qtbot: QtBot) -> None:
    cells = CellList()
    cell = cells.add("input()")
    prompt = PromptView(execution_id="a", input_number=1, prompt="?", password=False)
    cells.change(cell, prompt=prompt)
    view = open_view(cells)
    row = widgets(view)[cell].prompt_row
    assert row is not None
    row.focus_field()
    field = view.focusWidget()
    assert field is not None
    QTest.keyClicks(field, "half")
    link = row.findChild(LinkButton)
    assert link is not None
    with qtbot.waitSignal(view.keep_answers_toggled) as toggled:
        link.click()
    assert toggled.args == [False]
    cells.change(cell, prompt=replace(prompt, kept=False))
    view.cell_changed(cell)
    assert (link.text(), row.typed) == ("Keep", "half")


def test_of_a_password_nothing_can_be_kept(open_view: Opener) -> None:
    cells = CellList()
    cell = cells.add("getpass()")
    cells.change(cell, prompt=PromptView(execution_id="a", input_number=1, prompt="?", password=True))
    row = widgets(open_view(cells))[cell].prompt_row
    assert row is not None
    link = row.findChild(LinkButton)
    assert link is not None
    assert not link.isVisible()
    assert "A password is never kept." in [label.text() for label in row.findChildren(QLabel)]
