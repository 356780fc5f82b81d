"""Choosing the Python of a notebook: a list that can be typed into, what the choice does, and two ways to more.

Opens with what is known and is told the rest by show_view(); asks nothing itself and starts nothing.  What is typed
narrows the list, and the keys that move in it work from the line, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QWidget

from capsule_desktop.widgets.interpreter_list import InterpreterList
from capsule_desktop.widgets.interpreter_rows import InterpreterRow
from capsule_desktop.widgets.palette import Palette
from capsule_desktop.widgets.sheet import Sheet, text_label

HEADING = "Choose the Python that runs the cells"
RUNS_NOW = "This is the one that runs now; choosing it changes nothing of what runs."
NONE_FOUND = "No Python was found on this computer"
_SIZE_PX = (660, 560)
_LEAST_PX = 620  # the buttons of a restart side by side
_LIST_LEAST_PX = 120
_MOVING = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown})


@dataclass(frozen=True, kw_only=True)
class ChooserView:
    """is_looking: more may be found, or found out.  what_to_do: where there is none at all.

    consequence: what a choice does to what runs, "" where nothing is lost; elsewhere: the same of a Python in which
    the variables cannot be restored.  can_create: an environment can be made here.
    """

    rows: tuple[InterpreterRow, ...] = ()
    is_looking: bool = False
    what_to_do: str = ""
    consequence: str = ""
    elsewhere: str = ""
    can_create: bool = True


class InterpreterDialog(Sheet):
    chosen = Signal(str, bool)  # the path, and whether the variables are to be restored in it; answer() closes this
    program_requested = Signal()  # browse for an executable
    folder_requested = Signal()  # browse for an environment's folder
    new_requested = Signal()

    def __init__(self, view: ChooserView, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent, HEADING, width_px=_LEAST_PX)
        self._view = view
        self._is_empty = False
        self._filter = QLineEdit(self)
        self._filter.setPlaceholderText("Type to find by name, version, place or package")
        self._filter.setAccessibleName("Filter interpreters")
        self._list = InterpreterList(palette, self)
        self._list.setMinimumHeight(_LIST_LEAST_PX)
        self._state = text_label("", self, role="muted")
        self._problem = text_label("", self, role="error")
        self._problem.hide()
        self._consequence = text_label("", self)
        for part in (self._filter, self._list, self._state, self._problem, self._consequence):
            self.body.addWidget(part)
        self.body.setStretchFactor(self._list, 1)
        self._column.setStretchFactor(self.body, 1)
        self.body.addStretch(0)  # an empty list leaves its words at the top
        self._make_buttons()
        self._connect()
        self.focus_first(self._filter)
        self.show_view(view)
        self._list.select(next((row.path for row in view.rows if row.is_current), ""))

    def show_view(self, view: ChooserView) -> None:
        """More was found, or found out; what is selected and typed stays."""
        self._view = view
        self._list.set_rows(view.rows)
        self._show_state()
        self._new.setEnabled(view.can_create)
        self._show_buttons(self._list.current)

    def show_problem(self, words: str) -> None:
        """Why what was browsed for is no Python that can be used; "" when that is over."""
        self._problem.setText(words)
        self._problem.setVisible(bool(words))
        if words:
            QApplication.alert(self)

    def select(self, path: str) -> None:
        """One that was added by its path: shown whatever was typed."""
        self._filter.clear()
        self._list.select(path)

    def apply_palette(self, palette: Palette) -> None:
        self._list.apply_palette(palette)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._take_size()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The line keeps the keyboard while the keys that move go to the list."""
        is_press = watched is self._filter and event.type() == QEvent.Type.KeyPress
        if is_press and isinstance(event, QKeyEvent) and event.key() in _MOVING:
            self._list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    # --- inside

    def _make_buttons(self) -> None:
        self._new = self.add_button("New environment…", self.new_requested.emit, left=True)
        self._browse = self.add_button("Browse", lambda: None, left=True)
        menu = QMenu(self)
        menu.addAction("A Python…", self.program_requested.emit)
        menu.addAction("The folder of an environment…", self.folder_requested.emit)
        self._browse.setMenu(menu)
        self._cancel = self.add_button("Cancel", self.reject)
        self._restore = self.add_button("Restart and restore", partial(self._use, restore=True))
        self._use_button: QPushButton = self.add_button("Use", partial(self._use, restore=False), primary=True)

    def _connect(self) -> None:
        self._filter.installEventFilter(self)
        self._filter.textChanged.connect(self._on_filter_changed)
        self._list.current_changed.connect(self._show_buttons)
        self._list.used.connect(partial(self._use, restore=False))

    def _on_filter_changed(self, words: str) -> None:
        self._list.filter(words)
        self._show_state()

    def _show_state(self) -> None:
        words = ""
        if not self._list.paths:
            if self._view.rows:
                words = f"Nothing that was found matches “{self._filter.text()}”."
            else:
                words = "Looking…" if self._view.is_looking else self._view.what_to_do
        elif self._view.is_looking:
            words = "Finding out more about them…"
        is_empty = not self._view.rows and not self._view.is_looking
        self._heading.setText(NONE_FOUND if is_empty else HEADING)
        self._filter.setVisible(not is_empty)
        self._list.setVisible(not is_empty)
        self._state.setText(words)
        if is_empty != self._is_empty:
            self._is_empty = is_empty
            self._take_size()

    def _take_size(self) -> None:
        if self._is_empty:
            self.fit()
        else:
            self.resize(*_SIZE_PX)

    def _show_buttons(self, row: InterpreterRow | None) -> None:
        can = row is not None and row.is_usable
        restarts = bool(self._view.consequence) and not (row is not None and row.is_current)
        self._consequence.setText(self._consequence_of(row))
        self._consequence.setVisible(bool(self._view.consequence))
        self._use_button.setText("Restart" if restarts else "Use")
        self._use_button.setEnabled(can)
        self._restore.setVisible(restarts)
        self._restore.setEnabled(can and row is not None and row.is_restorable)
        self._restore.setToolTip("" if row is None or row.is_restorable else "Only into a Python of the same version")

    def _consequence_of(self, row: InterpreterRow | None) -> str:
        if row is None or not self._view.consequence:
            return ""
        if row.is_current:
            return RUNS_NOW
        return self._view.consequence if row.is_restorable else self._view.elsewhere

    def _use(self, _checked: bool = False, *, restore: bool) -> None:
        row = self._list.current
        if row is not None and row.is_usable:
            self.chosen.emit(row.path, restore)
