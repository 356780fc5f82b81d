"""The whole of a long text output, in a window of its own: to read, search, select and copy."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from capsule_desktop.notebook.ansi import plain_text
from capsule_desktop.widgets.fonts import mono
from capsule_desktop.widgets.palette import SPACE_PX

_SIZE_PX = (900, 640)


class FullOutput(QDialog):
    """text: as the code printed it; its ANSI sequences are taken out."""

    def __init__(self, heading: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(heading)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._text = QPlainTextEdit(plain_text(text), self)
        self._text.setReadOnly(True)
        self._text.setFont(mono())
        self._text.setAccessibleName(heading)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._search = QLineEdit(self)
        self._search.setPlaceholderText("Find in this output")
        self._search.setAccessibleName("Find in this output")
        self._search.setClearButtonEnabled(True)
        self._search.returnPressed.connect(self._find_next)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[SPACE_PX[3]] * 4)
        column.setSpacing(SPACE_PX[2])
        column.addWidget(self._search)
        column.addWidget(self._text)
        self.resize(*_SIZE_PX)

    def _find_next(self) -> None:
        """The next place, and from the top again after the last one."""
        if not self._text.find(self._search.text()):
            cursor = self._text.textCursor()
            cursor.movePosition(cursor.MoveOperation.Start)
            self._text.setTextCursor(cursor)
            self._text.find(self._search.text())
