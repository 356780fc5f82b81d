"""`1+1` durably through the facade to its finished event, against ipykernel's execute to idle and reply."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.benchmarks.jupyter_peer import JupyterKernel, jupyter_kernel
from tests.benchmarks.own_engine import OwnNotebook, open_notebook, own_engine
from tests.benchmarks.samples import percentile_ms

WARM_UP = 30
ROUNDS = 5  # the two sides take turns, so that a slow moment of the machine hits both
CODE = "1+1"


def measure(*, quick: bool) -> dict[str, object]:
    return asyncio.run(_measure(samples_per_round=40 if quick else 200))


async def _measure(*, samples_per_round: int) -> dict[str, object]:
    ours: list[float] = []
    theirs: list[float] = []
    with jupyter_kernel() as kernel, tempfile.TemporaryDirectory() as folder:
        async with own_engine() as engine:
            notebook = await open_notebook(engine, Path(folder) / "store")
            await _own_round(notebook, WARM_UP)
            _jupyter_round(kernel, WARM_UP)
            for _ in range(ROUNDS):
                ours += await _own_round(notebook, samples_per_round)
                theirs += _jupyter_round(kernel, samples_per_round)
    durable_p50, jupyter_p50 = percentile_ms(ours, 50), percentile_ms(theirs, 50)
    return {
        "durable_p50_ms": durable_p50,
        "durable_p99_ms": percentile_ms(ours, 99),
        "jupyter_p50_ms": jupyter_p50,
        "jupyter_p99_ms": percentile_ms(theirs, 99),
        "ratio": round(durable_p50 / jupyter_p50, 3),
        "samples": len(ours),
    }


async def _own_round(notebook: OwnNotebook, count: int) -> list[float]:
    durations = []
    for _ in range(count):
        ran = await notebook.run(CODE)
        assert ran.value == "2"
        durations.append(ran.duration_s)
    return durations


def _jupyter_round(kernel: JupyterKernel, count: int) -> list[float]:
    durations = []
    for _ in range(count):
        ran = kernel.run(CODE)
        assert ran.value == "2"
        durations.append(ran.duration_s)
    return durations
