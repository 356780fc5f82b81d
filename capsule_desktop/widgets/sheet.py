"""The frame of every dialog of ours: heading, body, one row of buttons.

Owns the rules that all of them keep: shown with open() or show(), never exec() (a nested event loop
breaks every task of qasync); one answer at most; gone by itself afterwards, so nobody keeps one.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from capsule_desktop.widgets.palette import SPACE_PX

WIDTH_PX = 460
_FRAME_PX = 40  # what a window manager draws around it


class Sheet(QDialog):
    """Escape and the close button answer like `escape` says; deleted once it has been answered."""

    def __init__(self, parent: QWidget | None, heading: str, *, width_px: int = WIDTH_PX) -> None:
        super().__init__(parent)
        self.setWindowTitle(heading)
        self.setMinimumWidth(width_px)
        self.body = QVBoxLayout()
        self.body.setSpacing(SPACE_PX[2])
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE_PX[2])
        self._buttons.addStretch(1)
        self._left_buttons = 0
        self._heading = text_label(heading, self, role="heading")
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX[5], SPACE_PX[5], SPACE_PX[5], SPACE_PX[4])
        column.setSpacing(SPACE_PX[2])
        column.addWidget(self._heading)
        column.addLayout(self.body)
        column.addSpacing(SPACE_PX[3])
        column.addLayout(self._buttons)
        self._answered = False
        self._first: QWidget | None = None
        self.finished.connect(self.deleteLater)

    def escape(self) -> None:
        """What Escape and the close button mean, where that is more than going away."""

    def dismiss(self) -> None:
        """Go away without an answer: the question has been settled elsewhere."""
        self._answered = True
        self.done(QDialog.DialogCode.Rejected)

    def answer(self, emit: Callable[[], None]) -> None:
        """Emit once, then go; a second click that was already under way says nothing."""
        if self._answered:
            return
        self._answered = True
        emit()
        self.done(QDialog.DialogCode.Accepted)

    def reject(self) -> None:
        if not self._answered:
            self._answered = True
            self.escape()
        super().reject()

    def showEvent(self, event: QShowEvent) -> None:
        """As high as the wrapped text needs at this width, which Qt's own size hint does not know."""
        super().showEvent(event)
        self.fit()
        if self._first is not None:
            self._first.setFocus()

    def fit(self) -> None:
        """Take the size that what it says now needs."""
        self._column.activate()  # else it knows only later what has just been said
        width_px = max(self.minimumWidth(), self.sizeHint().width())
        self.resize(width_px, min(self._column.totalHeightForWidth(width_px), self.most_px()))

    def grow(self) -> None:
        """Take what it says now, without becoming smaller again: what is looked at stays where it is."""
        self._column.activate()
        wanted = min(self._column.totalHeightForWidth(self.width()), self.most_px())
        self.resize(self.width(), max(self.height(), wanted))

    def most_px(self) -> int:
        """How high it may be, so that its buttons are on the screen, also on a small one at a large scale."""
        return self.screen().availableGeometry().height() - _FRAME_PX

    def focus_first(self, widget: QWidget) -> None:
        """What has the keyboard when it opens; the primary button where nothing is named."""
        self._first = widget

    def add_button(
        self, label: str, on_click: Callable[[], None], *, primary: bool = False, left: bool = False
    ) -> QPushButton:
        """One more button of those at the right (left: of those at the left); Enter means the primary one."""
        button = QPushButton(label, self)
        button.setAutoDefault(True)  # Enter presses the button that has the focus, else the primary one
        button.setDefault(primary)
        if primary:
            button.setProperty("role", "primary")
            self._first = self._first or button
        button.clicked.connect(on_click)
        self._buttons.insertWidget(self._left_buttons if left else self._buttons.count(), button)
        self._left_buttons += left
        return button


def text_label(words: str, parent: QWidget, *, role: str = "", selectable: bool = False) -> QLabel:
    """A wrapping label of plain text: a file's or a variable's name is never taken for HTML."""
    label = QLabel(words, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    if selectable:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
