"""What the journeys about the Python of a notebook do with its window and with environments."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit

from capsule_desktop.settings import Settings
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.interpreter_dialog import InterpreterDialog
from capsule_desktop.widgets.interpreter_list import InterpreterList
from capsule_desktop.widgets.values import CellState
from tests.support.live_window import LiveWindow

WHERE = "import sys\nprint(sys.executable)"


def make_environment(folder: Path) -> Path:
    """An environment without pip, in a tenth of a second; its python."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


def named(file: Path) -> object:
    return json.loads(file.read_text())["metadata"].get("capsule", {}).get("interpreter")


def consequence_of(dialog: InterpreterDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def list_of(dialog: InterpreterDialog) -> InterpreterList:
    found = dialog.findChild(InterpreterList)
    assert isinstance(found, InterpreterList)
    return found


async def chooser(w: LiveWindow) -> InterpreterDialog:
    """Open, with what was found."""
    if not w.dialogs(InterpreterDialog):
        w.perform(Action.CHANGE_INTERPRETER)
    dialog = await w.dialog(InterpreterDialog)
    await w.until(lambda: bool(list_of(dialog).paths))
    return dialog


async def choose(w: LiveWindow, python: Path) -> None:
    """By keys: its name is typed, Enter takes it."""
    dialog = await chooser(w)
    await w.until(lambda: str(python) in list_of(dialog).paths)
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
