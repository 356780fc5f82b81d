"""One cell of the list: gutter, code box or rendered text, and below it what its runs brought (cell_results.py).

A CellWidget is reused: `show_cell` makes it another cell, and every part is only made when a cell first needs it.
It keeps nothing that outlives it but what `pinned` says must not be lost: the focus, a composition, a half-typed
answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.outputs import Output
from capsule_desktop.widgets import cell_box, gutter
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.cell_results import CellResults
from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.code_editor import CodeEditor
from capsule_desktop.widgets.idle_slices import IdleSlices
from capsule_desktop.widgets.markdown_view import Attachment, MarkdownView
from capsule_desktop.widgets.outputs.area import OutputArea
from capsule_desktop.widgets.palette import RADIUS_PX
from capsule_desktop.widgets.prompt_row import PromptRow
from capsule_desktop.widgets.state_words import gutter_words
from capsule_desktop.widgets.values import CellState, CellView, TextChange

_UNDER_WAY = (CellState.QUEUED, CellState.RUNNING, CellState.WAITING)
_MIN_NUMBER_DIGITS = 2
_HOLD_MS = 250  # a fast cell has its new output by then, and nothing below it has jumped up and down


class CellWidget(QWidget):
    """Everything that it and its `results` emit is about the cell that it shows, `cell_id`."""

    text_changed = Signal(TextChange)
    clicked = Signal(bool)  # on gutter or ground; True: extend the selection
    edit_requested = Signal()
    edge_left = Signal(str)
    action_requested = Signal(Action)
    run_requested = Signal()
    caret_moved = Signal()
    height_changed = Signal()
    link_activated = Signal(str)  # in rendered text

    def __init__(self, style: CellStyle, idle: IdleSlices, parent: QWidget) -> None:
        super().__init__(parent)
        self._style = style
        self._idle = idle
        self._viewport = parent
        self._view: CellView | None = None
        self._now = 0.0
        self._selected = self._current = self._editing = False
        self._hovers_gutter = self._hovers_button = False
        self._box = QRect()
        self._laid_out = (0, 0)  # width and height
        self._held_height = 0
        self._hold = QTimer(self)
        self._hold.setSingleShot(True)
        self._hold.setInterval(_HOLD_MS)
        self._hold.timeout.connect(self._on_hold_over)
        self._editor: CodeEditor | None = None
        self._markdown: MarkdownView | None = None
        self.results = CellResults(style, self, self._hide_part)
        self.results.height_changed.connect(self.height_changed)
        self.text_changed.connect(self.results.history.typed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    # what it shows

    @property
    def cell_id(self) -> CellId:
        return self.view.cell_id

    @property
    def view(self) -> CellView:
        assert self._view is not None  # never asked before show_cell()
        return self._view

    @property
    def editor(self) -> CodeEditor | None:
        """The editor, while the cell shows its source."""
        return self._editor if self._view is not None and self._shows_source(self._view) else None

    @property
    def prompt_row(self) -> PromptRow | None:
        return self.results.prompt_row

    @property
    def output_area(self) -> OutputArea | None:
        return self.results.output_area

    @property
    def pinned(self) -> bool:
        """It holds what would be lost with the widget."""
        focus = QApplication.focusWidget()
        has_focus = focus is not None and self.isAncestorOf(focus)
        return has_focus or (self.prompt_row is not None and self.prompt_row.typed != "")

    @property
    def ticks(self) -> bool:
        """Its dot pulses or its timer goes."""
        return self._view is not None and self._view.state == CellState.RUNNING

    def show_cell(self, view: CellView, outputs: Sequence[Output], attachment: Attachment, now: float) -> None:
        """Become this cell, whatever it was before."""
        with QSignalBlocker(self):  # nobody has asked this cell for its height yet
            self._become(view, outputs, attachment, now)

    def _become(self, view: CellView, outputs: Sequence[Output], attachment: Attachment, now: float) -> None:
        self._view, self._now = None, now
        self.forget_height()
        self._let_go()
        self._selected = self._current = self._editing = False
        self.results.forget()
        if self._editor is not None and self._shows_source(view):
            self._set_language(view.kind)
            self._editor.set_source(view.source)
        self.update_cell(view, attachment, now)
        self.set_outputs(outputs)

    def update_cell(self, view: CellView, attachment: Attachment, now: float) -> None:
        """The same cell, changed: what did not change is not touched."""
        before, self._view, self._now = self._view, view, now
        if view.state not in _UNDER_WAY:
            self._let_go()
        if self._shows_source(view):
            self._show_source(view, before)
        elif self._editor is not None:
            self._hide_part(self._editor)
        if view.kind == CellKind.MARKDOWN and not self._shows_source(view):
            self._show_markdown(view, attachment)
        elif self._markdown is not None:
            self._hide_part(self._markdown)
        self.results.show_view(view)
        if before is not None and before.state in _UNDER_WAY and view.state not in _UNDER_WAY:
            self.results.history.look_again()
        self.setAccessibleName(f"{view.kind.capitalize()} cell {gutter_words(view, self._style.palette, now).spoken}")
        self.update()

    def set_outputs(self, outputs: Sequence[Output]) -> None:
        if not outputs and self.results.shows_outputs and self.view.state in _UNDER_WAY:
            self._held_height = self._laid_out[1]
            self._hold.start()
        self.results.set_outputs(outputs)

    def append_output(self, output: Output) -> None:
        self.results.append_output(output)

    def release(self) -> None:
        """Drop what is heavy: the widget waits for its next cell."""
        self._hide_part(self)
        self._let_go()
        if self._editor is not None:
            self._editor.stop_colouring()
        with QSignalBlocker(self):
            self.results.release()

    def set_selected(self, *, selected: bool, current: bool, editing: bool) -> None:
        state = (selected, current, editing)
        if state != (self._selected, self._current, self._editing):
            self._selected, self._current, self._editing = state
            self.results.history.set_current(current and not editing and self.view.kind == CellKind.CODE)
            self.update()

    def tick(self, now: float) -> None:
        """Repaints what moves in the gutter."""
        self._now = now
        self.update(0, 0, self._style.gutter, self._style.px(48))

    def apply_style(self, style: CellStyle) -> None:
        self._style = style
        for part in (self._editor, self._markdown, self.results):
            if part is not None:
                part.apply_style(style)
        self.update()

    # layout

    def height_at(self, width: int) -> int:
        """The cell's height at this width; lays it out only if it may have changed."""
        if self._laid_out[0] != width:
            self._laid_out = (width, self._lay_out(width))
        return max(self._laid_out[1], self._held_height)

    def forget_height(self) -> None:
        self._laid_out = (0, 0)

    def _lay_out(self, width: int) -> int:
        """Places the parts at this width and says how high the cell is."""
        style, left = self._style, self._style.gutter
        inner = width - left
        source = self._lay_out_source(left, inner)
        self.results.history.place_bar(self._box.right() + 1, self._box.bottom() + 1)
        bottom = self.results.lay_out(left, source, inner)
        return max(bottom, style.px(40))

    def _let_go(self) -> None:
        self._held_height = 0
        self._hold.stop()

    def _on_hold_over(self) -> None:
        self._held_height = 0
        self.height_changed.emit()

    def _lay_out_source(self, left: int, inner: int) -> int:
        style = self._style
        if self.editor is not None:
            numbers = self._numbers_width()
            width = inner - 2 * style.inset - numbers
            height = self.editor.height_for(width)
            # Qt sets text low in a line of fixed height: a pixel up is its middle
            self.editor.setGeometry(left + style.inset + numbers, style.box_padding - style.px(1), width, height)
            self._box = QRect(left, 0, inner, height + 2 * style.box_padding)
            return self._box.height()
        self._box = QRect()
        assert self._markdown is not None  # a cell shows its source or its rendering
        width = inner - 2 * style.inset
        height = self._markdown.height_for(width)
        self._markdown.setGeometry(left + style.inset, style.px(4), width, height)
        return height + style.px(8)

    @property
    def _numbers_lines(self) -> bool:
        return self.view.line_numbers and self.view.kind == CellKind.CODE  # other text wraps

    def _numbers_width(self) -> int:
        if not self._numbers_lines or self.editor is None:
            return 0
        digits = max(_MIN_NUMBER_DIGITS, len(str(self.editor.line_count)))
        return QFontMetrics(self._style.code_font).horizontalAdvance("0" * digits) + self._style.px(12)

    # parts

    def _shows_source(self, view: CellView) -> bool:
        return view.kind != CellKind.MARKDOWN or view.editing_markdown

    def _show_source(self, view: CellView, before: CellView | None) -> None:
        if self._editor is None:
            self._editor = self._make_editor()
            self._set_language(view.kind)
            self._editor.set_source(view.source)
        elif before is not None and before.kind != view.kind:
            self._set_language(view.kind)
        if self._editor.source != view.source:
            self._editor.replace_source(view.source, None)
        self._editor.setAccessibleName(f"Source of the {view.kind} cell")
        self._editor.show()

    def _set_language(self, kind: CellKind) -> None:
        if self._editor is not None:
            self._editor.set_language(python=kind == CellKind.CODE)

    def _make_editor(self) -> CodeEditor:
        editor = CodeEditor(self._style, self._idle, self)
        editor.edited.connect(self.text_changed)
        editor.action_requested.connect(self.action_requested)
        editor.edge_left.connect(self.edge_left)
        editor.edit_requested.connect(self.edit_requested)
        editor.caret_moved.connect(self.caret_moved)
        editor.height_changed.connect(self.height_changed)
        return editor

    def _show_markdown(self, view: CellView, attachment: Attachment) -> None:
        if self._markdown is None:
            self._markdown = MarkdownView(self._style, self)
            self._markdown.link_activated.connect(self.link_activated)
            self._markdown.edit_requested.connect(self.edit_requested)
            self._markdown.clicked.connect(self.clicked)
        self._markdown.show_source(view.source, attachment)
        self._markdown.show()

    def _hide_part(self, part: QWidget) -> None:
        self._yield_focus(part)
        part.hide()

    def _yield_focus(self, part: QWidget) -> None:
        """Before it is hidden: Qt would hand its focus to another editor, as if the reader had gone there."""
        focus = QApplication.focusWidget()
        if focus is not None and (focus is part or part.isAncestorOf(focus)):
            self._viewport.setFocus(Qt.FocusReason.OtherFocusReason)

    # pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
        elif self._hovers_button and gutter.button_rect(self._style).contains(event.position().toPoint()):
            self.run_requested.emit()
        elif self._box.contains(event.position().toPoint()):
            self.edit_requested.emit()  # the box's padding belongs to its editor
        else:
            self.clicked.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()  # its press was ours

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(event.position().x() < self._style.gutter, event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.results.history.set_hovered(self.view.kind == CellKind.CODE)
        self._hover(event.position().x() < self._style.gutter, event)

    def leaveEvent(self, event: QEvent) -> None:
        self.results.history.set_hovered(False)
        self._set_hover(gutter_hovered=False, button_hovered=False)

    def _hover(self, in_gutter: bool, event: QMouseEvent | QEnterEvent) -> None:
        can_run = self.view.kind == CellKind.CODE and self.view.state not in _UNDER_WAY
        on_button = gutter.button_rect(self._style).contains(event.position().toPoint())
        self._set_hover(gutter_hovered=in_gutter and can_run, button_hovered=can_run and on_button)

    def _set_hover(self, *, gutter_hovered: bool, button_hovered: bool) -> None:
        if (gutter_hovered, button_hovered) != (self._hovers_gutter, self._hovers_button):
            self._hovers_gutter, self._hovers_button = gutter_hovered, button_hovered
            self.setCursor(Qt.CursorShape.PointingHandCursor if button_hovered else Qt.CursorShape.ArrowCursor)
            self.update(0, 0, self._style.gutter, self._style.px(48))

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._view is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_selection(painter)
        if event.rect().left() < self._style.gutter:
            self._paint_gutter(painter)
        if event.rect().right() >= self._style.gutter:
            self._paint_box(painter)

    def _paint_gutter(self, painter: QPainter) -> None:
        if self.view.kind != CellKind.CODE:
            if self.editor is not None:
                gutter.paint_label(painter, "Raw" if self.view.kind == CellKind.RAW else "Text", self._style)
        elif self._hovers_gutter:
            gutter.paint_button(painter, self._style, hovered=self._hovers_button)
        else:
            words = gutter_words(self.view, self._style.palette, self._now)
            gutter.paint_words(painter, words, self._style, self._now)

    def _paint_selection(self, painter: QPainter) -> None:
        if self._selected and not self._current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._style.palette.selected_row))
            painter.drawRoundedRect(self.rect(), RADIUS_PX, RADIUS_PX)
        if self._selected or self._current:
            gutter.paint_bar(painter, self.height(), self._style, current=self._current)

    def _paint_box(self, painter: QPainter) -> None:
        if self._box.isNull():
            return
        ground = self._style.palette.page if self.view.kind == CellKind.MARKDOWN else self._style.palette.code_cell
        cell_box.paint_box(painter, self._box, self._style, ground, editing=self._current and self._editing)
        if self._numbers_lines and self.editor is not None:
            right = self.editor.x() - self._style.px(12)
            column = QRect(self._box.left(), self._style.box_padding, right - self._box.left(), self.editor.height())
            seen = self.visibleRegion().boundingRect()
            cell_box.paint_line_numbers(painter, column, seen, self.editor.line_count, self._style)
