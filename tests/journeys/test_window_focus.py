"""Where the keyboard is after clicks, menus and messages, in a real window."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from capsule_desktop.notebook.selection import Mode
from capsule_desktop.widgets.banner import BannerButton, BannerView
from capsule_desktop.widgets.input_dialog import InputDialog
from capsule_desktop.widgets.prompt_row import PromptRow
from tests.support.live_window import LiveWindow, live_window
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop
K = Qt.Key
LEFT = Qt.MouseButton.LeftButton


def under(w: LiveWindow, place: QPoint) -> tuple[QWidget, QPoint]:
    """What a pointer at this place of the window would hit, and where in it."""
    target = w.window.childAt(place)
    assert target is not None
    return target, target.mapFrom(w.window, place)


def click(w: LiveWindow, place: QPoint) -> None:
    target, at = under(w, place)
    QTest.mouseClick(target, LEFT, pos=at)


def double_click(w: LiveWindow, place: QPoint) -> None:
    """As a hand does it: press, release, then the second press, which Qt reports as a double click."""
    click(w, place)
    QApplication.sendPostedEvents()
    target, at = under(w, place)
    QTest.mouseDClick(target, LEFT, pos=at)
    QApplication.sendPostedEvents()


def inside(w: LiveWindow, widget: QWidget, at: QPoint) -> QPoint:
    return widget.mapTo(w.window, at)


def mode(w: LiveWindow) -> Mode:
    return w.notebook.parts.selection.value.mode


def sources(w: LiveWindow) -> list[str]:
    return [w.document.source(cell_id) for cell_id in w.ids()]


@pytest.mark.parametrize("index", [0, 2, 4])
async def test_a_double_clicked_text_is_what_one_types_in(qapp: QApplication, tmp_path: Path, index: int) -> None:
    texts = ("# Heading", "a = 1", "# Middle\n\n" + "words and words " * 80, "b = 2", "# Last")
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", *texts)) as w:
        cell = w.ids()[index]
        w.view.ensure_visible(cell)
        double_click(w, inside(w, w.view._shelf.cell(cell), QPoint(w.view._style.gutter + 40, 24)))
        assert (w.notebook.parts.selection.value.current, mode(w)) == (cell, Mode.EDIT)
        w.type("XX")
        assert [i for i, text in enumerate(sources(w)) if "XX" in text] == [index]


async def test_a_click_beside_the_answer_goes_into_it(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "x = input('Name: ')", "b")) as w:
        cell = w.ids()[0]
        w.press(K.Key_Return, Qt.KeyboardModifier.ControlModifier)
        (await w.dialog(InputDialog)).reject()  # the keyboard would go to it, sooner or later
        w.window.activateWindow()
        await w.until(w.window.isActiveWindow)
        row = w.view._shelf.cell(cell).prompt_row
        assert isinstance(row, PromptRow)
        for place in (QPoint(4, row.height() // 2), QPoint(row.width() // 2, row.height() - 3)):
            w.view.setFocus()
            click(w, inside(w, row, place))
            w.type("b")
        assert row.typed == "bb"
        assert len(w.ids()) == 2
        w.press(K.Key_Return)
        await w.settled(cell)


@pytest.mark.parametrize("editing", [False, True])
async def test_escape_in_a_menu_gives_the_keys_back(qapp: QApplication, tmp_path: Path, editing: bool) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "a")) as w:
        if editing:
            w.press(K.Key_Return)
        had, bar = QApplication.focusWidget(), w.window.menuBar()
        QTest.mouseClick(bar, LEFT, pos=bar.actionGeometry(bar.actions()[1]).center())
        menu = QApplication.activePopupWidget()
        assert menu is not None
        QTest.keyClick(menu, K.Key_Escape)
        # asked of the window: offscreen it is not active after a popup
        await w.until(lambda: w.window.focusWidget() is had)
        assert had is not None
        QTest.keyClicks(had, "b")
        assert sources(w) == (["ba"] if editing else ["a", ""])


@pytest.mark.parametrize("by_tab", [False, True])
async def test_a_button_of_a_message_gives_the_keys_back(qapp: QApplication, tmp_path: Path, by_tab: bool) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "a")) as w:
        w.window.set_banner(BannerView(text="Something", buttons=(BannerButton(label="Do it", key="do"),)))
        (button,) = (b for b in w.window._banner.findChildren(QPushButton) if b.text() == "Do it")
        w.window.banner_button_clicked.connect(lambda _key: w.window.set_banner(None))
        if by_tab:
            button.setFocus(Qt.FocusReason.TabFocusReason)
            w.press(K.Key_Space)
        else:
            QTest.mouseClick(button, LEFT)
        w.press(K.Key_B)
        assert len(w.ids()) == 2


async def test_an_output_that_goes_while_one_reads_in_it_leaves_the_keys_to_its_cell(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "print('some text')", "b")) as w:
        cell = w.ids()[0]
        w.press(K.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await w.settled(cell)
        w.press(K.Key_Return)
        area = w.view._shelf.cell(cell).output_area
        assert area is not None
        await w.until(lambda: area.height() > 0)
        click(w, inside(w, area, QPoint(30, area.height() // 2)))
        focus = QApplication.focusWidget()
        assert focus is not None
        assert area.isAncestorOf(focus)
        assert mode(w) is Mode.COMMAND  # and no frame around an editor that has no caret
        w.document.clear_outputs([cell])
        w.view.cell_changed(cell)
        await asyncio.sleep(0)  # the loop delivers what was posted, among it what deletes
        assert mode(w) is Mode.COMMAND
        w.press(K.Key_B)
        assert len(w.ids()) == 3


@pytest.mark.parametrize("width", [480, 560, 640])
async def test_cells_end_within_a_narrow_window(qapp: QApplication, tmp_path: Path, width: int) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "a" * 200, "# text " + "word " * 50)
    async with live_window(qapp, tmp_path, file) as w:
        w.window.resize(width, 600)
        await w.until(lambda: w.window.width() == width)
        for cell in w.view._shelf:
            assert cell.x() >= 0
            assert cell.geometry().right() < w.view.viewport().width()


async def test_home_goes_to_the_code_then_to_the_start_of_the_line(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "if a:\n    b = 1")) as w:
        cell = w.ids()[0]
        for key in (K.Key_Return, K.Key_Down, K.Key_End):
            w.press(key)
        seen = []
        for _press in range(3):
            w.press(K.Key_Home)
            seen.append(w.view.caret(cell))
        assert seen == [(2, 5), (2, 1), (2, 5)]
        w.press(K.Key_Home, Qt.KeyboardModifier.ShiftModifier)
        w.type("x")
        assert sources(w) == ["if a:\nxb = 1"]
