"""How far which logs are to be read, in the order in which the worker said so; no I/O.

Reading in that order keeps what a cell printed before what its background threads printed after it.
Bounded: an announcement joins the one before it of the same log, and at MAX_ANNOUNCED the last one of
that log, wherever it is, so that nothing is ever dropped and only the order between logs may loosen.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_ANNOUNCED = 1024


@dataclass(frozen=True)
class Announcement:
    log_id: str
    end_offset: int


class LogQueue:
    """Announcements that were not read yet; the first stays until it is taken away."""

    def __init__(self) -> None:
        self._waiting: list[Announcement] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, announcement: Announcement) -> None:
        place = self._place(announcement.log_id)
        if place is None:
            self._waiting.append(announcement)
        elif self._waiting[place].end_offset < announcement.end_offset:
            self._waiting[place] = announcement

    def take(self) -> Announcement | None:
        """The oldest, which is then no longer waiting; None where there is none."""
        return self._waiting.pop(0) if self._waiting else None

    def _place(self, log_id: str) -> int | None:
        if self._waiting and self._waiting[-1].log_id == log_id:
            return len(self._waiting) - 1
        if len(self._waiting) < MAX_ANNOUNCED:
            return None
        return next((i for i in reversed(range(len(self._waiting))) if self._waiting[i].log_id == log_id), None)
