"""A generated notebook of 10,000 cells: opening it, scrolling through it, and typing in its middle."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from tests.benchmarks.heavy_notebook import CELLS
from tests.benchmarks.own_window import OwnWindow, first_cell, on_qt_loop, own_application, platform_name
from tests.benchmarks.samples import percentile_ms

QUICK_CELLS = 2_000
WHEEL_STEPS = 5  # after each jump
MEBIBYTE = 1024 * 1024


def measure(*, quick: bool) -> dict[str, object]:
    cells = QUICK_CELLS if quick else CELLS
    with TemporaryDirectory() as folder:
        notebook = Path(folder) / "heavy.ipynb"
        # in a process of its own, so that the generator's memory is not counted as ours
        generator = [sys.executable, "-m", "tests.benchmarks.heavy_notebook", notebook, str(cells)]
        subprocess.run(generator, check=True, stdout=subprocess.DEVNULL)
        return on_qt_loop(lambda: _measure(notebook, cells, jumps=15 if quick else 60, keys=50 if quick else 200))


async def _measure(notebook: Path, cells: int, *, jumps: int, keys: int) -> dict[str, object]:
    process = psutil.Process(os.getpid())
    async with own_application() as own:
        await own.spare_ready()
        await own.paints.settled()
        empty = process.memory_info().rss
        first = first_cell(notebook)
        start = own.open(notebook)
        first_screen = await own.paints.after(lambda: own.cell(first) is not None)
        whole = await own.paints.after(lambda: own.view is not None and len(own.view._layout) == cells)
        await own.paints.settled()
        jump, wheel = await _scroll(own, jumps)
        key = await _type(own, f"cell-{cells // 2 // 3 * 3 + 1:05d}", keys)
        full = process.memory_info().rss
    return {
        "cells": cells,
        "bytes": notebook.stat().st_size,
        "open_s": round(whole - start, 3),
        "first_screen_ms": round((first_screen - start) * 1000, 1),
        "rss_mb": round(full / MEBIBYTE),
        "rss_empty_mb": round(empty / MEBIBYTE),
        "scroll_p50_ms": percentile_ms(wheel, 50),
        "scroll_p99_ms": percentile_ms(wheel, 99),
        "jump_p50_ms": percentile_ms(jump, 50),
        "jump_p99_ms": percentile_ms(jump, 99),
        "key_p50_ms": percentile_ms(key, 50),
        "key_p99_ms": percentile_ms(key, 99),
        "platform": platform_name(),
    }


async def _scroll(own: OwnWindow, jumps: int) -> tuple[list[float], list[float]]:
    """Seconds to the end of the next paint: of jumps by the scroll bar, and of turns of the wheel after each."""
    assert own.view is not None
    chance = random.Random(1)
    bar = own.view.verticalScrollBar()
    jumped: list[float] = []
    wheeled: list[float] = []
    for _ in range(jumps):
        target = chance.randrange(bar.maximum())
        start = time.perf_counter()
        bar.setValue(target)
        jumped.append(await own.paints.after(lambda: True) - start)
        for _ in range(WHEEL_STEPS):
            await own.paints.settled()
            start = time.perf_counter()
            _turn_wheel(own)
            wheeled.append(await own.paints.after(lambda: True) - start)
        await own.paints.settled()
    return jumped, wheeled


def _turn_wheel(own: OwnWindow) -> None:
    """One notch down, in the middle of the cells."""
    assert own.view is not None
    viewport = own.view.viewport()
    middle = QPointF(viewport.rect().center())
    event = QWheelEvent(
        *(middle, QPointF(viewport.mapToGlobal(middle.toPoint())), QPoint(0, 0), QPoint(0, -120)),
        *(Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
    )
    QApplication.sendEvent(viewport, event)


async def _type(own: OwnWindow, cell_id: str, keys: int) -> list[float]:
    """Seconds from each key press in a code cell to the end of the paint that shows its letter."""
    assert own.view is not None
    own.select(cell_id)
    own.view.ensure_visible(cell_id)  # type: ignore[arg-type]  # a CellId is a str
    await own.paints.settled()
    own.press(Qt.Key.Key_Return)
    await own.paints.settled()
    cell = own.cell(cell_id)
    assert cell is not None and cell.editor is not None and own.window.focusWidget() is cell.editor
    samples = []
    for _ in range(keys):
        before = len(cell.editor.toPlainText())
        start = own.press(Qt.Key.Key_A)
        assert len(cell.editor.toPlainText()) == before + 1
        samples.append(await own.paints.after(lambda: True) - start)
        await own.paints.settled(quiet_s=0.03)
    return samples
