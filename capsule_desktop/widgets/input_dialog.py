"""The dialog of a waiting input() or getpass(): which cell asks, the prompt, a line to answer in.

Belongs to its notebook's window and blocks nothing: it is shown, not run, and not modal, so that
other cells can be read and edited and several notebooks can wait at once.  It takes the keyboard
only from its own window, not from another dialog of it, and is to be shown only when that is in front:
a new window lies above all others, wherever the one that it belongs to is.
Exactly one of its four answers is emitted, or none after dismiss().
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QWidget

from capsule_desktop.widgets.fonts import mono
from capsule_desktop.widgets.history_edit import HistoryEdit
from capsule_desktop.widgets.sheet import Sheet, text_label

_PROMPT_LINES_MAX = 8
_PROMPT_FRAME_PX = 16  # padding and border of #prompt-text, and what Qt keeps free
_KEEP = "Keep answers in the run history, as plain text"
_SECRET = "A password is never kept."


@dataclass(frozen=True, kw_only=True)
class InputQuestion:
    """cell: "Cell 5"; notebook: its file's name, for the title bar where several wait;
    history: earlier answers, oldest first, ignored for a password.  kept: whether answers are kept with the run."""

    cell: str
    notebook: str = ""
    prompt: str = ""
    password: bool = False
    history: tuple[str, ...] = ()
    kept: bool = True


class InputDialog(Sheet):
    answered = Signal(str)
    keep_toggled = Signal(bool)  # says nothing of this answer; it may come more than once
    interrupted = Signal()
    ended = Signal()  # end of file
    postponed = Signal()

    def __init__(self, question: InputQuestion, parent: QWidget | None = None) -> None:
        super().__init__(parent, f"{question.cell} asks")
        self.setModal(False)
        if question.notebook:
            self.setWindowTitle(question.notebook)
        if question.prompt.strip():
            self.body.addWidget(_prompt_text(question.prompt, self))
        self._line = HistoryEdit(() if question.password else question.history, self)
        self._line.setFont(mono())
        self._line.setAccessibleName(question.prompt.strip() or "Answer")
        self.body.addWidget(self._line)
        self.focus_first(self._line)
        self._keep: QCheckBox | None = None
        if question.password:
            self._hide_what_is_typed()
            self.body.addWidget(text_label(_SECRET, self, role="note"))
        else:
            self._keep = QCheckBox(_KEEP, self)
            self._keep.setChecked(question.kept)
            self._keep.toggled.connect(self.keep_toggled)
            self.body.addWidget(self._keep)
        self.add_button("Later", self.reject, left=True).setToolTip("The question stays in the cell (Esc)")
        self.add_button("End of file", self._on_end).setToolTip("input() raises EOFError")
        self.add_button("Interrupt", self._on_interrupt).setToolTip("Stop the cell: KeyboardInterrupt")
        self.add_button("OK", self._on_ok, primary=True).setToolTip("Send the answer (Enter)")
        self._line.returnPressed.connect(self._on_ok)

    def ask(self) -> None:
        """Show it; with the keyboard only where its window itself has it."""
        parent = self.parentWidget()
        elsewhere = parent is not None and not parent.window().isActiveWindow()
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, elsewhere)
        self.show()

    def show_kept(self, kept: bool) -> None:
        """It was changed elsewhere."""
        if self._keep is not None:
            with QSignalBlocker(self._keep):
                self._keep.setChecked(kept)

    def escape(self) -> None:
        self.postponed.emit()

    def _on_ok(self) -> None:
        text = self._line.text()
        self.answer(lambda: self.answered.emit(text))

    def _on_interrupt(self) -> None:
        self.answer(self.interrupted.emit)

    def _on_end(self) -> None:
        self.answer(self.ended.emit)

    def _hide_what_is_typed(self) -> None:
        self._line.setEchoMode(QLineEdit.EchoMode.Password)
        show = QCheckBox("Show what is typed", self)
        show.toggled.connect(self._on_show_toggled)
        self.body.addWidget(show)

    def _on_show_toggled(self, shown: bool) -> None:
        self._line.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)


def _prompt_text(prompt: str, parent: QWidget) -> QPlainTextEdit:
    """Read-only and as high as its lines, up to a limit from which it scrolls; Tab passes it by."""
    text = QPlainTextEdit(prompt.rstrip("\n"), parent)
    text.setObjectName("prompt-text")
    text.setReadOnly(True)
    text.setFont(mono())
    text.setAccessibleName("Prompt")
    text.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    text.document().setDocumentMargin(0)
    columns = max(1, 400 // max(1, text.fontMetrics().averageCharWidth()))
    lines = sum(1 + len(line) // columns for line in prompt.rstrip("\n").split("\n"))
    text.setFixedHeight(min(lines, _PROMPT_LINES_MAX) * text.fontMetrics().lineSpacing() + _PROMPT_FRAME_PX)
    return text
