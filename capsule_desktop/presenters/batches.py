"""A batch: everything that runs from the first cell until nothing is left to run.  Pure, but for the words.

Knows how many cells it had, how it ended, and whether that is worth telling somebody who is elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from capsule_desktop.widgets.state_words import duration_text
from engine.events import ExecutionFinished, Outcome

WORTH_TELLING_S = 10.0  # who waited for less is still there


@dataclass(frozen=True, kw_only=True)
class Batch:
    """began_at: seconds since 1970.  last: how the last cell ended; asked: it was told that one waits for an answer."""

    began_at: float
    done: int = 0
    failed: int = 0
    last: ExecutionFinished | None = None
    asked: bool = False

    def with_end(self, event: ExecutionFinished) -> Batch:
        is_ok = event.outcome is Outcome.OK
        return Batch(
            began_at=self.began_at,
            done=self.done + is_ok,
            failed=self.failed + (not is_ok),
            last=event,
            asked=self.asked,
        )

    def is_worth_telling(self, now: float) -> bool:
        return self.last is not None and now - self.began_at > WORTH_TELLING_S

    def words(self, now: float, place: str) -> str:
        """place: the last cell that ran, "cell 7"."""
        took = duration_text(now - self.began_at)
        if self.last is None or self.last.outcome is Outcome.OK:
            count = self.done + self.failed
            cells = "1 cell" if count == 1 else f"{count:,} cells"
            errors = f", {self.failed:,} with an error" if self.failed else ""
            return f"{cells} done in {took}{errors}"
        return f"{self._stop(self.last)} {place} after {took}"

    def _stop(self, last: ExecutionFinished) -> str:
        if last.outcome is Outcome.LOST:
            return "Python ended in"
        return "Stopped in" if last.error_type == "KeyboardInterrupt" else "Stopped at an error in"
