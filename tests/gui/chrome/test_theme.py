from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from capsule_desktop.resources import resource_files, resources_root
from capsule_desktop.widgets.fonts import load_fonts, mono, sans
from capsule_desktop.widgets.icons import app_icon, icon, icon_pixmap
from capsule_desktop.widgets.palette import DARK, DARK_HIGH_CONTRAST, LIGHT, LIGHT_HIGH_CONTRAST, MONO, SANS, Palette
from capsule_desktop.widgets.theme import Theme, ThemeChoice

READABLE = 4.5
HIGH = 7.0
# Every token that is ever the colour of words, on every ground that those words stand on.
ON_ANY_GROUND = ("text",)
ON_PAGES = ("muted", "accent", "done", "stale", "waiting", "error")
PAGES = ("page", "panel", "surface", "zebra")
SYNTAX = ("keyword", "string", "comment", "number", "function")
GROUNDS = (*PAGES, "code_cell", "selected_row", "error_ground")
PAIRS = (
    *itertools.product(ON_ANY_GROUND, GROUNDS),
    *itertools.product(ON_PAGES, PAGES),
    *itertools.product(SYNTAX, ("code_cell", "page")),
    ("error", "error_ground"),
    ("on_accent", "accent"),
)


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    rgb = QColor(colour)
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb.getRgbF()[:3]]  # type: ignore[index]  # PySide's stub says object
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), PAIRS)
def test_words_are_readable_on_their_ground(palette: Palette, words: str, ground: str) -> None:
    assert contrast(getattr(palette, words), getattr(palette, ground)) >= READABLE


@pytest.mark.parametrize("palette", [LIGHT_HIGH_CONTRAST, DARK_HIGH_CONTRAST], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), PAIRS)
def test_high_contrast_keeps_its_promise(palette: Palette, words: str, ground: str) -> None:
    assert contrast(getattr(palette, words), getattr(palette, ground)) >= HIGH


def test_a_choice_switches_style_palette_and_tokens_at_once(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    label = QLabel("words")
    qtbot.addWidget(label)
    label.show()
    with qtbot.waitSignal(theme.palette_changed) as switched:
        theme.set_choice(ThemeChoice.DARK)
    assert switched.args == [DARK]
    assert theme.palette is DARK
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.page.lower()
    assert label.palette().color(QPalette.ColorRole.WindowText).name() == DARK.text.lower()
    assert DARK.panel in qapp.styleSheet()
    assert LIGHT.selected_row not in qapp.styleSheet()


def test_the_same_choice_again_announces_nothing(theme: Theme, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(theme.palette_changed):
        theme.set_choice(ThemeChoice.LIGHT)


def test_system_follows_the_desktop_and_a_fixed_choice_does_not(
    theme: Theme, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    theme.set_choice(ThemeChoice.SYSTEM)
    monkeypatch.setattr(theme, "_system_scheme", lambda: Qt.ColorScheme.Dark)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.palette is DARK
    theme.set_choice(ThemeChoice.LIGHT)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.palette is LIGHT


def test_the_desktops_wish_for_contrast_is_followed_with_either_scheme(
    theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(theme, "_wants_contrast", lambda: True)
    theme.set_choice(ThemeChoice.DARK)
    assert theme.palette is DARK_HIGH_CONTRAST
    theme.set_choice(ThemeChoice.LIGHT)
    assert theme.palette is LIGHT_HIGH_CONTRAST


def test_both_families_come_from_the_bundle(qapp: QApplication) -> None:
    assert {SANS, MONO} <= set(load_fonts())
    assert QFontInfo(sans()).family() == SANS
    assert QFontInfo(mono()).family() == MONO
    assert QFontInfo(mono()).fixedPitch()


def test_fonts_come_with_their_licence_and_stay_small() -> None:
    fonts = resource_files("fonts", ".otf", ".ttf")
    assert len(resource_files("fonts", ".txt")) == 2
    assert all(
        "SIL OPEN FONT LICENSE" in p.read_text(encoding="utf-8").upper() for p in resource_files("fonts", ".txt")
    )
    assert sum(path.stat().st_size for path in fonts) < 4_000_000


def test_every_icon_is_drawn_in_the_colour_asked_for(qapp: QApplication) -> None:
    drawn = [path.stem for path in resource_files("icons", ".svg")]
    names = [name for name in drawn if not name.startswith("capsule") and not name.endswith(("-light", "-dark"))]
    assert names
    for name in names:
        image = icon_pixmap(name, "#FF0000", scale=2.0).toImage()
        assert image.width() == 32
        painted = {
            image.pixelColor(x, y).name()
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() == 255
        }
        assert painted == {"#ff0000"}, name


def test_icons_are_crisp_at_scale_two(qapp: QApplication) -> None:
    assert icon("run", "#000000").pixmap(16, 16).size().width() == 16
    assert icon("run", "#000000").pixmap(icon("run", "#000000").availableSizes()[0], 2.0).size().width() == 32
    assert not app_icon().isNull()


def test_a_disabled_icon_is_muted(qapp: QApplication) -> None:
    from PySide6.QtGui import QIcon

    pixmap = icon("stop", "#000000", "#737373").pixmap(16, QIcon.Mode.Disabled)
    assert pixmap.toImage().pixelColor(8, 8).name() == "#737373"


def test_resources_are_found_from_a_checkout() -> None:
    assert (resources_root() / "fonts").is_dir()
