"""How long what runs and waits will take, from how long the same sources took before.  Pure.

Nothing is said of a source that never ran; a sum that lacks one says "or more".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from capsule_desktop.presenters.run_states import CellRun
from capsule_desktop.presenters.time_words import about_text
from capsule_desktop.widgets.values import CellState

_OVERTIME = 1.5  # times its usual duration: only then is a run longer than usual
_LEAST_S = 1.0  # shorter totals and rows are not worth a word


class Estimates:
    """typical: seconds by source; what is not in it is unknown."""

    def __init__(self) -> None:
        self._typical: dict[str, float] = {}
        self._asked: set[str] = set()

    def to_ask(self, sources: Iterable[str]) -> frozenset[str]:
        """Those whose earlier durations nobody has asked for yet; they count as asked for now."""
        new = frozenset(sources) - self._asked
        self._asked |= new
        return new

    def learn(self, typical: Mapping[str, float]) -> None:
        self._typical.update(typical)

    def forget(self, source: str) -> None:
        """It has just run: ask again when it is queued again."""
        self._asked.discard(source)

    def remaining_s(self, run: CellRun, now: float) -> float | None:
        """None where it is unknown; 0 where it takes longer than usual.  now: the clock of started_at."""
        typical = None if run.source is None else self._typical.get(run.source)
        if typical is None or run.state is CellState.WAITING:
            return None
        elapsed_s = 0.0 if run.started_at is None else now - run.started_at
        return max(0.0, typical - elapsed_s)

    def row_text(self, run: CellRun, now: float) -> str:
        """ "about 2 min" of one that waits, "about 1 min left" of one that runs; "" where nothing is known."""
        remaining_s = self.remaining_s(run, now)
        if remaining_s is None or run.source is None:
            return ""
        if run.state is CellState.QUEUED:
            return about_text(remaining_s) if remaining_s >= _LEAST_S else ""
        if remaining_s >= _LEAST_S:
            return f"{about_text(remaining_s)} left"
        is_late = run.started_at is not None and now - run.started_at > _OVERTIME * self._typical[run.source] + _LEAST_S
        return "longer than usual" if is_late else ""

    def total_text(self, under_way: CellRun | None, waiting: Sequence[CellRun], now: float) -> str:
        """ "about 6 min left", "6 min or more left" where not all is known, "" where nothing is worth a word."""
        typical = [self._typical.get(run.source or "") for run in waiting]  # thousands may wait
        remaining = typical if under_way is None else [self.remaining_s(under_way, now), *typical]
        total_s = sum(each for each in remaining if each is not None)
        if total_s < _LEAST_S:
            return ""
        about = about_text(total_s)
        return f"{about.removeprefix('about ')} or more left" if None in remaining else f"{about} left"
