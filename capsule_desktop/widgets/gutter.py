"""Paints what stands left of a cell: its state in words, its time, the bar of the current cell, the run button.

Stateless: the cell widget says what and where.  Colours and measures come from the CellStyle.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPolygonF

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.state_words import GutterWords

_BAR_PX = 3
_WORDS_RIGHT_PX = 12  # from the words to the cell
_WORD_TOP_PX = 9
_LINE_PX = 16
_DOT_PX = 8
_BUTTON_PX = 24
PULSE_S = 1.6


def paint_bar(painter: QPainter, height: int, style: CellStyle, *, current: bool) -> None:
    """The current cell's bar; other selected cells have it paler."""
    colour = QColor(style.palette.accent)
    if not current:
        colour.setAlphaF(0.35)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    width = style.px(_BAR_PX)
    painter.drawRoundedRect(QRectF(0, 0, width, height), width / 2, width / 2)


def paint_words(painter: QPainter, words: GutterWords, style: CellStyle, now: float) -> None:
    """word and number, right-aligned, over the detail in the muted colour."""
    right = style.gutter - style.px(_WORDS_RIGHT_PX)
    top, line = style.px(_WORD_TOP_PX), style.px(_LINE_PX)
    painter.setPen(QColor(words.colour))
    left = _paint_first_line(painter, words, style, QRect(0, top, right, line))
    if words.dot:
        _paint_dot(painter, words, style, QPointF(left - style.px(7), top + line / 2), now)
    painter.setFont(style.label_font)
    painter.setPen(QColor(style.palette.muted))
    flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRect(0, top + line, right, line), flags, words.detail)


def paint_label(painter: QPainter, label: str, style: CellStyle) -> None:
    """What kind of text this is, quietly."""
    painter.setPen(QColor(style.palette.muted))
    painter.setFont(style.label_font)
    rect = QRect(0, style.px(_WORD_TOP_PX), style.gutter - style.px(_WORDS_RIGHT_PX), style.px(_LINE_PX))
    painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, label)


def button_rect(style: CellStyle) -> QRect:
    """Where the run button is while the pointer is over the gutter."""
    size = style.px(_BUTTON_PX)
    return QRect(style.gutter - style.px(_WORDS_RIGHT_PX) - size, style.px(_WORD_TOP_PX), size, size)


def paint_button(painter: QPainter, style: CellStyle, *, hovered: bool) -> None:
    """A round button with the sign for "run"."""
    rect = QRectF(button_rect(style))
    accent = QColor(style.palette.accent)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(accent if hovered else QColor(style.palette.selected_row))
    painter.drawEllipse(rect)
    painter.setBrush(QColor(style.palette.on_accent) if hovered else accent)
    half = rect.width() / 6
    centre = rect.center() + QPointF(half / 4, 0)
    painter.drawPolygon(
        QPolygonF(
            [centre + QPointF(-half, -half * 1.2), centre + QPointF(half * 1.2, 0), centre + QPointF(-half, half * 1.2)]
        )
    )


def _paint_first_line(painter: QPainter, words: GutterWords, style: CellStyle, rect: QRect) -> int:
    """Gives the x where the line begins."""
    flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    number = words.number + ("*" if words.edited else "")
    if number:
        font = QFont(style.state_font)
        font.setItalic(words.edited)
        rect = _paint_part(painter, number, font, rect, flags)
    if words.word:
        rect = _paint_part(painter, words.word + (" " if number else ""), style.state_font, rect, flags)
    return rect.right() + 1


def _paint_part(painter: QPainter, text: str, font: QFont, rect: QRect, flags: Qt.AlignmentFlag) -> QRect:
    painter.setFont(font)
    painter.drawText(rect, flags | Qt.TextFlag.TextIncludeTrailingSpaces, text)
    return rect.adjusted(0, 0, -QFontMetrics(font).horizontalAdvance(text), 0)


def _paint_dot(painter: QPainter, words: GutterWords, style: CellStyle, centre: QPointF, now: float) -> None:
    colour = QColor(words.dot)
    if words.pulsing:
        colour.setAlphaF(0.675 + 0.325 * math.cos(2 * math.pi * now / PULSE_S))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    radius = style.px(_DOT_PX) / 2
    painter.drawEllipse(centre, radius, radius)
