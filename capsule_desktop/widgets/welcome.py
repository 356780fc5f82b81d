"""What a window shows when no notebook is open: make one, open one, go on with a recent one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import PurePath

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.elided_label import ElidedLabel
from capsule_desktop.widgets.icons import ICON_PX, app_icon, icon
from capsule_desktop.widgets.palette import SPACE_PX, Palette
from capsule_desktop.widgets.tool_tips import plain_tip

_WIDTH_PX = 480
_MARK_PX = 56
_RECENT_LIMIT = 8


class Welcome(QWidget):
    action_requested = Signal(Action)
    recent_requested = Signal(str)  # a path

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self._tokens = palette
        self._new = self._button("New notebook", Action.NEW)
        self._new.setProperty("role", "primary")
        self._open = self._button("Open…", Action.OPEN)
        self._recent_title = QLabel("Recent", self)
        self._recent_title.setProperty("role", "strong")
        self._recent = QVBoxLayout()
        self._recent.setSpacing(SPACE_PX[0])
        self._recent_buttons: list[QPushButton] = []
        self._lay_out()
        self.apply_palette(palette)
        self.set_recent(())

    def set_recent(self, paths: Sequence[str]) -> None:
        """Latest first; a handful is shown, the rest is in the menu."""
        while (item := self._recent.takeAt(0)) is not None:
            if widget := item.widget():
                widget.deleteLater()
        self._recent_buttons.clear()
        for path in paths[:_RECENT_LIMIT]:
            self._recent.addWidget(self._recent_row(path))
        self._recent_title.setVisible(bool(paths))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._new.setFocus()

    def apply_palette(self, palette: Palette) -> None:
        self._tokens = palette
        self._new.setIcon(icon("plus", palette.on_accent))
        self._open.setIcon(icon("folder", palette.text))
        for button in self._recent_buttons:
            button.setIcon(icon("notebook", palette.muted))

    def _lay_out(self) -> None:
        inner = QWidget(self)
        inner.setMaximumWidth(_WIDTH_PX)
        column = QVBoxLayout(inner)
        column.setContentsMargins(SPACE_PX[5], SPACE_PX[5], SPACE_PX[5], SPACE_PX[5])
        column.setSpacing(SPACE_PX[2])
        for widget in self._words():
            column.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_PX[2])
        buttons.addWidget(self._new)
        buttons.addWidget(self._open)
        buttons.addStretch(1)
        column.addSpacing(SPACE_PX[3])
        column.addLayout(buttons)
        column.addSpacing(SPACE_PX[5])
        column.addWidget(self._recent_title)
        column.addLayout(self._recent)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addWidget(inner, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)

    def _words(self) -> tuple[QLabel, ...]:
        mark = QLabel(self)
        mark.setPixmap(app_icon().pixmap(QSize(_MARK_PX, _MARK_PX), self.devicePixelRatioF()))
        title = QLabel("No notebook is open", self)
        title.setProperty("role", "display")
        hint = QLabel("Start a new one, or drop a notebook or a checkpoint anywhere on this window.", self)
        hint.setProperty("role", "muted")
        hint.setWordWrap(True)
        hint.setMinimumWidth(_WIDTH_PX - 2 * SPACE_PX[5])
        return mark, title, hint

    def _button(self, text: str, action: Action) -> QPushButton:
        button = QPushButton(text, self)
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.clicked.connect(partial(self._on_action, action))
        return button

    def _recent_row(self, path: str) -> QWidget:
        row = QWidget(self)
        button = QPushButton(PurePath(path).name.replace("&", "&&"), row)
        button.setProperty("role", "ghost")
        button.setIcon(icon("notebook", self._tokens.muted))
        button.setToolTip(plain_tip(path))
        button.setAccessibleDescription(path)
        button.clicked.connect(partial(self._on_recent, path))
        folder = ElidedLabel(row, Qt.TextElideMode.ElideMiddle)
        folder.setProperty("role", "note")
        folder.set_words(str(PurePath(path).parent))
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(button)
        line.addWidget(folder, 1)
        self._recent_buttons.append(button)
        return row

    def _on_action(self, action: Action, _checked: bool = False) -> None:
        self.action_requested.emit(action)

    def _on_recent(self, path: str, _checked: bool = False) -> None:
        self.recent_requested.emit(path)
