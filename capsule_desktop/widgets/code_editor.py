"""The editor of one cell: Qt's text control under our rules, telling every change as a TextChange.

Qt's own undo is off: the document in notebook/ owns it, and what it undoes comes back through `replace_source`.
The text that it stands for is shown_source.py's.  It is as tall as its text: the list of cells scrolls.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QRect, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextBlockFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.brackets import matching
from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.editing_keys import edit_for_key
from capsule_desktop.widgets.highlighter import Highlighter
from capsule_desktop.widgets.idle_slices import IdleSlices
from capsule_desktop.widgets.keys import edit_action
from capsule_desktop.widgets.selection_ground import ground, paint_selection
from capsule_desktop.widgets.shown_source import ShownSource, as_shown
from capsule_desktop.widgets.text_edits import Edit, Selection
from capsule_desktop.widgets.values import TextChange

_SCROLL_BAR_PX = 10
_FOCUS_BY_USER = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class CodeEditor(QTextEdit):
    """Edits the source of a code, raw or markdown cell."""

    edited = Signal(TextChange)
    action_requested = Signal(Action)
    edge_left = Signal(str)  # "up" or "down"
    edit_requested = Signal()
    caret_moved = Signal()
    height_changed = Signal()

    def __init__(self, style: CellStyle, idle: IdleSlices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = style
        self._shown = ShownSource(self.document())
        self._applying = False
        self._wraps = False
        self._composing = False
        self._caret_before = 0
        self._caret_after: int | None = None  # where a rule will put the caret, while it is applied
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(False)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self._highlighter = Highlighter(self.document(), style.palette, idle)
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.apply_style(style)
        self.document().contentsChange.connect(self._on_contents_change)
        self.document().documentLayout().documentSizeChanged.connect(self._on_size_changed)
        self.cursorPositionChanged.connect(self._on_caret_moved)

    # what it shows

    @property
    def source(self) -> str:
        return self._shown.text

    @property
    def line_count(self) -> int:
        return self._shown.line_count

    @property
    def composing(self) -> bool:
        """An input method has text here that is not in the source yet."""
        return self._composing

    def set_source(self, source: str) -> None:
        """Another cell's text; the caret goes to its start."""
        shown = self._shown.set(source)
        self._applying = True
        with self._highlighter.paused():
            self.clear()
            cursor = QTextCursor(self.document())
            cursor.setBlockFormat(self._line_format())
            cursor.insertText(shown)
            self.moveCursor(QTextCursor.MoveOperation.Start)
        self._highlighter.restart()
        self._applying = False
        self.horizontalScrollBar().setValue(0)

    def replace_source(self, source: str, caret: int | None) -> None:
        """The same cell's text after undo and the like: only what differs is touched; caret None leaves it."""
        self._applying = True
        self._shown.replace(source)
        self._applying = False
        if caret is not None:
            self._select(Selection(anchor=caret, caret=caret))
        self._on_size_changed()

    def set_language(self, *, python: bool) -> None:
        """python False: text that wraps, without colours or brackets."""
        self._wraps = not python
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap if python else QTextEdit.LineWrapMode.FixedPixelWidth)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._highlighter.set_python(python)

    def stop_colouring(self) -> None:
        """Nobody sees the text any more; the next `set_source` begins anew."""
        self._highlighter.stop()

    def apply_style(self, style: CellStyle) -> None:
        rezoomed = style.zoom != self._style.zoom or self.document().isEmpty()
        self._style = style
        palette = self.palette()
        nothing = QColor(0, 0, 0, 0)
        palette.setColor(QPalette.ColorRole.Base, nothing)
        palette.setColor(QPalette.ColorRole.Text, QColor(style.palette.text))
        palette.setColor(QPalette.ColorRole.Highlight, nothing)  # paint_selection does it
        palette.setBrush(QPalette.ColorRole.HighlightedText, QBrush(Qt.BrushStyle.NoBrush))  # keeps the colours
        self.setPalette(palette)
        self._highlighter.set_palette(style.palette)
        if rezoomed:
            self.setFont(style.code_font)
            self.document().setDefaultFont(style.code_font)
            self.setCursorWidth(max(1, style.px(1)))
            self._format_lines()
        self._show_brackets()

    def caret_position(self) -> int:
        return self.textCursor().position()

    def selection(self) -> Selection:
        cursor = self.textCursor()
        return Selection(anchor=cursor.anchor(), caret=cursor.position())

    def caret_line_column(self) -> tuple[int, int]:
        """Both from 1."""
        cursor = self.textCursor()
        return cursor.blockNumber() + 1, cursor.positionInBlock() + 1

    def caret_rect(self) -> QRect:
        return self.cursorRect()

    def place_caret(self, position: int) -> None:
        self._select(Selection(anchor=position, caret=position))

    def height_for(self, width: int) -> int:
        """The height that shows all lines at this width, with the bar that scrolls them sideways if there is one."""
        if self._wraps:
            if self.lineWrapColumnOrWidth() != width:
                self.setLineWrapColumnOrWidth(width)
            return max(self._style.code_line, round(self.document().size().height()))
        bar = _SCROLL_BAR_PX if self.document().idealWidth() > width else 0
        return self.document().blockCount() * self._style.code_line + bar

    # what the user does

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = edit_action(event.key(), event.modifiers())
        if action is not None:
            self.action_requested.emit(action)
            return
        if self._leaves_by_edge(event):
            return
        edit = edit_for_key(
            self._shown.units, self.selection(), event.key(), event.modifiers(), event.text(), python=not self._wraps
        )
        if edit is not None:
            self._apply(edit)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        overrides = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if overrides and isinstance(event, QKeyEvent) and edit_action(event.key(), event.modifiers()) is not None:
            event.accept()  # ours, whatever a menu says
            return True
        return super().event(event)

    def focusNextPrevChild(self, _next: bool) -> bool:
        return False

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in _FOCUS_BY_USER:
            self.edit_requested.emit()
        self._show_brackets()
        self.caret_moved.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._composing = False
        self.setExtraSelections([])

    def wheelEvent(self, event: QWheelEvent) -> None:
        sideways = abs(event.angleDelta().x()) > abs(event.angleDelta().y())
        if sideways and self.horizontalScrollBar().maximum() > 0:
            super().wheelEvent(event)
        else:
            event.ignore()  # the list of cells scrolls

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Qt's own menu without its undo, which is off here."""
        menu = self.createStandardContextMenu(event.pos())
        for entry in menu.actions():
            if entry.objectName() in ("edit-undo", "edit-redo"):
                menu.removeAction(entry)
        first = next(iter(menu.actions()), None)
        if first is not None and first.isSeparator():
            menu.removeAction(first)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def createMimeDataFromSelection(self) -> QMimeData:
        """Plain text, as the source has it."""
        selection = self.selection()
        data = QMimeData()
        data.setText(self._shown.part(selection.start, selection.end))
        return data

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text().replace("\r\n", "\n").replace("\r", "\n").replace("\u2029", "\n")
        self.textCursor().insertText(as_shown(text))
        self.ensureCursorVisible()

    # how a change is told

    def _on_contents_change(self, position: int, _removed: int, added: int) -> None:
        if self._applying:
            return
        replaced = self._shown.take(position, added)
        if replaced is None:
            return
        self.edited.emit(
            TextChange(
                position=replaced.start,
                removed=replaced.removed,
                inserted=replaced.inserted,
                caret_before=self._caret_before,
                caret_after=replaced.end if self._caret_after is None else self._caret_after,
            )
        )

    def _apply(self, edit: Edit) -> None:
        cursor = self.textCursor()
        if edit.start != edit.end or edit.inserted:
            cursor.setPosition(edit.start)
            cursor.setPosition(edit.end, QTextCursor.MoveMode.KeepAnchor)
            self._caret_after = edit.caret
            cursor.insertText(edit.inserted)
            self._caret_after = None
        self._select(Selection(anchor=edit.anchor, caret=edit.caret))

    def _select(self, selection: Selection) -> None:
        length = self.document().characterCount() - 1
        cursor = self.textCursor()
        cursor.setPosition(min(selection.anchor, length))
        cursor.setPosition(min(selection.caret, length), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def _leaves_by_edge(self, event: QKeyEvent) -> bool:
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or self.composing:
            return False
        block = self.textCursor().block()
        line = block.layout().lineForTextPosition(self.textCursor().positionInBlock()).lineNumber()
        if event.key() == Qt.Key.Key_Up and not block.previous().isValid() and line <= 0:
            self.edge_left.emit("up")
            return True
        if event.key() == Qt.Key.Key_Down and not block.next().isValid() and line >= block.layout().lineCount() - 1:
            self.edge_left.emit("down")
            return True
        return False

    def _on_caret_moved(self) -> None:
        self._caret_before = self.textCursor().position()
        if self._applying:
            return
        if self.hasFocus():
            self._show_brackets()
            self.caret_moved.emit()

    def _on_size_changed(self) -> None:
        if not self._applying:
            self.height_changed.emit()

    # how it looks

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.window().focusWidget() is self and self.textCursor().hasSelection():
            painter, left_px = QPainter(self.viewport()), self.horizontalScrollBar().value()
            paint_selection(painter, self.document(), self.selection(), self._style, left_px=left_px, clip=event.rect())
            painter.end()
        super().paintEvent(event)

    def _show_brackets(self) -> None:
        pair = matching(self._shown.units, self.caret_position()) if self.hasFocus() and not self._wraps else None
        marks: list[QTextEdit.ExtraSelection] = []
        for position in pair or ():
            mark = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document())
            cursor.setPosition(position)
            cursor.setPosition(position + 1, QTextCursor.MoveMode.KeepAnchor)
            mark.format.setBackground(ground(self._style))
            mark.cursor = cursor
            marks.append(mark)
        if marks or self.extraSelections():
            self.setExtraSelections(marks)

    def _line_format(self) -> QTextBlockFormat:
        line = QTextBlockFormat()
        line.setLineHeight(self._style.code_line, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        return line

    def _format_lines(self) -> None:
        applying, self._applying = self._applying, True
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        with self._highlighter.paused():
            cursor.setBlockFormat(self._line_format())
        self._applying = applying
