"""How rich text looks: the style sheet and the block formats of markdown cells, markdown outputs and simple HTML.

One place, so that the same markdown looks the same in a cell and below it.  Lengths are px at a zoom.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFragment,
)

from capsule_desktop.widgets.outputs.terminal_colors import readable
from capsule_desktop.widgets.palette import MONO, SANS, Palette

_LINE_DISTANCE_PX: Final = 5  # a line of 14 px text is 17 high by itself
_HEADING_PX: Final = (24, 20, 16, 14, 14, 14)
_ABOVE_HEADING_PX: Final = 12
_INDENT_PX: Final = 24


def stylesheet(palette: Palette, zoom: float) -> str:
    """What the classes and tags look like; lengths in px at this zoom."""

    def px(length: float) -> str:
        return f"{round(length * zoom)}px"

    p = palette
    return f"""
    body {{ font-family: '{SANS}'; font-size: {px(14)}; color: {p.text}; }}
    p {{ margin: 0 0 {px(8)} 0; }}
    h1, h2, h3, h4, h5, h6 {{ font-weight: 600; margin: 0 0 {px(6)} 0; }}
    ul, ol {{ margin: 0 0 {px(8)} 0; }}
    li {{ margin: 0 0 {px(2)} 0; }}
    blockquote {{ margin: 0 0 {px(8)} {px(16)}; color: {p.muted}; }}
    hr {{ background-color: {p.line}; }}
    a {{ color: {p.accent}; text-decoration: none; }}
    code, tt, kbd, samp, pre {{ font-family: '{MONO}'; font-size: {px(13)}; }}
    code {{ background-color: {p.code_cell}; }}
    pre {{ margin: 0; white-space: pre-wrap; }}
    .formula {{ font-family: '{MONO}'; font-size: {px(13)}; background-color: {p.code_cell}; }}
    table {{ border-collapse: collapse; margin: 0 0 {px(8)} 0; }}
    th {{ font-weight: 600; color: {p.muted}; padding: {px(5)} {px(12)} {px(1)}; border-bottom: 1px solid {p.line}; }}
    td {{ padding: {px(5)} {px(12)} {px(1)}; border-bottom: 1px solid {p.line}; }}
    .quote {{ margin: {px(6)} 0 {px(8)} 0; }}
    .quote td {{ border: none; border-left: {px(3)} solid {p.line}; padding: 0 0 0 {px(12)}; color: {p.muted}; }}
    .box td {{ border: none; padding: {px(10)} {px(12)} {px(5)}; background-color: {p.code_cell}; }}
    .k, .kn, .kd, .kc, .kr, .kt, .ow, .nt {{ color: {p.keyword}; }}
    .s, .s1, .s2, .sd, .sa, .se, .sb, .sc, .sh, .sr, .sx {{ color: {p.string}; }}
    .c, .c1, .cm, .ch, .cs, .cp {{ color: {p.comment}; }}
    .m, .mi, .mf, .mh, .mo, .mb {{ color: {p.number}; }}
    .nf, .nc, .nb, .nd, .fm {{ color: {p.function}; }}
    .muted {{ color: {p.muted}; }}
    """


def set_formats(document: QTextDocument, zoom: float) -> None:
    """What Qt's style sheets cannot say: lines 22 px apart (one with an image is as high as its image), the sizes of
    headings and the room above them."""
    line = QTextBlockFormat()
    line.setLineHeight(round(_LINE_DISTANCE_PX * zoom), QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value)
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.mergeBlockFormat(line)
    document.setIndentWidth(round(_INDENT_PX * zoom))
    block = document.begin()
    while block.isValid():
        if block.blockFormat().headingLevel():
            _set_heading(block, zoom)
        block = block.next()


def _set_heading(block: QTextBlock, zoom: float) -> None:
    """Qt sizes headings by a scale of its own, whatever their style says."""
    size = round(_HEADING_PX[block.blockFormat().headingLevel() - 1] * zoom)
    cursor = QTextCursor(block)
    if block.blockNumber():
        room = QTextBlockFormat()
        room.setTopMargin(round(_ABOVE_HEADING_PX * zoom))
        cursor.mergeBlockFormat(room)
    for start, length, said in [(r.start, r.length, QTextCharFormat(r.format)) for r in block.textFormats()]:
        said.clearProperty(QTextFormat.Property.FontSizeAdjustment.value)
        said.setProperty(QTextFormat.Property.FontPixelSize.value, size)
        cursor.setPosition(block.position() + start)
        cursor.setPosition(block.position() + start + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(said)


def make_readable(document: QTextDocument, palette: Palette) -> None:
    """Move colours that were chosen for another theme until they can be read on what they stand on."""
    block = document.begin()
    while block.isValid():
        # A list, since changing a fragment changes what is being gone through.
        for fragment in [place.fragment() for place in block]:  # type: ignore[attr-defined]  # Qt's stubs lack __next__
            wanted = _readable_color(fragment.charFormat(), block.blockFormat(), palette)
            if wanted != fragment.charFormat().foreground().color():
                _set_color(document, fragment, wanted)
        block = block.next()


def _readable_color(form: QTextCharFormat, block: QTextBlockFormat, palette: Palette) -> QColor:
    grounds = (form.background(), block.background(), QBrush(QColor(palette.page)))
    ground = next(brush.color() for brush in grounds if brush.style() != Qt.BrushStyle.NoBrush)
    return readable(form.foreground().color(), ground)


def _set_color(document: QTextDocument, fragment: QTextFragment, color: QColor) -> None:
    cursor = QTextCursor(document)
    cursor.setPosition(fragment.position())
    cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
    changed = QTextCharFormat()
    changed.setForeground(color)
    cursor.mergeCharFormat(changed)
