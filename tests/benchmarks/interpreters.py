"""Finding this machine's Pythons, running each once, and from launch to Ready in one of each minor version."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.errors import WorkerStartError
from engine.interpreters.finding import Finder
from engine.interpreters.interpreter import Interpreter, Kind, Standing
from engine.interpreters.probing import probe_all
from engine.session.launch import Launcher
from tests.support.surroundings import REAL_HOME

_OF_TESTS = ("XDG_DATA_HOME", "XDG_CACHE_HOME")  # they lead to the benchmark's own empty folders


def measure(*, quick: bool) -> dict[str, object]:
    return asyncio.run(_measure(rounds=3 if quick else 5))


async def _measure(*, rounds: int) -> dict[str, object]:
    environment = {name: value for name, value in os.environ.items() if name not in _OF_TESTS}
    finder = Finder(REAL_HOME, environment, Path(sys.executable))
    lists_s = []
    found: tuple[Interpreter, ...] = ()
    for _ in range(9):
        start = time.perf_counter()
        found = finder.find(None)
        lists_s.append(time.perf_counter() - start)
    start = time.perf_counter()
    probed = [one async for one in probe_all(found)]
    probed_s = time.perf_counter() - start
    starts, words = await _starts(_one_of_each_version(probed), rounds)
    return {
        "found": len(found),
        "first_list_ms": round(lists_s[0] * 1000, 1),
        "list_ms": round(statistics.median(lists_s) * 1000, 1),
        "all_probed_ms": round(probed_s * 1000, 1),
        "worker_start_ms": starts,
        **({"not_started": words} if words else {}),
    }


def _one_of_each_version(probed: Sequence[Interpreter]) -> dict[str, Interpreter]:
    """The application's own last, whose version another one stands for where there is one."""
    chosen: dict[str, Interpreter] = {}
    for one in sorted(probed, key=lambda one: (one.release[:2], one.kind is Kind.OWN, one.kind is Kind.SYSTEM)):
        if one.standing is Standing.USABLE:
            chosen.setdefault(".".join(map(str, one.release[:2])), one)
    return chosen


async def _starts(chosen: dict[str, Interpreter], rounds: int) -> tuple[dict[str, float | None], dict[str, str]]:
    starts: dict[str, float | None] = {}
    words: dict[str, str] = {}
    with TemporaryDirectory(prefix="cap-") as folder:
        launcher = Launcher(Path(folder) / "run")
        for version, one in chosen.items():
            try:
                await _start_s(launcher, one)  # reads its files from the disk
                samples = [await _start_s(launcher, one) for _ in range(rounds)]
            except WorkerStartError as error:
                starts[version], words[version] = None, str(error)
            else:
                starts[version] = round(statistics.median(samples) * 1000, 1)
    return starts, words


async def _start_s(launcher: Launcher, one: Interpreter) -> float:
    start = time.perf_counter()
    session = await launcher.launch(str(one.path))
    taken_s = time.perf_counter() - start
    await session.terminate()
    return taken_s
