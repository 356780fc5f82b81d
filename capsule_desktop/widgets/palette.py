"""The colours, spacings and sizes of interaction.md, as frozen palettes: light, dark, and each in high contrast.

Everything that paints takes its colours from `Palette`; nothing else in widgets/ has a literal one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours as #RRGGBB."""

    name: str
    page: str
    panel: str
    surface: str
    code_cell: str
    zebra: str
    selected_row: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    done: str
    queued_dot: str
    error: str
    error_ground: str
    stale: str
    waiting: str
    keyword: str
    string: str
    comment: str
    number: str
    function: str


LIGHT = Palette(
    name="light",
    page="#FFFFFF",
    panel="#FAFAFA",
    surface="#FFFFFF",
    code_cell="#F6F7F9",
    zebra="#FAFAFA",
    selected_row="#EFF6FF",
    line="#E5E5E5",
    text="#171717",
    muted="#737373",
    accent="#2563EB",
    on_accent="#FFFFFF",
    done="#15803D",
    queued_dot="#A3A3A3",
    error="#B91C1C",
    error_ground="#FEF2F2",
    stale="#B45309",
    waiting="#7C3AED",
    keyword="#7C3AED",
    string="#15803D",
    comment="#6B7280",
    number="#B45309",
    function="#1D4ED8",
)

DARK = Palette(
    name="dark",
    page="#171717",
    panel="#1C1C1C",
    surface="#202020",
    code_cell="#202225",
    zebra="#1E1E1E",
    selected_row="#1B2536",
    line="#2E2E2E",
    text="#FAFAFA",
    muted="#A3A3A3",
    accent="#60A5FA",
    on_accent="#171717",
    done="#4ADE80",
    queued_dot="#737373",
    error="#F87171",
    error_ground="#2A1616",
    stale="#FBBF24",
    waiting="#C4B5FD",
    keyword="#C4B5FD",
    string="#86EFAC",
    comment="#9CA3AF",
    number="#FBBF24",
    function="#93C5FD",
)

# Every text at least 7:1 on its ground (WCAG AAA), and lines that can be seen.
LIGHT_HIGH_CONTRAST = replace(
    LIGHT,
    name="light, high contrast",
    panel="#FFFFFF",
    selected_row="#DCE8FF",
    line="#595959",
    text="#000000",
    muted="#404040",
    accent="#0A3CB0",
    done="#0B5426",
    queued_dot="#595959",
    error="#8A0F0F",
    stale="#713500",
    waiting="#4E16AB",
    keyword="#4E16AB",
    string="#0B5426",
    comment="#404040",
    number="#713500",
    function="#0A3CB0",
)
DARK_HIGH_CONTRAST = replace(
    DARK,
    name="dark, high contrast",
    page="#000000",
    panel="#000000",
    surface="#000000",
    code_cell="#0D0D0D",
    zebra="#0D0D0D",
    selected_row="#10234A",
    line="#8C8C8C",
    text="#FFFFFF",
    muted="#D4D4D4",
    accent="#93C5FD",
    on_accent="#000000",
    done="#86EFAC",
    queued_dot="#B0B0B0",
    error="#FCA5A5",
    stale="#FCD34D",
    waiting="#DDD6FE",
    keyword="#DDD6FE",
    comment="#D4D4D4",
    number="#FCD34D",
)

SPACE_PX = (2, 4, 8, 12, 16, 24, 32)
RADIUS_PX = 8
CONTROL_PX = 30
TOOLBAR_PX = 44
MENU_PX = 28
STATUS_PX = 26
GUTTER_PX = 72
COLUMN_PX = 820
BODY_PT_PX = 14  # pixel size of body text; its line is 22 px
CODE_PT_PX = 13  # pixel size of code; its line is 20 px
SANS = "Inter"
MONO = "JetBrains Mono"
