"""Help › Check for updates: what is being looked up, and what came of it, with the command that installs it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QProgressBar, QWidget

from capsule_desktop.widgets.fonts import mono
from capsule_desktop.widgets.sheet import Sheet, text_label

_HEADING = "Check for updates"
_WIDTH_PX = 540  # the longest command is read whole


@dataclass(frozen=True, kw_only=True)
class UpdateView:
    """command: to be copied; "" for none.  busy: it is still being looked up."""

    text: str
    command: str = ""
    note: str = ""
    busy: bool = False


class UpdateDialog(Sheet):
    cancelled = Signal()  # closed, whatever it showed

    def __init__(self, view: UpdateView, parent: QWidget | None = None) -> None:
        super().__init__(parent, _HEADING, width_px=_WIDTH_PX)
        self._text = text_label("", self, selectable=True)
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._command = QLineEdit(self)
        self._command.setReadOnly(True)
        self._command.setFont(mono())
        self._command.setAccessibleName("The command that installs it")
        self._note = text_label("", self, role="note")
        for widget in (self._text, self._bar, self._command, self._note):
            self.body.addWidget(widget)
        self._copy = self.add_button("Copy command", self._on_copy, left=True)
        self._close = self.add_button("Close", self.accept, primary=True)
        self.finished.connect(self.cancelled)
        self.show_view(view)

    def show_view(self, view: UpdateView) -> None:
        self._text.setText(view.text)
        self.setAccessibleDescription(view.text)
        self._command.setText(view.command)
        self._command.setCursorPosition(0)
        self._note.setText(view.note)
        for widget, shown in (
            (self._bar, view.busy),
            (self._command, bool(view.command)),
            (self._copy, bool(view.command)),
            (self._note, bool(view.note)),
        ):
            widget.setVisible(shown)
        self._close.setText("Cancel" if view.busy else "Close")
        self.fit()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._command.text())
