"""Where the keyboard goes back to when a menu or a message has done with it: to the notebook.

Owns which widget of the notebook had the focus last.  Without it keys would be dead after Esc in a menu, since Qt
leaves them to the menu bar, or press the next button of the toolbar after a message went.
"""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget


class FocusReturn(QObject):
    """place: the notebook's view, or None while there is none."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._place: QWidget | None = None
        self._last: QWidget | None = None
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)

    def set_place(self, place: QWidget | None) -> None:
        self._place, self._last = place, None

    def give_back(self) -> None:
        last, place = self._last, self._place
        if last is not None and shiboken6.isValid(last) and last.isVisible():
            last.setFocus(Qt.FocusReason.OtherFocusReason)
        elif place is not None:
            place.setFocus(Qt.FocusReason.OtherFocusReason)

    def watch_menus(self, bar: QMenuBar) -> None:
        """A menu of this bar that closes leaves nothing behind that takes keys."""
        for action in bar.actions():
            menu = action.menu()
            if isinstance(menu, QMenu):
                # Qt gives the bar the focus after it has hidden the menu
                menu.aboutToHide.connect(lambda: QTimer.singleShot(0, self, lambda: self._leave(bar)))

    def _leave(self, bar: QMenuBar) -> None:
        if bar.window().focusWidget() is bar and QApplication.activePopupWidget() is None:
            self.give_back()

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and self._place is not None and (new is self._place or self._place.isAncestorOf(new)):
            self._last = new
