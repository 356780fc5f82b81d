"""Where the column of cells stands in a view: centred, as wide as the design says, narrower where room is short."""

from __future__ import annotations

from capsule_desktop.widgets.cell_style import CellStyle

_SIDE_PX = 24
_SIDE_NARROW_PX = 8
_NARROW_PX = 720  # the ground beside the cells gives way before they do
_MIN_PX = 200


def column_width(view_px: int, style: CellStyle) -> int:
    available = view_px - 2 * (_SIDE_NARROW_PX if view_px < _NARROW_PX else style.px(_SIDE_PX))
    return max(_MIN_PX, min(style.column, available))


def column_left(view_px: int, style: CellStyle) -> int:
    return max(0, (view_px - column_width(view_px, style)) // 2)
