"""The source of a past run, to read and to copy: what differs from now with its marks, or the whole of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from capsule_desktop.notebook.line import Line, Span
from capsule_desktop.notebook.sgr import PLAIN, Style
from capsule_desktop.widgets.outputs.text_view import TextView
from capsule_desktop.widgets.palette import Palette
from capsule_desktop.widgets.values import SourceLine

_DIM = Style(dim=True)
_QUIET = Style(foreground=8)
_GONE = Style(foreground=1)
_NEW = Style(foreground=2)
_STYLES = {"": _DIM, "-": _GONE, "+": _NEW, "…": _QUIET}


class RanSource(TextView):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, padding_px=6, suggested_name="source.py")
        self._lines_shown: Sequence[SourceLine] = ()

    def ground(self, palette: Palette) -> str:
        return palette.code_cell

    def show_source(self, lines: Sequence[SourceLine], *, whole: bool) -> None:
        """whole: without marks, so that it can be copied as it ran."""
        self._lines_shown = lines
        self.setAccessibleName("The source as it ran" if whole else "What differs from the source as it ran")
        self.set_lines([_whole_line(line) if whole else _marked_line(line) for line in lines])

    def full_text(self) -> str:
        return "\n".join(line.text for line in self._lines_shown if line.mark in ("", "-"))


def _whole_line(line: SourceLine) -> Line:
    return Line(line.text, (Span(len(line.text), PLAIN if line.mark else _DIM),))


def _marked_line(line: SourceLine) -> Line:
    text = f"{line.mark or ' '} {line.text}"
    return Line(text, (Span(len(text), _STYLES[line.mark]),))
