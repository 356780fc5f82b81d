"""Help › Keyboard shortcuts: every key with what it does, in a table that narrows as one types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTableView, QWidget

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.captions import CAPTIONS
from capsule_desktop.widgets.key_words import in_words
from capsule_desktop.widgets.keys import COMMAND_KEYS, EDIT_KEYS, GLOBAL_KEYS
from capsule_desktop.widgets.reading_table import reading_table
from capsule_desktop.widgets.sheet import Sheet

_COLUMNS = ("Does", "Keys", "Where")
_WIDTH_PX = 560
_HEIGHT_PX = 420


@dataclass(frozen=True, kw_only=True)
class ShortcutRow:
    does: str
    keys: str
    where: str


def shortcut_rows() -> tuple[ShortcutRow, ...]:
    """One row an action and place; several keys of one are listed together."""
    both = {key: action for key, action in COMMAND_KEYS.items() if EDIT_KEYS.get(key) is action}
    command = {key: action for key, action in COMMAND_KEYS.items() if key not in both}
    edit = {key: action for key, action in EDIT_KEYS.items() if key not in both}
    return (
        *_rows(GLOBAL_KEYS, "Everywhere"),
        *_rows(both, "In the notebook"),
        *_rows(command, "Command mode"),
        *_rows(edit, "While editing"),
    )


def _rows(keys: Mapping[str, Action], where: str) -> tuple[ShortcutRow, ...]:
    by_action: dict[Action, list[str]] = {}
    for key, action in keys.items():
        by_action.setdefault(action, []).append(in_words(key))
    return tuple(
        ShortcutRow(does=CAPTIONS[action].rstrip("…"), keys="  or  ".join(names), where=where)
        for action, names in by_action.items()
    )


class ShortcutsDialog(Sheet):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, "Keyboard shortcuts", width_px=_WIDTH_PX)
        self._search = QLineEdit(self)
        self._search.setPlaceholderText("Search by key or by what it does")
        self._search.setAccessibleName("Search shortcuts")
        self.focus_first(self._search)
        self._search.setClearButtonEnabled(True)
        self._rows = QSortFilterProxyModel(self)
        self._rows.setSourceModel(_model(self))
        self._rows.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._rows.setFilterKeyColumn(-1)  # any column
        self._search.textChanged.connect(self._rows.setFilterFixedString)
        self.body.addWidget(self._search)
        self.body.addWidget(self._make_table())
        self.add_button("Close", self.accept, primary=True)

    def _make_table(self) -> QTableView:
        table = reading_table(self._rows, "Shortcuts", self)
        table.setMinimumHeight(_HEIGHT_PX)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        return table


def _model(parent: QWidget) -> QStandardItemModel:
    model = QStandardItemModel(parent)
    model.setHorizontalHeaderLabels(list(_COLUMNS))
    for row in shortcut_rows():
        model.appendRow([QStandardItem(words) for words in (row.does, row.keys, row.where)])
    return model
