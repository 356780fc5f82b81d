"""What a start asks where the application that runs has not taken its files: ask it again, or open them separately.

It stays while that one is asked again, and says what came of it.  Emits `answered` with NOTHING or SEPARATELY once, as
the last; AGAIN as often as it is asked for, which show_asking() and show_view() are the answers to.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from capsule_desktop.widgets.sheet import Sheet, text_label


class Beside(StrEnum):
    NOTHING = auto()  # is opened
    SEPARATELY = auto()
    AGAIN = auto()


@dataclass(frozen=True, kw_only=True)
class BesideView:
    """note: what came of asking again; "" before that."""

    heading: str
    text: str
    note: str = ""


class BesideDialog(Sheet):
    answered = Signal(Beside)

    def __init__(self, view: BesideView, parent: QWidget | None = None) -> None:
        super().__init__(parent, view.heading)
        self._text = text_label("", self, selectable=True)
        self._note = text_label("", self, role="note")
        self.body.addWidget(self._text)
        self.body.addWidget(self._note)
        self.add_button("Close", partial(self._settle, Beside.NOTHING))
        self._separately = self.add_button("Open separately", partial(self._settle, Beside.SEPARATELY))
        self._again = self.add_button("Try again", lambda: self.answered.emit(Beside.AGAIN), primary=True)
        self.show_view(view)

    def show_view(self, view: BesideView) -> None:
        self.setWindowTitle(view.heading)
        self._heading.setText(view.heading)
        self._text.setText(view.text)
        self.setAccessibleDescription(view.text)
        self._show_asking(view.note, is_asking=False)

    def show_asking(self) -> None:
        """It can only be closed until the answer has come."""
        self._show_asking("It is being asked again…", is_asking=True)

    def escape(self) -> None:
        self.answered.emit(Beside.NOTHING)

    def _show_asking(self, note: str, *, is_asking: bool) -> None:
        self._separately.setDisabled(is_asking)
        self._again.setDisabled(is_asking)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        if not is_asking:
            self._again.setFocus()  # which went on when it was disabled
        self.grow()

    def _settle(self, answer: Beside) -> None:
        self.answer(partial(self.answered.emit, answer))
