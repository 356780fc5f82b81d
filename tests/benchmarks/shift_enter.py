"""Shift+Enter on `1+1` to the end of the paint that shows 2, and Restart to the first result painted."""

from __future__ import annotations

import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import Qt

from capsule_desktop.widgets.actions import Action
from tests.benchmarks.own_window import OwnWindow, on_qt_loop, own_window, platform_name, write_code_notebook
from tests.benchmarks.samples import percentile_ms

WARM_UP = 5


def measure(*, quick: bool) -> dict[str, object]:
    return on_qt_loop(lambda: _measure(runs=30 if quick else 150, restarts=3 if quick else 9))


async def _measure(*, runs: int, restarts: int) -> dict[str, object]:
    with TemporaryDirectory() as folder:
        notebook = Path(folder) / "sums.ipynb"
        ids = write_code_notebook(notebook, ["1+1"] * (WARM_UP + runs + restarts))
        async with own_window(notebook) as own:
            await own.spare_ready()
            samples = [await _run(own, cell_id) for cell_id in ids[: WARM_UP + runs]][WARM_UP:]
            again = [await _restart(own, cell_id) for cell_id in ids[WARM_UP + runs :]]
    return {
        "p50_ms": percentile_ms(samples, 50),
        "p99_ms": percentile_ms(samples, 99),
        "max_ms": percentile_ms(samples, 100),
        "restart_to_result_ms": round(statistics.median(again) * 1000, 1),
        "samples": len(samples),
        "platform": platform_name(),
    }


async def _run(own: OwnWindow, cell_id: str) -> float:
    return await own.run_cell(cell_id, lambda: own.shows_output(cell_id, "2"))


async def _restart(own: OwnWindow, cell_id: str) -> float:
    """Seconds from the click on the question's Restart, with Shift+Enter pressed at once, to the result painted."""
    await own.spare_ready()
    own.select(cell_id)
    await own.paints.settled()
    own.window.action_requested.emit(Action.RESTART)
    await own.paints.settled()
    start = own.confirm("Restart")
    own.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    return await own.paints.after(lambda: own.shows_output(cell_id, "2")) - start
