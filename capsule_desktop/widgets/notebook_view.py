"""The list of cells: what presenters hand cells to, and where all that a reader does to cells comes out.

Where the cells stand is cell_arrangement.py's.  Values in, signals out; nothing here changes a document.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QWidget

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.outputs import Output
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.cell_arrangement import TOP_PX, CellArrangement
from capsule_desktop.widgets.cell_relay import relay
from capsule_desktop.widgets.cell_shelf import CellShelf
from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.cell_widget import CellWidget
from capsule_desktop.widgets.idle_slices import IdleSlices
from capsule_desktop.widgets.insert_bar import InsertBar
from capsule_desktop.widgets.keys import Consumed, KeyInterpreter, Mode, is_command_key
from capsule_desktop.widgets.palette import Palette
from capsule_desktop.widgets.values import CellSource, TextChange

_WHEEL_STEP_PX = 20
_TICK_MS = 100  # the dot's pulse and the seconds
_CARET_MARGIN_PX = 40


class NotebookView(QAbstractScrollArea):
    """Shows the cells of one CellSource."""

    text_changed = Signal(str, TextChange)  # cell
    cell_clicked = Signal(str, bool)  # cell, whether the selection is extended to it
    edit_requested = Signal(str)  # cell
    edge_left = Signal(str, str)  # cell, "up" or "down"
    action_requested = Signal(Action)
    input_answered = Signal(str, str, int, str)  # cell, execution, input number, text
    input_ended = Signal(str, str, int)
    input_interrupted = Signal(str, str, int)
    keep_answers_toggled = Signal(bool)
    history_requested = Signal(str, object)  # cell, HistoryRequest
    full_output_requested = Signal(str, int)  # cell, index of the output
    save_output_requested = Signal(str, int, str, bytes)  # cell, index, suggested name, content
    offer_taken = Signal(str)  # cell
    link_activated = Signal(str)
    caret_moved = Signal(int, int)  # line and column, both from 1

    def __init__(
        self,
        source: CellSource,
        palette: Palette,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._clock = clock
        self._style = CellStyle(palette=palette)
        self._keys = KeyInterpreter()
        self._idle = IdleSlices(self)
        self._shelf = CellShelf(source, self._make_cell, clock, self._on_cell_made)
        self._arrangement = CellArrangement(
            self, source, self._shelf, self._idle, self._style, pinned=self._pinned, on_placed=self._on_placed
        )
        self._selected: frozenset[CellId] = frozenset()
        self._current: CellId | None = None
        self._edit_mode = False
        self._insert_bar = InsertBar(self._style, self.viewport())
        self._insert_bar.requested.connect(self._on_insert_requested)
        self._insert_after: CellId | None = None
        self.viewport().setMouseTracking(True)
        self._ticker = QTimer(self)
        self._ticker.setInterval(_TICK_MS)
        self._ticker.timeout.connect(self._on_tick)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(_WHEEL_STEP_PX)
        self.setAccessibleName("Cells")
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)
        self._show_ground()
        self.order_changed()

    # what is shown

    def order_changed(self) -> None:
        """Cells came, went or moved; the first visible one that is left stays where it is."""
        self._arrangement.read_order()

    def cell_changed(self, cell_id: CellId) -> None:
        """The cell's values differ from what was shown; caret, selection and composition stay while its text does."""
        cell = self._shelf.update(cell_id)
        if cell is not None:
            self._start_ticking(cell)
            self._arrangement.refresh(cell)

    def source_replaced(self, cell_id: CellId, caret: int | None) -> None:
        """The cell's text was changed by other hands than the reader's; caret in UTF-16 units, None to leave it."""
        cell = self._shelf.cell(cell_id) if caret is not None else self._shelf.get(cell_id)
        if cell is not None:
            if cell.editor is not None:
                cell.editor.replace_source(self._source.cell(cell_id).source, caret)
            self.cell_changed(cell_id)

    def output_appended(self, cell_id: CellId, output: Output) -> None:
        """One more output, or one more piece of the last stream.  Cheap: painting is batched by the output area."""
        cell = self._shelf.get(cell_id)
        if cell is not None:
            cell.append_output(output)

    def outputs_changed(self, cell_id: CellId) -> None:
        cell = self._shelf.get(cell_id)
        if cell is not None:
            cell.set_outputs(self._source.outputs(cell_id))
            self._arrangement.refresh(cell)

    def set_selection(self, selected: Sequence[CellId], current: CellId | None, edit_mode: bool) -> None:
        """Which cells are selected and where keys go: to the current one's editor, or to the view."""
        if current != self._current or not edit_mode:
            self._arrangement.release()
        self._selected, self._current, self._edit_mode = frozenset(selected), current, edit_mode
        for cell in self._shelf:
            self._show_selection(cell)
        self._move_focus()

    def apply_palette(self, palette: Palette) -> None:
        self._restyle(replace(self._style, palette=palette))

    def set_zoom(self, factor: float) -> None:
        """1.0 is the design's own size."""
        if factor != self._style.zoom:
            self._restyle(replace(self._style, zoom=factor))

    # what is asked

    def caret(self, cell_id: CellId) -> tuple[int, int]:
        """Line and column, both from 1."""
        cell = self._shelf.get(cell_id)
        return cell.editor.caret_line_column() if cell is not None and cell.editor is not None else (1, 1)

    def caret_position(self, cell_id: CellId) -> int:
        """In UTF-16 units from the start of the cell's text."""
        return self._shelf.caret(cell_id)

    def set_caret(self, cell_id: CellId, position: int) -> None:
        """In UTF-16 units; makes the cell if it is out of sight."""
        cell = self._shelf.cell(cell_id)
        if cell.editor is not None:
            cell.editor.place_caret(position)

    def ensure_visible(self, cell_id: CellId) -> None:
        """Scrolls as little as shows the whole cell, or its top where it is higher than the view."""
        self._arrangement.ensure_visible(cell_id)

    def scroll_pages(self, pages: int) -> None:
        """Down by so many viewports but for two lines that stay in sight; negative: up."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + pages * max(1, self.viewport().height() - 2 * self._style.code_line))

    # cells

    def _make_cell(self) -> CellWidget:
        cell = CellWidget(self._style, self._idle, self.viewport())
        relay(cell, self)
        cell.height_changed.connect(lambda: self._arrangement.refresh(cell))
        cell.text_changed.connect(lambda change: self._on_text_changed(cell, change))
        cell.caret_moved.connect(lambda: self._on_caret_moved(cell))
        cell.results.prompt_left.connect(self._on_prompt_left)
        return cell

    def _on_cell_made(self, cell: CellWidget) -> None:
        self._show_selection(cell)
        self._start_ticking(cell)

    def _show_selection(self, cell: CellWidget) -> None:
        current = cell.cell_id == self._current
        cell.set_selected(selected=cell.cell_id in self._selected, current=current, editing=self._edit_mode)

    def _pinned(self) -> list[CellId]:
        """The cell that is being edited stays, even while another window has the focus."""
        return [self._current] if self._current is not None and self._edit_mode else []

    def _move_focus(self) -> None:
        if self._current is None or not self._edit_mode:
            if not self._reads_in_current():
                self.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if self._current in self._arrangement:
            self._arrangement.make(self._current)
            editor = self._shelf.cell(self._current).editor
            if editor is not None and not editor.hasFocus():
                editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _reads_in_current(self) -> bool:
        """The focus is in an output, rendered text or the prompt of the current cell, to select and copy there."""
        cell, focus = self._shelf.get(self._current), QApplication.focusWidget()
        return cell is not None and focus is not None and cell.isAncestorOf(focus) and focus is not cell.editor

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Whoever goes into an output or a prompt is at that cell."""
        if new is None or not self.viewport().isAncestorOf(new):
            return
        cell = next((cell for cell in self._shelf if cell.isAncestorOf(new)), None)
        if cell is None or new is cell.editor:
            return
        if cell.cell_id != self._current or self._edit_mode:  # reading in the cell that was typed in ends that
            self.cell_clicked.emit(cell.cell_id, False)

    def _restyle(self, style: CellStyle) -> None:
        self._style = style
        self._show_ground()
        self._arrangement.apply_style(style)
        self._shelf.apply_style(style)
        self._insert_bar.apply_style(style)
        self._arrangement.refresh_all()

    def _show_ground(self) -> None:
        palette = self.viewport().palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(self._style.palette.page))
        self.viewport().setPalette(palette)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.viewport().setAutoFillBackground(True)

    def _start_ticking(self, cell: CellWidget) -> None:
        if cell.ticks and not self._ticker.isActive():
            self._ticker.start()

    # events

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrangement.settle_made()

    def scrollContentsBy(self, _dx: int, dy: int) -> None:
        self._arrangement.scrolled(dy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = event.isAutoRepeat()
        match self._keys.feed(event.key(), event.modifiers(), Mode.COMMAND, self._clock(), repeated=held):
            case Action() as action:
                self.action_requested.emit(action)
            case Consumed():
                event.accept()
            case None if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
                self.scroll_pages(1 if event.key() == Qt.Key.Key_PageDown else -1)
            case None:
                event.ignore()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Qt asks for this, too, when what has the focus is hidden; that is no walk of the reader's to an editor."""
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus) and not focus.isVisible():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return super().focusNextPrevChild(forward)

    def event(self, event: QEvent) -> bool:
        overrides = event.type() == QEvent.Type.ShortcutOverride and self.hasFocus()
        if overrides and isinstance(event, QKeyEvent) and is_command_key(event.key(), event.modifiers()):
            event.accept()  # ours, whatever a menu says
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.action_requested.emit(Action.ENTER_COMMAND_MODE)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Over the ground between two cells, or below the last, one can insert there."""
        if self._arrangement.is_empty or event.buttons():
            return
        gap = self._arrangement.gap_at(event.position().toPoint().y())
        if gap is None:
            self._insert_bar.hide()
            return
        self._insert_after, middle = gap
        left, width = self._arrangement.column
        self._insert_bar.show_at(left + self._style.gutter, middle, width - self._style.gutter)

    def _on_placed(self) -> None:
        """A notebook without cells has the bar at its top."""
        self._insert_bar.hide()
        if self._arrangement.is_empty:
            left, width = self._arrangement.column
            self._insert_bar.show_at(left, 2 * TOP_PX, width)

    def _on_insert_requested(self, action: Action) -> None:
        if self._insert_after is not None and self._insert_after in self._arrangement:
            self.cell_clicked.emit(self._insert_after, False)
        self.action_requested.emit(action)

    def _on_text_changed(self, cell: CellWidget, _change: TextChange) -> None:
        self._arrangement.hold(cell)

    def _on_caret_moved(self, cell: CellWidget) -> None:
        if cell.editor is None:
            return
        line, column = cell.editor.caret_line_column()
        self.caret_moved.emit(line, column)
        rect = cell.editor.caret_rect()
        top = cell.editor.mapTo(self.viewport(), QPoint(0, rect.top())).y()
        bottom = top + rect.height()
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if top < _CARET_MARGIN_PX:
            bar.setValue(bar.value() + top - _CARET_MARGIN_PX)
        elif bottom > height - _CARET_MARGIN_PX:
            bar.setValue(bar.value() + bottom - height + _CARET_MARGIN_PX)

    def _on_prompt_left(self) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_tick(self) -> None:
        now, ticking = self._clock(), [cell for cell in self._shelf if cell.ticks]
        for cell in ticking:
            cell.tick(now)
        if not ticking:
            self._ticker.stop()
