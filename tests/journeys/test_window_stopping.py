"""The interrupt ladder in a real window with a real worker: whatever a cell does, there is a step that ends it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.stop_ladder import END_AFTER_S, FORCE_AFTER_S
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.input_dialog import InputDialog
from capsule_desktop.widgets.queue_values import HoldRuns
from capsule_desktop.widgets.stop_strip import StopStrip
from capsule_desktop.widgets.values import CellState
from tests.support.live_window import LiveWindow, live_window
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop
SWALLOWS = """
import threading
wait, begun = threading.Event(), False
while True:
    try:
        if not begun:
            begun = True
            print("begun", flush=True)  # the interrupt may come within it
        input("go? ") if asks else wait.wait()
    except KeyboardInterrupt:
        print("no", flush=True)
"""
NEVER_RETURNS = """
import collections, itertools, os
says = map(os.close, map(os.open, [{fifo!r}], [os.O_WRONLY]))  # with no step of Python between that and the rest
collections.deque(itertools.chain(says, itertools.repeat(0)), 0)
"""


def later(w: LiveWindow, seconds: float) -> None:
    """The presenter's clock goes on without anybody waiting."""
    stopping = w.notebook._stopping
    now = stopping._now
    stopping._now = lambda: now() + seconds
    stopping.show()


def strip_is_there(w: LiveWindow) -> bool:
    strip = w.window.findChild(StopStrip)
    assert strip is not None
    return strip.isVisible()


async def stop_in_vain(w: LiveWindow, cell: CellId, said: str = "no") -> None:
    w.perform(Action.INTERRUPT)
    await w.until(lambda: said in w.text(cell))
    still_there(w)


def still_there(w: LiveWindow) -> None:
    later(w, FORCE_AFTER_S)
    assert strip_is_there(w)
    assert Action.FORCE_STOP in w.notebook.actions.possible


async def test_a_cell_that_swallows_the_interrupt_ends_by_force_and_its_python_goes_on(
    qapp: QApplication, tmp_path: Path
) -> None:
    file = write_notebook(tmp_path / "a.ipynb", f"asks = False\n{SWALLOWS}", "asks")
    async with live_window(qapp, tmp_path, file) as w:
        first, second = w.ids()
        w.perform(Action.RUN_SELECT_BELOW)
        await w.until(lambda: "begun" in w.text(first))
        await stop_in_vain(w, first)
        w.perform(Action.FORCE_STOP)
        assert await w.settled(first) is CellState.STOPPED
        assert not strip_is_there(w)
        w.perform(Action.RUN_IN_PLACE)
        assert await w.settled(second) is CellState.DONE


async def test_a_cell_that_asks_again_and_again_ends_by_force(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", f"asks = True\n{SWALLOWS}")
    async with live_window(qapp, tmp_path, file) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        await w.dialog(InputDialog)
        await stop_in_vain(w, cell)
        await w.dialog(InputDialog)
        w.perform(Action.FORCE_STOP)
        assert await w.settled(cell) is CellState.STOPPED
        assert not strip_is_there(w)
        await w.until(lambda: not w.dialogs(InputDialog))


async def test_code_that_never_returns_to_python_ends_with_its_python_and_the_notebook_goes_on(
    qapp: QApplication, tmp_path: Path
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    file = write_notebook(tmp_path / "a.ipynb", NEVER_RETURNS.format(fifo=str(fifo)), "'still here'")
    async with live_window(qapp, tmp_path, file) as w:
        first, second = w.ids()
        w.perform(Action.RUN_SELECT_BELOW)
        await asyncio.to_thread(fifo.read_bytes)
        await w.until(lambda: w.state(first) is CellState.RUNNING)  # which the window hears apart from that
        w.perform(Action.INTERRUPT)
        still_there(w)
        w.perform(Action.FORCE_STOP)
        later(w, END_AFTER_S)
        assert Action.END_PYTHON in w.notebook.actions.possible
        w.perform(Action.END_PYTHON)
        assert await w.settled(first) is CellState.LOST
        assert not strip_is_there(w)
        w.perform(Action.RUN_IN_PLACE)
        assert await w.settled(second) is CellState.DONE


async def test_what_is_held_cannot_be_stopped(qapp: QApplication, tmp_path: Path) -> None:
    go = tmp_path / "go"
    waits = f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.01)"
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", waits, "2")) as w:
        first, second = w.ids()
        w.perform(Action.RUN_ALL)
        await w.until(lambda: Action.INTERRUPT in w.notebook.actions.possible)
        w.notebook.queue.ask(HoldRuns(held=True))
        go.touch()
        assert await w.settled(first) is CellState.DONE
        await w.until(lambda: Action.INTERRUPT not in w.notebook.actions.possible)
        assert w.notebook.queue.is_idle
        w.notebook.queue.ask(HoldRuns(held=False))
        assert await w.settled(second) is CellState.DONE
