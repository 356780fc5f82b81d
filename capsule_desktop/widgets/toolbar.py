"""The toolbar: run, stop, restart, add cells; the title in the middle; checkpoints and kernel at the right.

Owns how it gives way in a narrow window: the buttons that add, then the others, then Run drop their
words, then the kernel's label is cut, and last the buttons that add go, which menus and keys do as well; the title is
elided with what is left, and always says which file it is.  Nothing is ever clipped.
Buttons take the focus by Tab alone: a click on Run leaves the caret in the cell.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QWidget

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.captions import CAPTIONS
from capsule_desktop.widgets.dots import DotState, dot_icon
from capsule_desktop.widgets.icons import icon
from capsule_desktop.widgets.key_words import key_words
from capsule_desktop.widgets.palette import SPACE_PX, TOOLBAR_PX, Palette
from capsule_desktop.widgets.title_label import TitleLabel
from capsule_desktop.widgets.tool_button import MenuButton, ToolButton
from capsule_desktop.widgets.tool_tips import plain_tip

_KERNEL_LIMIT_PX = 300  # a long environment name is elided beyond this
_KERNEL_NARROW_PX = 148  # a version, and that it is missing
_KERNEL_LEAST_PX = 100  # where the title would have less than
_TITLE_LEAST_PX = 90  # "titr….ipynb"


@dataclass(frozen=True, kw_only=True)
class _Tool:
    action: Action
    icon: str
    text: str
    role: str = ""


_TOOLS = (
    _Tool(action=Action.RUN_SELECT_BELOW, icon="run", text="Run", role="primary"),
    _Tool(action=Action.RUN_ALL, icon="run-all", text="Run all"),
    _Tool(action=Action.INTERRUPT, icon="stop", text="Stop"),
    _Tool(action=Action.RESTART, icon="restart", text="Restart"),
    _Tool(action=Action.INSERT_BELOW, icon="plus", text="Code", role="ghost"),
    _Tool(action=Action.INSERT_TEXT_BELOW, icon="plus", text="Text", role="ghost"),
)
_NARROW_ICONS = {Action.INSERT_TEXT_BELOW: "text"}  # two bare pluses would not say which is which
_DIVIDER_BEFORE = Action.INSERT_BELOW


class Toolbar(QFrame):
    action_requested = Signal(Action)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("toolbar")
        self.setFixedHeight(TOOLBAR_PX)
        self._tokens = palette
        self._kernel_state = DotState.NONE
        self._divider = self._make_divider()
        self._tools = {tool.action: self._make_tool(tool) for tool in _TOOLS}
        self._title = TitleLabel(palette, self)
        self._checkpoints = MenuButton("Checkpoints", self)
        self._kernel = MenuButton("No kernel", self)
        self._kernel_label = self._kernel_details = ""
        self._current = QAction("No Python yet", self)  # what the kernel's button names, first in its menu
        self._current.setEnabled(False)
        self._kernel.setAccessibleName("Kernel: none")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE_PX[3], 0, SPACE_PX[3], 0)
        self._row.setSpacing(6)
        self._lay_out()
        self.apply_palette(palette)

    def set_menus(self, checkpoints: QMenu, kernel: QMenu) -> None:
        self._checkpoints.setMenu(checkpoints)
        kernel.insertAction(kernel.actions()[0], self._current)
        self._kernel.setMenu(kernel)

    def set_title(self, name: str, state_words: str) -> None:
        self._title.set_title(name, state_words)

    def set_kernel(self, label: str, dot: DotState, details: str = "") -> None:
        """label: "Python 3.12 · .venv"; dot: its state, which readers get in words; details: for the tool tip."""
        if (label, dot, details) == (self._kernel_label, self._kernel_state, self._kernel_details):
            return
        self._kernel_label, self._kernel_details = label, details
        self._kernel_state = dot
        self._kernel.set_words(label)
        self._kernel.setIcon(dot_icon(dot, self._tokens))
        self._kernel.setToolTip(plain_tip(f"Kernel: {label}\n{details}" if details else f"Kernel: {label}"))
        self._current.setText(label.replace("&", "&&"))
        self._kernel.setAccessibleName(f"Kernel: {label}, {dot.value}")
        self._fit(self.width())

    def set_enabled(self, enabled: AbstractSet[Action]) -> None:
        for action, button in self._tools.items():
            button.setEnabled(action in enabled)
        self._checkpoints.setEnabled(bool(enabled & {Action.SAVE_CHECKPOINT, Action.RESTORE_CHECKPOINT}))

    def apply_palette(self, palette: Palette) -> None:
        self._tokens = palette
        self._title.apply_palette(palette)
        for tool in _TOOLS:
            colour = palette.on_accent if tool.role == "primary" else palette.text
            button = self._tools[tool.action]
            name = _NARROW_ICONS.get(tool.action, tool.icon) if button.compact else tool.icon
            button.setIcon(icon(name, colour, palette.muted))
        self._checkpoints.setIcon(icon("checkpoint", palette.text, palette.muted))
        self._kernel.setIcon(dot_icon(self._kernel_state, palette))
        for menu_button in (self._checkpoints, self._kernel):
            menu_button.set_chevron(icon("chevron", palette.text, palette.muted))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, TOOLBAR_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(event.size().width())

    def _make_tool(self, tool: _Tool) -> ToolButton:
        button = ToolButton(tool.text, self)
        keys = key_words(tool.action)
        caption = CAPTIONS[tool.action].rstrip("…")
        button.setToolTip(f"{caption} ({keys})" if keys else caption)
        button.setAccessibleName(caption)
        if tool.role:
            button.setProperty("role", tool.role)
        button.clicked.connect(partial(self._on_clicked, tool.action))
        return button

    def _lay_out(self) -> None:
        for action, button in self._tools.items():
            if action is _DIVIDER_BEFORE:
                self._row.addWidget(self._divider)
            self._row.addWidget(button)
        self._row.addWidget(self._title, 1)
        self._row.addWidget(self._checkpoints)
        self._row.addWidget(self._kernel)

    def _make_divider(self) -> QWidget:
        divider = QFrame(self)
        divider.setObjectName("toolbar-divider")
        divider.setFixedSize(1, 20)
        return divider

    def _fit(self, width_px: int) -> None:
        """The widest of six layouts that leaves the title room; each narrower one drops more words, then buttons."""
        run = [self._tools[Action.RUN_SELECT_BELOW]]
        adding = [self._tools[Action.INSERT_BELOW], self._tools[Action.INSERT_TEXT_BELOW], self._checkpoints]
        others = [b for b in self._tools.values() if b not in (*run, *adding)]
        for compact, kernel_px in (
            ([], _KERNEL_LIMIT_PX),
            (adding, _KERNEL_LIMIT_PX),
            (adding + others, _KERNEL_LIMIT_PX),
            (adding + others + run, _KERNEL_NARROW_PX),
        ):
            for button in (*run, *others, *adding):
                button.set_compact(button in compact)
            self._kernel.set_limit(kernel_px)
            if self._needed_px() <= width_px:
                break
        if self._title_room_px(width_px) < _TITLE_LEAST_PX:
            self._kernel.set_limit(_KERNEL_LEAST_PX)
        has_room = self._title_room_px(width_px) >= _TITLE_LEAST_PX
        for widget in (self._divider, self._tools[Action.INSERT_BELOW], self._tools[Action.INSERT_TEXT_BELOW]):
            widget.setVisible(has_room)
        self.apply_palette(self._tokens)

    def _title_room_px(self, width_px: int) -> int:
        """What all of the buttons leave of it."""
        return width_px - (self._needed_px() - self._title.comfortable_px())

    def _needed_px(self) -> int:
        buttons = (*self._tools.values(), self._checkpoints, self._kernel)
        gaps = self._row.spacing() * (len(buttons) + 1) + 2 * SPACE_PX[3] + 1
        return sum(button.sizeHint().width() for button in buttons) + gaps + self._title.comfortable_px()

    def _on_clicked(self, action: Action, _checked: bool = False) -> None:
        self.action_requested.emit(action)
