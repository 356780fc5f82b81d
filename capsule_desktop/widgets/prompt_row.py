"""The input() that waits in a cell: its prompt, a line for the answer, Answer and End of file.

Gives the answer or the end by signal and shows nothing as answered: the row goes when the CellView has no prompt.
What is typed for a password is never kept by the row beyond its line edit.  A small line says what becomes of an
answer, and lets the reader change that.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.link_button import LinkButton
from capsule_desktop.widgets.palette import CONTROL_PX, RADIUS_PX
from capsule_desktop.widgets.values import PromptView

_PADDING_PX = 11
_GAP_PX = 10
_LABEL_SHARE = 0.45  # a longer prompt goes above the line
_MIN_FIELD_PX = 120
_KEPT_LINE_PX = 20
_KEPT_GAP_PX = 4
_FORGETS = "Forget typed answers, those of earlier runs, too; what outputs show stays"


class PromptRow(QWidget):
    """Shows one PromptView."""

    answered = Signal(PromptView, str)
    ended = Signal(PromptView)
    interrupted = Signal(PromptView)
    keep_toggled = Signal(bool)  # whether answers are to be kept from now on
    left = Signal()  # Esc: back to command mode, what was typed stays

    def __init__(self, style: CellStyle, parent: QWidget) -> None:
        super().__init__(parent)
        self._prompt: PromptView | None = None
        self._style = style
        self._label = QLabel(self)
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._field = _AnswerField(self)
        self._answer = QPushButton("Answer", self)
        self._answer.setProperty("role", "primary")
        self._end = QPushButton("End of file", self)
        self._end.setToolTip("No more input: the cell gets EOFError")
        self._kept = QLabel(self)
        self._kept.setTextFormat(Qt.TextFormat.PlainText)
        self._keep = LinkButton("", style, self)
        self._keep.clicked.connect(self._on_keep_clicked)
        self._field.returnPressed.connect(self._on_answered)
        self._field.interrupted.connect(self._on_interrupted)
        self._field.left.connect(self.left)
        self._answer.clicked.connect(self._on_answered)
        self._end.clicked.connect(self._on_ended)
        self.apply_style(style)

    @property
    def typed(self) -> str:
        return self._field.text()

    def show_prompt(self, prompt: PromptView) -> None:
        """Another prompt empties the line; the same one leaves it as it is."""
        if prompt == self._prompt:
            return
        same = self._prompt is not None and replace(self._prompt, kept=prompt.kept) == prompt
        self._prompt = prompt
        self._show_kept(prompt)
        if same:
            return
        self._label.setText(prompt.prompt.strip() or "The cell asks for input")
        self._field.clear()
        self._field.setEchoMode(QLineEdit.EchoMode.Password if prompt.password else QLineEdit.EchoMode.Normal)
        self._field.setAccessibleName(prompt.prompt.strip() or "Answer")
        self._lay_out()

    def _show_kept(self, prompt: PromptView) -> None:
        words, link = kept_words(password=prompt.password, kept=prompt.kept)
        self._kept.setText(words)
        self._keep.setText(link)
        self._keep.setAccessibleName(f"{link} answers in the run history")
        self._keep.setToolTip(_FORGETS if prompt.kept else "Keep what is typed from now on")
        self._keep.setVisible(bool(link))
        self._lay_out()

    def forget(self) -> None:
        self._prompt = None
        self._field.clear()

    def focus_field(self) -> None:
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def apply_style(self, style: CellStyle) -> None:
        self._style = style
        self._label.setFont(style.note_font)
        self._field.setFont(style.code_font)
        palette = self._label.palette()
        palette.setColor(self._label.foregroundRole(), QColor(style.palette.text))
        self._label.setPalette(palette)
        self._kept.setFont(style.small_font)
        palette = self._kept.palette()
        palette.setColor(self._kept.foregroundRole(), QColor(style.palette.muted))
        self._kept.setPalette(palette)
        self._keep.apply_style(style)
        self._lay_out()
        self.update()

    def height_for(self, width: int) -> int:
        row = CONTROL_PX + 2 * _PADDING_PX + self._kept_height()
        return row + (self._label_height(width) + _GAP_PX - 2 if self._stacked(width) else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._style.palette.waiting), 1))
        painter.setBrush(QColor(self._style.palette.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The whole box belongs to its field: who clicks beside it means to answer."""
        self.focus_field()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()  # its press was ours

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What the buttons leave: Enter presses them, too, and nothing goes on to command mode."""
        button = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(button, QPushButton):
            button.click()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()

    def _label_width(self) -> int:
        lines = self._label.text().split("\n")
        return max(QFontMetrics(self._label.font()).horizontalAdvance(line) for line in lines) + 2

    def _stacked(self, width: int) -> bool:
        buttons = self._answer.sizeHint().width() + self._end.sizeHint().width() + 3 * _GAP_PX
        room = width - 2 * self._style.inset - buttons - _MIN_FIELD_PX
        return "\n" in self._label.text() or self._label_width() > min(room, _LABEL_SHARE * width)

    def _label_height(self, width: int) -> int:
        return max(self._label.heightForWidth(width - 2 * self._style.inset), 0)

    def _kept_height(self) -> int:
        return self._style.px(_KEPT_LINE_PX) + _KEPT_GAP_PX

    def _lay_out(self) -> None:
        inset, width, top = self._style.inset, self.width(), _PADDING_PX
        left = inset
        if self._stacked(width):
            height = self._label_height(width)
            self._label.setGeometry(inset, top, width - 2 * inset, height)
            top += height + _GAP_PX - 2
        else:
            self._label.setGeometry(inset, top, self._label_width(), CONTROL_PX)
            left += self._label_width() + _GAP_PX
        right = width - inset
        for button in (self._end, self._answer):
            wanted = button.sizeHint().width()
            button.setGeometry(right - wanted, top, wanted, CONTROL_PX)
            right -= wanted + _GAP_PX
        self._field.setGeometry(left, top, max(_MIN_FIELD_PX, right - left), CONTROL_PX)
        self._lay_out_kept(top + CONTROL_PX + _KEPT_GAP_PX)

    def _lay_out_kept(self, top: int) -> None:
        inset, height = self._style.inset, self._style.px(_KEPT_LINE_PX)
        link = self._keep.sizeHint().width() if not self._keep.isHidden() else 0
        wanted = QFontMetrics(self._kept.font()).horizontalAdvance(self._kept.text()) + 2
        words = min(wanted, self.width() - 2 * inset - link)
        self._kept.setGeometry(inset, top, words, height)
        self._keep.setGeometry(inset + words + _KEPT_GAP_PX, top, link, height)

    def _on_keep_clicked(self) -> None:
        if self._prompt is not None:
            self.keep_toggled.emit(not self._prompt.kept)

    def _on_answered(self) -> None:
        if self._prompt is not None:
            self.answered.emit(self._prompt, self._field.text())

    def _on_ended(self) -> None:
        if self._prompt is not None:
            self.ended.emit(self._prompt)

    def _on_interrupted(self) -> None:
        if self._prompt is not None:
            self.interrupted.emit(self._prompt)


def kept_words(*, password: bool, kept: bool) -> tuple[str, str]:
    """What becomes of an answer, and the words of the link that changes it, "" for none."""
    if password:
        return "A password is never kept.", ""
    if kept:
        return "Kept in the run history, as plain text.", "Don’t keep"
    return "Answers are not kept in the run history.", "Keep"


class _AnswerField(QLineEdit):
    """Ctrl+C without a selection interrupts, as in a terminal; Esc leaves."""

    interrupted = Signal()
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ctrl = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_C and ctrl and not self.hasSelectedText():
            self.interrupted.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
            event.accept()  # an answer's keys are no keys of command mode
