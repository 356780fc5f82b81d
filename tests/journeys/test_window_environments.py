"""A failed import is mended, an environment made and IPython put in, in the window and without losing the work."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
import sys
from pathlib import Path

import IPython
import pytest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton, QWidget

from capsule_desktop.presenters.banners import Topic
from capsule_desktop.widgets.environment_dialog import EnvironmentDialog
from capsule_desktop.widgets.interpreter_dialog import InterpreterDialog
from capsule_desktop.widgets.message_dialog import MessageDialog
from capsule_desktop.widgets.progress_sheet import ProgressSheet
from capsule_desktop.widgets.values import CellState, OfferView
from engine.environments import tools
from tests.support.live_window import LiveWindow, live_window
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop

# what stands in for pip: as pip's own output, and what it "downloads" is a module of one line, or these tests' IPython
_PIP = """
import pathlib, sys, time
folder, gate = pathlib.Path(__file__).parent.parent, pathlib.Path(__file__).parent / "gate"
lent = pathlib.Path(__file__).parent / "lent"
name = sys.argv[-1].partition(">")[0]
print("Collecting", name, flush=True)
if gate.exists():
    time.sleep(60)
if name == "ipython" and not lent.exists():
    sys.exit("ERROR: No matching distribution found for ipython")
elif name == "ipython":
    (folder / "ipython.pth").write_text(lent.read_text())
else:
    (folder / (name.replace("-", "_") + ".py")).write_text("word = 'here'")
print(f"Successfully installed {name}-1.5")
"""


@pytest.fixture(autouse=True)
def _no_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine has: only the environment's own pip is asked."""
    monkeypatch.setattr(tools, "_SYSTEM_FOLDERS", ())
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))


def _environment(folder: Path) -> Path:
    """With a pip of ours; its site-packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = next((folder / "lib").glob("python3*")) / "site-packages"
    (packages / "pip").mkdir()
    (packages / "pip" / "__init__.py").write_text("")
    (packages / "pip" / "__main__.py").write_text(_PIP)
    (packages / "pip-1.5.dist-info").mkdir()
    return packages


def _button(dialog: QWidget, label: str) -> QPushButton:
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == label and not b.isHidden())


def _offer(w: LiveWindow) -> OfferView | None:
    return w.notebook.parts.cells.cell(w.ids()[0]).offer


async def _failed_import(w: LiveWindow, module: str) -> OfferView:
    w.notebook._running.run(w.ids()[:1])
    assert await w.settled(w.ids()[0]) is CellState.ERROR
    await w.until(lambda: _offer(w) is not None)
    offer = _offer(w)
    assert offer is not None
    assert f"{module} is not installed in" in offer.words.replace("_", "-")
    return offer


@pytest.mark.time_limit(60)
async def test_what_an_import_misses_is_installed_and_found_by_the_same_python(
    qapp: QApplication, tmp_path: Path
) -> None:
    _environment(tmp_path / ".venv")
    sources = ("kept = 7\nimport capsule_test_words\nprint(capsule_test_words.word)", "import capsule_test_words")
    async with live_window(qapp, tmp_path / "home", write_notebook(tmp_path / "n.ipynb", *sources)) as w:
        cell, other = w.ids()
        w.notebook._running.run([other])
        await w.until(lambda: w.notebook.parts.cells.cell(other).offer is not None)
        await _failed_import(w, "capsule-test-words")
        before = w.handle
        w.view.offer_taken.emit(cell)
        consent = await w.dialog(MessageDialog)  # nobody knows this package
        assert str(tmp_path / ".venv/bin/python") in consent.findChildren(QPlainTextEdit)[0].toPlainText()
        _button(consent, "Install").click()
        sheet = await w.dialog(ProgressSheet)
        await w.until(lambda: sheet._is_over)
        assert _offer(w) == OfferView(words="capsule-test-words 1.5 was installed.", label="Run the cell again")
        assert w.notebook.parts.cells.cell(other).offer == _offer(w)
        _button(sheet, "Run the cell again").click()
        assert await w.settled(cell) is CellState.DONE
        assert "here" in w.text(cell)
        assert w.handle is before
        assert _offer(w) is None


async def test_an_environment_for_what_is_missing_is_asked_for_where_nothing_is_yet(
    qapp: QApplication, tmp_path: Path
) -> None:
    _environment(tmp_path / ".venv")
    async with live_window(qapp, tmp_path / "home", write_notebook(tmp_path / "n.ipynb", "1")) as w:
        w.notebook._offers.make_environment(("pandas", "scikit-learn"))
        dialog = await w.dialog(EnvironmentDialog)
        assert dialog.choice.folder == str(tmp_path / ".venv-2")
        assert dialog.choice.ticked == ("IPython", "pandas")
        assert dialog.choice.typed == "scikit-learn"
        await w.until(_button(dialog, "Create").isEnabled)
        dialog.reject()


@pytest.mark.time_limit(60)
async def test_an_install_ends_with_its_window(qapp: QApplication, tmp_path: Path) -> None:
    packages = _environment(tmp_path / ".venv")
    (packages / "pip" / "gate").touch()
    file = write_notebook(tmp_path / "n.ipynb", "import pandas")
    async with live_window(qapp, tmp_path / "home", file) as w:
        await _failed_import(w, "pandas")
        w.view.offer_taken.emit(w.ids()[0])
        sheet = await w.dialog(ProgressSheet)  # pandas is known, and the environment is the folder's own
        lines = next(part for part in sheet.findChildren(QPlainTextEdit) if part.accessibleName() == "What it prints")
        await w.until(lambda: "Collecting" in lines.toPlainText())
        sheet.reject()
        assert sheet.isVisible()  # Escape gives nothing up
    assert not (packages / "pandas.py").exists()  # and no process is left, which the guards look at


@pytest.mark.time_limit(60)
async def test_cancel_says_what_is_left_and_another_try_is_offered(qapp: QApplication, tmp_path: Path) -> None:
    packages = _environment(tmp_path / ".venv")
    (packages / "pip" / "gate").touch()
    file = write_notebook(tmp_path / "n.ipynb", "import pandas")
    async with live_window(qapp, tmp_path / "home", file) as w:
        await _failed_import(w, "pandas")
        w.view.offer_taken.emit(w.ids()[0])
        sheet = await w.dialog(ProgressSheet)
        _button(sheet, "Cancel").click()
        await w.until(lambda: sheet._is_over)
        assert "may have stayed" in sheet._result.text()
        assert sheet._step.text() == "Cancelled"
        assert sheet._result.property("role") != "error"
        (packages / "pip" / "gate").unlink()
        _button(sheet, "Try again").click()
        again = await w.dialog(ProgressSheet)
        await w.until(lambda: again._is_over)
        offer = _offer(w)
        assert offer is not None
        assert offer.words == "pandas 1.5 was installed."
        _button(again, "Close").click()


@pytest.mark.time_limit(60)
async def test_an_environment_is_made_from_the_chooser_and_runs_the_cells(qapp: QApplication, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    file = write_notebook(folder / "n.ipynb", "import sys\nprint(sys.prefix)")
    async with live_window(qapp, tmp_path / "home", file) as w:
        w.notebook.interpreters.environment_requested.emit()
        dialog = await w.dialog(EnvironmentDialog)
        for box in dialog._boxes:
            box.setChecked(False)
        create = _button(dialog, "Create")
        await w.until(create.isEnabled)
        assert f"-m venv {shlex.quote(str(folder / '.venv'))}" in dialog._commands.toPlainText()
        dialog._typed.setText("--index-url=http://elsewhere")
        await w.until(lambda: not create.isEnabled() and "option" in dialog._words.text())
        dialog._typed.clear()
        await w.until(create.isEnabled)
        create.click()
        sheet = await w.dialog(ProgressSheet)
        gone = asyncio.Event()
        sheet.finished.connect(gone.set)
        await gone.wait()  # nothing is left to be pressed
        await w.until(lambda: w.notebook.interpreters.current is not None)
        w.notebook._running.run(w.ids())
        await w.settled(w.ids()[0])
        assert str(folder / ".venv") in w.text(w.ids()[0])
        assert not w.dialogs(InterpreterDialog)


@pytest.mark.time_limit(60)
async def test_a_magic_that_wants_ipython_offers_it_once(qapp: QApplication, tmp_path: Path) -> None:
    _environment(tmp_path / ".venv")
    file = write_notebook(tmp_path / "n.ipynb", "%%ruby\nputs 1")
    async with live_window(qapp, tmp_path / "home", file) as w:
        w.notebook._running.run(w.ids())
        assert await w.settled(w.ids()[0]) is CellState.ERROR
        assert w.notebook.parts.banners.says(Topic.NEEDS_IPYTHON)
        w.window.banner_button_clicked.emit("install ipython")
        sheet = await w.dialog(ProgressSheet)
        await w.until(lambda: sheet._is_over)
        assert "not to be had for Python" in sheet._result.text()
        _button(sheet, "Close").click()


@pytest.mark.time_limit(60)
async def test_ipython_comes_with_the_restart_also_where_a_spare_was_waiting(
    qapp: QApplication, tmp_path: Path
) -> None:
    packages = _environment(tmp_path / ".venv")
    (packages / "pip" / "lent").write_text(str(Path(IPython.__file__).parent.parent))
    file = write_notebook(tmp_path / "n.ipynb", "%%ruby\nputs 1", "%alias hi echo here", "%hi")
    async with live_window(qapp, tmp_path / "home", file) as w:
        w.application.engine.warm(str(tmp_path / ".venv/bin/python"))
        w.notebook._running.run(w.ids()[:1])
        assert await w.settled(w.ids()[0]) is CellState.ERROR
        assert await w.application.engine._manager.spare.until_ready() is not None
        w.window.banner_button_clicked.emit("install ipython")
        sheet = await w.dialog(ProgressSheet)
        await w.until(lambda: sheet._is_over)
        _button(sheet, "Restart Python").click()
        w.notebook._running.run(w.ids()[1:])
        assert await w.settled(w.ids()[1]) is CellState.DONE
        assert await w.settled(w.ids()[2]) is CellState.DONE, w.text(w.ids()[2])
        assert "here" in w.text(w.ids()[2])
