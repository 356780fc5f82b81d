"""What keeping everything costs, and that it stays flat: `1+1` on an empty store, after 100,000 runs, and at Jupyter.

submit: from the command to the event that says it is on the disk.  execution: to its finished event, of which
two commits are a part.  recover: from a store that a killed application left, with an execution that was
running and twenty that waited, to the first new submission on the disk; every page of it is checked on the way.
--quick has fewer past executions, and its keys say how many.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from pathlib import Path

from tests.benchmarks.jupyter_peer import JupyterKernel, jupyter_kernel
from tests.benchmarks.own_engine import OwnNotebook, open_notebook, own_engine
from tests.benchmarks.past_store import fill, leave_behind
from tests.benchmarks.samples import percentile_ms

PAST, QUICK_PAST = 100_000, 10_000
RECOVERIES = 3
WARM_UP = 30
ROUNDS = 5  # the three take turns, so that a slow moment of the machine hits all
CODE = "1+1"


def measure(*, quick: bool) -> dict[str, object]:
    return asyncio.run(_measure(QUICK_PAST if quick else PAST, samples_per_round=40 if quick else 200))


async def _measure(past: int, *, samples_per_round: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await asyncio.to_thread(fill, folder / "full", past)
        await asyncio.to_thread(shutil.copytree, folder / "full", folder / "left")
        await leave_behind(folder / "left")
        recoveries = [await _recovery_s(folder, number) for number in range(RECOVERIES)]
        with jupyter_kernel() as kernel:
            samples = await _in_turns(folder, kernel, samples_per_round)
    empty_p50, full_p50, jupyter_p50 = (percentile_ms(samples[key], 50) for key in ("empty", "full", "jupyter"))
    thousands = f"{past // 1000}k"
    return {
        "submit_p50_ms": percentile_ms(samples["submit"], 50),
        "execution_p50_ms": empty_p50,
        f"execution_p50_after_{thousands}_ms": full_p50,
        f"recover_{thousands}_s": round(sorted(recoveries)[RECOVERIES // 2], 3),
        "jupyter_p50_ms": jupyter_p50,
        "to_empty": round(full_p50 / empty_p50, 3),
        "ratio": round(full_p50 / jupyter_p50, 3),
        "samples": len(samples["full"]),
    }


async def _in_turns(folder: Path, kernel: JupyterKernel, count: int) -> dict[str, list[float]]:
    samples: dict[str, list[float]] = {"submit": [], "empty": [], "full": [], "jupyter": []}
    async with own_engine() as engine:
        empty = await open_notebook(engine, folder / "empty")
        full = await open_notebook(engine, folder / "full")
        for notebook in (empty, full):
            await _round(notebook, WARM_UP)
        _jupyter_round(kernel, WARM_UP)
        for _ in range(ROUNDS):
            samples["empty"] += [executed for _, executed in await _round(empty, count)]
            for submitted, executed in await _round(full, count):
                samples["submit"].append(submitted)
                samples["full"].append(executed)
            samples["jupyter"] += _jupyter_round(kernel, count)
    return samples


async def _round(notebook: OwnNotebook, count: int) -> list[tuple[float, float]]:
    """Of each execution, how long until it was told as submitted, and until it was told as finished."""
    durations = []
    for _ in range(count):
        ran = await notebook.run(CODE)
        assert ran.value == "2"
        durations.append((ran.submitted_s, ran.duration_s))
    return durations


def _jupyter_round(kernel: JupyterKernel, count: int) -> list[float]:
    return [kernel.run(CODE).duration_s for _ in range(count)]


async def _recovery_s(folder: Path, number: int) -> float:
    """How long from the application's start with what was left to a submission that is kept."""
    again = folder / f"again-{number}"
    await asyncio.to_thread(shutil.copytree, folder / "left", again)
    async with own_engine() as engine:
        start = time.perf_counter()
        notebook = await open_notebook(engine, again)
        await notebook.submitted(CODE)
        return time.perf_counter() - start
