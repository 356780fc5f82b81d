"""Going back through what a cell showed, in the real window with the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from capsule_desktop.notebook.outputs import Output, StreamOutput
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.input_dialog import InputDialog
from capsule_desktop.widgets.run_card import RunCard
from tests.support.live_window import LiveWindow, live_window
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop


def past(w: LiveWindow) -> RunCard | None:
    return w.view._shelf.cell(w.ids()[0]).results.history.past


def pinned(w: LiveWindow) -> tuple[Output, ...]:
    card = w.view._shelf.cell(w.ids()[0]).results.history.pinned
    return () if card is None or card.run is None else card.run.outputs


def shown(w: LiveWindow) -> tuple[Output, ...]:
    card = past(w)
    return () if card is None or card.run is None else card.run.outputs


async def run_twice_and_look_back(w: LiveWindow) -> None:
    """The one cell; what is looked at is its first run."""
    (cell,) = w.ids()
    for source in ("print('first')", "print('second')"):
        w.document.replace_text(cell, source)
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(cell)
    w.press(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    await w.until(lambda: shown(w) != ())


async def test_what_a_cell_showed_before_can_be_seen_again_and_its_source_put_back(
    qapp: QApplication, tmp_path: Path
) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "print('first')")
    async with live_window(qapp, tmp_path, file) as w:
        (cell,) = w.ids()
        await run_twice_and_look_back(w)
        assert shown(w) == (StreamOutput(name="stdout", text="first\n"),)
        w.perform(Action.PUT_SOURCE_BACK)
        assert w.document.source(cell) == "print('first')"
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(cell)
        assert past(w) is None
        assert w.text(cell) == "first\n"


async def test_a_pinned_run_is_there_when_the_notebook_is_opened_again(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "print('first')")
    async with live_window(qapp, tmp_path, file) as w:
        await run_twice_and_look_back(w)
        w.perform(Action.PIN_RUN)
        w.perform(Action.SAVE)
        await w.until(lambda: not w.document.is_dirty)
    async with live_window(qapp, tmp_path, file) as w:
        await w.until(lambda: pinned(w) != ())
        assert pinned(w) == (StreamOutput(name="stdout", text="first\n"),)
        assert past(w) is None
        assert w.text(w.ids()[0]) == "second\n"


async def test_an_answer_is_among_what_a_past_run_showed_unless_it_was_not_to_be_kept(
    qapp: QApplication, tmp_path: Path
) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "x = input('Name? ')")
    async with live_window(qapp, tmp_path, file) as w:
        (cell,) = w.ids()
        for kept in (True, False):
            w.perform(Action.RUN_IN_PLACE)
            dialog = await w.dialog(InputDialog)
            if not kept:
                dialog.keep_toggled.emit(False)
            dialog.answered.emit("Ada")
            await w.settled(cell)
            w.perform(Action.CLEAR_OUTPUTS)
            w.press(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
            await w.until(lambda: shown(w) != ())
            answer = "Ada" if kept else "(no answer kept)"
            assert shown(w) == (StreamOutput(name="stdout", text=f"Name? {answer}\n"),)
            w.perform(Action.PRESENT_RUN)
