"""The Python of a notebook is chosen in its window and kept with it; the folder's own is not started unasked."""

from __future__ import annotations

import asyncio
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from capsule_desktop import finding
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.interpreter_dialog import NONE_FOUND, InterpreterDialog
from capsule_desktop.widgets.values import CellState
from engine.events import Event, KernelStarting
from engine.interpreters.interpreter import Interpreter, Kind, Standing
from tests.support.chosen_interpreters import (
    WHERE,
    choose,
    chooser,
    consequence_of,
    know,
    list_of,
    named,
    where,
)
from tests.support.live_window import LiveWindow, live_application, live_window, turn_until
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


GENERATOR = "import itertools\nkept = (42 for _ in itertools.count())"  # no checkpoint brings that back


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


def is_looking(dialog: InterpreterDialog) -> bool:
    return "Finding out" in consequence_of(dialog)


async def test_what_is_chosen_in_the_window_runs_and_is_kept(
    qapp: QApplication, tmp_path: Path, work: Path, environment: Path
) -> None:
    file = write_notebook(work / "a.ipynb", WHERE)
    async with live_window(qapp, tmp_path, file) as w:
        assert await where(w) == sys.executable  # nobody chose
        know(tmp_path, environment)
        dialog = await chooser(w)
        await w.until(lambda: str(environment) in list_of(dialog).paths)
        list_of(dialog).select(str(environment))
        await w.until(lambda: "Python will be restarted" in consequence_of(dialog))
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
        await w.until(lambda: not application.catalogue.is_probing and not is_looking(dialog))
        assert str(work / ".venv/bin/python") in list_of(dialog).paths
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


async def test_a_restart_before_a_cell_was_run_starts_nothing(
    qapp: QApplication, tmp_path: Path, work: Path, environment: Path
) -> None:
    mark = set_trap(work / ".venv")
    async with live_window(qapp, tmp_path, write_notebook(work / "a.ipynb", WHERE)) as w:
        await w.until(lambda: w.notebook.interpreters.current is not None)
        assert Action.RESTART not in w.notebook.actions.possible
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
        assert Action.RESTART in w.notebook.actions.possible


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
        await w.until(lambda: str(environment) in list_of(dialog).paths)
        list_of(dialog).select(str(environment))
        restore = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Restart and restore")
        await w.until(restore.isEnabled)
        assert "after cell 1" in consequence_of(dialog)
        restore.click()
        w.notebook.parts.selection.select(second)
        await w.until(lambda: w.notebook.parts.banners.says(Topic.KERNEL))
        w.perform(Action.RUN_IN_PLACE)
        assert await w.settled(second) is CellState.DONE
        assert w.text(second).splitlines() == [str(environment), "42"]


async def test_what_was_browsed_for_and_is_no_python_says_why(
    qapp: QApplication, tmp_path: Path, work: Path, environment: Path
) -> None:
    async with live_window(qapp, tmp_path, write_notebook(work / "a.ipynb", "1")) as w:
        dialog = await chooser(w)
        await w.notebook.interpreters.chooser.add(work)
        assert "There is no Python in" in consequence_of(dialog)
        await w.notebook.interpreters.chooser.add(environment.parent.parent)
        assert "There is no Python in" not in consequence_of(dialog)
        chosen = list_of(dialog).current
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
        await w.until(lambda: "It does not start. It said: SyntaxError" in consequence_of(dialog))
        list_of(dialog).select(str(script))
        row = list_of(dialog).current
        assert row is not None
        assert not row.is_usable
        other = script.with_name("python3")
        shutil.copy(script, other)
        await w.notebook.interpreters.chooser.add(other)
        assert "It does not start. It said: SyntaxError" in consequence_of(dialog)
        dialog.reject()
        w.perform(Action.RUN_ALL)
        await w.settled(w.ids()[1])
        assert w.text(w.ids()[0]) == w.text(w.ids()[1])
        assert not w.document.metadata.get("capsule")
        assert str(script) not in w.application.catalogue.recent


async def test_a_python_that_answers_and_then_does_not_start_costs_no_variable(
    qapp: QApplication, tmp_path: Path, work: Path
) -> None:
    script = tmp_path / "failing" / "python"
    script.parent.mkdir()
    script.write_text(
        f"#!/bin/sh\ncase \"$*\" in *boot.py*) echo 'No module named encodings' >&2; exit 1;; esac\n"
        f"exec '{sys.executable}' \"$@\"\n"
    )
    script.chmod(0o755)
    file = write_notebook(work / "a.ipynb", GENERATOR, f"{WHERE}\nprint(next(kept))")
    async with live_window(qapp, tmp_path, file) as w:
        w.perform(Action.RUN_ALL)
        assert [await w.settled(cell) for cell in w.ids()] == [CellState.DONE, CellState.DONE]
        before = w.text(w.ids()[1])
        dialog = await chooser(w)
        await w.application.catalogue.described(script, work)
        dialog.chosen.emit(str(script), True)
        await w.until(lambda: w.notebook.parts.banners.says(Topic.KERNEL))
        w.notebook.parts.selection.select(w.ids()[1])
        w.perform(Action.RUN_IN_PLACE)
        assert await w.settled(w.ids()[1]) is CellState.DONE
        assert w.text(w.ids()[1]) == before
        assert w.notebook.parts.banners.says(Topic.KERNEL)  # until it was read
        assert str(script) not in w.application.catalogue.recent
        assert not w.document.metadata.get("capsule")


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
        await w.until(lambda: NONE_FOUND in consequence_of(dialog))
        assert "need a Python to run. “uv python install”" in consequence_of(dialog)
        dialog.reject()
        assert await w.settled(cell) is CellState.NEVER_RUN


class Nothing:
    """A computer without Python."""

    def find(self, notebook_folder: Path | None) -> tuple[Interpreter, ...]:
        return ()

    def describe(self, path: Path, notebook_folder: Path | None = None) -> Interpreter:
        return Interpreter(path=path, name="", kind=Kind.SYSTEM, home=path, standing=Standing.MISSING, reason="gone")
