"""The sidebar's CONTENTS: the notebook's headings, each with the state of the cells below it.

Owns the model of rows and how a row is painted.  Only what is visible is painted, so ten thousand
headings cost no more than ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.dots import DOT_PX, DotState, paint_dot
from capsule_desktop.widgets.palette import Palette

ROW_PX = 26
_INDENT_PX = 12
_PADDING_PX = 8
_GAP_PX = 8
_RADIUS_PX = 6
_AnyIndex = QModelIndex | QPersistentModelIndex
_ROW_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, kw_only=True)
class ContentsRow:
    """level: 1 for the outermost heading; words: the state for screen readers and the tool tip."""

    cell_id: CellId
    text: str
    level: int = 1
    dot: DotState = DotState.NONE
    words: str = ""
    current: bool = False  # the selected cell lies below this heading


class ContentsModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ContentsRow, ...] = ()

    def set_rows(self, rows: Sequence[ContentsRow]) -> None:
        """Same headings: repaint, which keeps the focus and the scroll position; else a new list."""
        new = tuple(rows)
        if new == self._rows:
            return
        if len(new) == len(self._rows):
            self._rows = new
            self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return
        self.beginResetModel()
        self._rows = new
        self.endResetModel()

    def row(self, index: _AnyIndex) -> ContentsRow:
        return self._rows[index.row()]

    def rowCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        described = f"{row.text}, {row.words}" if row.words else row.text
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.text
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return described
            case _:
                return None


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, palette: Palette, parent: QObject) -> None:
        super().__init__(parent)
        self.tokens = palette

    def sizeHint(self, option: QStyleOptionViewItem, index: _AnyIndex) -> QSize:
        return QSize(0, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _AnyIndex) -> None:
        model = index.model()
        assert isinstance(model, ContentsModel)
        row = model.row(index)
        place = QRectF(option.rect)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, place, row, state)
        left = place.left() + _PADDING_PX + _INDENT_PX * (row.level - 1)
        paint_dot(painter, QPointF(left + DOT_PX / 2, place.center().y()), row.dot, self.tokens)
        text_left = left + DOT_PX + _GAP_PX
        room = QRectF(text_left, place.top(), place.right() - text_left - _PADDING_PX, place.height())
        painter.setPen(QColor(self.tokens.text))
        painter.setFont(option.font)
        text = painter.fontMetrics().elidedText(row.text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        painter.restore()

    def _paint_ground(self, painter: QPainter, place: QRectF, row: ContentsRow, state: QStyle.StateFlag) -> None:
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        if row.current or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.tokens.selected_row if row.current else self.tokens.code_cell))
            painter.drawRoundedRect(place, _RADIUS_PX, _RADIUS_PX)
        if focused:
            painter.setPen(QPen(QColor(self.tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), _RADIUS_PX, _RADIUS_PX)


class ContentsList(QListView):
    cell_clicked = QtSignal(str)  # the CellId of a heading

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("contents")
        self.setAccessibleName("Contents")
        self._rows = ContentsModel(self)
        self._delegate = _RowDelegate(palette, self)
        self.setModel(self._rows)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.clicked.connect(self._on_chosen)
        self.activated.connect(self._on_chosen)

    def set_rows(self, rows: Sequence[ContentsRow]) -> None:
        self._rows.set_rows(rows)
        self.setMaximumHeight(ROW_PX * len(rows))  # what follows in the sidebar comes right below

    def apply_palette(self, palette: Palette) -> None:
        self._delegate.tokens = palette
        self.viewport().update()

    def _on_chosen(self, index: QModelIndex) -> None:
        self.cell_clicked.emit(self._rows.row(index).cell_id)
