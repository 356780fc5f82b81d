"""Process start to the window painted with a notebook's first cell; and the first `1+1` of a new notebook."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from capsule_desktop.first_paint import TOLD_TO
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
    """The application as its command starts it.  bytecode: a folder that keeps it, as an installed program has it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with TemporaryDirectory() as folder:
        notebook = Path(folder) / "first.ipynb"
        write_code_notebook(notebook, ["1+1"] * 20)
        command = [sys.executable, "-m", "capsule_desktop", str(notebook)]
        return painted_s(command, {**kept, "PYTHONPYCACHEPREFIX": str(bytecode), "XDG_STATE_HOME": f"{folder}/state"})


def painted_s(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Seconds from starting an application of its own to its window's paint with the notebook; then it is killed."""
    told, tells = os.pipe()
    with os.fdopen(told, encoding="ascii") as moment:
        start = time.perf_counter()  # CLOCK_MONOTONIC, the same in both processes
        application = subprocess.Popen(command, pass_fds=[tells], env={**environment, TOLD_TO: str(tells)})
        os.close(tells)
        ending = threading.Timer(LIMIT_S, application.kill)
        ending.start()
        try:
            end = moment.readline()
        finally:
            ending.cancel()
            application.kill()
            application.wait()
    if not end:
        raise RuntimeError("the window did not open")
    return float(end) - start


async def _first_result_s() -> float:
    """Seconds from submitting to the finished event, with a warm spare as after any start of the application."""
    with TemporaryDirectory(prefix="cap-") as folder:
        async with own_engine() as engine:
            engine.warm(sys.executable)
            await engine._manager.spare.until_ready()
            notebook = await open_notebook(engine, Path(folder) / "store")
            return (await notebook.run("1+1")).duration_s
