"""The colours and weights of terminal text: SGR parameters in, a `Style` out.

Pure.  16, 256 and true colours, in the semicolon and the colon form; numbers that mean nothing are passed over.
Called by ansi.py for each "m" sequence; widgets map a Style to the theme.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

Color = int | str  # 0-15 of the theme's own colours, or "#rrggbb"


class Style(NamedTuple):
    """How a run of characters looks; None is the theme's own text colour or ground."""

    foreground: Color | None = None
    background: Color | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    inverse: bool = False


PLAIN = Style()


_ON: dict[int, tuple[str, bool]] = {
    1: ("bold", True),
    2: ("dim", True),
    3: ("italic", True),
    4: ("underline", True),
    7: ("inverse", True),
    9: ("strike", True),
    21: ("underline", True),
    23: ("italic", False),
    24: ("underline", False),
    27: ("inverse", False),
    29: ("strike", False),
}


@lru_cache(maxsize=1024)
def select(style: Style, params: str) -> Style:
    """Select Graphic Rendition (ECMA-48 8.3.117, colours as in ITU-T T.416); unknown numbers are passed over."""
    if not params:
        return PLAIN
    if params[0] in "<=>?":
        return style
    fields = iter(params.split(";"))
    for field in fields:
        code, *rest = (int(part) if part.isdecimal() else 0 for part in field.split(":"))
        if code in (38, 48):
            color = _colon_color(rest) if rest else _semicolon_color(fields)
            if color is not None:
                style = style._replace(foreground=color) if code == 38 else style._replace(background=color)
        elif not (code == 4 and rest == [0]):
            style = _switched(style, code)
        else:
            style = style._replace(underline=False)
    return PLAIN if style == PLAIN else style


def _switched(style: Style, code: int) -> Style:
    if code == 0:
        return PLAIN
    if code == 22:
        return style._replace(bold=False, dim=False)
    if code in _ON:
        name, value = _ON[code]
        return style._replace(**{name: value})
    if 30 <= code <= 37 or 90 <= code <= 97:
        return style._replace(foreground=code - 30 if code < 90 else code - 82)
    if 40 <= code <= 47 or 100 <= code <= 107:
        return style._replace(background=code - 40 if code < 100 else code - 92)
    if code == 39:
        return style._replace(foreground=None)
    return style._replace(background=None) if code == 49 else style


def _semicolon_color(fields: Iterable[str]) -> Color | None:
    """The colour after "38;" or "48;": takes from `fields` what belongs to it."""
    numbers = (int(field) if field.isdecimal() else 0 for field in fields)
    match next(numbers, 0):
        case 5:
            return indexed_color(next(numbers, 0))
        case 2:
            return _rgb([next(numbers, 0) for _ in range(3)])
        case _:
            return None


def _colon_color(numbers: Sequence[int]) -> Color | None:
    """The colour of "38:5:n", "38:2:r:g:b" or, with a colour space, "38:2::r:g:b"."""
    if numbers[0] == 5 and len(numbers) > 1:
        return indexed_color(numbers[1])
    return _rgb(numbers[-3:]) if numbers[0] == 2 and len(numbers) >= 4 else None


def _rgb(parts: Sequence[int]) -> str:
    return "#" + "".join(f"{min(part, 255):02x}" for part in parts)


def indexed_color(index: int) -> Color:
    """Of the 256: the theme's 16, then a 6x6x6 cube, then 24 greys."""
    index = min(index, 255)
    if index < 16:
        return index
    if index >= 232:
        return _rgb([8 + 10 * (index - 232)] * 3)
    levels = (0, 95, 135, 175, 215, 255)
    cube = index - 16
    return _rgb([levels[cube // 36], levels[cube // 6 % 6], levels[cube % 6]])
