"""Mine beside what is on disk, cell by cell, and the choice between the two.

Shows what comparison.py found; nothing of it is anybody's HTML, so every text is escaped.  Differences are marked by
a sign between the two columns as well as by colour.
"""

from __future__ import annotations

from functools import partial
from html import escape
from typing import assert_never

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF
from PySide6.QtWidgets import QTextBrowser, QWidget

from capsule_desktop.notebook.comparison import CellPair, Comparison, LinePair, Side
from capsule_desktop.widgets.fonts import mono, sans
from capsule_desktop.widgets.message_dialog import Choice
from capsule_desktop.widgets.palette import SPACE_PX, Palette
from capsule_desktop.widgets.sheet import Sheet, text_label

_WIDTH_PX = 960
_HEIGHT_PX = 460
_TINT = 0.16  # of a side's colour in the ground of its lines
_BOTH, _MINE, _THEIRS = "≠", "◂", "▸"


class CompareDialog(Sheet):
    """chosen: OVERWRITE (keep mine), RELOAD (take theirs) or CANCEL (decide later); exactly once."""

    chosen = Signal(Choice)

    def __init__(
        self, name: str, comparison: Comparison, palette: Palette, note: str = "", parent: QWidget | None = None
    ) -> None:
        """note: what becomes of the side that is not taken."""
        super().__init__(parent, f"{name}: yours and what is on disk", width_px=_WIDTH_PX)
        self.body.addWidget(text_label(in_words(comparison), self))
        self._view = QTextBrowser(self)
        self._view.setOpenLinks(False)
        self._view.setFont(sans())
        self._view.setAccessibleName("Differences, yours on the left")
        self._view.setMinimumHeight(_HEIGHT_PX)
        self._view.setHtml(_Page(comparison, palette).html())
        self.body.addWidget(self._view)
        if note:
            self.body.addWidget(text_label(note, self, role="note"))
        for label, choice in (("Take theirs", Choice.RELOAD), ("Keep mine", Choice.OVERWRITE)):
            self.add_button(label, partial(self._on_clicked, choice))
        self.add_button("Decide later", partial(self._on_clicked, Choice.CANCEL), primary=True)

    def escape(self) -> None:
        self.chosen.emit(Choice.CANCEL)

    def _on_clicked(self, choice: Choice, _checked: bool = False) -> None:
        self.answer(partial(self.chosen.emit, choice))


def in_words(comparison: Comparison) -> str:
    """ "2 cells differ, 1 is only here, 3 are only on disk; 40 are the same." """
    counts = {side: sum(pair.side is side for pair in comparison.pairs) for side in Side}
    counts[Side.BOTH] += comparison.left_out
    differ = f"{_cells(counts[Side.BOTH])} {'differs' if counts[Side.BOTH] == 1 else 'differ'}"
    parts = [differ] if counts[Side.BOTH] else []
    for side, where in ((Side.MINE, "only here"), (Side.THEIRS, "only on disk")):
        if counts[side]:
            parts.append(f"{_cells(counts[side])} {'is' if counts[side] == 1 else 'are'} {where}")
    same = f"{_cells(comparison.same_cells)} {'is' if comparison.same_cells == 1 else 'are'} the same."
    return f"{', '.join(parts)}; {same}" if parts else f"No cell differs; {same}"


def _cells(count: int) -> str:
    return f"{count:,} cell{'' if count == 1 else 's'}"


class _Page:
    def __init__(self, comparison: Comparison, palette: Palette) -> None:
        self._comparison, self._palette = comparison, palette
        code = mono()
        self._code = f"font-family:'{QFontInfo(code).family()}';font-size:{code.pixelSize()}px"
        self._mark_px = round(QFontMetricsF(code).horizontalAdvance("M") * 2)
        self._mine = _blend(palette.accent, palette.surface, _TINT)
        self._theirs = _blend(palette.stale, palette.surface, _TINT)

    def html(self) -> str:
        rows = [self._columns()]
        for pair in self._comparison.pairs:
            rows.append(self._heading(pair))
            rows.extend(map(self._line, pair.lines))
        if self._comparison.left_out:
            rows.append(self._wide(f"{_cells(self._comparison.left_out)} more, not shown here."))
        table = "".join(rows)
        return f'<table width="100%" cellspacing="0" cellpadding="2" style="color:{self._palette.text}">{table}</table>'

    def _columns(self) -> str:
        mark = f'<td width="{self._mark_px}"></td>'
        return f'<tr><td width="50%"><b>Yours, in this window</b></td>{mark}<td width="50%"><b>On disk</b></td></tr>'

    def _heading(self, pair: CellPair) -> str:
        match pair.side:
            case Side.MINE:
                words = f"Cell {pair.my_number} is only here"
            case Side.THEIRS:
                words = f"Cell {pair.their_number} of the file is only on disk"
            case Side.BOTH:
                moved = f" (on disk cell {pair.their_number})" if pair.their_number != pair.my_number else ""
                words = f"Cell {pair.my_number}{moved}"
            case _:
                assert_never(pair.side)
        return self._wide(": ".join(filter(None, (words, ", ".join(pair.notes)))))

    def _wide(self, words: str) -> str:
        style = f"color:{self._palette.muted};padding-top:{SPACE_PX[3]}px"
        return f'<tr><td colspan="3" style="{style}">{escape(words)}</td></tr>'

    def _line(self, line: LinePair) -> str:
        if line.gap:
            gap = f'<td align="center" style="color:{self._palette.muted}">…</td>'
            return f"<tr>{gap}<td></td>{gap}</tr>"
        mark = "" if not line.differs else _MINE if line.theirs is None else _THEIRS if line.mine is None else _BOTH
        middle = f'<td align="center" style="{self._code};color:{self._palette.muted}">{mark}</td>'
        mine = self._text(line.mine, self._mine if line.differs else "")
        return f"<tr>{mine}{middle}{self._text(line.theirs, self._theirs if line.differs else '')}</tr>"

    def _text(self, text: str | None, ground: str) -> str:
        if text is None:
            return "<td></td>"
        colour = f' bgcolor="{ground}"' if ground else ""
        return f'<td{colour}><p style="{self._code};white-space:pre-wrap;margin:0">{escape(text) or "&nbsp;"}</p></td>'


def _blend(colour: str, ground: str, share: float) -> str:
    one, other, rest = QColor(colour), QColor(ground), 1 - share
    return QColor(
        round(one.red() * share + other.red() * rest),
        round(one.green() * share + other.green() * rest),
        round(one.blue() * share + other.blue() * rest),
    ).name()
