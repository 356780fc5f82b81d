"""The application's look: Fusion, a QPalette and one style sheet, all made from one Palette.

Owns which Palette is in force.  The user's choice is System, Light or Dark; System follows the
desktop and switches live; high contrast is the desktop's to ask for, with either.  Everything that
paints by itself listens to `palette_changed`.
Invariant: style, QPalette, style sheet and the last emitted Palette always belong together.
"""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from capsule_desktop.widgets.fonts import CONTROL_TEXT_PX, load_fonts, sans
from capsule_desktop.widgets.palette import DARK, DARK_HIGH_CONTRAST, LIGHT, LIGHT_HIGH_CONTRAST, Palette
from capsule_desktop.widgets.stylesheet import stylesheet


class ThemeChoice(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """One an application; made before its first window."""

    palette_changed = Signal(Palette)

    def __init__(self, app: QApplication, choice: ThemeChoice = ThemeChoice.SYSTEM) -> None:
        super().__init__(app)
        self._app = app
        self._choice = choice
        self._tokens: Palette | None = None
        load_fonts()
        app.setStyle("Fusion")
        app.setFont(sans(CONTROL_TEXT_PX))
        # Both are kept: PySide drops what accessibility() returned as soon as its owner's wrapper goes.
        self._hints = app.styleHints()
        self._accessibility = self._hints.accessibility()
        self._hints.colorSchemeChanged.connect(self._on_system_changed)
        self._accessibility.contrastPreferenceChanged.connect(self._on_system_changed)
        self.set_choice(choice)

    @property
    def choice(self) -> ThemeChoice:
        return self._choice

    @property
    def palette(self) -> Palette:
        assert self._tokens is not None  # set_choice() ran in __init__
        return self._tokens

    def set_choice(self, choice: ThemeChoice) -> None:
        self._choice = choice
        self._tell_the_platform(choice)
        self._apply(self._wanted())

    def _wanted(self) -> Palette:
        if self._wants_contrast():
            return DARK_HIGH_CONTRAST if self._wants_dark() else LIGHT_HIGH_CONTRAST
        return DARK if self._wants_dark() else LIGHT

    def _wants_dark(self) -> bool:
        match self._choice:
            case ThemeChoice.LIGHT:
                return False
            case ThemeChoice.DARK:
                return True
            case ThemeChoice.SYSTEM:
                return self._system_scheme() is Qt.ColorScheme.Dark
        assert_never(self._choice)

    def _system_scheme(self) -> Qt.ColorScheme:
        return self._hints.colorScheme()

    def _wants_contrast(self) -> bool:
        return self._accessibility.contrastPreference() is Qt.ContrastPreference.HighContrast

    def _tell_the_platform(self, choice: ThemeChoice) -> None:
        """Title bars and native dialogs follow this where the platform can; on plain X11 it does nothing,
        which is why the palettes are our own."""
        hints = self._hints
        match choice:
            case ThemeChoice.LIGHT:
                hints.setColorScheme(Qt.ColorScheme.Light)
            case ThemeChoice.DARK:
                hints.setColorScheme(Qt.ColorScheme.Dark)
            case ThemeChoice.SYSTEM:
                hints.unsetColorScheme()
            case _:
                assert_never(choice)

    def _on_system_changed(self) -> None:
        self._apply(self._wanted())

    def _apply(self, tokens: Palette) -> None:
        if tokens is self._tokens:
            return
        self._tokens = tokens
        self._app.setPalette(qt_palette(tokens))
        self._app.setStyleSheet(stylesheet(tokens))
        self.palette_changed.emit(tokens)


def qt_palette(tokens: Palette) -> QPalette:
    """Fusion's own colours, for whatever the style sheet does not name."""
    role = QPalette.ColorRole
    colours = {
        role.Window: tokens.page,
        role.WindowText: tokens.text,
        role.Base: tokens.surface,
        role.AlternateBase: tokens.zebra,
        role.Text: tokens.text,
        role.Button: tokens.surface,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.error,
        role.ToolTipBase: tokens.surface,
        role.ToolTipText: tokens.text,
        role.PlaceholderText: tokens.muted,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.Accent: tokens.accent,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.waiting,
        role.Light: tokens.surface,
        role.Midlight: tokens.panel,
        role.Mid: tokens.line,
        role.Dark: tokens.line,
        role.Shadow: tokens.line,
    }
    palette = QPalette()
    for which, colour in colours.items():
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(tokens.muted))
    return palette
