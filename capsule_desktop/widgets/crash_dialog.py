"""A crash report, to be read and copied by whoever it happened to, and where it is kept."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from capsule_desktop.widgets.fonts import mono
from capsule_desktop.widgets.sheet import Sheet, text_label

_WIDTH_PX, _TEXT_PX = 760, 320
_NOTE = "It is kept on this computer only, and nothing of it is sent. Copy it into a report if you want to make one."


class CrashDialog(Sheet):
    folder_requested = Signal()

    def __init__(self, report: str, place: str, parent: QWidget | None = None) -> None:
        """place: the file that it is in."""
        super().__init__(parent, "Crash report", width_px=_WIDTH_PX)
        self._text = QPlainTextEdit(report, self)
        self._text.setObjectName("prompt-text")
        self._text.setReadOnly(True)
        self._text.setFont(mono())
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setTabChangesFocus(True)
        self._text.setAccessibleName("Crash report")
        self._text.setMinimumHeight(_TEXT_PX)
        for widget in (text_label(_NOTE, self), self._text, text_label(place, self, role="note", selectable=True)):
            self.body.addWidget(widget)
        self.add_button("Copy", self._on_copy, left=True)
        self.add_button("Open folder", self.folder_requested.emit, left=True)
        self.add_button("Close", self.accept, primary=True)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())
