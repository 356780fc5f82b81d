"""The queue panel: rows that can be moved, shown and taken out by mouse and by keyboard, and why it is held."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.queue_list import ROW_PX, QueueList, cross_rect
from capsule_desktop.widgets.queue_panel import QueuePanel
from capsule_desktop.widgets.queue_values import (
    GoOn,
    HoldRuns,
    MoveRun,
    QueueButton,
    QueueRequest,
    QueueRow,
    QueueView,
    RemoveAllRuns,
    RemoveRun,
    ShowRun,
)
from capsule_desktop.widgets.values import CellState

ALT = Qt.KeyboardModifier.AltModifier
RUNNING = QueueRow(execution_id="e1", label="Cell 1", source="a()", state=CellState.RUNNING, detail="about 2 min left")
WAITING = tuple(QueueRow(execution_id=f"e{n}", label=f"Cell {n}", source=f"f({n})") for n in (2, 3, 4))


class Panel:
    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self._qtbot = window, qtbot
        self.asked: list[QueueRequest] = []
        window.queue_requested.connect(self.asked.append)
        found, rows = window.findChild(QueuePanel), window.findChild(QueueList)
        assert found is not None
        assert rows is not None
        self.widget, self.rows = found, rows
        self.show()

    def show(self, *rows: QueueRow, behind: str = "", count: int = 0) -> None:
        shown = rows or (RUNNING, *WAITING)
        self.window.set_queue(QueueView(rows=shown, count=count or len(shown), behind=behind, go_on=False))
        self._qtbot.waitExposed(self.window)

    def go_to(self, place: int) -> None:
        self.rows.setCurrentIndex(self.rows.model().index(place, 0))

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self._qtbot.keyClick(self.rows, key, modifiers)

    def centre(self, place: int) -> QPoint:
        return self.rows.visualRect(self.rows.model().index(place, 0)).center()

    def drop(self, execution_place: int, above: int) -> None:
        """What a drag of one row between others ends in."""
        model = self.rows.model()
        data = model.mimeData([model.index(execution_place, 0)])
        assert not model.dropMimeData(data, Qt.DropAction.MoveAction, above, 0, model.index(-1, -1))

    def menu_words(self, place: int) -> dict[str, bool]:
        menu = self.rows.menu(self.rows.model().index(place, 0))
        words = {a.text().partition("\t")[0]: a.isEnabled() for a in menu.actions() if a.text()}
        menu.deleteLater()
        return words

    def labels(self) -> list[str]:
        return [label.text() for label in self.widget.findChildren(QLabel) if label.isVisible() and label.text()]


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> Panel:
    return Panel(window, qtbot)


def test_delete_and_the_cross_take_a_row_out(panel: Panel, qtbot: QtBot) -> None:
    panel.go_to(1)
    panel.press(Qt.Key.Key_Delete)
    place = cross_rect(panel.rows.visualRect(panel.rows.model().index(2, 0))).center()
    qtbot.mouseClick(panel.rows.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert panel.asked == [RemoveRun(execution_id="e2"), RemoveRun(execution_id="e3")]


def test_a_click_beside_the_cross_takes_nothing_out(panel: Panel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.rows.viewport(), Qt.MouseButton.LeftButton, pos=panel.centre(2))
    assert panel.asked == []


def test_alt_and_an_arrow_move_a_row_among_those_that_wait(panel: Panel) -> None:
    panel.go_to(2)
    panel.press(Qt.Key.Key_Up, ALT)
    panel.press(Qt.Key.Key_Down, ALT)
    assert panel.asked == [MoveRun(execution_id="e3", before="e2"), MoveRun(execution_id="e3", before="")]


def test_nothing_is_moved_before_what_runs_nor_past_the_end(panel: Panel) -> None:
    for place, key in ((0, Qt.Key.Key_Down), (1, Qt.Key.Key_Up), (3, Qt.Key.Key_Down)):
        panel.go_to(place)
        panel.press(key, ALT)
    assert panel.asked == []


def test_the_row_above_what_is_not_shown_moves_behind_the_next_only(panel: Panel) -> None:
    panel.show(RUNNING, *WAITING[:2], behind="e4", count=9)
    panel.go_to(1)
    panel.press(Qt.Key.Key_Down, ALT)
    assert panel.asked == [MoveRun(execution_id="e2", before="e4")]


@pytest.mark.parametrize(
    ("place", "above", "before"),
    [(3, 1, "e2"), (3, 0, "e2"), (1, 3, "e4"), (1, 4, ""), (1, -1, "")],
    ids=["to the front", "above what runs", "between", "to the end", "below all"],
)
def test_a_drop_asks_for_the_place_it_was_dropped_at(panel: Panel, place: int, above: int, before: str) -> None:
    panel.drop(place, above)
    assert panel.asked == [MoveRun(execution_id=f"e{place + 1}", before=before)]


@pytest.mark.parametrize("above", [2, 3])
def test_a_drop_where_it_was_asks_for_nothing(panel: Panel, above: int) -> None:
    panel.drop(2, above)
    assert panel.asked == []


def test_only_what_waits_can_be_dragged(panel: Panel) -> None:
    model = panel.rows.model()
    can = [bool(model.flags(model.index(n, 0)) & Qt.ItemFlag.ItemIsDragEnabled) for n in range(4)]
    assert can == [False, True, True, True]


def test_enter_shows_the_cell(panel: Panel) -> None:
    panel.go_to(3)
    panel.press(Qt.Key.Key_Return)
    assert panel.asked == [ShowRun(execution_id="e4")]


def test_the_context_menu_has_all_that_keys_have_and_greys_what_cannot_be(panel: Panel) -> None:
    assert panel.menu_words(1) == {
        "Show the cell": True,
        "Run it next": False,
        "Move up": False,
        "Move down": True,
        "Move to the end": True,
        "Take out of the queue": True,
    }
    assert panel.menu_words(0) == {"Show the cell": True, "Stop": True}


def test_a_row_says_all_of_itself_to_a_screen_reader(panel: Panel) -> None:
    spoken = panel.rows.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Cell 1, running, about 2 min left, a()"


def test_the_keyboard_stays_with_its_row_when_others_go(panel: Panel) -> None:
    panel.go_to(2)
    panel.show(*WAITING)
    assert panel.rows.currentIndex().row() == 1
    panel.show(WAITING[0], WAITING[2])
    assert panel.rows.currentIndex().data() == "Cell 4"


def test_ten_thousand_make_no_more_widgets_than_ten_and_are_counted(panel: Panel) -> None:
    before = len(panel.widget.findChildren(QLabel))
    rows = [QueueRow(execution_id=str(n), label=f"Cell {n}", source="x") for n in range(200)]
    panel.show(*rows, count=10_000)
    assert len(panel.widget.findChildren(QLabel)) == before
    assert {"QUEUE · 10,000", "and 9,800 more"} <= set(panel.labels())
    assert panel.rows.height() < 200 * ROW_PX


def test_a_held_queue_says_why_and_what_can_be_done(panel: Panel, qtbot: QtBot) -> None:
    buttons = (
        QueueButton(label="Run", request=HoldRuns(held=False)),
        QueueButton(label="Remove all", request=RemoveAllRuns()),
    )
    view = QueueView(rows=WAITING, count=3, note="They were waiting.", buttons=buttons, go_on=False)
    panel.window.set_queue(view)
    assert "They were waiting." in panel.labels()
    for label in ("Run", "Remove all"):
        button = next(b for b in panel.widget.findChildren(QPushButton) if b.text() == label)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.asked == [HoldRuns(held=False), RemoveAllRuns()]


def test_going_on_after_an_error_is_asked_for_by_the_user_alone(panel: Panel, qtbot: QtBot) -> None:
    box = panel.widget.findChild(QCheckBox)
    assert box is not None
    panel.window.set_queue(QueueView(rows=WAITING, count=3, go_on=True))
    assert box.isChecked()
    assert panel.asked == []
    box.click()
    assert panel.asked == [GoOn(enabled=False)]


def test_an_empty_queue_takes_no_room(panel: Panel) -> None:
    panel.window.set_queue(QueueView())
    assert not panel.widget.isVisible()
