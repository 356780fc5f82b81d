"""The past of one notebook: its recorded runs and what each of them showed, for the run history and after a crash.

Reads the store and the output logs off the loop, and changes nothing.  Handed out by NotebookHandle.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from engine.events import Event
from engine.replay import off_the_loop, replay
from engine.store.records import RunRecord, StoredState
from engine.store.store import NotebookStore


class Past:
    """at_opening: what the store held when the notebook was opened."""

    def __init__(self, store: NotebookStore, at_opening: StoredState, log_directory: Path) -> None:
        self._store = store
        self._log_directory = log_directory
        self.at_opening = at_opening

    async def runs_of(self, cell_id: str) -> tuple[RunRecord, ...]:
        """Every recorded run of a cell, the oldest first."""
        return await self._store.runs_of(cell_id)

    async def durations(self, sources: Sequence[str]) -> dict[str, float]:
        """How many seconds each source took before; those that never ran are left out."""
        return await self._store.durations(sources)

    async def replay(self, execution_id: str, cell_id: str = "") -> AsyncIterator[Event]:
        """A run's events as they were, prompts with their recorded answers included; none where its log is gone."""
        answers = await self._store.answers_of(execution_id)
        path = self._log_directory / f"{execution_id}.log"
        events = replay(path, execution_id, cell_id, answers)
        async for event in off_the_loop(events):
            yield event
