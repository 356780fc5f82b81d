"""What is said is never cut off: dialogs at the sizes they take, and lines in less room than they want."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from capsule_desktop.interpreter_choice import Gone
from capsule_desktop.presenters.environment_views import busy, consent, refused
from capsule_desktop.presenters.interpreter_views import consequence, gone_view, what_to_do
from capsule_desktop.widgets import messages
from capsule_desktop.widgets.about_dialog import AboutDialog
from capsule_desktop.widgets.banner import Banner, BannerButton, BannerView
from capsule_desktop.widgets.beside_dialog import BesideDialog
from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.checkpoint_dialogs import OpenedCheckpointDialog
from capsule_desktop.widgets.crash_dialog import CrashDialog
from capsule_desktop.widgets.elided_combo import ElidedCombo
from capsule_desktop.widgets.environment_dialog import BaseView, EnvironmentDialog, PlannedView
from capsule_desktop.widgets.fonts import sans
from capsule_desktop.widgets.interpreter_dialog import ChooserView, InterpreterDialog
from capsule_desktop.widgets.interpreter_list import InterpreterList
from capsule_desktop.widgets.interpreter_rows import InterpreterRow, Section
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import MessageDialog
from capsule_desktop.widgets.offer_row import OfferRow
from capsule_desktop.widgets.palette import LIGHT
from capsule_desktop.widgets.progress_sheet import ProgressSheet, SheetEnd
from capsule_desktop.widgets.sheet import Sheet
from capsule_desktop.widgets.tool_button import shortened
from capsule_desktop.widgets.update_dialog import UpdateDialog, UpdateView
from capsule_desktop.widgets.values import OfferView
from engine.environments.plan import Plan, Step

LONG = "a-very-long-environment-name-that-somebody-thought-descriptive-2024-final-v2"
FOLDER = Path("/home/ada/some/rather/long/path/of/a/project") / LONG
COMMAND = (str(FOLDER / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--", "pandas")
PLAN = Plan(
    title=f"Install pandas in {LONG}",
    steps=(Step(command=COMMAND, words=""),),
    changes=f"pandas, and what it needs, will be downloaded and put into {FOLDER}.",
    needs_consent=True,
    home=FOLDER,
    python=FOLDER / "bin" / "python",
)
USABLE = InterpreterRow(path=str(FOLDER / "bin/python"), name=LONG, section=Section.ENVIRONMENTS, version="3.12.1")
CURRENT = InterpreterRow(path="/c/python", name="c", section=Section.ENVIRONMENTS, version="3.12.1", is_current=True)
BROKEN = InterpreterRow(
    path="/b/python", name="b", section=Section.ENVIRONMENTS, standing="Missing", reason=f"What {FOLDER} was is gone."
)
MESSAGES = (
    consent(PLAN, None),
    consent(PLAN, PLAN),
    refused(f"{LONG} is looked after by others. " * 4, "New environment…"),
    busy(FOLDER),
    gone_view(Gone(name=LONG, version="3.11", reason=f"What {FOLDER} was is gone.")),
    messages.crash_reports(3, str(FOLDER)),
    messages.folder_not_opened(str(FOLDER)),
)


def chooser(window: MainWindow) -> Sheet:
    words = consequence("cell 14", is_running=True)
    view = ChooserView(rows=(USABLE, CURRENT, BROKEN), consequence=words, elsewhere=words)
    return InterpreterDialog(view, LIGHT, window)


def environment(window: MainWindow) -> Sheet:
    dialog = EnvironmentDialog(str(FOLDER), [BaseView(label=f"Python 3.12.1 · {FOLDER}", path="a")], window)
    dialog.show_plan(PlannedView(commands=PLAN.shown, words=PLAN.changes))
    return dialog


def ended(window: MainWindow) -> Sheet:
    sheet = ProgressSheet(PLAN.title, f"Cancel takes what is made in {FOLDER} away again.", window)
    sheet.show_end(f"What failed is said by {FOLDER}. " * 6, "the log", SheetEnd.FAILED)
    return sheet


MAKERS: dict[str, Callable[[MainWindow], Sheet]] = {
    "chooser": chooser,
    "none": lambda window: InterpreterDialog(ChooserView(what_to_do=what_to_do(has_uv=False)), LIGHT, window),
    "environment": environment,
    "progress": ended,
    "about": lambda window: AboutDialog([("Cells here run in Python", f"3.12.1\n  {FOLDER}/bin/python")], window),
    "crash": lambda window: CrashDialog("Traceback", str(FOLDER), window),
    "opened checkpoint": lambda window: OpenedCheckpointDialog(
        LONG[:60], f"{LONG[:60]} was saved at 14:02 by Python 3.12.1. It has 3 variables, 41 MB.", [LONG], window
    ),
    "a stranger's checkpoint": lambda window: OpenedCheckpointDialog(
        LONG[:60], f"{LONG[:60]} was saved at 14:02.", [LONG], window, is_foreign=True
    ),
    "beside another": lambda window: BesideDialog(
        messages.beside_another(
            "Capsule is running, but does not answer. What it has open stays there.", [f"{LONG}.ipynb"], is_again=True
        ),
        window,
    ),
    "looking": lambda window: UpdateDialog(UpdateView(text="Looking…", note=f"Asks: {FOLDER}", busy=True), window),
    **{view.heading: lambda window, view=view: MessageDialog(view, window) for view in MESSAGES},  # type: ignore[misc]
}


@pytest.fixture(params=[13, 18], ids=["usual font", "large font"])
def font(request: pytest.FixtureRequest, window: MainWindow) -> object:
    before = QApplication.font()
    QApplication.setFont(sans(request.param))
    yield
    QApplication.setFont(before)


def cut_off(within: QWidget) -> list[str]:
    """What has not the room that its words need."""
    labels = [each for each in within.findChildren(QLabel) if each.isVisible() and each.text()]
    buttons = [each for each in within.findChildren(QPushButton) if each.isVisible()]
    tight = [each.text() for each in labels if each.height() < each.heightForWidth(each.width())]
    return tight + [each.text() for each in buttons if each.width() < each.sizeHint().width()]


@pytest.mark.parametrize("name", MAKERS)
def test_no_dialog_cuts_off_what_it_says(name: str, window: MainWindow, font: object, qtbot: QtBot) -> None:
    dialog = MAKERS[name](window)
    dialog.show()
    qtbot.waitUntil(dialog.isVisible)
    assert cut_off(dialog) == []
    assert dialog.width() <= 820


@pytest.mark.parametrize("name", ["environment", "progress"])
def test_a_dialog_grows_with_a_longer_answer(name: str, window: MainWindow, qtbot: QtBot) -> None:
    dialog = MAKERS[name](window)
    dialog.show()
    qtbot.waitUntil(dialog.isVisible)
    dialog.resize(dialog.width(), dialog.minimumHeight())
    longer = f"It is said by {FOLDER}. " * 8
    if isinstance(dialog, EnvironmentDialog):
        dialog.show_plan(PlannedView(commands="", words=longer))
    elif isinstance(dialog, ProgressSheet):
        dialog.show_end(longer, "", SheetEnd.DONE)
    assert cut_off(dialog) == []


def test_the_list_keeps_its_height_whatever_is_said_of_a_choice(window: MainWindow, qtbot: QtBot) -> None:
    dialog = chooser(window)
    dialog.show()
    shown = dialog.findChild(InterpreterList)
    assert shown is not None
    heights = set[int]()
    for row in (USABLE, CURRENT, BROKEN):
        shown.select(row.path)
        QApplication.sendPostedEvents()
        heights.add(shown.height())
    assert len(heights) == 1


def test_why_one_cannot_be_used_is_read_in_full(window: MainWindow) -> None:
    dialog = chooser(window)
    shown = dialog.findChild(InterpreterList)
    assert shown is not None
    shown.select(BROKEN.path)
    assert any(BROKEN.reason in label.text() for label in dialog.findChildren(QLabel))


def test_commands_to_be_agreed_to_are_seen_to_their_end(window: MainWindow, qtbot: QtBot) -> None:
    dialog = MessageDialog(consent(PLAN, PLAN), window)
    dialog.show()
    detail = dialog.findChild(QPlainTextEdit)
    assert detail is not None
    assert detail.verticalScrollBar().maximum() == 0


def test_a_look_up_that_is_over_leaves_the_dialog_as_wide_as_it_was(window: MainWindow, qtbot: QtBot) -> None:
    dialog = UpdateDialog(UpdateView(text="Looking…", busy=True), window)
    dialog.show()
    before = dialog.width()
    dialog.show_view(UpdateView(text="The newest version is installed."))
    assert dialog.width() == before


def test_the_keyboard_goes_through_buttons_from_left_to_right(window: MainWindow, qtbot: QtBot) -> None:
    for name in ("chooser", "crash"):
        dialog = MAKERS[name](window)
        dialog.show()
        buttons = [each for each in dialog.findChildren(QPushButton) if each.isVisible()]
        order, at = list[QWidget](), dialog.nextInFocusChain()
        while at is not None and at is not dialog:
            order += [at] if at in buttons else []
            at = at.nextInFocusChain()
        assert order == sorted(buttons, key=QAbstractButton.x)


def test_the_fields_of_a_new_environment_have_keys_of_their_own(window: MainWindow, qtbot: QtBot) -> None:
    dialog = environment(window)
    dialog.show()
    qtbot.waitUntil(dialog.isActiveWindow)
    field = dialog.findChild(QLineEdit)
    assert field is not None
    QTest.keyClick(dialog, Qt.Key.Key_W, Qt.KeyboardModifier.AltModifier)
    assert not field.hasFocus()
    QTest.keyClick(dialog, Qt.Key.Key_F, Qt.KeyboardModifier.AltModifier)
    assert field.hasFocus()


def test_a_choice_too_long_for_its_box_ends_in_an_ellipsis(theme: object, qtbot: QtBot) -> None:
    box = ElidedCombo()
    qtbot.addWidget(box)
    box.addItem(f"Python 3.12.1 · {FOLDER}")
    box.resize(300, 30)
    assert "…" in box.shown_text()
    assert box.toolTip() == box.currentText()
    box.resize(1200, 30)
    assert box.shown_text() == box.currentText()
    assert not box.grab().isNull()


@pytest.mark.parametrize(
    ("words", "room", "shown"),
    [
        ("Python 3.12 · .venv", "Python 3.12 · .venv", "Python 3.12 · .venv"),
        (f"Python 3.12 · {LONG}", "Python 3.12 · abcdefgh", "Python 3.12 · a"),
        ("Python 3.11 · analysis · missing", "Python 3.11 · missing", "Python 3.11 · missing"),
        ("Python 3.11 · analysis · missing", "3.11 · missing", "3.11 · missing"),
        ("Python 3.12 · .venv", "3.12 · .venv", "3.12 · .venv"),
        ("No Python", "No P…", "…"),
    ],
)
def test_of_a_kernels_label_the_version_and_what_is_wrong_stay(
    words: str, room: str, shown: str, theme: object
) -> None:
    metrics = QFontMetrics(sans(13))
    room_px = metrics.horizontalAdvance(room) + 1
    given = shortened(words, metrics, room_px)
    assert shown in given
    assert metrics.horizontalAdvance(given) <= room_px


@pytest.mark.parametrize("zoom", [1.0, 1.6])
@pytest.mark.parametrize("width", [260, 420, 820])
def test_an_offer_shows_all_of_a_long_name_and_all_of_its_button(
    width: int, zoom: float, theme: object, qtbot: QtBot
) -> None:
    row, holder = _offer(f"{'very' * 30} is not installed in {LONG}.", width, zoom, qtbot)
    button = row.findChild(QAbstractButton)
    assert button is not None
    assert row.rect().contains(button.geometry())
    assert row.rect().contains(row.words_rect(width))
    assert not button.geometry().intersects(row.words_rect(width))
    assert not holder.grab().isNull()


def _offer(words: str, width: int, zoom: float, qtbot: QtBot) -> tuple[OfferRow, QWidget]:
    holder = QWidget()
    qtbot.addWidget(holder)
    row = OfferRow(CellStyle(palette=LIGHT, zoom=zoom), holder)
    row.show_offer(OfferView(words=words, label="Install"))
    row.setGeometry(QRect(0, 0, width, row.height_for(width)))
    holder.show()
    return row, holder


@pytest.mark.parametrize(("words", "is_one_row"), [("Short.", True), (f"{LONG} is what this is of. " * 2, False)])
def test_in_a_narrow_window_a_short_message_keeps_its_button_beside_it(
    words: str, is_one_row: bool, theme: object, qtbot: QtBot
) -> None:
    banner = Banner(LIGHT)
    qtbot.addWidget(banner)
    banner.resize(QSize(640, 60))
    banner.show_message(BannerView(text=words, buttons=(BannerButton(label="Install IPython", key="x"),)))
    banner.resizeEvent(QResizeEvent(banner.size(), banner.size()))
    layout = banner.layout()
    assert layout is not None
    layout.activate()
    (button,) = banner.findChildren(QPushButton)
    said = next(each for each in banner.findChildren(QLabel) if each.text())
    assert (button.y() < said.geometry().bottom()) is is_one_row


@pytest.mark.parametrize("name", ["chooser", "environment", "progress"])
def test_on_a_low_screen_the_buttons_can_be_reached(
    name: str, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sheet, "most_px", lambda _sheet: 500)
    dialog = MAKERS[name](window)
    dialog.show()
    qtbot.waitUntil(dialog.isVisible)
    assert dialog.height() <= 500
    assert all(dialog.rect().contains(each.geometry()) for each in dialog.findChildren(QPushButton))
    assert cut_off(dialog) == []


def test_no_dialog_is_higher_than_its_screen(window: MainWindow) -> None:
    dialog = MAKERS["chooser"](window)
    assert dialog.most_px() < dialog.screen().availableGeometry().height()
