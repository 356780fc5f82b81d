"""How high a cell will be, guessed from its values before it is a widget.

Pure and cheap (microseconds): it is asked for every cell of a notebook at opening.  A wrong guess costs a scroll
bar that is a little off until the cell has been seen once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from capsule_desktop.notebook.cell import CellKind
from capsule_desktop.notebook.outputs import DisplayOutput, ErrorOutput, Output, StreamOutput
from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.values import CellView

_BODY_LINE_CHARS = 100
_LOOKED_AT = 20_000  # characters of an output; what is longer is shown shortened anyway
_MOST_LINES = 60
_IMAGE_PX = 300
_PART_GAP_PX = 8
_COLLAPSED_PX = 24


def guess_height(view: CellView, outputs: Sequence[Output], style: CellStyle) -> int:
    """In pixels, at the style's zoom."""
    height = _rendered(view.source, style) if _is_rendered(view) else _source(view.source, style)
    if outputs and view.outputs_collapsed:
        return height + _COLLAPSED_PX
    return height + sum(_output(output, style) + _PART_GAP_PX for output in outputs)


def _is_rendered(view: CellView) -> bool:
    return view.kind == CellKind.MARKDOWN and not view.editing_markdown


def _source(source: str, style: CellStyle) -> int:
    return (source.count("\n") + 1) * style.code_line + 2 * style.box_padding


def _rendered(source: str, style: CellStyle) -> int:
    lines = sum(1 + len(line) // _BODY_LINE_CHARS for line in source.split("\n") if line)
    return max(lines * style.body_line + style.px(8), style.px(40))


def _output(output: Output, style: CellStyle) -> int:
    match output:
        case StreamOutput(text=text):
            return _lines(text) * style.code_line
        case ErrorOutput(traceback=traceback):
            return (sum(_lines(part) for part in traceback) + 1) * style.code_line
        case DisplayOutput(data=data):
            return _display(data, style)
        case _:
            assert_never(output)


def _display(data: Mapping[str, object], style: CellStyle) -> int:
    if any(kind.startswith("image/") for kind in data):
        return style.px(_IMAGE_PX)
    html = data.get("text/html")
    if isinstance(html, str):
        return max(1, html.count("<tr", 0, _LOOKED_AT)) * style.px(26)
    plain = data.get("text/plain")
    return (_lines(plain) if isinstance(plain, str) else 1) * style.code_line


def _lines(text: str) -> int:
    return min(_MOST_LINES, text.count("\n", 0, _LOOKED_AT) + 1)
