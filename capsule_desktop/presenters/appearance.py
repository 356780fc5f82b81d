"""Theme and zoom: one of each for all windows of the application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from capsule_desktop.settings import Settings
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.notebook_view import NotebookView
from capsule_desktop.widgets.theme import Theme, ThemeChoice

_STEP = 1.1
_LEAST, _MOST = 0.5, 3.0


class Appearance:
    """windows: those that are open, each with its view if it shows a notebook."""

    def __init__(
        self,
        theme: Theme,
        settings: Settings,
        windows: Callable[[], Iterable[tuple[MainWindow, NotebookView | None]]],
    ) -> None:
        self._theme, self._settings, self._windows = theme, settings, windows
        self._zoom = 1.0
        self.actions: Mapping[Action, Callable[[], None]] = {
            Action.ZOOM_IN: lambda: self._set_zoom(self._zoom * _STEP),
            Action.ZOOM_OUT: lambda: self._set_zoom(self._zoom / _STEP),
            Action.ZOOM_RESET: lambda: self._set_zoom(1.0),
            Action.THEME_SYSTEM: partial(self._set_theme, ThemeChoice.SYSTEM),
            Action.THEME_LIGHT: partial(self._set_theme, ThemeChoice.LIGHT),
            Action.THEME_DARK: partial(self._set_theme, ThemeChoice.DARK),
        }

    def show_zoom(self, view: NotebookView) -> None:
        """In a view that was made just now."""
        view.set_zoom(self._zoom)

    def _set_zoom(self, factor: float) -> None:
        self._zoom = min(_MOST, max(_LEAST, factor))
        for _window, view in self._windows():
            if view is not None:
                view.set_zoom(self._zoom)

    def _set_theme(self, choice: ThemeChoice) -> None:
        self._theme.set_choice(choice)
        self._settings.keep_theme(choice)
        for window, _view in self._windows():
            window.set_theme_choice(choice)
