"""Terminal text: stdout on the page, stderr on a quiet ground with a mark at its left, an object's plain text.

Owns the stream's AnsiText.  `feed` only takes text in; `refresh` shows what has come, and whoever feeds decides how
often (area.py: at most every 33 ms), so that a flood costs the same as a trickle.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from capsule_desktop.notebook.ansi import AnsiText
from capsule_desktop.notebook.line import Line, Span
from capsule_desktop.notebook.sgr import Style
from capsule_desktop.widgets.outputs.text_view import TextView
from capsule_desktop.widgets.palette import Palette

STDERR = "stderr"
_OPEN_FULL = "open full output"
_MARKER = Style(foreground=8)
_LINK = Style(foreground=4)


class StreamView(TextView):
    """A stream, or with no name an object's text; head, marker, tail where it is longer than an output shows."""

    def __init__(self, name: str, text: AnsiText, parent: QWidget | None = None) -> None:
        self._name = name
        self._text = text
        self._hidden_shown = 0
        self._revision_shown = -1
        is_error = name == STDERR
        super().__init__(parent, padding_px=8 if is_error else 0, suggested_name=f"{name or 'output'}.txt")
        self.action_requested.connect(self.full_output_requested)
        self.refresh()

    def ground(self, palette: Palette) -> str:
        return palette.panel if self._name == STDERR else palette.page

    def mark(self, palette: Palette) -> str | None:
        return palette.queued_dot if self._name == STDERR else None

    def refresh(self) -> None:
        """Show all that has been fed; nothing to do where nothing came."""
        if self._revision_shown == self._text.revision:
            return
        self._revision_shown = self._text.revision
        hidden, head = self._text.hidden, len(self._text.head)
        lines, actions = self._text.lines(), {}
        if hidden:
            lines.insert(head, marker_line(hidden))
            actions[head] = _OPEN_FULL
            if self._hidden_shown != hidden and self._selection is not None and self._selection.start.line > head:
                self.move_selection(self._hidden_shown - hidden)
        self._hidden_shown = hidden
        self.setAccessibleName(f"{self._name or 'text'} output, {len(lines) + hidden} lines")
        self.set_lines(lines, actions)


def marker_line(hidden: int) -> Line:
    """The row that stands for the lines between head and tail."""
    count, link = f"… {hidden:,} {'line' if hidden == 1 else 'lines'} hidden · ", "Open full output"
    return Line(count + link, (Span(len(count), _MARKER), Span(len(link), _LINK)))
