"""A journal in memory that plays the disk: what is handed over is sure to be kept once somebody waited for it."""

from __future__ import annotations

from collections.abc import Sequence

Row = tuple[str, str]  # execution id, request


class MemoryJournal:
    """kept: what a restart would find at least.  history: what it would find if it came right after each call."""

    def __init__(self, kept: Sequence[Row] = ()) -> None:
        self.rows: list[Row] = list(kept)
        self.kept: list[Row] = list(kept)
        self.history: list[list[Row]] = [list(kept)]

    def journal(self, request: str, execution_id: str) -> None:
        self.rows.append((execution_id, request))
        self.history.append(list(self.rows))

    def forget_lineage(self, execution_id: str) -> None:
        self.rows = [row for row in self.rows if row[0] != execution_id]
        self.history.append(list(self.rows))

    async def flushed(self) -> None:
        self.kept = list(self.rows)

    def requests(self) -> list[str]:
        return [request for _, request in self.kept]
