"""Choosing the Python of a notebook: a list that can be typed into, what the choice does, and two ways to more.

Opens with what is known and is told the rest by show_view(); asks nothing itself and starts nothing.  What is typed
narrows the list, and the keys that move in it work from the line, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QWidget

from capsule_desktop.widgets.interpreter_list import InterpreterList
from capsule_desktop.widgets.interpreter_rows import InterpreterRow
from capsule_desktop.widgets.palette import Palette
from capsule_desktop.widgets.sheet import Sheet, text_label

HEADING = "Choose the Python that runs the cells"
RUNS_NOW = "This is the one that runs now; choosing it changes nothing of what runs."
NONE_FOUND = "No Python was found on this computer"
LOOKING = "Looking for the Pythons of this computer…"
FINDING_OUT = "Finding out more about them…"
_SIZE_PX = (660, 560)
_LEAST_PX = 620  # the buttons of a restart side by side
_LIST_LEAST_PX = 120
_BELOW_LINES = 2  # what a choice does; the list stays as high as it is while one goes through it
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
        self._what_to_do = text_label("", self)
        self._problem = text_label("", self, role="error")
        self._problem.hide()
        self._below = text_label("", self)
        self._below.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._below.setMinimumHeight(_BELOW_LINES * self._below.fontMetrics().lineSpacing())
        for part in (self._filter, self._list, self._what_to_do, self._problem, self._below):
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
            self._announce()
            return True
        return super().eventFilter(watched, event)

    # --- inside

    def _make_buttons(self) -> None:
        self._browse = self.add_button("Browse", lambda: None, left=True)
        self._browse.setProperty("menu", True)
        menu = QMenu(self)
        menu.addAction("A Python…", self.program_requested.emit)
        menu.addAction("The folder of an environment…", self.folder_requested.emit)
        self._browse.setMenu(menu)
        self._new = self.add_button("New environment…", self.new_requested.emit, left=True)
        self._cancel = self.add_button("Cancel", self.reject)
        self._restore = self.add_button("Restart and restore", partial(self._use, restore=True))
        self._use_button: QPushButton = self.add_button("Use", partial(self._use, restore=False), primary=True)

    def _connect(self) -> None:
        self._filter.installEventFilter(self)
        self._filter.textChanged.connect(self._on_filter_changed)
        self._list.current_changed.connect(self._show_buttons)
        self._list.used.connect(partial(self._use, restore=False))

    def _announce(self) -> None:
        """Readers follow the focus, which stays in the line."""
        row = self._list.current
        if row is not None:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._filter, row.described()))

    def _on_filter_changed(self, words: str) -> None:
        self._list.filter(words)
        self._show_state()

    def _show_state(self) -> None:
        is_empty = not self._view.rows and not self._view.is_looking
        self._heading.setText(NONE_FOUND if is_empty else HEADING)
        for part in (self._filter, self._list, self._below, self._use_button):
            part.setVisible(not is_empty)
        self._what_to_do.setText(self._view.what_to_do)
        self._what_to_do.setVisible(is_empty)
        unmatched = f"Nothing that was found matches “{self._filter.text()}”."
        self._list.say("" if self._list.paths else unmatched if self._view.rows else LOOKING)
        if is_empty != self._is_empty:
            self._is_empty = is_empty
            self._take_size()

    def _take_size(self) -> None:
        if self._is_empty:
            self.fit()
        else:
            width_px, height_px = _SIZE_PX
            self.resize(width_px, min(height_px, self.most_px()))

    def _show_buttons(self, row: InterpreterRow | None) -> None:
        can = row is not None and row.is_usable
        restarts = bool(self._view.consequence) and not (row is not None and row.is_current)
        self._below.setText(self._words_of(row))
        self._use_button.setText("Restart" if restarts else "Use")
        self._use_button.setEnabled(can)
        self._restore.setVisible(restarts)
        self._restore.setEnabled(can and row is not None and row.is_restorable)
        self._restore.setToolTip("" if row is None or row.is_restorable else "Only into a Python of the same version")

    def _words_of(self, row: InterpreterRow | None) -> str:
        """What taking it does, or in full why it cannot be taken; where that is clear, that more may come."""
        if row is not None and not row.is_usable:
            return f"{row.place or row.path}: {row.reason or row.standing}"
        if row is None or not self._view.consequence:
            return FINDING_OUT if row is not None and self._view.is_looking else ""
        if row.is_current:
            return RUNS_NOW
        return self._view.consequence if row.is_restorable else self._view.elsewhere

    def _use(self, _checked: bool = False, *, restore: bool) -> None:
        row = self._list.current
        if row is not None and row.is_usable:
            self.chosen.emit(row.path, restore)
