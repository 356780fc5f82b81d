"""The two bundled families, and how to ask for them.

Owns their registration with Qt (once an application) and the fallbacks behind them: glyphs that
Inter or JetBrains Mono lack (CJK, emoji) come from the system's own sans and monospace fonts.
Sizes are pixels, as in interaction.md; Qt scales them with the screen.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from capsule_desktop.resources import resource_files
from capsule_desktop.widgets.palette import BODY_PT_PX, CODE_PT_PX, MONO, SANS

LABEL_PX = 12
CONTROL_TEXT_PX = 13
_SANS_FALLBACKS = (SANS, "Noto Sans", "DejaVu Sans", "sans-serif")
_MONO_FALLBACKS = (MONO, "Noto Sans Mono", "DejaVu Sans Mono", "monospace")
_LIGATURES = ("calt", "liga")


@cache
def load_fonts() -> tuple[str, ...]:
    """Register the bundled files; the families that Qt knows now.  Needs a QGuiApplication."""
    families: set[str] = set()
    for path in resource_files("fonts", ".otf", ".ttf"):
        families.update(QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(path))))
    return tuple(sorted(families))


def sans(size_px: int = BODY_PT_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Inter with tabular digits, so that a running timer or a column of numbers does not dance."""
    font = _font(_SANS_FALLBACKS, size_px, weight)
    font.setStyleHint(QFont.StyleHint.SansSerif)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def mono(size_px: int = CODE_PT_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """JetBrains Mono without its ligatures: in code `!=` is two characters, and the caret goes between them."""
    font = _font(_MONO_FALLBACKS, size_px, weight)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setFixedPitch(True)
    for tag in _LIGATURES:
        font.setFeature(QFont.Tag(tag), 0)
    return font


def _font(families: tuple[str, ...], size_px: int, weight: QFont.Weight) -> QFont:
    font = QFont(list(families))
    font.setPixelSize(size_px)
    font.setWeight(weight)
    # Vertical hinting only: letters keep their widths, so lines measure the same at every scale.
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    return font
