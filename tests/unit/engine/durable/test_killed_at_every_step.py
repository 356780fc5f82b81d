"""SIGKILL right after each change that a process life hands to its store: nothing is lost, nothing runs twice."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

from engine.durable.outcome import lost, to_json
from engine.store.records import RunRecord, RunState
from engine.store.store import NotebookStore
from tests.support.durable_notebook import durable_notebook
from tests.support.dying_notebook import ANSWER, CELLS, LIFE
from tests.support.sources import CHECKOUT

# of two cells: submission, execution, result's promise, claim, prompt, answer, outcome, end
STEPS = 2 * 8


class Reopened:
    """What the next process life found and did."""

    def __init__(self) -> None:
        self.runs: dict[str, RunRecord] = {}
        self.sent: list[str] = []
        self.pending: list[str] = []
        self.answers: dict[str, str | None] = {}
        self.left_in_journal: list[str] = []


async def reopened(folder: Path) -> Reopened:
    """Open the store again: what was claimed is lost, what was queued runs now."""
    found = Reopened()
    store = await asyncio.to_thread(NotebookStore.open, folder, process_life="next-life")
    state = await asyncio.to_thread(store.load)
    queued = [run for run in state.unsettled if run.state is RunState.QUEUED]
    for execution_id in CELLS:
        for answer in await store.answers_of(execution_id):
            found.answers[execution_id] = answer.text if answer.answered else None
    async with durable_notebook("next-life", journal=store) as notebook:
        for left in notebook.promises.pending_executions():
            assert left.claimed_by == LIFE
            found.pending.append(left.execution_id)
            await notebook.promises.settle_execution(left.execution_id, to_json(lost("the application ended")))
        for run in queued:
            await notebook.start(run.execution_id)
            found.sent.append(run.execution_id)
            await notebook.promises.settle_execution(run.execution_id, to_json(lost("not played to its end")))
        unfinished = "".join(await asyncio.to_thread(store.requests))
        for execution_id in CELLS:
            if execution_id in unfinished:
                await notebook.promises.outcome(execution_id)
        assert notebook.sent.empty()
    await store.flushed()
    found.left_in_journal = await asyncio.to_thread(store.requests)
    for execution_id in CELLS:
        found.runs.update({run.execution_id: run for run in await store.runs_of(execution_id)})
    await store.close()
    return found


def seen_by(folder: Path) -> set[tuple[str, str]]:
    """What had been sent, shown and told when it died: (what, execution id)."""
    words = folder.with_suffix(".seen").read_text().splitlines()
    return {(line.split()[0], line.split()[1]) for line in words}


async def test_whatever_was_sent_shown_or_told_is_kept_and_is_sent_once(tmp_path: Path) -> None:
    played = [sys.executable, "-m", "tests.support.dying_notebook", str(tmp_path), str(STEPS + 1)]
    await asyncio.to_thread(subprocess.run, played, cwd=CHECKOUT, check=True, timeout=60)
    reached: Counter[str] = Counter()
    for dies_at in range(1, STEPS + 2):
        folder = tmp_path / str(dies_at)
        seen, found = seen_by(folder), await reopened(folder)
        reached.update(what for what, _ in seen)
        for what, execution_id in seen:
            run = found.runs.get(execution_id)
            assert run is not None, (dies_at, "a submission was lost")
            if what == "sent":
                assert execution_id not in found.sent, (dies_at, "sent twice")
            if what == "asked":
                assert execution_id in found.answers, (dies_at, "a prompt was lost")
            if what == "answered":
                assert found.answers[execution_id] == ANSWER, (dies_at, "an answer was lost")
            if what == "finished":
                assert (run.outcome, run.execution_count) == ("ok", 7), (dies_at, "an outcome was lost")
        assert found.left_in_journal == [], dies_at
        assert all(run.state is RunState.SETTLED for run in found.runs.values()), dies_at
    assert reached["finished"] > STEPS // 2  # the last lives came to both ends, and one died nowhere
    assert ("finished", CELLS[1]) in seen_by(tmp_path / str(STEPS + 1))
