"""The row under the toolbar for messages that need no dialog: the kernel died, the file is read-only.

Owns one message at a time; the presenter decides which, and takes it away when it is no longer
true.  Says what happened, what is still safe, and offers what to do next as buttons.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from capsule_desktop.widgets.icons import ICON_PX, icon, icon_pixmap
from capsule_desktop.widgets.palette import SPACE_PX, Palette

_ROW_FROM_PX = 720  # narrower windows have the buttons below the words


class Tone(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class BannerButton:
    """key: what `button_clicked` says; an Action's value where it is one."""

    label: str
    key: str


@dataclass(frozen=True, kw_only=True)
class BannerView:
    text: str
    tone: Tone = Tone.INFO
    buttons: tuple[BannerButton, ...] = ()
    dismissable: bool = True


class Banner(QFrame):
    button_clicked = Signal(str)  # a BannerButton's key
    dismissed = Signal()
    focus_left = Signal()  # what has the focus is about to go

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._tokens = palette
        self._view: BannerView | None = None
        self._mark = QLabel(self)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._close = QToolButton(self)
        self._close.setProperty("role", "ghost")
        self._close.setProperty("compact", True)
        self._close.setAccessibleName("Dismiss this message")
        self._close.setToolTip("Dismiss")
        self._close.setIconSize(QSize(ICON_PX, ICON_PX))
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.clicked.connect(self._on_dismissed)
        self._buttons: list[QPushButton] = []
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._steps = QHBoxLayout()
        self._lay_out()
        self.hide()

    def show_message(self, view: BannerView | None) -> None:
        """Show this message, or with None nothing."""
        self._view = view
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            self.focus_left.emit()
        self._remove_buttons()
        if view is None:
            self.hide()
            return
        self._text.setText(view.text)
        self.setAccessibleName(view.text)
        for button in view.buttons:
            self._add_button(button)
        self._close.setVisible(view.dismissable)
        self._fit()
        self.setProperty("tone", view.tone.value)
        self.style().polish(self)
        self._draw_icons()
        self.show()

    def apply_palette(self, palette: Palette) -> None:
        self._tokens = palette
        self._draw_icons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _lay_out(self) -> None:
        said = QHBoxLayout()
        for row in (self._rows, self._steps, said):
            row.setSpacing(SPACE_PX[2])
        self._rows.setContentsMargins(SPACE_PX[4], SPACE_PX[1], SPACE_PX[2], SPACE_PX[1])
        said.addWidget(self._mark)
        said.addWidget(self._text, 1)
        self._steps.addStretch(1)
        self._steps.addWidget(self._close)
        self._rows.addLayout(said, 1)
        self._rows.addLayout(self._steps)

    def _fit(self) -> None:
        """The buttons below the words where both beside each other would leave the words a narrow column."""
        direction = QBoxLayout.Direction
        is_narrow = self.width() < _ROW_FROM_PX and bool(self._buttons) and self._one_line_px() > self.width()
        self._rows.setDirection(direction.TopToBottom if is_narrow else direction.LeftToRight)

    def _one_line_px(self) -> int:
        """What everything beside each other needs."""
        words = self._text.fontMetrics().horizontalAdvance(self._text.text())
        gaps, margins = 3 * SPACE_PX[2], self._rows.contentsMargins()
        return words + ICON_PX + self._steps.sizeHint().width() + gaps + margins.left() + margins.right()

    def _add_button(self, button: BannerButton) -> None:
        widget = QPushButton(button.label, self)
        widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the caret in the cell
        widget.clicked.connect(partial(self._on_clicked, button.key))
        self._steps.insertWidget(self._steps.count() - 1, widget)
        widget.show()
        self._buttons.append(widget)

    def _remove_buttons(self) -> None:
        for widget in self._buttons:
            self._steps.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._buttons.clear()

    def _draw_icons(self) -> None:
        p = self._tokens
        tone = Tone.INFO if self._view is None else self._view.tone
        colour = {Tone.INFO: p.accent, Tone.WARNING: p.stale, Tone.ERROR: p.error}[tone]
        name = "info" if tone is Tone.INFO else "warning"
        self._mark.setPixmap(icon_pixmap(name, colour, ICON_PX, self.devicePixelRatioF()))
        self._close.setIcon(icon("close", p.text))

    def _on_clicked(self, key: str, _checked: bool = False) -> None:
        self.button_clicked.emit(key)

    def _on_dismissed(self) -> None:
        self.show_message(None)
        self.dismissed.emit()
