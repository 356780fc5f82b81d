"""Runs in a real window with a real engine: which cells run, how they stand, what the window says of the kernel."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import Banner
from capsule_desktop.widgets.full_output import FullOutput
from capsule_desktop.widgets.input_dialog import InputDialog
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.queue_panel import QueuePanel
from capsule_desktop.widgets.queue_values import RemoveRun
from capsule_desktop.widgets.status_bar import StatusBar
from capsule_desktop.widgets.toolbar import Toolbar
from capsule_desktop.widgets.values import CellState
from engine.commands import RestartKernel, ShutDownKernel
from tests.support.live_window import LiveWindow, live_window
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop
K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
WAITS = "import threading\nprint('begun', flush=True)\nthreading.Event().wait()"


async def choose(w: LiveWindow, choice: Choice) -> None:
    dialog = await w.dialog(MessageDialog)
    dialog.chosen.emit(choice)
    dialog.dismiss()


def said(w: LiveWindow, kind: type[Banner] | type[StatusBar] | type[QueuePanel] | type[Toolbar]) -> str:
    """All words of a part of the window that can be seen."""
    part = w.window.findChild(kind)
    assert part is not None
    labels = part.findChildren(QLabel)
    return " ".join(label.text() for label in labels if label.isVisibleTo(part)) if part.isVisible() else ""


def banner(w: LiveWindow) -> str:
    part = w.window.findChild(Banner)
    assert part is not None
    return part.accessibleName() if part.isVisible() else ""


async def begun(w: LiveWindow, cell: CellId) -> None:
    await w.until(lambda: "begun" in w.text(cell))


async def stop(w: LiveWindow, *cells: CellId) -> None:
    w.perform(Action.INTERRUPT)
    for cell in cells:
        await w.settled(cell)


async def test_above_and_below_run_what_they_say(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1", "2", "3")) as w:
        first, second, third = w.ids()
        w.notebook.parts.selection.select(second)
        w.perform(Action.RUN_ABOVE)
        assert await w.settled(first) is CellState.DONE
        assert [w.state(c) for c in (second, third)] == [CellState.NEVER_RUN] * 2
        w.perform(Action.RUN_BELOW)
        assert [await w.settled(c) for c in (second, third)] == [CellState.DONE] * 2
        assert w.document.body(first).execution_count == 1


async def test_a_cell_queued_again_while_it_runs_still_says_that_it_runs(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", WAITS)) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        await begun(w, cell)
        w.perform(Action.RUN_IN_PLACE)
        await w.until(lambda: len(w.notebook.parts.runs.active()) == 2)
        assert w.state(cell) is CellState.RUNNING
        await stop(w, cell, cell)
        assert w.notebook.parts.runs.active() == []


async def test_the_queue_shows_each_run_once_and_lets_one_be_taken_out(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1", WAITS, "3")) as w:
        first, second, third = w.ids()
        for _ in range(3):
            w.perform(Action.RUN_IN_PLACE)
            await w.settled(first)
        w.perform(Action.RUN_ALL)
        await begun(w, second)
        assert [cell for cell, _run in w.notebook.parts.runs.active()] == [second, third]
        w.window.queue_requested.emit(RemoveRun(execution_id=w.notebook.parts.runs.of(third).execution_id))
        await w.settled(third)
        assert w.notebook.parts.cells.cell(third).note == "Skipped: it was taken out of the queue."
        await w.settled(first)
        await stop(w, second)


async def test_restart_and_run_all_runs_in_a_new_kernel(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "import os; os.getpid()", WAITS)) as w:
        first, second = w.ids()
        w.perform(Action.RUN_ALL)
        await w.settled(first)
        await begun(w, second)
        before = w.text(first)
        w.perform(Action.RESTART_RUN_ALL)
        await choose(w, Choice.RESTART)
        await w.settled(second)  # lost with its Python; queued again at once, or a moment later
        await w.settled(first)
        await w.until(lambda: w.state(second) is CellState.RUNNING)
        await begun(w, second)
        assert w.text(first) != before
        await stop(w, second)


async def test_restart_and_clear_leaves_no_trace_of_the_runs(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "print(1)", WAITS, "3")) as w:
        w.perform(Action.RUN_ALL)
        await begun(w, w.ids()[1])
        w.perform(Action.RESTART_CLEAR)
        await choose(w, Choice.RESTART)
        for cell in w.ids():
            await w.settled(cell)
        for cell in w.ids():
            shown = w.notebook.parts.cells.cell(cell)
            assert (shown.state, shown.note, shown.execution_count) == (CellState.NEVER_RUN, "", None)
            assert list(w.document.outputs(cell)) == []


async def test_nothing_is_asked_before_a_restart_where_no_kernel_is(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "print(1)")) as w:
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(w.ids()[0])
        w.notebook.home.submit(ShutDownKernel())
        await w.until(lambda: not w.notebook.home.has_kernel)
        w.perform(Action.RESTART)
        assert not w.dialogs(MessageDialog)
        await w.until(lambda: w.notebook.home.has_kernel)


async def test_restarting_twice_at_once_ends_with_one_kernel_that_runs(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "x = 1", "x")) as w:
        first, second = w.ids()
        w.perform(Action.RUN_SELECT_BELOW)
        await w.settled(first)
        w.handle.submit(RestartKernel())
        w.handle.submit(RestartKernel())
        w.perform(Action.RUN_IN_PLACE)
        assert await w.settled(second) is CellState.ERROR
        assert "NameError" in w.text(second)


async def test_shut_down_says_so_calmly_and_the_next_run_starts_again(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1")) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(cell)
        w.perform(Action.SHUT_DOWN)
        await choose(w, Choice.SHUT_DOWN)
        toolbar = w.window.findChild(Toolbar)
        assert toolbar is not None
        await w.until(lambda: "shut down" in toolbar._kernel.accessibleName())
        assert banner(w) == ""
        w.perform(Action.RUN_IN_PLACE)
        assert await w.settled(cell) is CellState.DONE


async def test_a_kernel_that_dies_in_a_run_of_all_skips_the_rest_and_comes_back_with_its_variables(
    qapp: QApplication, tmp_path: Path
) -> None:
    until_kept = f"while not [*Path({str(tmp_path)!r}).glob('state/notebooks/*/checkpoints/*')]: time.sleep(0.01)"
    dies = f"import os, time\nfrom pathlib import Path\n{until_kept}\nos.kill(os.getpid(), 9)"
    file = write_notebook(tmp_path / "a.ipynb", "print('kept')", dies, "3")
    async with live_window(qapp, tmp_path, file) as w:
        ids = w.ids()
        w.perform(Action.RUN_ALL)
        states = [await w.settled(cell) for cell in ids]
        assert states == [CellState.DONE, CellState.LOST, CellState.NEVER_RUN]
        assert w.text(ids[0]) == "kept\n"
        await w.until(lambda: "has ended" in banner(w))
        assert "SIGKILL" in banner(w)
        await w.until(lambda: "are back" in banner(w))
        assert not w.dialogs(MessageDialog)
        w.notebook.parts.selection.select(ids[2])
        w.perform(Action.RUN_IN_PLACE)
        assert await w.settled(ids[2]) is CellState.DONE


async def test_the_last_words_of_a_crash_are_one_click_away_and_not_in_the_way(
    qapp: QApplication, tmp_path: Path
) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "import os\nos.kill(os.getpid(), 11)")
    async with live_window(qapp, tmp_path, file) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(cell)
        await w.until(lambda: banner(w) != "")
        for words in (banner(w), w.notebook.parts.cells.cell(cell).note):
            assert "SIGSEGV" in words
            assert "\n" not in words
        w.window.banner_button_clicked.emit("details")
        details = await w.dialog(FullOutput)
        assert "Segmentation fault" in details._text.toPlainText()
        details.close()


async def test_a_kernel_that_cannot_start_is_told_with_the_reason(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1", "2")) as w:
        first, second = w.ids()
        outputs = await w.notebook.home.draft_folder() / "outputs"
        outputs.rmdir()
        outputs.write_text("in the way")
        w.perform(Action.RUN_ALL)
        assert await w.settled(first) is CellState.LOST
        assert await w.settled(second) is CellState.NEVER_RUN
        await w.until(lambda: banner(w) != "")
        assert banner(w).startswith("Python could not be started.")
        assert "variables are gone" not in banner(w)
        outputs.unlink()
        w.window.banner_button_clicked.emit(Action.RESTART)
        await w.until(lambda: w.notebook.home.has_kernel)


# --- outputs that belong elsewhere


async def test_help_is_shown_beside_the_notebook_and_never_kept_in_it(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "len?", "print?\nsum?")) as w:
        first, second = w.ids()
        w.perform(Action.RUN_SELECT_BELOW)
        await w.settled(first)
        page = await w.dialog(FullOutput)
        assert not page.isModal()
        assert "number of items" in page._text.toPlainText()
        assert list(w.document.outputs(first)) == []
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(second)
        (page,) = w.dialogs(FullOutput)
        words = page._text.toPlainText()
        assert "number of items" not in words
        assert words.index("Prints the values") < words.index("Return the sum")
        QTest.keyClick(page, K.Key_Escape)
        assert w.dialogs(FullOutput) == []


async def test_load_puts_text_into_the_cell_and_can_be_undone(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("x = 1\n")
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "%load code.py")) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(cell)
        assert w.document.source(cell).endswith("x = 1\n")
        w.perform(Action.UNDO_TEXT)
        assert w.document.source(cell) == "%load code.py"


async def test_a_suggested_next_cell_comes_below(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(
        qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "get_ipython().set_next_input('y = 2')")
    ) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(cell)
        assert [w.document.source(c) for c in w.ids()][1:] == ["y = 2"]
        assert w.notebook.parts.selection.value.current == cell


async def test_output_of_a_background_thread_goes_to_the_cell_that_started_it(
    qapp: QApplication, tmp_path: Path
) -> None:
    source = (
        "import threading\nmay = threading.Event()\n"
        "def late():\n    may.wait()\n    print('late', flush=True)\n"
        "threading.Thread(target=late).start()"
    )
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", source, "may.set()")) as w:
        first, second = w.ids()
        w.perform(Action.RUN_ALL)
        await w.settled(second)
        await w.until(lambda: w.text(first) == "late\n")
        assert w.text(second) == ""


# --- cells that are deleted while they run


async def test_a_deleted_cell_goes_on_and_comes_back_with_all_it_printed(qapp: QApplication, tmp_path: Path) -> None:
    source = "print(input('go? '))"
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", source, "2")) as w:
        first, second = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        dialog = await w.dialog(InputDialog)
        w.perform(Action.DELETE_CELLS)
        assert w.ids() == [second]
        await w.until(lambda: "deleted cell" in said(w, StatusBar))
        dialog.answered.emit("on")
        await w.settled(first)
        assert w.text(second) == ""
        w.perform(Action.UNDO_CELL_OPERATION)
        assert w.text(first) == "go? on\non\n"
        assert w.state(first) is CellState.DONE


async def test_a_cell_deleted_before_it_asks_asks_all_the_same(qapp: QApplication, tmp_path: Path) -> None:
    source = "import threading\nmay = threading.Event()\nprint('begun', flush=True)\ninput('go? ')"
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", source, "2")) as w:
        first, _second = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        w.perform(Action.DELETE_CELLS)
        dialog = await w.dialog(InputDialog)
        assert "deleted cell" in dialog._heading.text()
        dialog.reject()
        await w.until(lambda: "deleted cell waits" in banner(w))
        w.window.banner_button_clicked.emit(Action.INTERRUPT)
        assert await w.settled(first) is CellState.STOPPED


async def test_interrupt_while_the_dialog_is_open_ends_both(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "input('go? ')")) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        await w.dialog(InputDialog)
        w.perform(Action.INTERRUPT)
        await w.settled(cell)
        await w.until(lambda: not w.dialogs(InputDialog))
        assert w.notebook.parts.cells.cell(cell).prompt is None


async def test_an_answer_in_the_cell_ends_the_dialog(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "print(input('go? '))")) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        await w.dialog(InputDialog)
        row = w.view._shelf.cell(cell).prompt_row
        assert row is not None
        row.answered.emit(w.notebook.parts.cells.cell(cell).prompt, "here")
        await w.settled(cell)
        assert w.text(cell) == "go? here\nhere\n"
        await w.until(lambda: not w.dialogs(InputDialog))


async def test_code_that_goes_on_after_an_interrupted_question_waits_no_more(
    qapp: QApplication, tmp_path: Path
) -> None:
    source = (
        "try:\n    input('go? ')\nexcept KeyboardInterrupt:\n    print('begun', flush=True)\n"
        "import threading\nthreading.Event().wait()"
    )
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", source)) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        (await w.dialog(InputDialog)).interrupted.emit()
        await begun(w, cell)
        assert w.state(cell) is CellState.RUNNING
        assert w.notebook.parts.cells.cell(cell).prompt is None
        await stop(w, cell)


# --- the page stays where the reader is


async def test_running_out_of_sight_does_not_scroll_the_page(qapp: QApplication, tmp_path: Path) -> None:
    sources = ["for i in range(30): print(i)", *"abcdefgh" * 10]
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", *sources)) as w:
        first = w.ids()[0]
        w.view.scroll_pages(3)
        tops = {c.cell_id: c.y() for c in w.view._shelf if 0 <= c.y() < w.view.viewport().height()}
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(first)
        assert {c.cell_id: c.y() for c in w.view._shelf if c.cell_id in tops} == tops


async def test_the_window_stays_live_while_50_000_lines_come(qapp: QApplication, tmp_path: Path) -> None:
    source = "for i in range(50_000): print(i)"
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", source, "")) as w:
        first, second = w.ids()
        w.perform(Action.RUN_SELECT_BELOW)
        w.press(K.Key_Return)
        await w.until(lambda: "100\n" in w.text(first))
        w.type("typed meanwhile")
        assert w.document.source(second) == "typed meanwhile"
        assert await w.settled(first) is CellState.DONE
        assert w.text(first).count("\n") == 50_000
