"""Kills the real application and its workers, at fail points and at random, and counts what was lost of what it showed.

A driver works a notebook of 40 cells: it types, runs, answers and saves by keys; the application acknowledges what
its widgets show on a pipe; the cells write down each of their runs in a file.  After every kill the application is
started again without arguments, and what it shows is compared with what had been acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.crash_application import BROKEN, WORKER_POINT
from tests.benchmarks.crash_ledger import Ledger, Losses
from tests.benchmarks.crash_points import APPLICATION_POINTS, VARIABLE, WORKER_POINTS
from tests.support.application_pipe import ApplicationPipe, make_folders, start

CELLS = 40
RANDOM_KILLS, QUICK_KILLS = 100, 10
START_LIMIT_S, COMPARE_LIMIT_S, LIFE_LIMIT_S = 60.0, 20.0, 6.0
OFFERED_S = 4.0  # by then a notebook that comes back by itself is there
# long enough to show much of what it has not kept, also where it is slow
MOST_BROKEN_KILLS, BROKEN_LIFE_S, BROKEN_ACKS = 12, 3.0, 100  # until it has lost something: by chance one loses nothing
BROKEN_LIMIT_S = 3.0  # for the build that does lose: there is nothing to wait for
SAID = 10  # sentences after one kill
COMPARE_PACE_S = 0.1  # between two looks at what is shown
SEED = 15

_CELL = """n = 1
import os, time
_log = os.open({count!r}, os.O_APPEND | os.O_WRONLY | os.O_CREAT, 0o600)
os.write(_log, b'{cell} %d\\n' % n)
os.close(_log)
for i in range(12):
    print('{cell}', n, i, flush=True)
    time.sleep({pause})
{cell} = [n, i]"""
_ASKS = "\nanswer = input('{cell}? ')\nprint('you said', answer)"


@dataclass
class Totals:
    kills: int = 0
    places: set[str] = field(default_factory=set)
    losses: list[Losses] = field(default_factory=list)
    corrupt: int = 0

    def count(self, of: Callable[[Losses], tuple[str, ...]]) -> int:
        return sum(len(of(losses)) for losses in self.losses)


def measure(*, quick: bool) -> dict[str, object]:
    totals, acks = asyncio.run(_kill_and_compare(_kills(quick=quick), broken=False))
    late = [Kill("application", after_s=BROKEN_LIFE_S, after_acks=BROKEN_ACKS) for _ in range(MOST_BROKEN_KILLS)]
    broken, _ = asyncio.run(_kill_and_compare(late, broken=True))
    return {
        "kills": totals.kills,
        "acks": acks,
        "fail_points": len(totals.places),
        "lost_outputs": totals.count(lambda losses: losses.outputs),
        "lost_edits": totals.count(lambda losses: losses.edits),
        "lost_executions": totals.count(lambda losses: losses.executions),
        "double_executions": totals.count(lambda losses: losses.doubles),
        "corrupt_stores": totals.corrupt,
        "broken_build_losses": sum(len(losses) for losses in broken.losses),
    }


@dataclass(frozen=True)
class Kill:
    """place "": by the driver, after that time and so many facts.  whom: "application", "worker" or "both"."""

    whom: str
    place: str = ""
    count: int = 0
    after_s: float = 0.0
    after_acks: int = 0


def _kills(*, quick: bool) -> list[Kill]:
    """The places that a quick run takes are drawn from all of them, the same each time."""
    chance = random.Random(SEED)
    at_places = [
        *(Kill("application", place, chance.randint(1, 12)) for place in APPLICATION_POINTS),
        *(Kill("worker", place, chance.randint(1, 40)) for place in WORKER_POINTS),
    ]
    if quick:
        return [*chance.sample(at_places, QUICK_KILLS // 2), *_random_kills(QUICK_KILLS // 2, chance)]
    return [*at_places, *_random_kills(RANDOM_KILLS, chance)]


def _random_kills(count: int, chance: random.Random) -> list[Kill]:
    turns = ("application", "worker", "both")
    return [Kill(turns[number % len(turns)], after_s=chance.uniform(0.1, 2.5)) for number in range(count)]


async def _kill_and_compare(kills: list[Kill], *, broken: bool) -> tuple[Totals, int]:
    """broken: of the build that loses, until that was seen."""
    with tempfile.TemporaryDirectory(prefix="cc") as name:
        bench = _Bench(Path(name), broken=broken)
        try:
            for kill in kills:
                await bench.live(kill)
                if broken and bench.totals.losses:
                    break
            await bench.look_again()
        finally:
            bench.end_workers()
        return bench.totals, bench.ledger.acks


class _Bench:
    """One user's folders, and life after life of the application on them."""

    def __init__(self, folder: Path, *, broken: bool) -> None:
        self._folder, self._broken = folder, broken
        self._count = folder / "count"
        self._notebook = folder / "crash.ipynb"
        self._chance = random.Random(SEED)
        self._next = 1
        self._was_started = False
        self.ledger = Ledger()
        self.totals = Totals()
        make_folders(folder)
        self._cells = [f"cell_{number:02d}" for number in range(CELLS)]
        self._write_notebook()

    async def live(self, kill: Kill) -> None:
        """Start, compare with what was acknowledged before, work until the kill."""
        application = await self._start(kill)
        await self._compare(application)
        working = asyncio.create_task(self._work(application))
        if not kill.place:
            enough = self.ledger.acks + kill.after_acks
            await asyncio.wait({application.gone}, timeout=kill.after_s)
            await application.told(lambda: self.ledger.acks >= enough)
            self._kill(kill.whom, application)
        await asyncio.wait({application.gone}, timeout=LIFE_LIMIT_S)
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        if kill.place and (kill.whom == "worker" or application.gone.done()):
            self.totals.places.add(kill.place)
        if not application.gone.done():  # its worker died, or the place was not reached: it shows what was lost, if any
            await self._compare(application)
            application.kill()
        await application.gone
        await application.drained
        self.totals.kills += 1

    async def look_again(self) -> None:
        application = await self._start(Kill("application"))
        await self._compare(application)
        application.kill()
        await application.drained

    def end_workers(self) -> None:
        for process in self._workers():
            with contextlib.suppress(psutil.Error):
                process.kill()  # whoever is its parent takes note of it; nobody waits for that here

    # --- inside

    async def _start(self, kill: Kill) -> _Application:
        point = f"{kill.place}:{kill.count}" if kill.place else ""
        environment = {
            VARIABLE: point if kill.whom == "application" else "",
            WORKER_POINT: point if kill.whom == "worker" else "",
            BROKEN: "1" if self._broken else "",
        }
        files = [] if self._was_started else [str(self._notebook)]
        self._was_started = True
        command = (sys.executable, "-m", "tests.benchmarks.crash_application", str(self._folder), *files)
        return _Application(await start(self._folder, *command, environment=environment), self.ledger)

    async def _compare(self, application: _Application) -> None:
        """What is still coming back has COMPARE_LIMIT_S to come; what is not there by then is lost."""
        losses, loop, was_asked = Losses(), asyncio.get_running_loop(), False
        until = loop.time() + START_LIMIT_S
        while loop.time() < until and not application.gone.done():
            cells = await application.dump()
            if cells is None:
                if loop.time() > until - START_LIMIT_S + OFFERED_S and not was_asked:
                    was_asked = True  # killed twice as it opened, the notebook is only offered: the user clicks it
                    application.do("open", str(self._notebook))
                await asyncio.sleep(COMPARE_PACE_S)
                continue
            losses = self.ledger.losses(cells, self._recorded("state"), self._counted(), self._recorded("started_at"))
            if not losses:
                break
            until = min(until, loop.time() + (BROKEN_LIMIT_S if self._broken else COMPARE_LIMIT_S))
            await asyncio.sleep(COMPARE_PACE_S)
        if losses and not application.gone.done():  # else it was killed before it had shown all
            self.totals.losses.append(losses)
            _say(losses)
            self.ledger.forget(self._counted())
        self.totals.corrupt += self._is_corrupt()

    async def _work(self, application: _Application) -> None:
        while not application.gone.done():
            self._act(application)
            await asyncio.sleep(self._chance.uniform(0.0, 0.06))

    def _act(self, application: _Application) -> None:
        cell = self._chance.choice(self._cells)
        if self.ledger.waiting and self._chance.random() < 0.5:
            application.do("answer", self._chance.choice(sorted(self.ledger.waiting)), f"answer {self._next}")
            return
        match self._chance.choices(("edit", "run", "save", "go_on"), (5, 5, 1, 1))[0]:
            case "edit":
                self._next += 1
                self.ledger.typing(cell, self._next)
                application.do("edit", cell, self._next)
            case "run":
                application.do("run", cell)
            case other:
                application.do(other)

    def _kill(self, whom: str, application: _Application) -> None:
        if whom in ("worker", "both"):
            self.end_workers()
        if whom in ("application", "both") and not application.gone.done():
            application.kill()

    def _workers(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or ()
            if any("crash_worker" in word for word in words) and any(str(self._folder) in word for word in words):
                yield process

    def _stores(self) -> Iterator[Path]:
        yield from (self._folder / "state" / "notebooks").glob("*/state.sqlite")

    def _recorded(self, column: str) -> dict[str, Any]:
        """By execution, where it is there: its state, or when it began."""
        found: dict[str, Any] = {}
        for store in self._stores():
            with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
                rows = connection.execute(f"SELECT execution_id, {column} FROM executions")
                found.update(row for row in rows if row[1] is not None)
        return found

    def _counted(self) -> list[str]:
        return self._count.read_text().splitlines() if self._count.exists() else []

    def _is_corrupt(self) -> bool:
        """Whether something had to be set aside, or SQLite finds fault with a store."""
        folders = [store.parent for store in self._stores()]
        if any(path for folder in folders for path in (*folder.glob("damaged-*"), *folder.glob("*.damaged"))):
            return True
        return any(not _is_whole(store) for store in self._stores())

    def _write_notebook(self) -> None:
        cells = [
            {
                "cell_type": "code",
                "execution_count": None,
                "id": cell,
                "metadata": {},
                "outputs": [],
                "source": self._source(cell, number),
            }
            for number, cell in enumerate(self._cells)
        ]
        self._notebook.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))

    def _source(self, cell: str, number: int) -> str:
        pause = (0, 0.002, 0.02)[number % 3]
        return _CELL.format(cell=cell, count=str(self._count), pause=pause) + (
            _ASKS.format(cell=cell) if number % 5 == 4 else ""
        )


class _Application(ApplicationPipe):
    """One life of it: what it acknowledges goes to the ledger."""

    def __init__(self, process: asyncio.subprocess.Process, ledger: Ledger) -> None:
        super().__init__(process)
        self._ledger = ledger
        self._dumps: list[asyncio.Future[dict[str, Any] | None]] = []
        self.drained.add_done_callback(self._no_more_dumps)

    def take(self, told: Any) -> None:
        if told["ack"] == "dump":
            self._dumps.pop(0).set_result(told["cells"])
        else:
            self._ledger.take(told)

    async def dump(self) -> dict[str, Any] | None:
        """What is shown now; None where there is no notebook, or no application any more."""
        if self.drained.done():
            return None
        self._dumps.append(asyncio.get_running_loop().create_future())
        dump = self._dumps[-1]
        self.do("dump")
        return await dump

    def _no_more_dumps(self, _drained: asyncio.Future[None]) -> None:
        for dump in self._dumps:
            dump.set_result(None)
        self._dumps.clear()


def _say(losses: Losses) -> None:
    for sentence in (*losses.edits, *losses.outputs, *losses.executions, *losses.doubles)[:SAID]:
        print(f"lost: {sentence}", file=sys.stderr, flush=True)


def _is_whole(store: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
            return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    except sqlite3.DatabaseError:
        return False
