"""What the promises need of a notebook's store: a journal in which each request stands before it is applied.

store.NotebookStore is one.  Every call but flushed() and requests() hands over and returns at once; they take
effect in the order of the calls.
"""

from __future__ import annotations

from typing import Protocol


class Journal(Protocol):
    def journal(self, request: str, execution_id: str) -> None:
        """Keep a request of the promise client, which belongs to that execution's lineage."""

    def forget_lineage(self, execution_id: str) -> None:
        """The execution is over or goes back to the queue: its requests are of no more use."""

    async def flushed(self) -> None:
        """Return when all that was handed over before is on the disk."""

    def requests(self) -> list[str]:
        """All that is kept, oldest first.  Blocks."""


class NoJournal:
    """For promises that end with the process."""

    def journal(self, request: str, execution_id: str) -> None: ...

    def forget_lineage(self, execution_id: str) -> None: ...

    async def flushed(self) -> None: ...

    def requests(self) -> list[str]:
        return []
