"""Something long that runs outside, as it goes: what it is doing, what it prints, how to stop it, and how it ended.

Not modal, so that one can read on meanwhile.  Its size stays what it is: the answer comes where the progress was.
While it works Escape does nothing, since giving up is never an accident.
"""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QProgressBar, QPushButton, QWidget

from capsule_desktop.widgets.elided_label import ElidedLabel
from capsule_desktop.widgets.fonts import mono
from capsule_desktop.widgets.full_output import FullOutput
from capsule_desktop.widgets.sheet import Sheet, text_label

_WIDTH_PX = 600
_LINES_LEAST_PX, _LINES_PX = 60, 180  # the least on a screen that is too low for more
_RESULT_PX = 76  # four lines: what failed, what is left, what to do
_LINES_SHOWN = 400  # of them; the whole log can be opened at the end


class SheetEnd(Enum):
    """How what a sheet shows went.  The value is what it says then, in large letters."""

    DONE = "Done"
    FAILED = "This did not work"
    CANCELLED = "Cancelled"


class ProgressSheet(Sheet):
    """consequence: what Cancel would leave.  follow: what can be done after a good end, "" for nothing more."""

    cancel_requested = Signal()
    again_requested = Signal()
    follow_requested = Signal()

    def __init__(self, heading: str, consequence: str, parent: QWidget | None = None, *, follow: str = "") -> None:
        super().__init__(parent, heading, width_px=_WIDTH_PX)
        self._is_over = self._is_cancelled = False
        self._log, self._title, self._follow = "", heading, follow
        self._step = ElidedLabel(self, Qt.TextElideMode.ElideRight)
        self._step.setProperty("role", "strong")
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 0)  # how long it takes nobody knows
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Working")
        self._lines = QPlainTextEdit(self)
        self._lines.setObjectName("prompt-text")
        self._lines.setReadOnly(True)
        self._lines.setFont(mono())
        self._lines.setMaximumBlockCount(_LINES_SHOWN)
        self._lines.setTabChangesFocus(True)
        self._lines.setAccessibleName("What it prints")
        self._lines.setMinimumHeight(_LINES_LEAST_PX)
        self._lines.setMaximumHeight(_LINES_PX)
        self._result = text_label(consequence, self, role="muted", selectable=True)
        self._result.setMinimumHeight(_RESULT_PX)
        self._result.setAlignment(Qt.AlignmentFlag.AlignTop)
        for part in (self._step, self._bar, self._lines, self._result):
            self.body.addWidget(part)
        policy = self._bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._bar.setSizePolicy(policy)
        self._ending: list[QPushButton] = []
        self._cancel = self.add_button("Cancel", self._on_cancel)
        self._cancel.setAccessibleDescription(consequence)
        self.focus_first(self._cancel)

    def show_progress(self, step: int, steps: int, words: str, line: str) -> None:
        """words: what is being done now; line: what was just printed, "" for none.

        What an installer says of being cancelled is for the log: it reads as if something had gone wrong.
        """
        if self._is_over or self._is_cancelled:
            return
        self._step.set_words(f"{words} (step {step} of {steps})" if steps > 1 else words)
        if line:
            self._lines.appendPlainText(line)

    def show_end(self, words: str, log: str, end: SheetEnd) -> None:
        """What was not done can be tried again; it is alarming only where the user did not ask for it."""
        self._is_over, self._log = True, log
        self._bar.hide()
        self._step.set_words(end.value)
        self._result.setText(words)
        self._result.setProperty("role", "error" if end is SheetEnd.FAILED else "")
        self._result.style().polish(self._result)
        self._result.setAccessibleName(words)
        self._cancel.hide()
        if log:
            self._ending.append(self.add_button("Full log", self._on_log, left=True))
        if end is not SheetEnd.DONE:
            self._ending += [self.add_button("Close", self.reject), self._again()]
        elif self._follow:
            self._ending += [self.add_button("Close", self.reject), self._following()]
        else:
            self._ending.append(self.add_button("Done", self.reject, primary=True))
        for button in self._ending:
            button.show()
        self._ending[-1].setFocus()
        self.grow()
        QApplication.alert(self)

    def reject(self) -> None:
        """Escape and the close button: only when it is over."""
        if self._is_over:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.setAccepted(self._is_over)

    # --- inside

    def _again(self) -> QPushButton:
        return self.add_button("Try again", lambda: self.answer(self.again_requested.emit), primary=True)

    def _following(self) -> QPushButton:
        return self.add_button(self._follow, lambda: self.answer(self.follow_requested.emit), primary=True)

    def _on_cancel(self) -> None:
        self._is_cancelled = True
        self._cancel.setEnabled(False)
        self._step.set_words("Cancelling…")
        self.cancel_requested.emit()

    def _on_log(self) -> None:
        FullOutput(self._title, self._log, self).open()
