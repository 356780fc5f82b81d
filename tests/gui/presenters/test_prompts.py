"""Where a waiting input() asks: over its own notebook, and never over another window or what is typed there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from capsule_desktop.presenters.prompts import PromptsPresenter
from capsule_desktop.widgets.input_dialog import InputDialog
from engine.events import InputAnswered
from tests.gui.presenters.conftest import Scripted
from tests.support.scripted_parts import ScriptedParts


class Asking:
    """A notebook, and another window in which somebody types."""

    def __init__(self, notebook: ScriptedParts, qtbot: QtBot) -> None:
        self.notebook, self._qtbot = notebook, qtbot
        self.presenter = PromptsPresenter(notebook.parts, lambda: None)
        notebook.window.activated.connect(self.presenter.show_unseen)
        self.elsewhere = QWidget()
        self.line = QLineEdit(self.elsewhere)
        qtbot.addWidget(self.elsewhere)
        self.execution = notebook.start(1)

    def look_at(self, window: QWidget) -> None:
        window.show()
        window.activateWindow()
        self._qtbot.waitUntil(window.isActiveWindow)

    def ask(self) -> None:
        self.presenter.take(self.notebook.ask(self.execution, 1))

    @property
    def dialogs(self) -> list[InputDialog]:
        return [dialog for dialog in self.notebook.window.findChildren(InputDialog) if dialog.isVisible()]


@pytest.fixture
def asking(scripted: Scripted, qtbot: QtBot) -> Iterator[Asking]:
    asking = Asking(scripted(["input()"]), qtbot)
    yield asking
    asking.presenter.dismiss_all()


def test_a_question_of_the_window_in_front_is_asked_at_once(asking: Asking, qtbot: QtBot) -> None:
    asking.look_at(asking.notebook.window)
    asking.ask()
    (dialog,) = asking.dialogs
    qtbot.waitUntil(dialog.isActiveWindow)
    assert not dialog.isModal()


def test_a_question_waits_until_its_window_is_in_front(asking: Asking, qtbot: QtBot) -> None:
    asking.look_at(asking.elsewhere)
    asking.line.setFocus()
    asking.ask()
    assert asking.dialogs == []
    assert asking.elsewhere.isActiveWindow()
    assert asking.line.hasFocus()
    asking.notebook.window.activateWindow()
    qtbot.waitUntil(lambda: len(asking.dialogs) == 1)


def test_a_question_leaves_the_keys_to_another_dialog_of_its_window(asking: Asking, qtbot: QtBot) -> None:
    asking.look_at(asking.notebook.window)
    other = QDialog(asking.notebook.window)
    asking.look_at(other)
    asking.ask()
    (dialog,) = asking.dialogs
    assert dialog.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert other.isActiveWindow()
    other.close()
    other.deleteLater()


def test_a_question_that_was_settled_meanwhile_is_not_asked(asking: Asking) -> None:
    asking.look_at(asking.elsewhere)
    asking.ask()
    asking.presenter.take(InputAnswered(execution_id=asking.execution, input_number=1, text="x"))
    asking.look_at(asking.notebook.window)
    assert asking.dialogs == []
