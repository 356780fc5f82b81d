"""The sidebar's CONTENTS: the notebook's headings, each with the state of the cells below it.

Owns what the rows say and how one is painted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QWidget

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.dots import DOT_PX, DotState, paint_dot
from capsule_desktop.widgets.palette import Palette
from capsule_desktop.widgets.sidebar_rows import AnyIndex, RowDelegate, RowModel, SidebarList
from capsule_desktop.widgets.tool_tips import plain_tip

ROW_PX = 26
_INDENT_PX = 12
_PADDING_PX = 8
_GAP_PX = 8
_RADIUS_PX = 6
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


class ContentsModel(RowModel[ContentsRow]):
    def set_rows(self, rows: Sequence[ContentsRow]) -> None:
        """Same headings: repaint, which keeps the focus and the scroll position; else a new list."""
        self.replace_rows(tuple(rows), is_same=len(rows) == len(self._rows))

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        described = f"{row.text}, {row.words}" if row.words else row.text
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.text
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(described)
            case Qt.ItemDataRole.AccessibleTextRole:
                return described
            case _:
                return None


class _RowDelegate(RowDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
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


class ContentsList(SidebarList):
    cell_clicked = QtSignal(str)  # the CellId of a heading

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        self._rows = ContentsModel()
        super().__init__("Contents", self._rows, _RowDelegate(palette), parent)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.clicked.connect(self._on_chosen)
        self.activated.connect(self._on_chosen)

    def set_rows(self, rows: Sequence[ContentsRow]) -> None:
        self._rows.set_rows(rows)
        self.setMaximumHeight(ROW_PX * len(rows))  # what follows in the sidebar comes right below

    def _on_chosen(self, index: QModelIndex) -> None:
        self.cell_clicked.emit(self._rows.row(index).cell_id)
