"""Process start to the window painted with a notebook's first cell; and the first `1+1` of a new notebook."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks import jupyter_peer
from tests.benchmarks.own_engine import open_notebook, own_engine
from tests.benchmarks.own_window import write_code_notebook

LIMIT_S = 60


def measure(*, quick: bool) -> dict[str, object]:
    rounds = 3 if quick else 9
    with TemporaryDirectory() as bytecode:
        _window_s(Path(bytecode))  # the first start of all reads the files from the disk, and compiles them
        windows = [_window_s(Path(bytecode)) for _ in range(rounds)]
    ours = [asyncio.run(_first_result_s()) for _ in range(rounds)]
    theirs = [jupyter_peer.first_result_s() for _ in range(3)]
    return {
        "window_s": round(statistics.median(windows), 3),
        "window_max_s": round(max(windows), 3),
        "first_result_ms": round(statistics.median(ours) * 1000, 1),
        "jupyter_first_result_ms": round(statistics.median(theirs) * 1000, 1),
        "rounds": rounds,
        "platform": os.environ["QT_QPA_PLATFORM"],
    }


def _window_s(bytecode: Path) -> float:
    """bytecode: a folder that keeps it from start to start, as an installed program has it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with TemporaryDirectory() as folder:
        notebook = Path(folder) / "first.ipynb"
        write_code_notebook(notebook, ["1+1"] * 20)
        command = [sys.executable, "-m", "tests.benchmarks.start_probe", notebook]
        start = time.perf_counter()  # CLOCK_MONOTONIC, the same in both processes
        environment = {**kept, "PYTHONPYCACHEPREFIX": str(bytecode)}
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False, env=environment)
    if done.returncode or not done.stdout.strip():
        raise RuntimeError(f"the window did not open: {done.stderr}")
    return float(done.stdout.split()[-1]) - start


async def _first_result_s() -> float:
    """Seconds from submitting to the finished event, with a warm spare as after any start of the application."""
    with TemporaryDirectory(prefix="cap-") as folder:
        async with own_engine() as engine:
            engine.warm()
            await engine._manager.spare.until_ready()
            notebook = await open_notebook(engine, Path(folder) / "store")
            return (await notebook.run("1+1")).duration_s
