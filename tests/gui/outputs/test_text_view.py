"""Selecting, copying and reading terminal text; colours that can be read; repainting that leaves time."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QTextCursor
from pytestqt.qtbot import QtBot

from capsule_desktop.notebook.ansi import MAX_LINE_CHARS, AnsiText
from capsule_desktop.notebook.outputs import DisplayOutput, ErrorOutput, StreamOutput
from capsule_desktop.notebook.sgr import Style
from capsule_desktop.widgets.outputs.area import OutputArea
from capsule_desktop.widgets.outputs.repaint_clock import RepaintClock
from capsule_desktop.widgets.outputs.rich_view import RichView
from capsule_desktop.widgets.outputs.stream_view import StreamView
from capsule_desktop.widgets.outputs.terminal_colors import MINIMUM_CONTRAST, TerminalColors, contrast
from capsule_desktop.widgets.outputs.text_painter import LINE_PX, text_painter
from capsule_desktop.widgets.outputs.traceback_view import TracebackView
from capsule_desktop.widgets.outputs.view import INSET_PX
from capsule_desktop.widgets.palette import DARK, LIGHT, Palette

_LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def stream(qtbot: QtBot) -> StreamView:
    text = AnsiText()
    text.feed("first line\nsecond-word here\nthird\n")
    view = StreamView("stdout", text)
    qtbot.addWidget(view)
    view.resize(600, 3 * LINE_PX)
    view.show()
    return view


def _point(row: int, column: int) -> QPoint:
    return QPoint(INSET_PX + round(column * text_painter().column_px), row * LINE_PX + LINE_PX // 2)


def _clipboard(qtbot: QtBot, view: StreamView) -> str:
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    return QGuiApplication.clipboard().text()


def test_shift_click_extends_the_selection(qtbot: QtBot, stream: StreamView) -> None:
    qtbot.mouseClick(stream, _LEFT, pos=_point(0, 6))
    qtbot.mouseClick(stream, _LEFT, Qt.KeyboardModifier.ShiftModifier, _point(1, 6))
    assert _clipboard(qtbot, stream) == "line\nsecond"


def test_a_double_click_selects_the_word(qtbot: QtBot, stream: StreamView) -> None:
    qtbot.mouseDClick(stream, _LEFT, pos=_point(1, 8))
    assert _clipboard(qtbot, stream) == "word"


def test_select_all_and_copy_by_keys(qtbot: QtBot, stream: StreamView) -> None:
    qtbot.keyClick(stream, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert _clipboard(qtbot, stream) == "first line\nsecond-word here\nthird"


def test_a_line_that_was_cut_for_its_length_is_copied_as_one(qtbot: QtBot) -> None:
    text = AnsiText()
    text.feed("x" * (MAX_LINE_CHARS + 10))
    view = StreamView("stdout", text)
    qtbot.addWidget(view)
    assert view.full_text() == "x" * (MAX_LINE_CHARS + 10)


def test_the_selection_stays_on_its_text_while_lines_fall_out_above(qtbot: QtBot) -> None:
    text = AnsiText(head_lines=1, tail_lines=4)
    text.feed("a\nb\nc\nd\ne\nf\n")
    view = StreamView("stdout", text)
    qtbot.addWidget(view)
    view.resize(600, 200)
    row = [line.text for line in view._lines].index("f")
    qtbot.mouseDClick(view, _LEFT, pos=_point(row, 0))
    text.feed("g\nh\n")
    view.refresh()
    assert view.selected_text() == "f"


def test_copying_and_saving_are_in_the_menu(qtbot: QtBot, stream: StreamView) -> None:
    actions = {action.text(): action for action in stream.make_menu().actions()}
    assert not actions["Copy"].isEnabled()
    actions["Copy All"].trigger()
    assert QGuiApplication.clipboard().text() == stream.full_text()
    with qtbot.waitSignal(stream.save_requested) as asked:
        actions["Save Text As…"].trigger()
    assert asked.args == ["stdout.txt", stream.full_text().encode()]


def test_stderr_has_a_ground_and_a_mark_and_stdout_has_not(qtbot: QtBot) -> None:
    def corner(name: str) -> QColor:
        text = AnsiText()
        text.feed("x\n")
        view = StreamView(name, text)
        qtbot.addWidget(view)
        view.apply_palette(DARK)
        view.resize(300, view.height_for(300))
        return view.grab().toImage().pixelColor(1, view.height() // 2)

    assert corner("stderr") == QColor(DARK.queued_dot)
    assert corner("stdout") != QColor(DARK.queued_dot)


def test_the_traceback_of_what_the_user_stopped_is_calm_and_whole(area: OutputArea) -> None:
    frame = "In[1], line 1\n----> 1 wait()"
    error = ErrorOutput(error_type="KeyboardInterrupt", message="", traceback=(frame, "KeyboardInterrupt: "))
    area.set_outputs([error])
    (view,) = area.findChildren(TracebackView)
    assert view.ground(LIGHT) == LIGHT.error_ground
    area.set_calm(True)
    assert view.ground(LIGHT) == LIGHT.code_cell
    assert view.accessibleName() == "where it was stopped: KeyboardInterrupt"
    assert not any(span.style.foreground == 1 for line in view._lines for span in line.spans)
    assert [line.text for line in view._lines] == ["KeyboardInterrupt", "In[1], line 1", "----> 1 wait()"]
    assert view.full_text().splitlines()[-1] == "KeyboardInterrupt: "
    area.append(error)
    assert [each.ground(LIGHT) for each in area.findChildren(TracebackView)] == [LIGHT.code_cell] * 2


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
def test_every_terminal_colour_can_be_read_on_every_ground(palette: Palette) -> None:
    chosen = [None, *range(16), "#000000", "#ffffff", "#777777", "#00ff00", "#000080"]
    for ground in (palette.page, palette.panel, palette.code_cell, palette.error_ground):
        colors = TerminalColors(palette, ground)
        for foreground in chosen:
            for background in chosen:
                for style in (Style(foreground, background), Style(foreground, background, dim=True, inverse=True)):
                    text, behind = colors.pair(style)
                    assert contrast(text, behind or QColor(ground)) >= MINIMUM_CONTRAST, style


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
@pytest.mark.parametrize(
    "style", ["color:black", "color:white", "background-color:#ffff99", "color:#777;background-color:#888"]
)
def test_colours_of_html_can_be_read(area: OutputArea, palette: Palette, style: str) -> None:
    area.apply_palette(palette)
    area.set_outputs([DisplayOutput(data={"text/html": f"<p>a <span style='{style}'>word</span></p>"})])
    (view,) = area.findChildren(RichView)
    cursor = QTextCursor(view.document)
    cursor.setPosition(4)
    form = cursor.charFormat()
    ground = form.background().color() if form.background().style() != Qt.BrushStyle.NoBrush else QColor(palette.page)
    assert contrast(form.foreground().color(), ground) >= MINIMUM_CONTRAST


def test_the_theme_is_taken_over_by_what_is_shown_already(area: OutputArea) -> None:
    area.set_outputs([StreamOutput(name="stderr", text="x\n")])
    area.apply_palette(DARK)
    assert area.grab().toImage().pixelColor(200, 4) == QColor(DARK.panel)


def test_repainting_is_at_once_after_a_rest_and_then_batched(qtbot: QtBot) -> None:
    owner = QObject()
    clock = RepaintClock(owner)
    painted: list[int] = []
    clock.due.connect(lambda: painted.append(len(painted)))
    for _ in range(1000):
        clock.request()
    assert len(painted) == 1
    qtbot.waitUntil(lambda: len(painted) == 2)
    qtbot.waitUntil(lambda: not clock._timer.isActive())
    assert len(painted) == 2


def test_appending_neither_makes_widgets_nor_lays_out(area: OutputArea) -> None:
    area.append(StreamOutput(name="stdout", text="0\n"))
    (view,) = area.findChildren(StreamView)
    for number in range(1, 1000):
        area.append(StreamOutput(name="stdout", text=f"{number}\n"))
    assert len(view._lines) == 1
    assert len(area.findChildren(StreamView)) == 1
