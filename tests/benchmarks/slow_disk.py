"""A disk whose fsync takes 50 ms more, and what that does to the window: nothing, if nobody on the loop waits for it.

Rounds of a user's work in a real window: eight cells run one behind the other, a line is typed meanwhile, every
other round the file is saved.  First on the disk as it is, then with every commit of the store and every os.fsync
of the application (drafts, saves, checkpoints) slowed down.  An fsync on the loop's own thread is named.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from capsule_desktop.notebook.draft_log import DraftLog
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.values import CellState
from engine.events import CheckpointKept, Event, ExecutionFinished, Outcome
from engine.store.writer import Writer
from tests.benchmarks.flood import Lateness
from tests.benchmarks.own_window import LIMIT_S, OwnWindow, on_qt_loop, own_window, platform_name, write_code_notebook
from tests.benchmarks.samples import percentile_ms

FSYNC_S = 0.05
KEY_S = 0.06  # between letters: a fast writer's ten a second, and more
LINE = "x = 12  # noted"
ROUND = 8  # cells, each of which changes a variable, so that a checkpoint is made
WORK = "items = globals().get('items', [])\nitems.append({0})\nprint(sum(items))"


def measure(*, quick: bool) -> dict[str, object]:
    return on_qt_loop(lambda: _measure(rounds=4 if quick else 16))


class SlowDisk:
    """drafts: how many records of unsaved edits it has taken.

    on_loop: who called fsync on the thread of the loop, as "file:function"."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.drafts = 0
        self.on_loop: Counter[str] = Counter()

    def wait(self) -> None:
        if threading.current_thread() is threading.main_thread():
            caller = traceback.extract_stack(limit=3)[0]
            self.on_loop[f"{Path(caller.filename).name}:{caller.name}"] += 1
        time.sleep(self.delay_s)


@contextmanager
def slow_disk() -> Iterator[SlowDisk]:
    """What the application has its disk do waits for the given disk, until the end."""
    disk, attempt, fsync = SlowDisk(), Writer._attempt, os.fsync
    append, restart = DraftLog.append, DraftLog.restart

    def slow_attempt(self: Writer, batch: Any) -> str | None:
        if batch.operations:
            disk.wait()
        return attempt(self, batch)

    def slow_fsync(descriptor: int) -> None:
        disk.wait()
        fsync(descriptor)

    def appended(self: DraftLog, *arguments: Any, **named: Any) -> None:
        append(self, *arguments, **named)
        disk.drafts += 1

    def restarted(self: DraftLog, *records: Any) -> None:
        restart(self, *records)
        disk.drafts += 1

    with (
        patch.object(Writer, "_attempt", slow_attempt),
        patch.object(os, "fsync", slow_fsync),
        patch.object(DraftLog, "append", appended),
        patch.object(DraftLog, "restart", restarted),
    ):
        yield disk


class Acknowledged:
    """What the window was told."""

    def __init__(self, own: OwnWindow) -> None:
        self.executions = self.failed = self.checkpoints = self.saves = 0
        self._more = asyncio.Event()
        notebook = own.application.windows.notebook_of(own.window)
        assert notebook is not None
        self._notebook = notebook
        notebook.events.event_occurred.connect(self._take)
        notebook.saved.connect(self._saved)

    def forget(self) -> None:
        self.executions = self.failed = self.checkpoints = self.saves = 0

    def has_ended(self, executions: int) -> bool:
        return self.executions >= executions

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not holds():
                self._more.clear()
                await self._more.wait()

    async def rest(self) -> None:
        """Until nothing is to be written any more: the folder goes."""
        await self._notebook.saving.ended()
        await self._notebook._drafting.keep()

    def _saved(self) -> None:
        self.saves += 1
        self._more.set()

    def _take(self, event: Event) -> None:
        match event:
            case ExecutionFinished(outcome=outcome):
                self.executions += 1
                self.failed += outcome is not Outcome.OK
            case CheckpointKept():
                self.checkpoints += 1
            case _:
                return
        self._more.set()


async def _measure(*, rounds: int) -> dict[str, object]:
    with TemporaryDirectory() as name, slow_disk() as disk:
        notebook = Path(name) / "slow.ipynb"
        notes, *cells = write_code_notebook(notebook, ["", *(WORK.format(number) for number in range(ROUND))])
        async with own_window(notebook) as own:
            await own.spare_ready()
            for cell_id in cells:
                await own.run_cell(cell_id, partial(_is_done, own, cell_id))
            told = Acknowledged(own)
            as_it_is = await _work(own, told, notes, cells, rounds)
            told.forget()
            disk.delay_s, disk.drafts = FSYNC_S, 0
            slowed = await _work(own, told, notes, cells, rounds)
            disk.delay_s = 0.0
            drafts = disk.drafts
            await told.rest()
    return {
        "gui_p50_ms": percentile_ms(slowed, 50),
        "gui_p99_ms": percentile_ms(slowed, 99),
        "gui_max_ms": percentile_ms(slowed, 100),
        "executions": told.executions,
        "failed": told.failed,
        "checkpoints": told.checkpoints,
        "drafts_kept": drafts,
        "saves": told.saves,
        "unslowed_p99_ms": percentile_ms(as_it_is, 99),
        "unslowed_max_ms": percentile_ms(as_it_is, 100),
        "fsyncs_on_the_loop": float(sum(disk.on_loop.values())),
        "fsyncs_on_the_loop_by": sorted(disk.on_loop),
        "fsync_ms": FSYNC_S * 1000,
        "platform": platform_name(),
    }


def _is_done(own: OwnWindow, cell_id: str) -> bool:
    return own.state(cell_id) is CellState.DONE


async def _work(own: OwnWindow, told: Acknowledged, notes: str, cells: list[str], rounds: int) -> list[float]:
    """How late a timer came, in seconds, while somebody works."""
    lateness = Lateness()
    for number in range(rounds):
        before = told.executions
        for cell_id in cells:
            own.select(cell_id)
            own.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        await _type_line(own, notes)
        if number % 2:
            own.window.action_requested.emit(Action.SAVE)
        await told.until(partial(told.has_ended, before + len(cells)))
    await told.until(lambda: told.saves >= rounds // 2)
    lateness.stop()
    return lateness.samples


async def _type_line(own: OwnWindow, cell_id: str) -> None:
    """Letter by letter into a cell, at its beginning."""
    assert own.view is not None
    own.select(cell_id)
    own.press(Qt.Key.Key_Return)
    own.press(Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    for letter in LINE:
        QTest.keyClicks(own.window.focusWidget(), letter)
        await asyncio.sleep(KEY_S)
    own.press(Qt.Key.Key_Return)
