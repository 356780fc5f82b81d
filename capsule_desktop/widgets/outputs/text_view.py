"""A page of styled monospaced lines: painted, selected, copied.  The widget under streams, tracebacks and plain text.

It paints only the rows that are exposed and lays lines out by arithmetic (text_grid.py), because a QTextDocument cannot
take a flood.  Some lines may be actions ("open full output"): a click, or Tab and Enter, asks for what they name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from capsule_desktop.notebook.line import Line
from capsule_desktop.widgets.outputs.terminal_colors import terminal_colors
from capsule_desktop.widgets.outputs.text_grid import TextGrid
from capsule_desktop.widgets.outputs.text_painter import text_painter
from capsule_desktop.widgets.outputs.text_selection import (
    Position,
    Selection,
    Unit,
    everything,
    selected,
    text_of,
)
from capsule_desktop.widgets.outputs.view import OutputView
from capsule_desktop.widgets.palette import LIGHT, RADIUS_PX, Palette

MARK_PX = 3
PRESS_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_SELECTION_ALPHA = 70


class TextView(OutputView):
    """Shows `lines`; subclasses choose them, the ground and what copying everything means."""

    action_requested = Signal(str)

    def __init__(
        self, parent: QWidget | None = None, *, padding_px: int = 0, suggested_name: str = "output.txt"
    ) -> None:
        super().__init__(parent)
        self._padding_px = padding_px
        self._suggested_name = suggested_name
        self._lines: Sequence[Line] = ()
        self._actions: Mapping[int, str] = {}
        self._focused_action: int | None = None
        self._focused_by_key = False
        self._grid = TextGrid((), 1)
        self._rows_at: dict[int, int] = {}
        self._painter = text_painter()
        self._selection: Selection | None = None
        self._anchor: tuple[Position, Unit] | None = None
        self._double_clicked_at = -math.inf  # never: the clock of events may have begun just now
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setMouseTracking(True)
        self._palette = LIGHT
        self._colors = terminal_colors(LIGHT, LIGHT.page)

    # what is shown

    def ground(self, palette: Palette) -> str:
        """The colour that the text stands on."""
        return palette.page

    def mark(self, palette: Palette) -> str | None:
        """The colour of a stripe at the left, None for no stripe."""
        return None

    def apply_palette(self, palette: Palette) -> None:
        self._palette = palette
        self._colors = terminal_colors(palette, self.ground(palette))
        self.update()

    def apply_zoom(self, zoom: float) -> None:
        super().apply_zoom(zoom)
        self._painter = text_painter(zoom)
        self._rows_at.clear()
        self._lay_out()

    def set_lines(self, lines: Sequence[Line], actions: Mapping[int, str] | None = None) -> None:
        """Show these lines; the selection stays where it was."""
        before = self._grid.rows
        self._lines, self._actions = lines, actions or {}
        if self._selection is not None and self._selection.stop.line >= len(lines):
            self._selection = self._anchor = None
        if self._focused_action not in self._actions:
            self._focused_action = None
        self._rows_at.clear()
        self._lay_out()
        self.update()
        if self._grid.rows != before:
            self.height_changed.emit()

    def move_selection(self, lines: int) -> None:
        """Say that the lines from the selection on moved by so many, before set_lines shows it."""
        if self._selection is not None:
            self._selection = self._selection.moved(lines)
            self._anchor = None if self._selection is None else self._anchor

    def height_for(self, width: int) -> int:
        columns = self._columns(width)
        if columns == self._columns(self.width()):
            rows = self._grid.rows
        else:
            if columns not in self._rows_at:  # asked before the layout gives that width
                self._rows_at[columns] = self._make_grid(columns).rows
            rows = self._rows_at[columns]
        return rows * self._painter.line_px + 2 * self._padding

    def full_text(self) -> str:
        """What "copy all" and "save" mean."""
        return text_of(everything(self._lines), self._lines) if self._lines else ""

    def selected_text(self) -> str:
        return "" if self._selection is None else text_of(self._selection, self._lines)

    def select_all(self) -> None:
        self._selection = everything(self._lines) if self._lines else None
        self.update()

    def copy(self) -> None:
        """The selection to the clipboard, or everything where nothing is selected."""
        QGuiApplication.clipboard().setText(self.selected_text() or self.full_text())

    # layout and painting

    @property
    def _padding(self) -> int:
        return self.px(self._padding_px)

    def _columns(self, width: int) -> int:
        return max(1, int((width - 2 * self.inset) / self._painter.column_px))

    def _make_grid(self, columns: int) -> TextGrid:
        return TextGrid([line.text for line in self._lines], columns)

    def _lay_out(self) -> None:
        self._grid = self._make_grid(self._columns(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._columns(event.oldSize().width()) != self._columns(event.size().width()):
            self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint_ground(painter)
        exposed = event.rect()
        first = max(0, (exposed.top() - self._padding) // self._painter.line_px)
        last = min(self._grid.rows, (exposed.bottom() - self._padding) // self._painter.line_px + 1)
        for index in range(first, last):
            self._paint_row(painter, index)
        if self.hasFocus() and self._focused_by_key and self._focused_action is None:
            self._paint_ring(painter, QRectF(self.rect()).adjusted(1.5, 0.5, -0.5, -0.5))
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        ground, mark = self.ground(self._palette), self.mark(self._palette)
        if ground != self._palette.page:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(QRectF(self.rect()), RADIUS_PX, RADIUS_PX)
        if mark is not None:
            painter.setBrush(QColor(mark))
            painter.drawRoundedRect(QRectF(0, 0, MARK_PX, self.height()), MARK_PX / 2, MARK_PX / 2)

    def _paint_row(self, painter: QPainter, index: int) -> None:
        row = self._grid.row(index)
        line = self._lines[row.line]
        at = QPointF(self.inset, self._padding + index * self._painter.line_px)
        if self._selection is not None:
            part = self._selection.within(row.line, len(line.text))
            color = QColor(self._palette.accent)
            color.setAlpha(_SELECTION_ALPHA)
            self._painter.fill(painter, at, line, row, part, color)
        self._painter.paint(painter, at, line, row, self._colors)
        if row.line == self._focused_action and self.hasFocus():
            width = len(line.text) * self._painter.column_px
            self._paint_ring(painter, QRectF(at.x() - 4, at.y() + 0.5, width + 8, self._painter.line_px - 1))

    def _paint_ring(self, painter: QPainter, rect: QRectF) -> None:
        painter.setPen(QPen(QColor(self._palette.accent), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect, 4, 4)

    # mouse

    def _position(self, point: QPointF) -> Position:
        index = min(max(0, int(point.y() - self._padding) // self._painter.line_px), self._grid.rows - 1)
        row = self._grid.row(index)
        return Position(row.line, self._grid.character(row, (point.x() - self.inset) / self._painter.column_px))

    def _action_at(self, point: QPointF) -> str | None:
        if not self._grid.rows or not 0 <= point.y() - self._padding < self._grid.rows * self._painter.line_px:
            return None
        return self._actions.get(self._position(point).line)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._grid.rows:
            super().mousePressEvent(event)
            return
        action = self._action_at(event.position())
        if action is not None:
            self.action_requested.emit(action)
            return
        again = event.timestamp() - self._double_clicked_at < QGuiApplication.styleHints().mouseDoubleClickInterval()
        extends = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier) and self._anchor is not None
        if not extends:
            self._anchor = (self._position(event.position()), Unit.LINE if again else Unit.CHARACTER)
        self._select_to(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._grid.rows and not self._action_at(event.position()):
            self._double_clicked_at = event.timestamp()
            self._anchor = (self._position(event.position()), Unit.WORD)
            self._select_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self._anchor is not None:
            self._select_to(event.position())
        over_action = self._action_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over_action else Qt.CursorShape.IBeamCursor)

    def _select_to(self, point: QPointF) -> None:
        if self._anchor is None or not self._grid.rows:
            return
        place, unit = self._anchor
        selection = selected(place, self._position(point), unit, self._lines)
        self._selection = None if selection.empty else selection
        self.update()

    # keys

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_ours(event):
            event.accept()  # else the window's own Copy, for cells, would take it
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif event.key() in PRESS_KEYS and self._focused_action is not None:
            self.action_requested.emit(self._actions[self._focused_action])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        forward = event.reason() != Qt.FocusReason.BacktabFocusReason
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._focused_by_key = by_key
        if self._actions and by_key:
            self._focused_action = min(self._actions) if forward else max(self._actions)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusNextPrevChild(self, forward: bool) -> bool:
        order = sorted(self._actions, reverse=not forward)
        if self.hasFocus() and self._focused_action is not None:
            order = order[order.index(self._focused_action) + 1 :]
        if self.hasFocus() and order:
            self._focused_action = order[0]
            self.update()
            return True
        self._focused_action = None
        return super().focusNextPrevChild(forward)

    # menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.make_menu()
        menu.popup(event.globalPos())

    def make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy", self.copy).setEnabled(bool(self.selected_text()))
        menu.addAction("Copy All", lambda: QGuiApplication.clipboard().setText(self.full_text()))
        menu.addAction("Select All", self.select_all)
        menu.addSeparator()
        menu.addAction("Save Text As…", self._on_save_chosen)
        return menu

    def _on_save_chosen(self) -> None:
        self.save_requested.emit(self._suggested_name, self.full_text().encode())


def _is_ours(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Copy) or event.matches(QKeySequence.StandardKey.SelectAll)
