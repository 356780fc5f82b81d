"""What the gutter says of a cell, as words: state, number and time (interaction.md, "State of a cell").

Pure; gutter.py paints it and accessible names repeat it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from capsule_desktop.widgets.palette import Palette
from capsule_desktop.widgets.values import CellState, CellView

LIVE_TIMER_FROM_S = 0.5


@dataclass(frozen=True, kw_only=True)
class GutterWords:
    """word and number stand on the first line, detail on the second; dot is a colour or "" for none."""

    word: str
    number: str
    edited: bool
    detail: str
    colour: str
    dot: str = ""
    pulsing: bool = False

    @property
    def spoken(self) -> str:
        parts = (self.word, self.number, "edited since run" if self.edited else "", self.detail)
        return " ".join(part for part in parts if part)


def gutter_words(view: CellView, palette: Palette, now: float) -> GutterWords:
    """now: time.monotonic(), for the live timer."""
    number = "" if view.execution_count is None else str(view.execution_count)
    took = "" if view.duration_s is None else duration_text(view.duration_s)
    match view.state:
        case CellState.NEVER_RUN:
            # A count read from the file is history: it is shown, but nothing is claimed to be done in this session.
            word = "" if number else "[ ]"
            shown = f"[{number}]" if number else ""
            return GutterWords(word=word, number=shown, edited=view.edited, detail=took, colour=palette.muted)
        case CellState.QUEUED:
            return GutterWords(
                word="Queued", number="", edited=False, detail="", colour=palette.muted, dot=palette.queued_dot
            )
        case CellState.RUNNING:
            return GutterWords(
                word="Running",
                number="",
                edited=view.edited,
                detail=_elapsed(view, now),
                colour=palette.accent,
                dot=palette.accent,
                pulsing=True,
            )
        case CellState.DONE:
            return GutterWords(word="Done", number=number, edited=view.edited, detail=took, colour=palette.done)
        case CellState.ERROR:
            return GutterWords(word="Error", number=number, edited=view.edited, detail=took, colour=palette.error)
        case CellState.STOPPED:  # no number, which it has no room for: nothing refers to it, as there is no value
            after = "" if view.duration_s is None else stopped_after_text(view.duration_s)
            return GutterWords(word="Stopped", number="", edited=view.edited, detail=after, colour=palette.muted)
        case CellState.WAITING:
            return GutterWords(word="Waiting", number="", edited=view.edited, detail="for you", colour=palette.waiting)
        case CellState.LOST:
            after = "" if view.duration_s is None else stopped_after_text(view.duration_s)
            return GutterWords(word="Lost", number=number, edited=view.edited, detail=after, colour=palette.error)
        case _:
            assert_never(view.state)


def duration_text(seconds: float) -> str:
    """How long a run took, in three digits at most: "0.84 s", "12.3 s", "4 min 05 s", "2 h 07 min"."""
    if seconds < 9.995:
        return f"{seconds:.2f} s" if seconds >= 0.005 or seconds == 0 else "<0.01 s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def elapsed_text(seconds: float) -> str:
    """A timer that is still going: "00:41:12"; hours go on past 99."""
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole % 3600 // 60:02}:{whole % 60:02}"


def stopped_after_text(seconds: float) -> str:
    """How long a run went on that did not come to its end: what its timer showed last."""
    return elapsed_text(seconds) if seconds >= 1 else duration_text(seconds)


def _elapsed(view: CellView, now: float) -> str:
    if view.started_at is None or now - view.started_at < LIVE_TIMER_FROM_S:
        return ""
    return elapsed_text(now - view.started_at)
