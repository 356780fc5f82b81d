"""The menu bar: interaction.md's menus, with the entries whose Action exists.

Owns the QActions of the window (one an Action, shared with nobody) and the shortcuts that hold
everywhere in it.  The keys that depend on the mode (Shift+Enter, command mode's letters) belong to
the view of cells; here they are only shown, or they would fire while one types.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QLabel, QMenu, QMenuBar

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.captions import CAPTIONS
from capsule_desktop.widgets.key_words import key_words
from capsule_desktop.widgets.keys import GLOBAL_KEYS
from capsule_desktop.widgets.palette import MENU_PX
from capsule_desktop.widgets.tool_tips import plain_tip


@dataclass(frozen=True, kw_only=True)
class Submenu:
    title: str
    entries: tuple[Action | Submenu | None, ...] = ()


OPEN_RECENT = Submenu(title="Open recent")  # filled by set_recent()
_A = Action
_CELL_TYPE = Submenu(
    title="Cell type",
    entries=(
        *(_A.TO_CODE, _A.TO_MARKDOWN, _A.TO_RAW, None),
        *(_A.HEADING_1, _A.HEADING_2, _A.HEADING_3, _A.HEADING_4, _A.HEADING_5, _A.HEADING_6),
    ),
)
_HISTORY = Submenu(
    title="Earlier runs",
    entries=(_A.EARLIER_RUN, _A.LATER_RUN, _A.PRESENT_RUN, None, _A.PIN_RUN, _A.PUT_SOURCE_BACK),
)
_THEME = Submenu(title="Theme", entries=(_A.THEME_SYSTEM, _A.THEME_LIGHT, _A.THEME_DARK))
MENUS: tuple[Submenu, ...] = (
    Submenu(
        title="File",
        entries=(
            *(_A.NEW, _A.OPEN, OPEN_RECENT, None, _A.SAVE, _A.SAVE_AS, None),
            *(_A.SAVE_CHECKPOINT, _A.RESTORE_CHECKPOINT, None, _A.CLOSE, _A.QUIT),
        ),
    ),
    Submenu(
        title="Edit",
        entries=(
            *(_A.UNDO_TEXT, _A.REDO_TEXT, None, _A.UNDO_CELL_OPERATION, _A.REDO_CELL_OPERATION, None),
            *(_A.CUT_CELLS, _A.COPY_CELLS, _A.PASTE_ABOVE, _A.PASTE_BELOW, _A.DELETE_CELLS, _A.SELECT_ALL, None),
            *(_A.INSERT_ABOVE, _A.INSERT_BELOW, _A.INSERT_TEXT_BELOW, _CELL_TYPE, None),
            *(_A.MOVE_UP, _A.MOVE_DOWN, _A.SPLIT_CELL, _A.MERGE_CELLS, None),
            *(_A.CLEAR_OUTPUTS, _A.CLEAR_ALL_OUTPUTS),
        ),
    ),
    Submenu(
        title="View",
        entries=(
            *(_A.TOGGLE_SIDEBAR, None, _A.TOGGLE_LINE_NUMBERS, _A.TOGGLE_ALL_LINE_NUMBERS, None),
            *(_A.TOGGLE_OUTPUT, _A.TOGGLE_OUTPUT_SCROLLING, None, _THEME, None),
            *(_A.ZOOM_IN, _A.ZOOM_OUT, _A.ZOOM_RESET, None, _A.FULL_SCREEN),
        ),
    ),
    Submenu(
        title="Run",
        entries=(
            *(_A.RUN_SELECT_BELOW, _A.RUN_INSERT_BELOW, _A.RUN_IN_PLACE, None, _A.RUN_ABOVE, _A.RUN_BELOW, None),
            *(_A.RUN_ALL, _A.RESTART_RUN_ALL, _A.RESUME_FROM_HERE, None, _HISTORY),
        ),
    ),
    Submenu(
        title="Kernel",
        entries=(
            *(_A.INTERRUPT, _A.FORCE_STOP, _A.END_PYTHON, None, _A.RESTART, _A.RESTART_CLEAR, _A.RESTART_RUN_ALL, None),
            *(_A.RESTORE_LAST_CHECKPOINT, _A.RESTORE_CHECKPOINT, None, _A.CHANGE_INTERPRETER, _A.SHUT_DOWN),
        ),
    ),
    Submenu(title="Help", entries=(_A.SHORTCUTS, None, _A.CRASH_REPORTS, _A.CHECK_UPDATES, None, _A.ABOUT)),
)
KERNEL_MENU = MENUS[4]
_REST = tuple(entry for entry in KERNEL_MENU.entries if entry is not _A.CHANGE_INTERPRETER)
KERNEL_BUTTON_MENU = Submenu(title="Kernel", entries=(_A.CHANGE_INTERPRETER, None, *_REST))
CHECKPOINT_MENU = Submenu(title="Checkpoints", entries=(_A.SAVE_CHECKPOINT, _A.RESTORE_CHECKPOINT))

_ALSO = {Action.ZOOM_IN: ("Ctrl++",)}  # with Shift as well as without, as browsers have it
_CHECKABLE = frozenset({Action.TOGGLE_SIDEBAR, Action.FULL_SCREEN, *_THEME.entries})
_ROLES = {Action.QUIT: QAction.MenuRole.QuitRole, Action.ABOUT: QAction.MenuRole.AboutRole}


class Menus(QObject):
    """Fills a window's menu bar; `action_requested` says what was chosen."""

    action_requested = Signal(Action)
    recent_requested = Signal(str)  # a path

    def __init__(self, bar: QMenuBar) -> None:
        super().__init__(bar)
        self._actions: dict[Action, QAction] = {}
        self._recent = QMenu(OPEN_RECENT.title, bar)
        wordmark = QLabel("Capsule", bar)
        wordmark.setObjectName("wordmark")
        wordmark.setFixedHeight(MENU_PX - 1)
        bar.setFixedHeight(MENU_PX)
        bar.setCornerWidget(wordmark, Qt.Corner.TopLeftCorner)
        for menu in MENUS:
            self._fill(bar.addMenu(f"&{menu.title}"), menu.entries)
        themes = QActionGroup(self)
        for entry in _THEME.entries:
            assert isinstance(entry, Action)
            themes.addAction(self.qaction(entry))
        self.set_recent(())

    def qaction(self, action: Action) -> QAction:
        """The window's one QAction for this; made at the first call."""
        if action not in self._actions:
            self._actions[action] = self._make(action)
        return self._actions[action]

    def menu(self, spec: Submenu, parent: QMenuBar) -> QMenu:
        """Another menu of the same QActions, for a button of the toolbar."""
        menu = QMenu(spec.title, parent)
        self._fill(menu, spec.entries)
        return menu

    def set_enabled(self, enabled: AbstractSet[Action]) -> None:
        for action, qaction in self._actions.items():
            qaction.setEnabled(action in enabled)

    def set_checked(self, action: Action, checked: bool) -> None:
        self._actions[action].setChecked(checked)

    def set_recent(self, paths: Sequence[str]) -> None:
        """The paths of Open recent, latest first; file names are shown, folders in the tool tips."""
        self._recent.clear()
        self._recent.setEnabled(bool(paths))
        self._recent.setToolTipsVisible(True)
        for path in paths:
            entry = self._recent.addAction(PurePath(path).name.replace("&", "&&"))
            entry.setToolTip(plain_tip(path))
            entry.triggered.connect(partial(self._on_recent, path))

    def _fill(self, menu: QMenu, entries: Sequence[Action | Submenu | None]) -> None:
        for entry in entries:
            match entry:
                case None:
                    menu.addSeparator()
                case Submenu() if entry is OPEN_RECENT:
                    menu.addMenu(self._recent)
                case Submenu():
                    self._fill(menu.addMenu(entry.title), entry.entries)
                case Action():
                    menu.addAction(self.qaction(entry))

    def _make(self, action: Action) -> QAction:
        qaction = QAction(CAPTIONS[action], self)
        keys = global_keys(action)
        if keys:
            qaction.setShortcuts([QKeySequence(key) for key in keys])
        elif shown := key_words(action):
            # A menu shows what follows the tab where a shortcut stands, and binds nothing.
            qaction.setText(f"{CAPTIONS[action]}\t{shown}")
        qaction.setCheckable(action in _CHECKABLE)
        qaction.setMenuRole(_ROLES.get(action, QAction.MenuRole.NoRole))
        qaction.triggered.connect(partial(self._on_triggered, action))
        return qaction

    def _on_triggered(self, action: Action, _checked: bool = False) -> None:
        self.action_requested.emit(action)

    def _on_recent(self, path: str, _checked: bool = False) -> None:
        self.recent_requested.emit(path)


def global_keys(action: Action) -> tuple[str, ...]:
    """The keys that ask for this wherever the focus is in the window."""
    return (*_ALSO.get(action, ()), *(key for key, asked in GLOBAL_KEYS.items() if asked is action))
