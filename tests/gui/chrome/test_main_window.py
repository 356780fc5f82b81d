from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import Banner, BannerButton, BannerView, Tone
from capsule_desktop.widgets.contents_list import ContentsList, ContentsRow
from capsule_desktop.widgets.dots import DotState
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.memory_gauge import MemoryView
from capsule_desktop.widgets.palette import DARK
from capsule_desktop.widgets.queue_values import QueueRow, QueueView
from capsule_desktop.widgets.sidebar import Sidebar
from capsule_desktop.widgets.status_bar import StatusBar, StatusView
from capsule_desktop.widgets.theme import Theme, ThemeChoice
from capsule_desktop.widgets.title_label import TitleLabel
from capsule_desktop.widgets.toolbar import Toolbar
from capsule_desktop.widgets.values import CellState


def queue(*rows: QueueRow) -> QueueView:
    return QueueView(rows=rows, count=len(rows))


def _button(window: QWidget, name: str) -> QAbstractButton:
    return next(b for b in window.findChildren(QAbstractButton) if (b.accessibleName() or b.text()).startswith(name))


def _labels(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.text()]


def _drop(window: MainWindow, *paths: str) -> bool:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, left, none)
    QApplication.sendEvent(window, enter)
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, left, none))
    return enter.isAccepted()


def test_closing_asks_and_closes_only_when_told(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.close_requested):
        window.close()
    assert window.isVisible()
    window.force_close()
    assert not window.isVisible()


def test_a_new_view_takes_the_place_of_the_old_one_and_of_the_welcome(window: MainWindow, qtbot: QtBot) -> None:
    first, second = QLabel("first"), QLabel("second")
    window.set_central_view(first)
    assert first.isVisible()
    with qtbot.waitSignal(first.destroyed):
        window.set_central_view(second)
    assert second.isVisible()
    assert "No notebook is open" not in _labels(window)
    window.show_welcome(["/lab/a.ipynb"])
    assert "No notebook is open" in _labels(window)
    toolbar = window.findChild(Toolbar)
    assert isinstance(toolbar, Toolbar)
    assert not toolbar.isVisible()


def test_without_a_notebook_only_what_needs_none_can_be_asked_for(window: MainWindow, qtbot: QtBot) -> None:
    window.show_welcome([])
    with qtbot.assertNotEmitted(window.action_requested):
        qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(window.action_requested) as asked:
        qtbot.mouseClick(_button(window, "New notebook"), Qt.MouseButton.LeftButton)
    assert asked.args == [Action.NEW]


def test_the_sidebar_gives_way_in_a_narrow_window_unless_asked_for(window: MainWindow) -> None:
    sidebar = window.findChild(Sidebar)
    assert isinstance(sidebar, Sidebar)
    assert sidebar.isVisible()
    window.resize(1000, 700)
    assert not sidebar.isVisible()
    window.toggle_sidebar()
    assert sidebar.isVisible()
    window.resize(1300, 700)
    window.resize(1000, 700)
    assert not sidebar.isVisible()


@pytest.mark.parametrize("width_px", [640, 800, 1000, 1440])
@pytest.mark.parametrize("label", ["Python 3.12 · .venv", "Python 3.13 · an-environment-with-a-very-long-name"])
def test_no_button_is_clipped_or_covered_at_any_width(window: MainWindow, width_px: int, label: str) -> None:
    window.set_title("a notebook with quite a long name indeed.ipynb", "edited", modified=True)
    window.set_kernel(label, DotState.READY)
    window.resize(width_px, 700)
    QApplication.processEvents()
    toolbar = window.findChild(Toolbar)
    assert isinstance(toolbar, Toolbar)
    assert window.width() == width_px
    buttons = sorted((b for b in toolbar.findChildren(QToolButton) if b.isVisible()), key=lambda b: b.x())
    assert all(b.width() >= b.sizeHint().width() for b in buttons)
    assert all(a.geometry().right() < b.geometry().left() for a, b in itertools.pairwise(buttons))
    assert buttons[-1].geometry().right() < width_px


@pytest.mark.parametrize("width_px", [480, 520, 560, 640, 800])
@pytest.mark.parametrize("label", ["Python 3.12 · .venv", "Python 3.13 · an-environment-with-a-very-long-name"])
def test_the_name_of_the_file_can_be_told_at_any_width(window: MainWindow, width_px: int, label: str) -> None:
    window.set_title("titration-analysis.ipynb", "edited · draft saved 14:02", modified=True)
    window.set_kernel(label, DotState.READY)
    window.resize(width_px, 700)
    QApplication.processEvents()
    title = window.findChild(TitleLabel)
    assert isinstance(title, TitleLabel)
    assert title.width() >= 70  # "titr….ipynb"


def test_the_buttons_that_add_come_back_with_the_room(window: MainWindow) -> None:
    window.set_title("titration-analysis.ipynb", "edited", modified=True)
    window.set_kernel("Python 3.12 · .venv", DotState.READY)
    toolbar = window.findChild(Toolbar)
    assert isinstance(toolbar, Toolbar)
    shown = list[int]()
    for width_px in (480, 900):
        window.resize(width_px, 700)
        QApplication.processEvents()
        shown.append(sum(button.isVisible() for button in toolbar.findChildren(QToolButton)))
    assert shown == [6, 8]


def test_wide_windows_have_words_narrow_ones_icons(window: MainWindow) -> None:
    window.set_title("titration.ipynb", "saved", modified=False)
    window.set_kernel("Python 3.12 · .venv", DotState.READY)
    run_all = _button(window, "Run all")
    assert isinstance(run_all, QToolButton)
    assert run_all.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    window.resize(800, 700)
    assert run_all.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
    window.resize(1440, 700)
    assert run_all.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextBesideIcon


def test_a_click_in_the_toolbar_leaves_the_caret_where_it_is(window: MainWindow, qtbot: QtBot) -> None:
    editor = QLineEdit()
    window.set_central_view(editor)
    window.activateWindow()
    editor.setFocus()
    with qtbot.waitSignal(window.action_requested) as asked:
        qtbot.mouseClick(_button(window, "Run selected cells"), Qt.MouseButton.LeftButton)
    assert asked.args == [Action.RUN_SELECT_BELOW]
    assert editor.hasFocus()


def test_every_button_can_be_reached_by_tab_and_has_a_name(window: MainWindow) -> None:
    window.set_queue(queue(QueueRow(execution_id="e1", label="Cell 1", source="x")))
    window.set_banner(BannerView(text="words", buttons=(BannerButton(label="Restart", key="restart"),)))
    buttons = [b for b in window.findChildren(QAbstractButton) if b.isVisible()]
    assert len(buttons) > 8
    assert all(b.accessibleName() or b.text() for b in buttons)
    assert all(b.focusPolicy() & Qt.FocusPolicy.TabFocus for b in buttons if not b.objectName().startswith("qt_"))


def test_the_status_line_says_what_it_is_told(window: MainWindow) -> None:
    window.set_status(
        StatusView(
            activity="Running cell 6 of 9",
            dot=DotState.RUNNING,
            notes=("All shown output is kept",),
            memory=MemoryView(text="Memory 3.1 of 16 GB", short="3.1 GB", detail="", share=0.2),
            caret="Ln 3, Col 18",
        )
    )
    status = window.findChild(StatusBar)
    assert isinstance(status, StatusBar)
    said = ["Running cell 6 of 9", "All shown output is kept", "Memory 3.1 of 16 GB", "Ln 3, Col 18"]
    assert sorted(_labels(status)) == sorted(said)


def test_a_heading_leads_to_its_cell_by_mouse_and_by_key(window: MainWindow, qtbot: QtBot) -> None:
    window.set_contents(
        [ContentsRow(cell_id=CellId("c1"), text="Load"), ContentsRow(cell_id=CellId("c2"), text="Fit", level=2)]
    )
    contents = window.findChild(ContentsList)
    assert isinstance(contents, ContentsList)
    place = contents.visualRect(contents.model().index(1, 0)).center()
    with qtbot.waitSignal(window.contents_clicked) as asked:
        qtbot.mouseClick(contents.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == ["c2"]
    with qtbot.waitSignal(window.contents_clicked) as asked:
        qtbot.keyClick(contents, Qt.Key.Key_Up)
        qtbot.keyClick(contents, Qt.Key.Key_Return)
    assert asked.args == ["c1"]


def test_the_states_of_headings_change_without_losing_the_place(window: MainWindow) -> None:
    contents = window.findChild(ContentsList)
    assert isinstance(contents, ContentsList)
    window.set_contents([ContentsRow(cell_id=CellId("c1"), text="Load"), ContentsRow(cell_id=CellId("c2"), text="Fit")])
    contents.setCurrentIndex(contents.model().index(1, 0))
    window.set_contents(
        [
            ContentsRow(cell_id=CellId("c1"), text="Load", dot=DotState.READY, words="done"),
            ContentsRow(cell_id=CellId("c2"), text="Fit", dot=DotState.RUNNING, words="running"),
        ]
    )
    assert contents.currentIndex().row() == 1
    assert contents.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole) == "Fit, running"


def test_notebooks_and_checkpoints_dropped_on_the_window_are_asked_for_and_nothing_else_is(
    window: MainWindow, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.files_dropped) as asked:
        assert _drop(window, "/lab/a.ipynb", "/lab/notes.txt", "/lab/B.IPYNB", "/lab/no\0file.ipynb", "/lab/c.capsule")
    assert asked.args == [["/lab/a.ipynb", "/lab/B.IPYNB", "/lab/c.capsule"]]
    with qtbot.assertNotEmitted(window.files_dropped):
        assert not _drop(window, "/lab/notes.txt")


def test_the_window_comes_back_where_it_was(window: MainWindow, theme: Theme, qtbot: QtBot) -> None:
    window.resize(700, 500)
    state = window.save_state()
    other = MainWindow(theme)
    qtbot.addWidget(other, before_close_func=lambda w: w.force_close())
    assert other.restore_state(state)
    assert (other.width(), other.height()) == (700, 500)
    assert not other.restore_state(b"not a geometry")


def test_the_banner_says_what_happened_and_offers_what_to_do(window: MainWindow, qtbot: QtBot) -> None:
    window.set_banner(
        BannerView(text="The kernel ended.", tone=Tone.ERROR, buttons=(BannerButton(label="Restart", key="restart"),))
    )
    assert "The kernel ended." in _labels(window)
    restart = next(b for b in window.findChildren(QAbstractButton) if b.text() == "Restart" and not b.accessibleName())
    with qtbot.waitSignal(window.banner_button_clicked) as asked:
        qtbot.mouseClick(restart, Qt.MouseButton.LeftButton)
    assert asked.args == ["restart"]
    window.set_banner(None)
    assert "The kernel ended." not in _labels(window)


@pytest.mark.parametrize("width_px", [480, 700, 900])
def test_the_words_of_a_banner_are_never_a_narrow_column(window: MainWindow, width_px: int) -> None:
    window.resize(width_px, 700)
    words = "Python has ended. It was killed by the system, probably for want of memory. The variables are back."
    buttons = tuple(BannerButton(label=label, key=label) for label in ("Details", "Report", "2 more"))
    window.set_banner(BannerView(text=words, buttons=buttons))
    QApplication.processEvents()
    banner = window.findChild(Banner)
    assert banner is not None
    text = next(label for label in banner.findChildren(QLabel) if label.text() == words)
    assert text.width() > width_px / 2
    assert banner.height() < 110


def test_everything_painted_follows_the_theme_live(window: MainWindow, theme: Theme) -> None:
    window.set_contents([ContentsRow(cell_id=CellId("c1"), text="Load", dot=DotState.READY)])
    window.set_queue(queue(QueueRow(execution_id="e1", label="Cell 1", source="x", state=CellState.RUNNING)))
    theme.set_choice(ThemeChoice.DARK)
    QApplication.processEvents()
    sidebar = window.findChild(Sidebar)
    assert isinstance(sidebar, Sidebar)
    image = sidebar.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(200)}
    assert {c.lower() for c in (DARK.panel, DARK.done, DARK.accent)} <= seen
    assert window.palette().color(QPalette.ColorRole.Window).name() == DARK.page.lower()


def test_full_screen_and_sidebar_are_the_windows_own_business(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(window.action_requested):
        qtbot.keyClick(window, Qt.Key.Key_F11)
        assert window.isFullScreen()
        qtbot.keyClick(window, Qt.Key.Key_F11)
        assert not window.isFullScreen()
