"""The colours of terminal text on one ground of one palette; every text colour has a contrast of at least 4.5:1.

The sixteen are made from the palette's own roles, so that coloured output belongs to the theme.  What a program chose
itself (256 and true colour) is kept where it can be read and moved towards black or white where it cannot.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QColor

from capsule_desktop.notebook.sgr import Color, Style
from capsule_desktop.widgets.palette import Palette

MINIMUM_CONTRAST = 4.5
_STEPS = 20
_TINT = 0.28  # how much of one of the sixteen a ground takes, so that text on it stays calm
_DIM = 0.7


class TerminalColors:
    """Resolves a Style to the colours it is painted in."""

    def __init__(self, palette: Palette, ground: str) -> None:
        self._ground = QColor(ground)
        self._text = QColor(palette.text)
        self._sixteen = _sixteen(palette)
        self._known: dict[Style, tuple[QColor, QColor | None]] = {}

    def pair(self, style: Style) -> tuple[QColor, QColor | None]:
        """Text colour and, where it has one of its own, ground."""
        if style not in self._known:
            if len(self._known) > 4096:  # a rainbow may use any number of true colours
                self._known.clear()
            self._known[style] = self._resolve(style)
        return self._known[style]

    def _resolve(self, style: Style) -> tuple[QColor, QColor | None]:
        text = self._text if style.foreground is None else self._color(style.foreground)
        ground = None if style.background is None else self._tint(style.background)
        if style.inverse:
            text, ground = ground or self._ground, text
        if style.dim:
            text = mixed(text, ground or self._ground, _DIM)
        return readable(text, ground or self._ground), ground

    def _color(self, color: Color) -> QColor:
        return self._sixteen[color] if isinstance(color, int) else QColor(color)

    def _tint(self, color: Color) -> QColor:
        return mixed(self._sixteen[color], self._ground, _TINT) if isinstance(color, int) else QColor(color)


@lru_cache(maxsize=32)
def terminal_colors(palette: Palette, ground: str) -> TerminalColors:
    """Shared by all that stand on this ground, since outputs come and go by the hundred."""
    return TerminalColors(palette, ground)


def mixed(over: QColor, ground: QColor, share: float) -> QColor:
    """`share` (0 to 1) of `over` on `ground`, in the eight bits that are painted: contrast is measured on those."""
    parts = ((over.red(), ground.red()), (over.green(), ground.green()), (over.blue(), ground.blue()))
    return QColor(*(round(one * share + other * (1 - share)) for one, other in parts))


def contrast(one: QColor, other: QColor) -> float:
    """The ratio of WCAG 2.1, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(color: QColor, ground: QColor) -> QColor:
    """`color`, moved towards black or white until it can be read on `ground`."""
    return QColor(_readable(color.name(), ground.name()))


@lru_cache(maxsize=4096)
def _readable(color: str, ground: str) -> str:
    target = max(QColor("black"), QColor("white"), key=lambda end: contrast(end, QColor(ground)))
    for step in range(_STEPS + 1):
        candidate = mixed(target, QColor(color), step / _STEPS)
        if contrast(candidate, QColor(ground)) >= MINIMUM_CONTRAST:
            return candidate.name()
    return target.name()


def _luminance(color: QColor) -> float:
    red, green, blue = (_linear(part) for part in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _sixteen(palette: Palette) -> tuple[QColor, ...]:
    """Black to white, then the bright ones, which are the same with some of the text's colour."""
    text, muted = QColor(palette.text), QColor(palette.muted)
    dark, light = sorted((text, muted), key=_luminance)
    cyan = mixed(QColor(palette.function), QColor(palette.done), 0.5)
    hues = [QColor(name) for name in (palette.error, palette.done, palette.stale, palette.function, palette.keyword)]
    plain = (dark, *hues, cyan, light)
    bright = (muted, *(mixed(hue, text, 0.8) for hue in (*hues, cyan)), light)
    return (*plain, *bright)
