"""The strip above the status line while a cell is being stopped: what was done, and the steps that come next.

Owns its layout only; words, countdowns and which step can be taken are values.  It stands at the bottom, so that
nothing above it moves, and its height depends on its width alone, so that a countdown moves nothing either.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.dots import DotState, StateDot
from capsule_desktop.widgets.icons import ICON_PX, icon
from capsule_desktop.widgets.palette import SPACE_PX, Palette

ROW_PX = 52  # two lines of words beside the buttons
NARROW_PX = 96  # words above, buttons below
ROW_FROM_PX = 900  # narrower windows have no room for words beside the longest buttons
SHORT_BELOW_PX = 640
_STEP_COUNT = 2


@dataclass(frozen=True, kw_only=True)
class StepView:
    """action: what the button asks for.  short: its words in a narrow window."""

    action: Action
    label: str
    short: str
    enabled: bool


@dataclass(frozen=True, kw_only=True)
class StopView:
    """dot: how it stands.  steps: at most two, the gentler first."""

    words: str
    dot: DotState = DotState.RUNNING
    steps: tuple[StepView, ...] = ()


class StopStrip(QFrame):
    action_requested = Signal(Action)
    dismissed = Signal()  # let the cell go on
    focus_left = Signal()  # what has the focus is about to go

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stop-strip")
        self._view: StopView | None = None
        self._dot = StateDot(palette, self)
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._buttons = [self._make_button(place) for place in range(_STEP_COUNT)]
        self._close = QToolButton(self)
        self._close.setProperty("role", "ghost")
        self._close.setProperty("compact", True)
        self._close.setIconSize(QSize(ICON_PX, ICON_PX))
        self._close.setToolTip("Let the cell go on")
        self._close.setAccessibleName("Let the cell go on")
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.clicked.connect(self._on_close_clicked)
        self._lay_out()
        self.apply_palette(palette)
        self.hide()

    def show_stop(self, view: StopView | None) -> None:
        """Show how the stopping stands, or with None that nothing is being stopped."""
        before, self._view = self._view, view
        if view is None:
            self._leave_focus()
            self.hide()
            return
        self._dot.set_state(view.dot)
        self._words.setText(view.words)
        self.setAccessibleName(view.words)
        self._show_steps()
        self.show()
        if before is None or before.words != view.words:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, view.words))

    def focus_step(self, action: Action) -> None:
        """Put the keyboard on a step's button, where Enter takes it."""
        steps = () if self._view is None else self._view.steps
        for button, step in zip(self._buttons, steps, strict=False):
            if step.action is action:
                button.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def apply_palette(self, palette: Palette) -> None:
        self._dot.apply_palette(palette)
        self._close.setIcon(icon("close", palette.text))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, ROW_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(event.size().width())

    def _make_button(self, place: int) -> QPushButton:
        button = QPushButton(self)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the caret in the cell
        button.clicked.connect(partial(self._on_clicked, place))
        return button

    def _lay_out(self) -> None:
        self._outer = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._outer.setContentsMargins(SPACE_PX[3], SPACE_PX[1], SPACE_PX[2], SPACE_PX[1])
        self._outer.setSpacing(SPACE_PX[2])
        said, steps = QHBoxLayout(), QHBoxLayout()
        for row in (said, steps):
            row.setSpacing(SPACE_PX[2])
        said.addWidget(self._dot)
        said.addWidget(self._words, 1)
        for button in self._buttons:
            steps.addWidget(button)
        steps.addStretch(1)
        steps.addWidget(self._close)
        self._outer.addLayout(said, 1)
        self._outer.addLayout(steps)
        self._fit(ROW_FROM_PX)

    def _fit(self, width_px: int) -> None:
        is_row = width_px >= ROW_FROM_PX
        direction = QBoxLayout.Direction
        self._outer.setDirection(direction.LeftToRight if is_row else direction.TopToBottom)
        self.setFixedHeight(ROW_PX if is_row else NARROW_PX)
        self._show_steps()

    def _show_steps(self) -> None:
        steps = () if self._view is None else self._view.steps
        is_short = self.width() < SHORT_BELOW_PX
        for place, button in enumerate(self._buttons):
            button.setVisible(place < len(steps))
            if place < len(steps):
                step = steps[place]
                button.setText(step.short if is_short else step.label)
                button.setAccessibleName(step.label)
                button.setToolTip(step.label if is_short else "")
                if button.hasFocus() and not step.enabled:
                    self.focus_left.emit()  # else Qt would give it to the next button
                button.setEnabled(step.enabled)

    def _leave_focus(self) -> None:
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            self.focus_left.emit()

    def _on_clicked(self, place: int, _checked: bool = False) -> None:
        if self._view is not None:
            self.action_requested.emit(self._view.steps[place].action)

    def _on_close_clicked(self, _checked: bool = False) -> None:
        self.dismissed.emit()
