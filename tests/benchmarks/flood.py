"""Ten seconds of `while True: print(i)` in a real cell of a real window, then Stop.

While it prints: how late a timer of 1 ms is (what a key press would wait), how many lines are taken in,
and how far the last line on the screen is behind the cell.  After it: whether the log has every byte.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QObject, Qt, QTimer

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.values import CellState
from tests.benchmarks.output_log import counted_lines, printed
from tests.benchmarks.own_window import OwnWindow, on_qt_loop, own_window, platform_name, write_code_notebook
from tests.benchmarks.production import FLOOD, Production, noting_cell
from tests.benchmarks.samples import percentile_ms

TICK_MS = 1
SCROLL_S = 0.2


def measure(*, quick: bool) -> dict[str, object]:
    return on_qt_loop(lambda: _measure(seconds=3.0 if quick else 10.0))


class Lateness(QObject):
    """How late each tick of a 1 ms timer came, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.samples: list[float] = []
        self._due = time.perf_counter() + TICK_MS / 1000
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start(TICK_MS)

    def stop(self) -> None:
        self._timer.stop()

    def _on_tick(self) -> None:
        now = time.perf_counter()
        self.samples.append(max(0.0, now - self._due))
        self._due = now + TICK_MS / 1000


class Tail:
    """The last whole number that each paint showed, with the time of that paint's end."""

    def __init__(self, own: OwnWindow, cell_id: str) -> None:
        self._own, self._cell_id = own, cell_id
        self.painted: list[tuple[float, int]] = []
        own.paints.observe(self._on_painted)

    def _on_painted(self, end: float) -> None:
        line = self._own.painted_tail(self._cell_id)
        if line is not None and line.isdigit():
            self.painted.append((end, int(line)))


async def _measure(*, seconds: float) -> dict[str, object]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        noting, flood = write_code_notebook(folder / "flood.ipynb", [noting_cell(folder / "notes"), FLOOD])
        async with own_window(folder / "flood.ipynb") as own:
            await own.spare_ready()
            await own.run_cell(noting, lambda: own.state(noting) is CellState.DONE)
            await own.run_cell(flood, lambda: own.text_view(flood) is not None)
            await _show_the_tail(own, flood)
            tail = Tail(own, flood)
            lateness = Lateness()
            await asyncio.sleep(seconds)
            lateness.stop()
            interrupt_s = await _interrupt(own, flood)
            production = Production((folder / "notes").read_bytes())
            lines = counted_lines(printed(_largest_log(own)))
    made_s = production.seconds
    lags = [end - production.made_at(line) for end, line in tail.painted]
    return {
        "p50_ms": percentile_ms(lateness.samples, 50),
        "p99_ms": percentile_ms(lateness.samples, 99),
        "max_ms": percentile_ms(lateness.samples, 100),
        "lines_per_s": round(lines / made_s),
        "tail_lag_ms": percentile_ms(lags, 99),
        "tail_lag_p50_ms": percentile_ms(lags, 50),
        "interrupt_ms": round(interrupt_s * 1000, 1),
        "lines": lines,
        "log_complete": True,
        "paints_per_s": round(len(tail.painted) / made_s, 1),
        "seconds": seconds,
        "platform": platform_name(),
    }


async def _show_the_tail(own: OwnWindow, cell_id: str) -> None:
    """Scroll down, as a reader would, once the output has become as high as it gets."""
    assert own.view is not None
    bar = own.view.verticalScrollBar()
    height = -1
    while bar.maximum() != height or own.painted_tail(cell_id) is None:
        height = bar.maximum()
        bar.setValue(height)
        await asyncio.sleep(SCROLL_S)


async def _interrupt(own: OwnWindow, cell_id: str) -> float:
    """Seconds from Stop to the end of the paint that shows the cell as ended."""
    start = time.perf_counter()
    own.window.action_requested.emit(Action.INTERRUPT)
    return await own.paints.after(lambda: own.state(cell_id) is CellState.STOPPED) - start


def _largest_log(own: OwnWindow) -> Path:
    return max((own.folder / "state").rglob("*.log"), key=lambda log: log.stat().st_size)
