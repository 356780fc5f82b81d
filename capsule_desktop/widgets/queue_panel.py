"""The sidebar's QUEUE: how much is left, why it is held, what can be done about it, and the rows.

Owns the section's layout; hidden where nothing runs or waits.  What stands above the rows keeps its place while they
come and go.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QCheckBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from capsule_desktop.widgets.palette import SPACE_PX, Palette
from capsule_desktop.widgets.queue_list import QueueList
from capsule_desktop.widgets.queue_values import GoOn, QueueRequest, QueueView

_BUTTON_COUNT = 2
_GO_ON = "Go on after an error"


class QueuePanel(QFrame):
    requested = Signal(object)  # a QueueRequest
    focus_left = Signal()  # what has the focus is about to go

    def __init__(self, title: QLabel, palette: Palette, parent: QWidget | None = None) -> None:
        """title: a section's, whose words are set here."""
        super().__init__(parent)
        self.setObjectName("queue-panel")
        self._view = QueueView()
        self._title, self._total = title, _note(self)
        self._note, self._more = _note(self), _note(self)
        self._note.setWordWrap(True)
        self._more.setContentsMargins(SPACE_PX[2], 0, 0, 0)  # in line with the rows
        self._buttons = [self._make_button(place) for place in range(_BUTTON_COUNT)]
        self._go_on = QCheckBox(_GO_ON, self)
        self._go_on.setToolTip("What waits is run although a cell before it failed")
        self._go_on.toggled.connect(self._on_go_on_toggled)
        self._rows = QueueList(palette, self)
        self._rows.requested.connect(self.requested)
        self._lay_out()
        self.show_queue(QueueView())

    def show_queue(self, view: QueueView) -> None:
        self._view = view
        self._title.setText(f"QUEUE · {view.count:,}" if view.count else "QUEUE")
        for label, words in ((self._total, view.total), (self._note, view.note)):
            label.setText(words)
            label.setVisible(bool(words))
        self._show_buttons()
        self._go_on.setVisible(view.go_on is not None)
        was_blocked = self._go_on.blockSignals(True)  # it is told, not clicked
        self._go_on.setChecked(bool(view.go_on))
        self._go_on.blockSignals(was_blocked)
        more = view.count - len(view.rows)
        self._more.setText(f"and {more:,} more")
        self._more.setVisible(bool(more))
        self._rows.show_queue(view)
        if not view.count and self._has_focus():
            self.focus_left.emit()
        self.setVisible(bool(view.count))

    def apply_palette(self, palette: Palette) -> None:
        self._rows.apply_palette(palette)

    def _make_button(self, place: int) -> QPushButton:
        button = QPushButton(self)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the caret in the cell
        button.clicked.connect(partial(self._on_clicked, place))
        return button

    def _lay_out(self) -> None:
        head, controls = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._total)
        controls.setSpacing(SPACE_PX[2])
        for button in self._buttons:
            controls.addWidget(button)
        controls.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX[2])
        column.addLayout(head)
        column.addWidget(self._note)
        column.addLayout(controls)
        column.addWidget(self._go_on)
        column.addWidget(self._rows, 1)
        column.addWidget(self._more)
        column.addStretch(0)

    def _show_buttons(self) -> None:
        buttons = self._view.buttons
        for place, widget in enumerate(self._buttons):
            is_shown = place < len(buttons)
            if not is_shown and widget.hasFocus():
                self.focus_left.emit()
            widget.setVisible(is_shown)
            if is_shown:
                widget.setText(buttons[place].label)
                widget.setToolTip(buttons[place].tip)

    def _has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def _on_clicked(self, place: int, _checked: bool = False) -> None:
        if place < len(self._view.buttons):
            self._request(self._view.buttons[place].request)

    def _on_go_on_toggled(self, checked: bool) -> None:
        self._request(GoOn(enabled=checked))

    def _request(self, request: QueueRequest) -> None:
        self.requested.emit(request)


def _note(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setProperty("role", "note")
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
