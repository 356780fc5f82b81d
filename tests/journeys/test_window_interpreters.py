"""The Python of a notebook is chosen in its window, kept with it, and asked for where it has gone."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton

from capsule_desktop import finding
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.settings import Settings
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import Banner
from capsule_desktop.widgets.interpreter_dialog import NONE_FOUND, InterpreterDialog
from capsule_desktop.widgets.interpreter_list import InterpreterList
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.status_bar import StatusBar
from capsule_desktop.widgets.values import CellState
from engine.events import Event, KernelStarting
from engine.interpreters.interpreter import Interpreter, Kind, Standing
from tests.support.live_window import LiveWindow, live_application, live_window, turn_until
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
WHERE = "import sys\nprint(sys.executable)"


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """One that is not found by itself, of the Python that runs the tests."""
    return make_environment(tmp_path / "elsewhere" / "analysis")


def make_environment(folder: Path) -> Path:
    """An environment without pip, in a tenth of a second; its python."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


def set_trap(folder: Path) -> Path:
    """An environment whose python is a script that leaves a mark; the mark."""
    mark = folder.parent / "mark"
    (folder / "bin").mkdir(parents=True)
    (folder / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {Path(sys.base_prefix) / 'bin'}\nversion = 3.12.1\n")
    python = folder / "bin" / "python"
    python.write_text(f"#!/bin/sh\ntouch '{mark}'\nexec '{sys.executable}' \"$@\"\n")
    python.chmod(0o755)
    return mark


def named(file: Path) -> object:
    return json.loads(file.read_text())["metadata"].get("capsule", {}).get("interpreter")


def name(file: Path, called: str, version: str) -> None:
    """As another computer wrote it."""
    content = json.loads(file.read_text())
    content["metadata"]["capsule"] = {"interpreter": {"name": called, "version": version}}
    file.write_text(json.dumps(content, indent=1) + "\n")


def _consequence(dialog: InterpreterDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def _said(dialog: MessageDialog) -> str:
    return " ".join(label.text() for label in dialog.findChildren(QLabel))


def _questions(w: LiveWindow) -> list[str]:
    return [_said(dialog) for dialog in w.dialogs(MessageDialog)]


def _status(w: LiveWindow) -> str:
    return "\n".join(label.text() for bar in w.window.findChildren(StatusBar) for label in bar.findChildren(QLabel))


def _is_looking(dialog: InterpreterDialog) -> bool:
    return "Finding out" in _consequence(dialog)


async def chooser(w: LiveWindow) -> InterpreterDialog:
    """Open, with what was found."""
    if not w.dialogs(InterpreterDialog):
        w.perform(Action.CHANGE_INTERPRETER)
    dialog = await w.dialog(InterpreterDialog)
    await w.until(lambda: bool(_list(dialog).paths))
    return dialog


def _list(dialog: InterpreterDialog) -> InterpreterList:
    found = dialog.findChild(InterpreterList)
    assert isinstance(found, InterpreterList)
    return found


async def choose(w: LiveWindow, python: Path) -> None:
    """By keys: its name is typed, Enter takes it."""
    dialog = await chooser(w)
    await w.until(lambda: str(python) in _list(dialog).paths)
    line = dialog.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    await w.until(line.hasFocus)
    w.type(python.parent.parent.name)
    w.press(Qt.Key.Key_Return)
    await w.until(lambda: not w.dialogs(InterpreterDialog))


def know(folder: Path, python: Path) -> None:
    """It was used in another notebook."""
    Settings(folder / "config" / "settings.ini").add_recent_python(python)


async def where(w: LiveWindow) -> str:
    cell = w.ids()[0]
    w.perform(Action.RUN_IN_PLACE)
    assert await w.settled(cell) is CellState.DONE, w.text(cell)
    return w.text(cell).strip()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The notebook's folder, which has nothing else."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


async def test_what_is_chosen_in_the_window_runs_and_is_kept(
    qapp: QApplication, tmp_path: Path, work: Path, environment: Path
) -> None:
    file = write_notebook(work / "a.ipynb", WHERE)
    async with live_window(qapp, tmp_path, file) as w:
        assert await where(w) == sys.executable  # nobody chose
        know(tmp_path, environment)
        dialog = await chooser(w)
        await w.until(lambda: str(environment) in _list(dialog).paths)
        _list(dialog).select(str(environment))
        await w.until(lambda: "Python will be restarted" in _consequence(dialog))
        await choose(w, environment)
        assert await where(w) == str(environment)
        assert named(file) is None  # not saved yet
        w.perform(Action.SAVE)
        await w.until(lambda: named(file) == {"name": "analysis", "version": VERSION})
    async with live_window(qapp, tmp_path, file) as w:
        assert await where(w) == str(environment)


async def test_what_nobody_chose_is_not_written_into_the_notebook(
    qapp: QApplication, tmp_path: Path, work: Path
) -> None:
    file = write_notebook(work / "a.ipynb", WHERE)
    async with live_window(qapp, tmp_path, file) as w:
        await where(w)
        w.perform(Action.SAVE)
        await w.until(lambda: not w.document.is_dirty)
        assert named(file) is None
        assert w.notebook.interpreters.current is not None


async def test_one_that_has_gone_is_asked_for_once_while_the_cells_wait(
    qapp: QApplication, tmp_path: Path, work: Path, environment: Path
) -> None:
    file = write_notebook(work / "a.ipynb", WHERE, "1")
    know(tmp_path, environment)
    async with live_window(qapp, tmp_path, file) as w:
        await choose(w, environment)
        w.perform(Action.SAVE)
        await w.until(lambda: named(file) is not None)
    shutil.rmtree(environment.parent.parent)
    async with live_window(qapp, tmp_path, file) as w:
        w.perform(Action.RUN_ALL)
        question = await w.dialog(MessageDialog)
        first, second = w.ids()
        await w.until(lambda: w.state(first) is CellState.QUEUED)
        question.chosen.emit(Choice.OK)
        question.dismiss()
        assert await w.settled(first) is CellState.DONE
        assert await w.settled(second) is CellState.DONE
        assert w.text(first).strip() != str(environment)
        w.perform(Action.RUN_ALL)
        assert await w.settled(second) is CellState.DONE  # asked no more


async def test_a_restart_asks_where_the_folders_environment_has_gone(
    qapp: QApplication, tmp_path: Path, work: Path, environment: Path
) -> None:
    """Nobody chose it: that it ran the notebook is enough."""
    python = make_environment(work / ".venv")
    know(tmp_path, environment)
    async with live_window(qapp, tmp_path, write_notebook(work / "a.ipynb", WHERE)) as w:
        assert await where(w) == str(python)
        (work / ".venv").rename(tmp_path / "moved")
        w.perform(Action.RESTART)
        (await w.dialog(MessageDialog)).chosen.emit(Choice.RESTART)
        await w.until(lambda: any("is to run this notebook" in words for words in _questions(w)))
        assert any("Nearest: " in words for words in _questions(w))
        question = next(d for d in w.dialogs(MessageDialog) if "is to run this notebook" in _said(d))
        question.chosen.emit(Choice.OK)
        question.dismiss()
        assert await where(w) != str(python)


async def test_one_that_has_gone_and_is_not_replaced_loses_nothing(
    qapp: QApplication, tmp_path: Path, work: Path
) -> None:
    file = write_notebook(work / "a.ipynb", WHERE)
    name(file, "analysis", "3.11")
    async with live_window(qapp, tmp_path, file) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        question = await w.dialog(MessageDialog)
        assert "Waiting until you have chosen a Python" in _status(w)
        question.reject()
        assert await w.settled(cell) is CellState.NEVER_RUN
        assert w.notebook.parts.cells.cell(cell).note == "Skipped: no Python was chosen."
        await w.until(lambda: "Idle" in _status(w))
        assert not w.notebook.parts.banners.says(Topic.KERNEL)
        assert not w.document.is_dirty


async def test_closing_the_window_ends_the_question(qapp: QApplication, tmp_path: Path, work: Path) -> None:
    file = write_notebook(work / "a.ipynb", WHERE)
    name(file, "analysis", "3.11")
    async with live_application(qapp, tmp_path) as application:
        window = application.windows.open_window()
        await application.windows.open_file(file, window)
        notebook = application.windows.notebook_of(window)
        assert notebook is not None
        await turn_until(window.isActiveWindow)
        w = LiveWindow(application, window, notebook)
        w.perform(Action.RUN_IN_PLACE)
        await w.dialog(MessageDialog)


async def test_the_folders_own_environment_is_not_started_before_a_cell_is_run(
    qapp: QApplication, tmp_path: Path, work: Path
) -> None:
    mark = set_trap(work / ".venv")
    file = write_notebook(work / "a.ipynb", WHERE)
    async with live_application(qapp, tmp_path) as application:
        running = asyncio.ensure_future(application.run([file]))
        await turn_until(lambda: bool(application.windows.windows))
        window = application.windows.windows[0]
        await turn_until(lambda: application.windows.notebook_of(window) is not None)
        await application.warmed.wait()
        notebook = application.windows.notebook_of(window)
        assert notebook is not None
        w = LiveWindow(application, window, notebook)
        dialog = await chooser(w)
        await w.until(lambda: not application.catalogue.is_probing and not _is_looking(dialog))
        assert str(work / ".venv/bin/python") in _list(dialog).paths
        dialog.reject()
        assert not mark.exists()
        assert notebook.interpreters.current is not None
        assert notebook.interpreters.current.path == work / ".venv/bin/python"
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        assert await w.settled(cell) is CellState.DONE
        assert mark.exists()
        application.windows.discard(window)
        await running


async def test_a_broken_environment_of_the_folder_is_told_at_opening(
    qapp: QApplication, tmp_path: Path, work: Path
) -> None:
    python = make_environment(work / ".venv")
    python.unlink()
    python.symlink_to(tmp_path / "gone" / "python3")
    async with live_window(qapp, tmp_path, write_notebook(work / "a.ipynb", "1")) as w:
        await w.until(lambda: w.notebook.parts.banners.says(Topic.INTERPRETER))
        banner = w.window.findChild(Banner)
        assert isinstance(banner, Banner)
        said = " ".join(label.text() for label in banner.findChildren(QLabel))
        assert "The environment “.venv” of this folder is not used." in said
        assert "make the environment anew" in said
        w.window.banner_button_clicked.emit(Action.CHANGE_INTERPRETER)
        await choose(w, Path(sys.executable))
        assert not w.notebook.parts.banners.says(Topic.INTERPRETER)


async def test_a_restart_before_a_cell_was_run_starts_nothing(
    qapp: QApplication, tmp_path: Path, work: Path, environment: Path
) -> None:
    mark = set_trap(work / ".venv")
    async with live_window(qapp, tmp_path, write_notebook(work / "a.ipynb", WHERE)) as w:
        await w.until(lambda: w.notebook.interpreters.current is not None)
        assert Action.RESTART not in w.notebook.actions
        starts = list[Event]()
        w.notebook.events.event_occurred.connect(lambda e: starts.append(e) if isinstance(e, KernelStarting) else None)
        for restart in (Action.RESTART, Action.RESTART_CLEAR):
            w.perform(restart)
        await w.notebook.home.draft_folder()  # what was submitted is with the engine
        know(tmp_path, environment)
        await choose(w, environment)
        assert await where(w) == str(environment)
        assert len(starts) == 1
        assert not mark.exists()
        assert Action.RESTART in w.notebook.actions


async def test_the_variables_come_back_in_another_python_of_the_same_version(
    qapp: QApplication, tmp_path: Path, work: Path, environment: Path
) -> None:
    file = write_notebook(work / "a.ipynb", "kept = 42", f"{WHERE}\nprint(kept)")
    async with live_window(qapp, tmp_path, file) as w:
        first, second = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        assert await w.settled(first) is CellState.DONE
        know(tmp_path, environment)
        dialog = await chooser(w)
        await w.until(lambda: str(environment) in _list(dialog).paths)
        _list(dialog).select(str(environment))
        restore = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Restart and restore")
        await w.until(restore.isEnabled)
        assert "after cell 1" in _consequence(dialog)
        restore.click()
        w.notebook.parts.selection.select(second)
        await w.until(lambda: w.notebook.parts.banners.says(Topic.KERNEL))
        w.perform(Action.RUN_IN_PLACE)
        assert await w.settled(second) is CellState.DONE
        assert w.text(second).split() == [str(environment), "42"]


async def test_what_was_browsed_for_and_is_no_python_says_why(
    qapp: QApplication, tmp_path: Path, work: Path, environment: Path
) -> None:
    async with live_window(qapp, tmp_path, write_notebook(work / "a.ipynb", "1")) as w:
        dialog = await chooser(w)
        await w.notebook.interpreters.chooser.add(work)
        assert "There is no Python in" in _consequence(dialog)
        await w.notebook.interpreters.chooser.add(environment.parent.parent)
        assert "There is no Python in" not in _consequence(dialog)
        chosen = _list(dialog).current
        assert chosen is not None
        assert chosen.path == str(environment)


async def test_what_was_browsed_for_and_does_not_start_ends_nothing(
    qapp: QApplication, tmp_path: Path, work: Path
) -> None:
    """Nothing but running it tells: it is chosen before that is done, too."""
    script = tmp_path / "old" / "python"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho 'SyntaxError: invalid syntax' >&2\nexit 1\n")
    script.chmod(0o755)
    file = write_notebook(work / "a.ipynb", "import os; os.getpid()", "os.getpid()")
    async with live_window(qapp, tmp_path, file) as w:
        w.perform(Action.RUN_ALL)
        assert [await w.settled(cell) for cell in w.ids()] == [CellState.DONE, CellState.DONE]
        dialog = await chooser(w)
        await w.application.catalogue.described(script, work)
        dialog.chosen.emit(str(script), False)
        await w.until(lambda: "It does not start. It said: SyntaxError" in _consequence(dialog))
        _list(dialog).select(str(script))
        row = _list(dialog).current
        assert row is not None
        assert not row.is_usable
        other = script.with_name("python3")
        shutil.copy(script, other)
        await w.notebook.interpreters.chooser.add(other)
        assert "It does not start. It said: SyntaxError" in _consequence(dialog)
        dialog.reject()
        w.perform(Action.RUN_ALL)
        await w.settled(w.ids()[1])
        assert w.text(w.ids()[0]) == w.text(w.ids()[1])
        assert not w.document.metadata.get("capsule")
        assert str(script) not in w.application.catalogue.recent


async def test_without_any_python_the_cell_waits_and_it_is_said_what_to_do(
    qapp: QApplication, tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uv is found where a desktop's PATH does not lead to."""
    uv = tmp_path / "home/.local/bin/uv"
    uv.parent.mkdir(parents=True)
    uv.touch(0o755)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = finding.load()
    monkeypatch.setattr(finding, "load", lambda: replace(found, finder=Nothing()))
    async with live_window(qapp, tmp_path, write_notebook(work / "a.ipynb", "1")) as w:
        (cell,) = w.ids()
        w.perform(Action.RUN_IN_PLACE)
        dialog = await w.dialog(InterpreterDialog)
        await w.until(lambda: NONE_FOUND in _consequence(dialog))
        assert "need a Python to run. “uv python install”" in _consequence(dialog)
        dialog.reject()
        assert await w.settled(cell) is CellState.NEVER_RUN


class Nothing:
    """A computer without Python."""

    def find(self, notebook_folder: Path | None) -> tuple[Interpreter, ...]:
        return ()

    def describe(self, path: Path, notebook_folder: Path | None = None) -> Interpreter:
        return Interpreter(path=path, name="", kind=Kind.SYSTEM, home=path, standing=Standing.MISSING, reason="gone")
