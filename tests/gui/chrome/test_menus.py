from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.captions import CAPTIONS
from capsule_desktop.widgets.keys import COMMAND_KEYS, EDIT_KEYS, GLOBAL_KEYS
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.menus import MENUS, Submenu
from capsule_desktop.widgets.theme import ThemeChoice

# Moving about by keys alone has no entry in any menu.
KEYS_ONLY = {
    *(Action.SELECT_ABOVE, Action.SELECT_BELOW, Action.EXTEND_ABOVE, Action.EXTEND_BELOW),
    *(Action.ENTER_EDIT_MODE, Action.ENTER_COMMAND_MODE, Action.SCROLL_PAGE_DOWN, Action.SCROLL_PAGE_UP),
}
BANNERS_ONLY = {Action.SHOW_CRASH_REPORT}


def _entries(menus: tuple[Action | Submenu | None, ...]) -> Iterator[Action]:
    for entry in menus:
        if isinstance(entry, Submenu):
            yield from _entries(entry.entries)
        elif entry is not None:
            yield entry


def _find(window: MainWindow, caption: str) -> QAction:
    for menu in window.menuBar().findChildren(QMenu):
        for qaction in menu.actions():
            if qaction.text().split("\t")[0] == caption:
                return qaction
    raise AssertionError(caption)


def test_every_action_has_a_caption_and_a_menu_entry() -> None:
    assert set(CAPTIONS) == set(Action)
    assert set(_entries(MENUS)) == set(Action) - KEYS_ONLY - BANNERS_ONLY


def test_choosing_an_entry_asks_for_its_action(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.action_requested) as asked:
        _find(window, "Run all").trigger()
    assert asked.args == [Action.RUN_ALL]


def test_keys_of_the_cells_are_shown_but_not_bound(window: MainWindow) -> None:
    global_keys = {QKeySequence(key).toString() for key in (*GLOBAL_KEYS, "Ctrl++")}
    bound = {key.toString() for qaction in window.findChildren(QAction) for key in qaction.shortcuts()}
    assert bound == global_keys
    cells_only = {*COMMAND_KEYS, *EDIT_KEYS} - set(GLOBAL_KEYS)
    assert not bound & {QKeySequence(key).toString() for key in cells_only}
    assert _find(window, "Run selected cells").text() == "Run selected cells\tShift+Enter"
    assert _find(window, "Delete cells").text() == "Delete cells\tD, D"


@pytest.mark.parametrize(
    ("key", "action"), [(Qt.Key.Key_S, Action.SAVE), (Qt.Key.Key_O, Action.OPEN), (Qt.Key.Key_W, Action.CLOSE)]
)
def test_global_keys_work_wherever_the_focus_is(window: MainWindow, qtbot: QtBot, key: Qt.Key, action: Action) -> None:
    inner = QWidget()
    inner.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    window.set_central_view(inner)
    window.activateWindow()
    inner.setFocus()
    with qtbot.waitSignal(window.action_requested) as asked:
        qtbot.keyClick(inner, key, Qt.KeyboardModifier.ControlModifier)
    assert asked.args == [action]


def test_what_cannot_be_done_is_grey_everywhere(window: MainWindow, qtbot: QtBot) -> None:
    window.set_actions_enabled({Action.OPEN, Action.QUIT})
    assert _find(window, "Open…").isEnabled()
    assert not _find(window, "Save").isEnabled()
    run = next(b for b in window.findChildren(QWidget) if b.accessibleName() == "Run selected cells")
    assert not run.isEnabled()
    with qtbot.assertNotEmitted(window.action_requested):
        qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)


def test_recent_files_are_offered_latest_first_with_their_folders(window: MainWindow, qtbot: QtBot) -> None:
    window.set_recent(["/lab/a&b.ipynb", "/lab/c.ipynb"])
    recent = next(m for m in window.menuBar().findChildren(QMenu) if m.title() == "Open recent")
    assert [a.text() for a in recent.actions()] == ["a&&b.ipynb", "c.ipynb"]
    with qtbot.waitSignal(window.recent_requested) as asked:
        recent.actions()[0].trigger()
    assert asked.args == ["/lab/a&b.ipynb"]
    window.set_recent([])
    assert not recent.isEnabled()


def test_the_theme_in_force_is_marked(window: MainWindow) -> None:
    window.set_theme_choice(ThemeChoice.DARK)
    assert _find(window, "Dark").isChecked()
    assert not _find(window, "Light").isChecked()
