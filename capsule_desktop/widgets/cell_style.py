"""The measures of a cell at one zoom, with its palette: what everything in the list of cells lays itself out by.

Frozen; a new palette or zoom is a new CellStyle handed to every cell.  Lengths are device-independent pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from PySide6.QtGui import QFont

from capsule_desktop.widgets.fonts import mono, sans
from capsule_desktop.widgets.palette import BODY_PT_PX, CODE_PT_PX, COLUMN_PX, GUTTER_PX, Palette

_CODE_LINE_PX = 20
_BODY_LINE_PX = 22
_BOX_PADDING_PX = 10  # above and below the code, its border included: one line makes a box of 40
_INSET_PX = 12  # from the box's edge to its text, as in outputs/view.py


@dataclass(frozen=True, kw_only=True)
class CellStyle:
    palette: Palette
    zoom: float = 1.0

    def px(self, length: float) -> int:
        """A length of the design at this zoom."""
        return round(length * self.zoom)

    @cached_property
    def gutter(self) -> int:
        return self.px(GUTTER_PX)

    @cached_property
    def column(self) -> int:
        return self.px(COLUMN_PX)

    @cached_property
    def code_line(self) -> int:
        return self.px(_CODE_LINE_PX)

    @cached_property
    def body_line(self) -> int:
        return self.px(_BODY_LINE_PX)

    @cached_property
    def box_padding(self) -> int:
        return self.px(_BOX_PADDING_PX)

    @cached_property
    def inset(self) -> int:
        return self.px(_INSET_PX)

    @cached_property
    def code_font(self) -> QFont:
        return mono(self.px(CODE_PT_PX))

    @cached_property
    def body_font(self) -> QFont:
        return sans(self.px(BODY_PT_PX))

    @cached_property
    def label_font(self) -> QFont:
        return sans(self.px(11))

    @cached_property
    def note_font(self) -> QFont:
        return sans(self.px(13))

    @cached_property
    def small_font(self) -> QFont:
        return sans(self.px(12))

    @cached_property
    def state_font(self) -> QFont:
        return sans(self.px(11), QFont.Weight.DemiBold)
