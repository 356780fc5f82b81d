"""The Python of a notebook has gone, or is broken: it is said and asked for, and nothing is lost."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from capsule_desktop.presenters.banners import Banners, Topic
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import Banner
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.status_bar import StatusBar
from capsule_desktop.widgets.values import CellState
from tests.support.chosen_interpreters import (
    WHERE,
    choose,
    know,
    make_environment,
    named,
    where,
)
from tests.support.live_window import LiveWindow, live_application, live_window, turn_until
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop


def name(file: Path, called: str, version: str) -> None:
    """As another computer wrote it."""
    content = json.loads(file.read_text())
    content["metadata"]["capsule"] = {"interpreter": {"name": called, "version": version}}
    file.write_text(json.dumps(content, indent=1) + "\n")


def said_by(dialog: MessageDialog) -> str:
    return " ".join(label.text() for label in dialog.findChildren(QLabel))


def questions(w: LiveWindow) -> list[str]:
    return [said_by(dialog) for dialog in w.dialogs(MessageDialog)]


def status_of(w: LiveWindow) -> str:
    return "\n".join(label.text() for bar in w.window.findChildren(StatusBar) for label in bar.findChildren(QLabel))


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
        await w.until(lambda: any("is to run this notebook" in words for words in questions(w)))
        assert any("Nearest: " in words for words in questions(w))
        question = next(d for d in w.dialogs(MessageDialog) if "is to run this notebook" in said_by(d))
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
        assert "Waiting until you have chosen a Python" in status_of(w)
        question.reject()
        assert await w.settled(cell) is CellState.NEVER_RUN
        assert w.notebook.parts.cells.cell(cell).note == "Skipped: no Python was chosen."
        await w.until(lambda: "Idle" in status_of(w))
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


async def test_a_jupyter_kernel_that_is_not_found_is_told_until_the_notebook_was_run(
    qapp: QApplication, tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_notebook(work / "a.ipynb", WHERE)
    content = json.loads(file.read_text())
    content["metadata"]["kernelspec"] = {"name": "myenv", "display_name": "Analysis (py310)", "language": "python"}
    file.write_text(json.dumps(content))
    async with live_window(qapp, tmp_path, file) as w:
        await w.until(lambda: w.notebook.parts.banners.says(Topic.INTERPRETER))
        banner = w.window.findChild(Banner)
        assert isinstance(banner, Banner)
        said = " ".join(label.text() for label in banner.findChildren(QLabel))
        assert "names the kernel “Analysis (py310)”, which was not found here. Its cells run in Python" in said
        assert await where(w) == sys.executable
    told = list[Topic]()
    show = Banners.show
    monkeypatch.setattr(Banners, "show", lambda *its: (told.append(its[1]), show(*its)))
    async with live_window(qapp, tmp_path, file) as w:
        assert await where(w) == sys.executable
        assert Topic.INTERPRETER not in told


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
