"""What the lists of the sidebar have in common: a model of rows that are values, and a view that scrolls over them.

Contents and queue are such lists; each says what its rows are and how one is painted.  Invariant: where the rows are
still of the same things, they are repainted in place, so that focus and scroll position stay.
"""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyledItemDelegate, QWidget

from capsule_desktop.widgets.palette import Palette

AnyIndex = QModelIndex | QPersistentModelIndex


class RowModel[Row](QAbstractListModel):
    """Changed by replace_rows() alone."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()

    def replace_rows(self, new: tuple[Row, ...], *, is_same: bool) -> None:
        """is_same: they are of the same things in the same order, at other values."""
        if new == self._rows:
            return
        if is_same:
            self._rows = new
            self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return
        self.beginResetModel()
        self._rows = new
        self.endResetModel()

    def row(self, index: AnyIndex) -> Row:
        return self._rows[index.row()]

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)


class RowDelegate(QStyledItemDelegate):
    """Paints a row in the colours of `tokens`."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.tokens = palette


class SidebarList(QListView):
    """Only what is visible is painted, so ten thousand rows cost no more than ten."""

    def __init__(self, name: str, model: QAbstractListModel, delegate: RowDelegate, parent: QWidget | None) -> None:
        """name: of the list, for people; in lower case the style sheet's.  model and delegate go with the list."""
        super().__init__(parent)
        self.setObjectName(name.lower())
        self.setAccessibleName(name)
        model.setParent(self)
        delegate.setParent(self)
        self._painter = delegate
        self.setModel(model)
        self.setItemDelegate(delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def apply_palette(self, palette: Palette) -> None:
        self._painter.tokens = palette
        self.viewport().update()
