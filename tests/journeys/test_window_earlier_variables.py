"""A Python that was started anew has no variables: those of the one before are offered, and nothing buries them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import Banner
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.values import CellState
from engine.events import CheckpointKept, Event, KernelReady
from tests.support.chosen_interpreters import choose, chooser, consequence_of, know, list_of
from tests.support.live_window import LiveWindow, live_window
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop
NEEDS_X = "print('x is', x)"


async def run(w: LiveWindow, cell: CellId) -> CellState:
    w.notebook.parts.selection.select(cell)
    w.perform(Action.RUN_IN_PLACE)
    return await w.settled(cell)


async def run_and_keep(w: LiveWindow, cell: CellId) -> None:
    kept: list[str] = []

    def note(event: Event) -> None:
        if isinstance(event, CheckpointKept):
            kept.append(event.cell_id)

    w.notebook.events.event_occurred.connect(note)
    assert await run(w, cell) is CellState.DONE
    await w.until(lambda: cell in kept)


def offers(w: LiveWindow) -> bool:
    return w.notebook.parts.banners.says(Topic.EARLIER)


async def bring_back(w: LiveWindow) -> None:
    """Whatever else is said is dismissed first."""
    banner = w.window.findChild(Banner)
    assert banner is not None
    for topic in set(Topic) - {Topic.EARLIER}:
        w.notebook.parts.banners.drop(topic)
    (button,) = [b for b in banner.findChildren(QPushButton) if b.text() == "Bring back"]
    button.click()
    await w.until(lambda: not offers(w))


async def test_variables_of_before_are_offered_after_cells_ran_without_them(
    qapp: QApplication, tmp_path: Path, work: Path
) -> None:
    file = write_notebook(work / "a.ipynb", "x = 6", NEEDS_X, "y = 7", "print(x * y)")
    async with live_window(qapp, tmp_path, file) as w:
        await run_and_keep(w, w.ids()[0])
        assert not offers(w)
        w.perform(Action.SAVE)
        await w.until(lambda: not w.document.is_dirty)
    async with live_window(qapp, tmp_path, file) as w:
        _, needs_x, sets_y, both = w.ids()
        assert not offers(w)
        assert await run(w, needs_x) is CellState.ERROR
        await w.until(lambda: offers(w))
        await run_and_keep(w, sets_y)  # the last checkpoint from now on
        await bring_back(w)
        assert await run(w, both) is CellState.DONE
        assert w.text(both).strip() == "42"


async def test_an_offer_that_was_left_alone_is_there_at_the_next_opening(
    qapp: QApplication, tmp_path: Path, work: Path
) -> None:
    file = write_notebook(work / "a.ipynb", "x = 6", NEEDS_X, "pass")
    async with live_window(qapp, tmp_path, file) as w:
        await run_and_keep(w, w.ids()[0])
        w.perform(Action.SAVE)
        await w.until(lambda: not w.document.is_dirty)
    async with live_window(qapp, tmp_path, file) as w:
        assert await run(w, w.ids()[1]) is CellState.ERROR
        await w.until(lambda: offers(w))
    async with live_window(qapp, tmp_path, file) as w:
        _, needs_x, nothing = w.ids()
        assert await run(w, nothing) is CellState.DONE
        await w.until(lambda: offers(w))
        await bring_back(w)
        assert await run(w, needs_x) is CellState.DONE


async def test_a_change_of_python_and_back_does_not_bury_the_variables(
    qapp: QApplication, tmp_path: Path, work: Path, environment: Path
) -> None:
    async with live_window(qapp, tmp_path, write_notebook(work / "a.ipynb", "x = 6", NEEDS_X)) as w:
        sets_x, needs_x = w.ids()
        await run_and_keep(w, sets_x)
        started: list[str] = []

        def note(event: Event) -> None:
            if isinstance(event, KernelReady):
                started.append(event.executable)

        w.notebook.events.event_occurred.connect(note)
        know(tmp_path, environment)
        dialog = await chooser(w)
        await w.until(lambda: str(environment) in list_of(dialog).paths)
        list_of(dialog).select(str(environment))
        await w.until(lambda: "Python will be restarted" in consequence_of(dialog))
        await choose(w, environment)
        await w.until(lambda: started == [str(environment)])
        await w.until(lambda: offers(w))
        assert await run(w, needs_x) is CellState.ERROR
        w.perform(Action.RESTORE_LAST_CHECKPOINT)  # the new one had nothing to keep
        (await w.dialog(MessageDialog)).chosen.emit(Choice.RESTORE)
        await w.until(lambda: not offers(w))
        assert await run(w, needs_x) is CellState.DONE


async def test_a_restart_that_was_asked_for_is_followed_by_no_offer(
    qapp: QApplication, tmp_path: Path, work: Path
) -> None:
    async with live_window(qapp, tmp_path, write_notebook(work / "a.ipynb", "x = 6", NEEDS_X, "y = 1")) as w:
        sets_x, needs_x, sets_y = w.ids()
        await run_and_keep(w, sets_x)
        w.perform(Action.RESTART)
        question = await w.dialog(MessageDialog)
        question.chosen.emit(Choice.RESTART)
        question.dismiss()
        assert await run(w, needs_x) is CellState.ERROR
        await run_and_keep(w, sets_y)
        assert not offers(w)
