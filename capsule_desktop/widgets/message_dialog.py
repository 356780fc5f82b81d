"""A question or a message in one dialog: what happened, what is safe, and two or three buttons.

What it says comes from messages.py; here is only how it is shown.  Emits `chosen` exactly once,
with the escape choice when it is closed without a button.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QWidget

from capsule_desktop.widgets.fonts import mono
from capsule_desktop.widgets.sheet import WIDTH_PX, Sheet, text_label

_DETAIL_WIDTH_PX = 600  # commands are read before they are allowed: as few of their lines as can be are broken
_DETAIL_LEAST_PX, _DETAIL_MOST_PX = 64, 240
_DETAIL_AROUND_PX = 36  # its border, padding and margins, and that it shows whole lines only


class Choice(StrEnum):
    SAVE = auto()
    DISCARD = auto()
    OVERWRITE = auto()
    SAVE_AS = auto()
    RELOAD = auto()
    COMPARE = auto()
    CHOOSE = auto()
    RESTART = auto()
    SHUT_DOWN = auto()
    KEEP_RUNNING = auto()
    RESTORE = auto()
    INSTALL = auto()
    INSTALL_OTHERWISE = auto()
    OK = auto()
    CANCEL = auto()


@dataclass(frozen=True, kw_only=True)
class MessageButton:
    label: str
    choice: Choice


@dataclass(frozen=True, kw_only=True)
class MessageView:
    """buttons: the last one is the primary, which Enter means; escape must be harmless.
    detail: a traceback or the like, shown small and selectable; "" for none.
    option: what a ticked box says that can be unticked; "" for none."""

    heading: str
    text: str
    buttons: tuple[MessageButton, ...]
    escape: Choice
    detail: str = ""
    option: str = ""


class MessageDialog(Sheet):
    chosen = Signal(Choice)

    def __init__(self, view: MessageView, parent: QWidget | None = None) -> None:
        super().__init__(parent, view.heading, width_px=_DETAIL_WIDTH_PX if view.detail else WIDTH_PX)
        self._escape = view.escape
        self.body.addWidget(text_label(view.text, self, selectable=True))
        self._detail = _detail(view.detail, self) if view.detail else None
        if self._detail is not None:
            self.body.addWidget(self._detail)
        self._option = QCheckBox(view.option, self)
        self._option.setChecked(bool(view.option))
        self._option.setVisible(bool(view.option))
        self.body.addWidget(self._option)
        for button in view.buttons:
            primary = button is view.buttons[-1]
            self.add_button(button.label, partial(self._on_clicked, button.choice), primary=primary)
        self.setAccessibleDescription(view.text)

    @property
    def option_checked(self) -> bool:
        """Whether the box is ticked; False where there is none."""
        return self._option.isChecked()

    def fit(self) -> None:
        """How the lines of the detail are broken is known once it has its width."""
        super().fit()
        if self._detail is not None:
            self._column.activate()
            self._detail.setFixedHeight(_height_of(self._detail))
            super().fit()

    def escape(self) -> None:
        self.chosen.emit(self._escape)

    def _on_clicked(self, choice: Choice, _checked: bool = False) -> None:
        self.answer(partial(self.chosen.emit, choice))


def _detail(words: str, parent: QWidget) -> QPlainTextEdit:
    text = QPlainTextEdit(words, parent)
    text.setObjectName("prompt-text")
    text.setReadOnly(True)
    text.setFont(mono())
    text.setAccessibleName("Details")
    text.setTabChangesFocus(True)
    text.setFixedHeight(_DETAIL_MOST_PX)  # until fit() knows: with a scroll bar its lines would be shorter
    return text


def _height_of(text: QPlainTextEdit) -> int:
    """What all of it needs, as far as that is no whole page: what is cut off may not be seen to go on."""
    lines = text.document().size().height()  # of a plain text edit in lines, as they are broken now
    needed = round(lines * text.fontMetrics().lineSpacing()) + _DETAIL_AROUND_PX
    return min(max(needed, _DETAIL_LEAST_PX), _DETAIL_MOST_PX)
