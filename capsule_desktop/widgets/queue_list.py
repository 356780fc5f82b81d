"""The rows of the queue: what runs now and what waits behind it, to be moved, shown or taken out.

Owns how a row is painted and which keys and clicks mean what: drag or Alt+Up and Alt+Down move it, Delete or the cross
takes it out, Enter shows its cell, the context menu has all of them.  Only what is visible is painted.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QMenu,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from capsule_desktop.widgets.dots import DOT_PX, dot_of, paint_dot
from capsule_desktop.widgets.fonts import sans
from capsule_desktop.widgets.icons import icon
from capsule_desktop.widgets.palette import Palette
from capsule_desktop.widgets.queue_model import QueueModel
from capsule_desktop.widgets.queue_values import QueueRequest, QueueRow, QueueView, RemoveRun, ShowRun
from capsule_desktop.widgets.sidebar_rows import AnyIndex, RowDelegate, SidebarList
from capsule_desktop.widgets.values import CellState

ROW_PX = 28
SHOWN_LIMIT = 200  # rows; what is behind them is counted in words
_PADDING_PX = 8
_RADIUS_PX = 6
_NOTE_PX = 12
_CROSS_PX = 24
_LEAST_SOURCE_PX = 48  # less of a line of code says nothing


class _RowDelegate(RowDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        model = index.model()
        assert isinstance(model, QueueModel)
        row, place = model.row(index), QRectF(option.rect)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        is_near = focused or bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, place, focused=focused, is_near=is_near)
        left = place.left() + _PADDING_PX
        paint_dot(painter, QPointF(left + DOT_PX / 2, place.center().y()), dot_of(row.state), self.tokens)
        left += DOT_PX + _PADDING_PX
        right = place.right() - _PADDING_PX
        if is_near:
            icon("close", self.tokens.text).paint(painter, cross_rect(option.rect).adjusted(4, 4, -4, -4))
            right = cross_rect(option.rect).left()
        else:
            right = self._paint_detail(painter, row, place, right)
        self._paint_words(painter, row, QRectF(left, place.top(), right - left, place.height()))
        painter.restore()

    def _paint_ground(self, painter: QPainter, place: QRectF, *, focused: bool, is_near: bool) -> None:
        if is_near:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.tokens.selected_row if focused else self.tokens.code_cell))
            painter.drawRoundedRect(place, _RADIUS_PX, _RADIUS_PX)
        if focused:
            painter.setPen(QPen(QColor(self.tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), _RADIUS_PX, _RADIUS_PX)

    def _paint_detail(self, painter: QPainter, row: QueueRow, place: QRectF, right: float) -> float:
        """At the right; gives where it begins."""
        if not row.detail:
            return right
        painter.setFont(sans(_NOTE_PX))
        painter.setPen(QColor(self.tokens.muted))
        width = painter.fontMetrics().horizontalAdvance(row.detail)
        room = QRectF(right - width, place.top(), width, place.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, row.detail)
        return right - width - _PADDING_PX

    def _paint_words(self, painter: QPainter, row: QueueRow, room: QRectF) -> None:
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.setFont(sans(13))
        painter.setPen(QColor(self.tokens.text))
        painter.drawText(room, flags, row.label)
        taken = painter.fontMetrics().horizontalAdvance(row.label) + _PADDING_PX
        room.setLeft(room.left() + taken)
        if room.width() >= _LEAST_SOURCE_PX:
            painter.setFont(sans(_NOTE_PX))
            painter.setPen(QColor(self.tokens.muted))
            mode = Qt.TextElideMode.ElideRight
            painter.drawText(room, flags, painter.fontMetrics().elidedText(row.source, mode, int(room.width())))


class QueueList(SidebarList):
    requested = QtSignal(object)  # a QueueRequest

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        self._rows = QueueModel()
        super().__init__("Queue", self._rows, _RowDelegate(palette), parent)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self._rows.move_requested.connect(self.requested)
        self.activated.connect(self._on_activated)

    def show_queue(self, view: QueueView) -> None:
        current = self.currentIndex()
        kept = self._rows.row(current).execution_id if current.isValid() else ""
        at = current.row()
        self._rows.set_rows(view.rows, view.behind)
        if kept and not self.currentIndex().isValid():
            same = self._rows.index_of(kept)
            last = len(view.rows) - 1
            self.setCurrentIndex(same if same.isValid() else self._rows.index(min(at, last)))
        self.setMaximumHeight(ROW_PX * len(view.rows))

    # Qt's events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        request = self._key_request(event, index) if index.isValid() else None
        if request is None:
            super().keyPressEvent(event)
        else:
            self.requested.emit(request)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._crossed(event) is None:  # else a drag would begin on the cross
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        crossed = self._crossed(event)
        if crossed is None:
            super().mouseReleaseEvent(event)
        else:
            self.requested.emit(RemoveRun(execution_id=crossed.execution_id))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        from_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if from_mouse else self.currentIndex()
        if index.isValid():
            self.setCurrentIndex(index)
            place = event.globalPos() if from_mouse else self._below(index)
            self.menu(index).popup(place)

    def menu(self, index: QModelIndex) -> QMenu:
        """Everything that can be asked for a row; what cannot be is greyed."""
        row = self._rows.row(index)
        menu = QMenu(row.label, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add(menu, "Show the cell", ShowRun(execution_id=row.execution_id))
        if row.state is CellState.QUEUED:
            menu.addSeparator()
            self._add(menu, "Run it next", self._rows.move_first(index))
            self._add(menu, "Move up\tAlt+Up", self._rows.move(index, -1))
            self._add(menu, "Move down\tAlt+Down", self._rows.move(index, +1))
            self._add(menu, "Move to the end", self._rows.move_last(index))
            menu.addSeparator()
            self._add(menu, "Take out of the queue\tDel", RemoveRun(execution_id=row.execution_id))
        else:
            self._add(menu, "Stop", RemoveRun(execution_id=row.execution_id))
        return menu

    # Inside

    def _add(self, menu: QMenu, words: str, request: QueueRequest | None) -> None:
        action = menu.addAction(words)
        action.setEnabled(request is not None)
        if request is not None:
            action.triggered.connect(partial(self._on_chosen, request))

    def _key_request(self, event: QKeyEvent, index: QModelIndex) -> QueueRequest | None:
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        match event.key():
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                return RemoveRun(execution_id=self._rows.row(index).execution_id)
            case Qt.Key.Key_Up if alt:
                return self._rows.move(index, -1)
            case Qt.Key.Key_Down if alt:
                return self._rows.move(index, +1)
            case _:
                return None

    def _crossed(self, event: QMouseEvent) -> QueueRow | None:
        """The row whose cross is under the pointer."""
        index = self.indexAt(event.position().toPoint())
        if event.button() is not Qt.MouseButton.LeftButton or not index.isValid():
            return None
        is_on_it = cross_rect(self.visualRect(index)).contains(event.position().toPoint())
        return self._rows.row(index) if is_on_it else None

    def _below(self, index: QModelIndex) -> QPoint:
        return self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())

    def _on_activated(self, index: QModelIndex) -> None:
        self.requested.emit(ShowRun(execution_id=self._rows.row(index).execution_id))

    def _on_chosen(self, request: QueueRequest, _checked: bool = False) -> None:
        self.requested.emit(request)


def cross_rect(row: QRect) -> QRect:
    """Where the cross of a row is, a little larger than it looks."""
    return QRect(row.right() - _CROSS_PX - 2, row.top() + (row.height() - _CROSS_PX) // 2, _CROSS_PX, _CROSS_PX)
