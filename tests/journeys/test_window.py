"""The window's journeys with the real engine: run, answer, save, checkpoint, restore, close."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from capsule_desktop.presenters.run_states import CellRun
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.checkpoint_dialogs import SaveCheckpointDialog
from capsule_desktop.widgets.input_dialog import InputDialog
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.report_dialog import ReportDialog
from capsule_desktop.widgets.values import CellState
from engine.commands import RestoreCheckpoint
from tests.support.live_window import live_application, live_window, turn_until
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop
SHIFT = Qt.KeyboardModifier.ShiftModifier


async def test_shift_enter_runs_shows_and_goes_on_below(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "6 * 7", "")
    async with live_window(qapp, tmp_path, file) as w:
        first, second = w.ids()
        w.press(Qt.Key.Key_Return, SHIFT)
        assert await w.settled(first) is CellState.DONE
        assert w.text(first) == "42"
        assert w.notebook.parts.selection.value.current == second


async def test_what_is_typed_is_what_runs(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path) as w:
        (first,) = w.ids()
        w.press(Qt.Key.Key_Return)
        w.type("print('typed')")
        w.press(Qt.Key.Key_Return, SHIFT)
        assert await w.settled(first) is CellState.DONE
        assert w.text(first) == "typed\n"
        assert len(w.ids()) == 2


async def test_run_all_stops_at_an_error_and_says_what_was_skipped(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "1", "1 / 0", "3")
    async with live_window(qapp, tmp_path, file) as w:
        ids = w.ids()
        w.perform(Action.RUN_ALL)
        assert [await w.settled(cell) for cell in ids] == [CellState.DONE, CellState.ERROR, CellState.NEVER_RUN]
        assert "Skipped" in w.notebook.parts.cells.cell(ids[2]).note


async def test_input_is_answered_in_a_dialog_that_blocks_nothing(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "name = input('Who? ')\nprint('hello', name)")
    async with live_window(qapp, tmp_path, file) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        dialog = await w.dialog(InputDialog)
        assert not dialog.isModal()
        assert w.state(cell) is CellState.WAITING
        dialog.answered.emit("Ada")
        assert await w.settled(cell) is CellState.DONE
        assert w.text(cell) == "Who? Ada\nhello Ada\n"
        await w.until(lambda: not w.dialogs(InputDialog))


async def test_a_postponed_question_stays_in_the_cell_and_is_answered_there(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "print(input('Who? '))")
    async with live_window(qapp, tmp_path, file) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        dialog = await w.dialog(InputDialog)
        dialog.reject()
        await w.until(lambda: not w.dialogs(InputDialog))
        prompt = w.notebook.parts.cells.cell(cell).prompt
        assert prompt is not None
        w.view.input_answered.emit(cell, prompt.execution_id, prompt.input_number, "later")
        assert await w.settled(cell) is CellState.DONE
        assert "later" in w.text(cell)


async def test_a_question_is_ended_or_interrupted_from_its_dialog(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "input()")
    async with live_window(qapp, tmp_path, file) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        (await w.dialog(InputDialog)).ended.emit()
        await w.settled(cell)
        assert w.text(cell) == "(end of file)\nEOFError: "
        w.perform(Action.RUN_IN_PLACE)
        await w.until(lambda: w.state(cell) is CellState.WAITING)
        (await w.dialog(InputDialog)).interrupted.emit()
        await w.settled(cell)
        assert w.text(cell).startswith("KeyboardInterrupt")


async def test_two_notebooks_wait_for_their_answers_at_once(qapp: QApplication, tmp_path: Path) -> None:
    files = [write_notebook(tmp_path / f"{n}.ipynb", f"print(input('{n}? '))") for n in ("a", "b")]
    async with live_application(qapp, tmp_path) as application:
        notebooks = []
        for file in files:
            window = application.windows.open_window()
            await application.windows.open_file(file, window)
            notebook = application.windows.notebook_of(window)
            assert notebook is not None
            notebook.actions.perform(Action.RUN_IN_PLACE)
            notebooks.append(notebook)

        def runs() -> list[CellRun]:
            return [n.parts.runs.of(n.document.cell_id_at(0)) for n in notebooks]

        await turn_until(lambda: all(run.state is CellState.WAITING for run in runs()))
        for number, notebook in reversed(list(enumerate(notebooks))):
            window = notebook.parts.window
            window.activateWindow()  # a question waits for its own window to be in front
            await turn_until(lambda window=window: any(d.isVisible() for d in window.findChildren(InputDialog)))
            window.findChild(InputDialog).answered.emit(str(number))
        await turn_until(lambda: all(run.state is CellState.DONE for run in runs()))
        assert ["0" in str(n.document.outputs(n.document.cell_id_at(0))) for n in notebooks] == [True, False]


async def test_saving_writes_a_notebook_that_jupyter_reads(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "print('kept')")
    async with live_window(qapp, tmp_path, file) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(cell)
        assert w.document.is_dirty
        w.perform(Action.SAVE)
        await w.until(lambda: not w.document.is_dirty)
        saved = nbformat.read(file, as_version=4)
        nbformat.validate(saved)
        assert saved.cells[0].outputs[0].text == "kept\n"
        assert saved.metadata.capsule.id


async def test_a_run_says_the_language_where_the_file_does_not(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "1")
    async with live_window(qapp, tmp_path, file) as w:
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(w.ids()[0])
        w.perform(Action.SAVE)
        await w.until(lambda: not w.document.is_dirty)
    assert nbformat.read(file, as_version=4).metadata.language_info.name == "python"


async def test_a_save_without_a_change_writes_nothing(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "1")
    before = (file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_ino)
    async with live_window(qapp, tmp_path, file) as w:
        saved = []
        w.notebook.saved.connect(lambda: saved.append(True))
        w.perform(Action.SAVE)
        await w.until(lambda: bool(saved))
    assert (file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_ino) == before


async def test_opening_a_notebook_starts_nothing_and_writes_nothing_beside_it(
    qapp: QApplication, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    file = write_notebook(folder / "a.ipynb", "open('ran', 'w')")
    before = file.read_bytes()
    async with live_window(qapp, tmp_path, file) as w:
        assert w.notebook.home.handle is None
    assert not (tmp_path / "state" / "notebooks").exists()
    assert [p.name for p in folder.iterdir()] == ["a.ipynb"]
    assert file.read_bytes() == before


async def test_a_broken_file_is_told_and_left_as_it_is(qapp: QApplication, tmp_path: Path) -> None:
    file = tmp_path / "broken.ipynb"
    file.write_text('{"cells": [')
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        await application.windows.open_file(file, window)
        assert application.windows.notebook_of(window) is None
        assert [d for d in window.findChildren(MessageDialog) if d.isVisible()]
    assert file.read_text() == '{"cells": ['


async def test_closing_with_unsaved_work_asks_and_cancel_stays(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "1")
    async with live_window(qapp, tmp_path, file) as w:
        w.perform(Action.INSERT_BELOW)
        w.window.close()
        dialog = await w.dialog(MessageDialog)
        dialog.chosen.emit(Choice.CANCEL)
        dialog.dismiss()
        assert w.window.isVisible()
        w.window.close()
        (await w.dialog(MessageDialog)).chosen.emit(Choice.DISCARD)
        await turn_until(lambda: not w.application.windows.windows)


async def test_a_file_that_changed_elsewhere_is_never_silently_overwritten(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "1")
    async with live_window(qapp, tmp_path, file) as w:
        w.perform(Action.INSERT_BELOW)
        write_notebook(file, "somebody else's")
        theirs = file.read_bytes()
        w.perform(Action.SAVE)
        dialog = await w.dialog(MessageDialog)
        assert file.read_bytes() == theirs
        dialog.chosen.emit(Choice.CANCEL)
        dialog.dismiss()
        assert w.document.is_dirty


async def test_a_checkpoint_is_saved_and_restored_with_a_report(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "import threading\nx = 1\nlock = threading.Lock()", "x = 2", "print(x)")
    async with live_window(qapp, tmp_path, file) as w:
        first, second, third = w.ids()
        w.perform(Action.RUN_SELECT_BELOW)
        await w.settled(first)
        w.perform(Action.SAVE_CHECKPOINT)
        dialog = await w.dialog(SaveCheckpointDialog)
        dialog.save_requested.emit("clean data")
        dialog.dismiss()
        report = await w.dialog(ReportDialog)
        report.dismiss()
        w.perform(Action.RUN_SELECT_BELOW)
        await w.settled(second)
        path = tmp_path / "checkpoints" / "clean data.capsule"
        w.handle.submit(RestoreCheckpoint(path=path))
        await w.until(lambda: bool(w.dialogs(ReportDialog)))
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(third)
        assert w.text(third) == "1\n"


async def test_a_worker_that_dies_marks_its_cell_and_offers_a_new_start(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "import os\nos.kill(os.getpid(), 11)")
    async with live_window(qapp, tmp_path, file) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        assert await w.settled(cell) is CellState.LOST
        assert "SIGSEGV" in w.notebook.parts.cells.cell(cell).note


async def test_clear_output_that_waits_replaces_what_was_shown(qapp: QApplication, tmp_path: Path) -> None:
    source = "from IPython.display import clear_output\nfor i in range(3):\n    clear_output(wait=True)\n    print(i)"
    file = write_notebook(tmp_path / "a.ipynb", source)
    async with live_window(qapp, tmp_path, file) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        await w.settled(cell)
        assert w.text(cell) == "2\n"


async def test_a_display_that_is_updated_changes_in_the_cell_that_shows_it(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "h = display('before', display_id=True)", "h.update('after')")
    async with live_window(qapp, tmp_path, file) as w:
        first, second = w.ids()
        w.perform(Action.RUN_ALL)
        await w.settled(second)
        assert w.text(first) == "'after'"
