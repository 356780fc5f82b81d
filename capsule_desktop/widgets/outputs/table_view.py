"""A data frame as a table: right-aligned numbers, a head that stays, zebra rows, cells to select and to copy.

Painted, not made of items: only the exposed cells cost anything.  Longer than MAX_ROWS or wider than the column it
scrolls by itself, and head and index stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QMenu, QToolTip, QWidget

from capsule_desktop.widgets.fonts import CONTROL_TEXT_PX, sans
from capsule_desktop.widgets.outputs.html_table import Table, TableCell
from capsule_desktop.widgets.outputs.table_layout import TableLayout
from capsule_desktop.widgets.outputs.view import OutputView
from capsule_desktop.widgets.palette import LIGHT, Palette
from capsule_desktop.widgets.tool_tips import plain_tip

MAX_ROWS = 25  # of what is higher, the rest is scrolled to; a table that is hardly higher is shown whole
_SCROLLED_ROWS = 20
_SELECTION_ALPHA = 60
_ON, _OFF = Qt.ScrollBarPolicy.ScrollBarAlwaysOn, Qt.ScrollBarPolicy.ScrollBarAlwaysOff


class TableView(OutputView):
    """Shows a Table; its grid scrolls inside where it must."""

    def __init__(self, table: Table, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grid = _Grid(table, self)
        self.setFocusProxy(self.grid)
        rows, columns = table.rows - table.heading_rows, table.columns - table.index_columns
        self.grid.setAccessibleName(
            f"table, {rows} {'row' if rows == 1 else 'rows'}, {columns} {'column' if columns == 1 else 'columns'}"
        )

    def apply_palette(self, palette: Palette) -> None:
        self.grid.apply_palette(palette)

    def apply_zoom(self, zoom: float) -> None:
        super().apply_zoom(zoom)
        self.grid.apply_zoom(zoom)
        self._place_grid()

    def height_for(self, width: int) -> int:
        return self.grid.wanted_size(width - self.inset).height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_grid()

    def _place_grid(self) -> None:
        self.grid.fit(self.width() - self.inset)
        self.grid.move(self.inset, 0)


class _Grid(QAbstractScrollArea):
    def __init__(self, table: Table, owner: TableView) -> None:
        super().__init__(owner)
        self._owner = owner
        self._table = table
        self._texts = table.texts()
        self.apply_zoom(1.0)
        self._palette = LIGHT
        self._anchor: tuple[int, int] | None = None
        self._caret = (0, 0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setAutoFillBackground(False)
        self.setCornerWidget(QWidget(self))  # else the style paints a frame where the two scroll bars meet

    def apply_zoom(self, zoom: float) -> None:
        size = round(CONTROL_TEXT_PX * zoom)
        self._font, self._heading_font = sans(size), sans(size, QFont.Weight.Medium)
        self._layout = TableLayout(self._table, QFontMetrics(self._font), QFontMetrics(self._heading_font), zoom)
        self.verticalScrollBar().setSingleStep(self._layout.row_px)
        self.horizontalScrollBar().setSingleStep(self._layout.row_px)
        self.viewport().update()

    def apply_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.viewport().update()

    def wanted_size(self, room: int) -> QSize:
        """The size it takes in a column with `room` pixels."""
        width, height = self._layout.width, self._shown_height
        if self._layout.height > height:
            width += self.verticalScrollBar().sizeHint().width()
        bar = self.horizontalScrollBar().sizeHint().height() if width > room else 0
        return QSize(max(1, min(room, width)), height + bar)

    @property
    def _shown_height(self) -> int:
        """What of its height is in view at once."""
        rows = self._table.rows
        return (rows if rows <= MAX_ROWS else _SCROLLED_ROWS) * self._layout.row_px

    def fit(self, room: int) -> None:
        """Take that size, with the scroll bars that it needs; left to itself Qt would show one too many at first."""
        size = self.wanted_size(room)
        self.setVerticalScrollBarPolicy(_ON if self._layout.height > self._shown_height else _OFF)
        self.setHorizontalScrollBarPolicy(_ON if size.height() > self._shown_height else _OFF)
        self.resize(size)

    # painting

    def resizeEvent(self, event: QResizeEvent) -> None:
        room = self.viewport().size()
        self.verticalScrollBar().setPageStep(room.height())
        self.verticalScrollBar().setRange(0, max(0, self._layout.height - room.height()))
        self.horizontalScrollBar().setPageStep(room.width())
        self.horizontalScrollBar().setRange(0, max(0, self._layout.width - room.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        room = self.viewport().rect()
        head, index = self._layout.heading_height, self._frozen_width()
        down, right = self.verticalScrollBar().value(), self.horizontalScrollBar().value()
        self._paint_part(painter, QRect(index, head, room.width() - index, room.height() - head), right, down)
        self._paint_part(painter, QRect(0, head, index, room.height() - head), 0, down)
        self._paint_part(painter, QRect(index, 0, room.width() - index, head), right, 0)
        self._paint_part(painter, QRect(0, 0, index, head), 0, 0)
        painter.setClipRect(room)
        if head:
            painter.fillRect(QRect(0, head - 1, min(room.width(), self._layout.width), 1), QColor(self._palette.line))
        if self.hasFocus() and self._anchor is None:
            painter.setPen(QColor(self._palette.accent))
            painter.drawRoundedRect(room.adjusted(0, 0, -1, -1), 4, 4)
        painter.end()

    def _frozen_width(self) -> int:
        """The index stays at the left, unless it would leave no room for the values."""
        width = self._layout.index_width
        return width if 2 * width < self.viewport().width() else 0

    def _paint_part(self, painter: QPainter, part: QRect, right: int, down: int) -> None:
        """Paint what lies behind `part` of the viewport when the grid is moved by right and down."""
        if part.isEmpty():
            return
        painter.setClipRect(part)
        shown = part.translated(right, down)
        height = self._layout.row_px
        first, last = shown.top() // height, min(self._table.rows - 1, shown.bottom() // height)
        painter.translate(-right, -down)
        for row in range(first, last + 1):
            self._paint_zebra(painter, row)
        for cell in self._cells(first, last):
            if self._layout.rect(cell).intersects(shown):
                self._paint_cell(painter, cell)
        painter.translate(right, down)

    def _cells(self, first: int, last: int) -> Iterator[TableCell]:
        for row in range(first, last + 1):
            yield from (cell for cell in self._layout.by_row[row] if row in (cell.row, first))

    def _paint_zebra(self, painter: QPainter, row: int) -> None:
        if row >= self._table.heading_rows and (row - self._table.heading_rows) % 2:
            height = self._layout.row_px
            painter.fillRect(QRect(0, row * height, self._layout.width, height), QColor(self._palette.zebra))

    def _paint_cell(self, painter: QPainter, cell: TableCell) -> None:
        rect = self._layout.rect(cell)
        if self._is_selected(cell):
            ground = QColor(self._palette.accent)
            ground.setAlpha(_SELECTION_ALPHA)
            painter.fillRect(rect, ground)
        in_head = cell.row < self._table.heading_rows
        painter.setFont(self._heading_font if in_head else self._font)
        painter.setPen(QColor(self._color(cell, in_head)))
        inner = rect.adjusted(self._layout.padding, 0, -self._layout.padding, 0)
        if cell.row_span > 1:
            inner.setHeight(self._layout.row_px)  # a spanning index stands at the first of its rows, as pandas has it
        text = painter.fontMetrics().elidedText(cell.text, Qt.TextElideMode.ElideRight, inner.width() + 1)
        painter.drawText(inner, self._alignment(cell, in_head), text)

    def _color(self, cell: TableCell, in_head: bool) -> str:
        if cell.link:
            return self._palette.function
        return self._palette.muted if in_head or cell.column < self._table.index_columns else self._palette.text

    def _alignment(self, cell: TableCell, in_head: bool) -> Qt.AlignmentFlag:
        if in_head and cell.column_span > 1:
            return Qt.AlignmentFlag.AlignCenter
        side = Qt.AlignmentFlag.AlignRight if self._table.numeric[cell.column] else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    # selecting and copying

    def selected_range(self) -> tuple[range, range] | None:
        """The rows and columns that are selected."""
        if self._anchor is None:
            return None
        (top, bottom), (left, right) = (sorted(pair) for pair in zip(self._anchor, self._caret, strict=True))
        return range(top, bottom + 1), range(left, right + 1)

    def select_all(self) -> None:
        self._anchor, self._caret = (0, 0), (self._table.rows - 1, self._table.columns - 1)
        self.viewport().update()

    def tab_separated(self) -> str:
        """The selected cells, or all, as a spreadsheet takes them."""
        rows, columns = self.selected_range() or (range(self._table.rows), range(self._table.columns))
        return "\n".join("\t".join(self._texts[row][column] for column in columns) for row in rows)

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.tab_separated())

    def _is_selected(self, cell: TableCell) -> bool:
        chosen = self.selected_range()
        return chosen is not None and cell.row in chosen[0] and cell.column in chosen[1]

    def _place(self, point: QPoint) -> tuple[int, int]:
        x, y = point.x(), point.y()
        if x >= self._frozen_width():
            x += self.horizontalScrollBar().value()
        if y >= self._layout.heading_height:
            y += self.verticalScrollBar().value()
        return self._layout.place(x, y)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = self._place(event.position().toPoint())
        cell = self._layout.cell_at(*place)
        if cell is not None and cell.link and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._owner.link_activated.emit(cell.link)
            return
        if self._anchor is None or not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._anchor = place
        self._caret = place
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self._anchor is not None:
            self._caret = self._place(event.position().toPoint())
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self._layout.cell_at(*self._place(event.pos()))
            words = plain_tip(cell.text) if cell is not None and self._is_elided(cell) else ""
            QToolTip.showText(event.globalPos(), words)
            return True
        return super().viewportEvent(event)

    def _is_elided(self, cell: TableCell) -> bool:
        room = self._layout.rect(cell).width() - 2 * self._layout.padding
        return QFontMetrics(self._font).horizontalAdvance(cell.text) > room

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.make_menu().popup(event.globalPos())

    def make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy" if self._anchor is not None else "Copy Table", self.copy)
        menu.addAction("Select All", self.select_all)
        menu.addSeparator()
        menu.addAction("Save Table As…", self._on_save_chosen)
        return menu

    def _on_save_chosen(self) -> None:
        lines = ("\t".join(row) for row in self._texts)
        self._owner.save_requested.emit("table.tsv", "\n".join(lines).encode())
