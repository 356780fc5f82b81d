"""What others wrote is no HTML in a tool tip: nothing that it names is read, and it is shown as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.contents_list import ContentsModel, ContentsRow
from capsule_desktop.widgets.elided_combo import ElidedCombo
from capsule_desktop.widgets.elided_label import ElidedLabel
from capsule_desktop.widgets.interpreter_list import InterpreterModel
from capsule_desktop.widgets.interpreter_rows import InterpreterRow, Section
from capsule_desktop.widgets.palette import LIGHT
from capsule_desktop.widgets.queue_model import QueueModel
from capsule_desktop.widgets.queue_values import QueueRow
from capsule_desktop.widgets.report_dialog import ReportModel, ReportRow
from capsule_desktop.widgets.title_label import TitleLabel
from capsule_desktop.widgets.tool_tips import plain_tip
from capsule_desktop.widgets.welcome import Welcome

HOSTILE = "a  <img src=&#47;tmp&#47;pipe> & <b>b</b>"


def contents() -> QAbstractItemModel:
    model = ContentsModel()
    model.set_rows([ContentsRow(cell_id=CellId("1"), text=HOSTILE, level=1)])
    return model


def queue() -> QAbstractItemModel:
    model = QueueModel()
    model.set_rows([QueueRow(execution_id="1", label="Cell 1", source=HOSTILE)], "")
    return model


def interpreters() -> QAbstractItemModel:
    model = InterpreterModel()
    model.set_rows([InterpreterRow(path="/p", name=HOSTILE, section=Section.ENVIRONMENTS)])
    return model


def report() -> QAbstractItemModel:
    return ReportModel([ReportRow(name=HOSTILE, type_name="int", outcome="saved", reason="")], LIGHT)


def label() -> QWidget:
    made = ElidedLabel()
    made.set_words(HOSTILE)
    return made


def combo() -> QWidget:
    made = ElidedCombo()
    made.addItem(HOSTILE)
    return made


def title() -> QWidget:
    made = TitleLabel(LIGHT)
    made.set_title(HOSTILE, "")
    return made


def shown(tip: str) -> str:
    """As Qt would show it, which decides by the words themselves what they are."""
    if not GuiQt.mightBeRichText(tip):
        return tip
    document = QTextDocument()
    document.setHtml(tip)
    return document.toPlainText()


@pytest.mark.parametrize("make", [contents, queue, interpreters, report])
def test_a_lists_tips_are_shown_as_they_are(make: Callable[[], QAbstractItemModel], qapp: object) -> None:
    model = make()
    tips = [model.data(model.index(row, 0), Qt.ItemDataRole.ToolTipRole) for row in range(model.rowCount())]
    assert any(HOSTILE in shown(tip) for tip in tips)


@pytest.mark.parametrize("make", [label, combo, title])
def test_a_widgets_tip_is_shown_as_it_is(make: Callable[[], QWidget], qtbot: QtBot) -> None:
    widget = make()
    qtbot.addWidget(widget)
    assert shown(widget.toolTip()) == HOSTILE


def test_a_recent_notebooks_path_is_shown_as_it_is(qtbot: QtBot) -> None:
    welcome = Welcome(LIGHT)
    qtbot.addWidget(welcome)
    welcome.set_recent([HOSTILE])
    assert HOSTILE in [shown(button.toolTip()) for button in welcome.findChildren(QPushButton)]


@pytest.mark.parametrize("words", ["titration.ipynb", "a < b\nc > d", str(Path("/a & b"))])
def test_what_qt_takes_for_plain_words_stays_as_it_is(words: str) -> None:
    assert plain_tip(words) == words
