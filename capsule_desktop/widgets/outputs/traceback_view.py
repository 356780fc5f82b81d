"""An exception: what it says first, then the frames; frames of libraries are folded until asked for.

The frames come as IPython wrote them, one string each, with its colours.  What is copied or saved is always the whole
traceback, folded or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from PySide6.QtWidgets import QWidget

from capsule_desktop.notebook.ansi import AnsiText
from capsule_desktop.notebook.line import Line, Span
from capsule_desktop.notebook.outputs import ErrorOutput
from capsule_desktop.notebook.sgr import Style
from capsule_desktop.widgets.outputs.text_grid import TextGrid
from capsule_desktop.widgets.outputs.text_view import TextView
from capsule_desktop.widgets.palette import Palette

_ERROR = Style(foreground=1, bold=True)
_CALM = Style(bold=True)
_FOLD = Style(foreground=8)
_RULE = re.compile(r"-{3,}\s*\Z")
_LIBRARY = re.compile(
    r"\A\s*(?:File )?"
    r"(?:[^\n]*?(?:[/\\](?:site|dist)-packages[/\\]|[/\\]lib[/\\]python3|[/\\]Lib[/\\])"
    r"|<frozen |[^\n ]*\.p(?:yx|xi|xd):)"
)
_HEADING = "Traceback (most recent call last)"


class TracebackView(TextView):
    """One ErrorOutput.  calm: the user asked for it, which is nothing to be alarmed at."""

    def __init__(self, error: ErrorOutput, parent: QWidget | None = None) -> None:
        super().__init__(parent, padding_px=8, suggested_name="traceback.txt")
        self._error, self._is_calm = error, False
        self._groups = tuple(_groups(error))
        self._unfolded: set[int] = set()
        self._name()
        self.action_requested.connect(self._on_fold_requested)
        self._show()

    def ground(self, palette: Palette) -> str:
        return palette.code_cell if self._is_calm else palette.error_ground

    def set_calm(self, calm: bool) -> None:
        if calm != self._is_calm:
            self._is_calm = calm
            self._name()
            self.apply_palette(self._palette)
            self._show()

    def full_text(self) -> str:
        whole = _terminal_lines("\n".join(self._error.traceback)) or _summary_lines(self._error)
        return "\n".join(line.text for line in whole)

    def _make_grid(self, columns: int) -> TextGrid:
        """What it says is prose."""
        return TextGrid([line.text for line in self._lines], columns, by_words=True)

    def _on_fold_requested(self, group: str) -> None:
        self._unfolded ^= {int(group)}
        self._show()

    def _name(self) -> None:
        kind = "where it was stopped" if self._is_calm else "error output"
        self.setAccessibleName(f"{kind}: {_plain(_summary(self._error))}")

    def _show(self) -> None:
        lines, actions = _summary_lines(self._error, calm=self._is_calm), {}
        for number, (library, frames) in enumerate(self._groups):
            unfolded = number in self._unfolded
            if library:
                actions[len(lines)] = str(number)
                lines.append(_fold_line(len(frames), unfolded))
            if unfolded or not library:
                for frame in frames:
                    lines.extend(frame)
        self.set_lines(lines, actions)


def _groups(error: ErrorOutput) -> Iterator[tuple[bool, list[list[Line]]]]:
    """The frames, neighbours together that are all of libraries or all of the user."""
    frames = [_terminal_lines(entry) for entry in _frames(error)]
    for library, group in groupby(frames, key=lambda frame: bool(_LIBRARY.match(frame[0].text))):
        yield library, list(group)


def _frames(error: ErrorOutput) -> list[str]:
    """The traceback without its ruler, its heading and the last line, which is shown first."""
    plain = [_plain(entry).strip() for entry in error.traceback]
    kept = [
        entry
        for entry, text in zip(error.traceback, plain, strict=True)
        if text and not _RULE.match(text) and ("\n" in text or _HEADING not in text)
    ]
    last = _plain(kept[-1]).strip() if kept else ""
    if last and last in (_summary(error).strip(), f"{error.error_type}:"):  # IPython's colon stands without a message
        kept.pop()
    return kept


def _summary(error: ErrorOutput) -> str:
    return f"{error.error_type}: {error.message}" if error.message else error.error_type


def _summary_lines(error: ErrorOutput, *, calm: bool = False) -> list[Line]:
    style = _CALM if calm else _ERROR
    return [Line(line.text, (Span(len(line.text), style),)) for line in _terminal_lines(_plain(_summary(error)))]


def _fold_line(count: int, unfolded: bool) -> Line:
    text = f"{'▾' if unfolded else '▸'} {count} library {'frame' if count == 1 else 'frames'}"
    return Line(text, (Span(len(text), _FOLD),))


def _terminal_lines(text: str) -> list[Line]:
    terminal = AnsiText()
    terminal.feed(text)
    return terminal.lines()


def _plain(text: str) -> str:
    return "\n".join(line.text for line in _terminal_lines(text))
