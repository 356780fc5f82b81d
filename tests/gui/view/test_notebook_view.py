from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from capsule_desktop.notebook.cell import CellKind
from capsule_desktop.notebook.outputs import StreamOutput
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.cell_widget import CellWidget
from capsule_desktop.widgets.gutter import button_rect
from capsule_desktop.widgets.insert_bar import InsertBar
from capsule_desktop.widgets.palette import DARK, LIGHT
from capsule_desktop.widgets.values import CellState
from tests.support.cell_views import Opener, editor, many, top, widgets
from tests.support.cells import CellList


def test_typing_tells_the_change_and_nothing_else(open_view: Opener, qtbot: QtBot) -> None:
    cells = CellList()
    cell = cells.add("a = 1")
    view = open_view(cells)
    view.set_selection([cell], cell, True)
    view.set_caret(cell, 5)
    with qtbot.waitSignal(view.text_changed) as told:
        QTest.keyClicks(editor(view, cell), "2")
    change = told.args[1]
    assert (change.position, change.removed, change.inserted) == (5, "", "2")
    assert (change.caret_before, change.caret_after) == (5, 6)
    assert cells.cell(cell).source == "a = 12"


def test_only_cells_near_the_viewport_are_widgets(open_view: Opener) -> None:
    view = open_view(many(2000))
    assert 5 < len(widgets(view)) < 60


def test_a_cell_that_grows_above_moves_nothing_that_is_visible(open_view: Opener) -> None:
    cells = many(200)
    view = open_view(cells)
    view.verticalScrollBar().setValue(4000)
    visible = [c for c in widgets(view).values() if 0 <= top(view, c) < 400]
    above = min(widgets(view).values(), key=lambda c: top(view, c))
    before = {c.cell_id: top(view, c) for c in visible}
    assert top(view, above) + above.height() < 0
    assert len(before) > 2
    cells.shown_outputs[above.cell_id] = (StreamOutput(name="stdout", text="x\n" * 30),)
    view.outputs_changed(above.cell_id)
    assert {c.cell_id: top(view, c) for c in visible} == before


def test_inserting_above_moves_nothing_that_is_visible(open_view: Opener) -> None:
    cells = many(200)
    view = open_view(cells)
    view.verticalScrollBar().setValue(4000)
    before = {c.cell_id: top(view, c) for c in widgets(view).values() if 0 <= top(view, c) < 400}
    cells.add("new\n" * 10, at=0)
    view.order_changed()
    assert {c.cell_id: top(view, c) for c in widgets(view).values() if c.cell_id in before} == before


def test_caret_and_selection_survive_a_change_of_state(open_view: Opener) -> None:
    cells = CellList()
    cell = cells.add("one\ntwo")
    view = open_view(cells)
    view.set_selection([cell], cell, True)
    view.set_caret(cell, 5)
    cells.change(cell, state=CellState.RUNNING, started_at=0.0)
    view.cell_changed(cell)
    assert view.caret_position(cell) == 5
    assert view.caret(cell) == (2, 2)


def test_replacing_the_source_touches_only_what_differs_and_sets_the_caret(open_view: Opener) -> None:
    cells = CellList()
    cell = cells.add("alpha beta")
    view = open_view(cells)
    told: list[object] = []
    view.text_changed.connect(lambda *change: told.append(change))
    cells.change(cell, source="alpha gamma beta")
    view.source_replaced(cell, 11)
    assert editor(view, cell).toPlainText() == "alpha gamma beta"
    assert view.caret_position(cell) == 11
    assert told == []  # what comes from the document is not told back to it


def test_command_mode_keys_ask_for_actions_and_reach_no_text(open_view: Opener, qtbot: QtBot) -> None:
    cells = CellList()
    cell = cells.add("x")
    view = open_view(cells)
    view.set_selection([cell], cell, False)
    with qtbot.waitSignal(view.action_requested) as asked:
        QTest.keyClick(view, Qt.Key.Key_B)
    assert asked.args == [Action.INSERT_BELOW]
    assert cells.cell(cell).source == "x"


def test_edit_mode_gives_the_editor_the_focus_and_command_mode_takes_it(open_view: Opener) -> None:
    cells = CellList()
    cell = cells.add("x")
    view = open_view(cells)
    view.set_selection([cell], cell, True)
    assert editor(view, cell).hasFocus()
    view.set_selection([cell], cell, False)
    assert view.hasFocus()


def test_running_keys_are_actions_in_edit_mode(open_view: Opener, qtbot: QtBot) -> None:
    cells = CellList()
    cell = cells.add("x")
    view = open_view(cells)
    view.set_selection([cell], cell, True)
    with qtbot.waitSignal(view.action_requested) as asked:
        QTest.keyClick(editor(view, cell), Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert asked.args == [Action.RUN_SELECT_BELOW]
    assert cells.cell(cell).source == "x"


@pytest.mark.parametrize(("key", "caret", "edge"), [(Qt.Key.Key_Up, 0, "up"), (Qt.Key.Key_Down, 3, "down")])
def test_up_and_down_leave_the_cell_at_its_edges(
    open_view: Opener, qtbot: QtBot, key: Qt.Key, caret: int, edge: str
) -> None:
    cells = CellList()
    cell = cells.add("a\nb")
    view = open_view(cells)
    view.set_selection([cell], cell, True)
    view.set_caret(cell, caret)
    with qtbot.waitSignal(view.edge_left) as left:
        QTest.keyClick(editor(view, cell), key)
    assert left.args == [cell, edge]


def test_the_cell_that_is_edited_survives_scrolling_away(open_view: Opener, qtbot: QtBot) -> None:
    cells = many(500)
    view = open_view(cells)
    first = cells.cell_ids()[0]
    view.set_selection([first], first, True)
    editing = editor(view, first)
    view.verticalScrollBar().setValue(9000)
    qtbot.waitUntil(lambda: len(widgets(view)) > 5)
    assert editing.hasFocus()
    QTest.keyClicks(editing, "y")
    assert cells.cell(first).source.startswith("y")


def test_an_edited_cell_out_of_sight_keeps_caret_and_composition_while_another_window_has_the_focus(
    open_view: Opener, qtbot: QtBot
) -> None:
    cells = many(500)
    view = open_view(cells)
    cell = cells.cell_ids()[1]
    view.set_selection([cell], cell, True)
    view.set_caret(cell, 3)
    editing = editor(view, cell)
    QApplication.sendEvent(editing, QInputMethodEvent("にほ", []))
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    view.verticalScrollBar().setValue(20_000)
    qtbot.waitUntil(lambda: cells.cell_ids()[2] not in widgets(view))
    assert widgets(view)[cell].editor is editing
    assert editing.textCursor().position() == 3
    assert editing.textCursor().block().layout().preeditAreaText() == "にほ"


def test_rendered_markdown_shows_text_and_a_double_click_edits_it(open_view: Opener, qtbot: QtBot) -> None:
    cells = CellList()
    cell = cells.add("# Title", kind=CellKind.MARKDOWN)
    view = open_view(cells)
    assert widgets(view)[cell].editor is None
    cells.change(cell, editing_markdown=True)
    view.cell_changed(cell)
    assert editor(view, cell).toPlainText() == "# Title"


def test_a_new_palette_reaches_every_cell(open_view: Opener) -> None:
    cells = many(3)
    view = open_view(cells)
    view.apply_palette(DARK)
    shown = editor(view, cells.cell_ids()[0])
    assert shown.palette().text().color().name().upper() == DARK.text


def test_running_again_does_not_shake_what_is_below(open_view: Opener, qtbot: QtBot) -> None:
    cells = CellList()
    cell = cells.add("f()", outputs=[StreamOutput(name="stdout", text="one\ntwo\nthree\n")])
    below = cells.add("g()")
    view = open_view(cells)
    before = top(view, widgets(view)[below])
    cells.change(cell, state=CellState.RUNNING, started_at=0.0)
    view.cell_changed(cell)
    cells.shown_outputs[cell] = ()
    view.outputs_changed(cell)
    assert top(view, widgets(view)[below]) == before  # the new output may be as high, and comes at once
    qtbot.waitUntil(lambda: top(view, widgets(view)[below]) < before)  # or it does not


def test_the_first_output_of_a_cell_that_was_silent_gets_its_room_at_once(open_view: Opener, qtbot: QtBot) -> None:
    cells = CellList()
    cell = cells.add("f()")
    below = cells.add("below")
    view = open_view(cells)
    before = top(view, widgets(view)[below])
    view.output_appended(cell, StreamOutput(name="stdout", text="one\n"))
    qtbot.waitUntil(lambda: top(view, widgets(view)[below]) > before)
    area = widgets(view)[cell].output_area
    assert area is not None
    assert area.isVisible()
    assert area.x() > 0
    assert area.y() > 0


def test_the_gap_between_cells_offers_new_ones(open_view: Opener, qtbot: QtBot) -> None:
    cells = many(3)
    view = open_view(cells)
    first = widgets(view)[cells.cell_ids()[0]]
    gap = QPoint(first.x() + 400, first.y() + first.height() + 8)
    QTest.mouseMove(view.viewport(), gap)
    bar = view.viewport().findChild(InsertBar)
    assert bar is not None
    qtbot.waitUntil(bar.isVisible)
    asked: list[object] = []
    view.cell_clicked.connect(lambda *args: asked.append(args))
    view.action_requested.connect(asked.append)
    code = next(button for button in bar.findChildren(QAbstractButton) if button.text() == "+ Code")
    QTest.mouseClick(code, Qt.MouseButton.LeftButton)
    assert asked == [(first.cell_id, False), Action.INSERT_BELOW]


def test_the_run_button_runs_its_own_cell(open_view: Opener, qtbot: QtBot) -> None:
    cells = many(3)
    view = open_view(cells)
    second = widgets(view)[cells.cell_ids()[1]]
    asked: list[object] = []
    view.cell_clicked.connect(lambda *args: asked.append(args))
    view.action_requested.connect(asked.append)
    button = button_rect(CellStyle(palette=LIGHT)).center()
    QTest.mouseMove(second, button)
    QTest.mouseClick(second, Qt.MouseButton.LeftButton, pos=button)
    assert asked == [(second.cell_id, False), Action.RUN_IN_PLACE]


def test_cells_give_their_widgets_up_when_they_scroll_away_and_get_their_caret_back(
    open_view: Opener, qtbot: QtBot
) -> None:
    cells = many(500)
    view = open_view(cells)
    cell = cells.cell_ids()[1]
    view.set_caret(cell, 3)
    view.verticalScrollBar().setValue(20_000)
    qtbot.waitUntil(lambda: cell not in widgets(view))
    assert len(view.viewport().findChildren(CellWidget)) < 80
    assert view.caret_position(cell) == 3
    view.ensure_visible(cell)
    assert editor(view, cell).caret_position() == 3


def test_zoom_keeps_the_place_and_scales_the_text(open_view: Opener) -> None:
    cells = many(100)
    view = open_view(cells)
    view.verticalScrollBar().setValue(3000)
    shown = next(c for c in sorted(widgets(view).values(), key=lambda c: top(view, c)) if top(view, c) >= 0)
    before = top(view, shown)
    view.set_zoom(1.5)
    assert abs(top(view, shown) - before) < 60
    assert shown.editor is not None
    assert shown.editor.font().pixelSize() == 20


def test_removing_the_cell_one_looks_at_shows_its_neighbour_there(open_view: Opener) -> None:
    cells = many(100)
    view = open_view(cells)
    view.verticalScrollBar().setValue(3000)
    ordered = sorted(widgets(view).values(), key=lambda c: top(view, c))
    at = next(i for i, c in enumerate(ordered) if top(view, c) + c.height() > 0)
    neighbour = ordered[at + 1].cell_id
    place = top(view, ordered[at])
    cells.remove(ordered[at].cell_id)
    view.order_changed()
    assert top(view, widgets(view)[neighbour]) == place


def test_an_empty_notebook_offers_a_first_cell(open_view: Opener) -> None:
    view = open_view(CellList())
    bar = view.viewport().findChild(InsertBar)
    assert bar is not None
    assert bar.isVisible()


def test_scrolling_up_through_wrong_guesses_moves_nothing_that_is_visible(open_view: Opener) -> None:
    cells = CellList()
    for number in range(300):
        cells.add("word " * 400 + str(number), kind=CellKind.MARKDOWN)  # far higher or lower than any guess
    view = open_view(cells)
    view.verticalScrollBar().setValue(60_000)
    for _step in range(60):
        before = {c.cell_id: top(view, c) for c in widgets(view).values() if -c.height() < top(view, c) < 500}
        assert before
        value = view.verticalScrollBar()
        value.setValue(value.value() - 45)
        after = {c.cell_id: top(view, c) for c in widgets(view).values()}
        assert {cell: after[cell] - y for cell, y in before.items() if cell in after} == dict.fromkeys(before, 45)


def test_a_focused_cell_that_goes_leaves_the_focus_to_the_view(open_view: Opener) -> None:
    cells = many(5)
    view = open_view(cells)
    cell = cells.cell_ids()[1]
    view.set_selection([cell], cell, True)
    asked: list[str] = []
    view.edit_requested.connect(asked.append)
    cells.remove(cell)
    view.order_changed()
    assert view.hasFocus()
    assert asked == []  # nobody asked to edit its neighbour


def test_rendering_a_markdown_cell_leaves_the_focus_to_the_view(open_view: Opener) -> None:
    cells = CellList()
    cell = cells.add("# T", kind=CellKind.MARKDOWN)
    cells.add("x")
    cells.change(cell, editing_markdown=True)
    view = open_view(cells)
    view.set_selection([cell], cell, True)
    assert editor(view, cell).hasFocus()
    cells.change(cell, editing_markdown=False)
    view.cell_changed(cell)
    assert view.hasFocus()
