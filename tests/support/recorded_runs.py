"""A store of past runs for tests: what a cell ran, and the events that each of its runs showed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from engine.commands import ExecutionId
from engine.errors import StoreError
from engine.events import Event, Outcome, TextPrinted
from engine.store.records import RunRecord, RunState

NOON = 1_700_000_000.0


class FakeRecordedRuns:
    """asked: the cells whose runs were read.  While `held` is set, reading an output waits for `release`."""

    def __init__(self) -> None:
        self.records: dict[str, list[RunRecord]] = {}
        self.events: dict[str, list[Event]] = {}
        self.asked: list[str] = []
        self.held = self.failing = False
        self.release = asyncio.Event()

    def ran(
        self,
        cell_id: str,
        source: str,
        printed: str = "",
        *,
        outcome: Outcome = Outcome.OK,
        message: str = "",
        duration_s: float = 3.2,
        pinned: bool = False,
    ) -> str:
        """One more run of the cell; its id."""
        number = sum(map(len, self.records.values())) + 1
        execution_id = f"past{number}"
        self.records.setdefault(cell_id, []).append(
            RunRecord(
                execution_id=execution_id,
                cell_id=cell_id,
                source=source,
                submitted_at=NOON + 60 * number,
                started_at=NOON + 60 * number,
                state=RunState.SETTLED,
                outcome=outcome.value,
                duration_s=duration_s,
                message=message,
                pinned=pinned,
            )
        )
        self.events[execution_id] = (
            [TextPrinted(execution_id=ExecutionId(execution_id), stream="stdout", text=printed)] if printed else []
        )
        return execution_id

    async def runs_of(self, cell_id: str) -> tuple[RunRecord, ...]:
        self.asked.append(cell_id)
        return tuple(self.records.get(cell_id, ()))

    async def replay(self, execution_id: str) -> AsyncIterator[Event]:
        if self.failing:
            raise StoreError("the disk fails")
        if self.held:
            await self.release.wait()
        for event in self.events[execution_id]:
            yield event
