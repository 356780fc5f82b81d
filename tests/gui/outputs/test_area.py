"""OutputArea: what a cell widget relies on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from capsule_desktop.notebook.outputs import DisplayOutput, ErrorOutput, Output, StreamOutput
from capsule_desktop.widgets.outputs.area import SCROLLED_PX, OutputArea
from capsule_desktop.widgets.outputs.slots import HEAD_OUTPUTS, TAIL_OUTPUTS
from capsule_desktop.widgets.outputs.stream_view import StreamView
from capsule_desktop.widgets.outputs.text_painter import LINE_PX
from capsule_desktop.widgets.outputs.text_view import TextView
from capsule_desktop.widgets.outputs.traceback_view import TracebackView

_LEFT = Qt.MouseButton.LeftButton


def _stdout(text: str) -> StreamOutput:
    return StreamOutput(name="stdout", text=text)


def _plain(text: str) -> DisplayOutput:
    return DisplayOutput(data={"text/plain": text})


def _shown(area: OutputArea) -> list[str]:
    return [view.full_text() for view in area.findChildren(TextView) if view.isVisibleTo(area)]


def _until_shown(qtbot: QtBot, area: OutputArea, last: str) -> None:
    qtbot.waitUntil(lambda: _shown(area)[-1:] == [last])


def test_an_empty_area_takes_no_room(area: OutputArea) -> None:
    assert area.heightForWidth(700) == 0


def test_pieces_of_one_stream_are_one_output(qtbot: QtBot, area: OutputArea) -> None:
    for piece in ("a\n", "b", "c\n"):
        area.append(_stdout(piece))
    _until_shown(qtbot, area, "a\nbc")
    assert area.heightForWidth(700) == 2 * LINE_PX


def test_another_stream_begins_another_output(qtbot: QtBot, area: OutputArea) -> None:
    for output in (_stdout("a\n"), StreamOutput(name="stderr", text="b\n"), _stdout("c\n")):
        area.append(output)
    qtbot.waitUntil(lambda: _shown(area) == ["a", "b", "c"])


def test_the_first_output_after_a_rest_is_shown_at_once(area: OutputArea) -> None:
    area.append(_plain("2"))
    assert _shown(area) == ["2"]


def test_replace_shows_another_output_in_the_same_place(qtbot: QtBot, area: OutputArea) -> None:
    area.set_outputs([_plain("one"), _plain("two"), _plain("three")])
    area.replace(1, _plain("TWO"))
    qtbot.waitUntil(lambda: sorted(_shown(area)) == ["TWO", "one", "three"])
    assert [view.y() for view in area.findChildren(TextView) if view.full_text() == "TWO"] == [28]


def test_replacing_what_is_not_there_is_our_bug(area: OutputArea) -> None:
    with pytest.raises(IndexError):
        area.replace(0, _plain("x"))


def test_clear_removes_everything(qtbot: QtBot, area: OutputArea) -> None:
    area.set_outputs([_plain("one")])
    with qtbot.waitSignal(area.height_changed):
        area.clear()
    assert _shown(area) == []
    assert area.heightForWidth(700) == 0


def test_what_follows_a_clear_takes_its_place_in_one_step(qtbot: QtBot, area: OutputArea) -> None:
    area.append(_plain("old"))
    heights: list[int] = []
    area.height_changed.connect(lambda: heights.append(area.heightForWidth(700)))
    area.clear()
    area.append(_plain("new"))
    _until_shown(qtbot, area, "new")
    assert 0 not in heights


def test_a_result_after_a_clear_is_shown_at_once(area: OutputArea) -> None:
    area.set_outputs([_plain("old")])
    area.clear()
    area.append(_plain("new"))
    assert _shown(area) == ["new"]


def test_height_changed_says_when_more_room_is_needed(qtbot: QtBot, area: OutputArea) -> None:
    with qtbot.waitSignal(area.height_changed):
        area.append(_stdout("a\n"))
    with qtbot.waitSignal(area.height_changed):
        area.append(_stdout("b\n"))


def test_long_lines_wrap_and_the_height_follows_the_width(area: OutputArea) -> None:
    area.set_outputs([_stdout("x" * 200)])
    assert area.heightForWidth(400) > area.heightForWidth(700) > area.heightForWidth(3000) == LINE_PX


def test_scrolled_limits_the_height(area: OutputArea) -> None:
    area.set_outputs([_stdout("x\n" * 100)])
    area.set_scrolled(True)
    assert area.heightForWidth(700) == SCROLLED_PX
    area.set_scrolled(False)
    assert area.heightForWidth(700) == 100 * LINE_PX


def test_scrolled_follows_the_end_as_long_as_the_reader_is_there(qtbot: QtBot, area: OutputArea) -> None:
    area.set_outputs([_stdout("x\n" * 100)])
    area.set_scrolled(True)
    area.resize(700, SCROLLED_PX)
    assert area._scroller is not None
    bar = area._scroller.verticalScrollBar()
    bar.setValue(bar.maximum())
    area.append(_stdout("y\n" * 100))
    qtbot.waitUntil(lambda: bar.maximum() == 200 * LINE_PX - SCROLLED_PX)
    assert bar.value() == bar.maximum()


def test_collapsed_is_one_line_that_asks_to_be_expanded(qtbot: QtBot, area: OutputArea) -> None:
    area.set_outputs([_stdout("x\n" * 100)])
    area.set_collapsed(True)
    assert 0 < area.heightForWidth(700) < 2 * LINE_PX
    with qtbot.waitSignal(area.expand_requested):
        qtbot.mouseClick(area._collapsed_notice, _LEFT)
    area.set_collapsed(False)
    assert area.heightForWidth(700) == 100 * LINE_PX


def test_a_long_stream_shows_head_marker_and_tail(area: OutputArea) -> None:
    area.set_outputs([_plain("first"), _stdout("".join(f"{number}\n" for number in range(10_000)))])
    lines = _shown(area)[1].split("\n")
    assert lines[0] == "0"
    assert lines[50] == "… 7,951 lines hidden · Open full output"
    assert lines[-1] == "9999"


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_the_marker_asks_for_the_full_output_of_its_index(qtbot: QtBot, area: OutputArea, how: str) -> None:
    area.set_outputs([_plain("first"), _stdout("x\n" * 10_000)])
    (stream,) = [view for view in area.findChildren(StreamView) if "hidden" in view.full_text()]
    with qtbot.waitSignal(area.full_output_requested) as asked:
        if how == "mouse":
            qtbot.mouseClick(stream, _LEFT, pos=QPoint(60, 50 * LINE_PX + 5))
        else:
            stream.setFocus(Qt.FocusReason.TabFocusReason)
            qtbot.keyClick(stream, Qt.Key.Key_Return)
    assert asked.args == [1]


@pytest.mark.parametrize(
    "make",
    [
        lambda number: _plain(f"{number}"),
        lambda number: StreamOutput(name=("stdout", "stderr")[number % 2], text="x\n"),
    ],
    ids=["displays", "alternating streams"],
)
def test_ten_thousand_outputs_are_shown_as_a_bounded_number(
    qtbot: QtBot, area: OutputArea, make: Callable[[int], Output]
) -> None:
    for number in range(10_000):
        area.append(make(number))
    kept = HEAD_OUTPUTS + TAIL_OUTPUTS
    qtbot.waitUntil(lambda: len(area._stack.views) == kept + 1 and len(_shown(area)) == kept)
    assert area._stack.views[HEAD_OUTPUTS].accessibleName() == "… 9,850 outputs hidden · Open full output"


def test_indexes_count_the_outputs_that_were_let_go(qtbot: QtBot, area: OutputArea) -> None:
    area.set_outputs([_plain(f"{number}") for number in range(1000)])
    area.replace(999, _plain("last"))
    area.replace(500, _plain("let go"))
    _until_shown(qtbot, area, "last")


def test_a_traceback_says_first_what_went_wrong(area: OutputArea) -> None:
    rule, heading = "-" * 75, "KeyError                                  Traceback (most recent call last)"
    user, library = (
        "Cell In[8], line 1\n----> 1 render()",
        "File /x/lib/python3.12/site-packages/a.py:3, in f()\n  3 g()",
    )
    error = ErrorOutput(
        error_type="KeyError",
        message="'buffer'",
        traceback=(rule, heading, user, library, library, "KeyError: 'buffer'"),
    )
    area.set_outputs([error])
    (view,) = area.findChildren(TracebackView)
    assert [line.text for line in view._lines] == [
        "KeyError: 'buffer'",
        "Cell In[8], line 1",
        "----> 1 render()",
        "▸ 2 library frames",
    ]
    assert view.full_text() == "\n".join(error.traceback)


def test_library_frames_unfold_when_asked(qtbot: QtBot, area: OutputArea) -> None:
    library = "File /x/site-packages/a.py:3, in f()\n  3 g()"
    area.set_outputs([ErrorOutput(error_type="E", message="m", traceback=(library,))])
    (view,) = area.findChildren(TracebackView)
    before = area.heightForWidth(700)
    view.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert [line.text for line in view._lines][1:] == ["▾ 1 library frame", *library.split("\n")]
    assert area.heightForWidth(700) == before + 2 * LINE_PX


def test_an_error_without_traceback_shows_its_message(area: OutputArea) -> None:
    area.set_outputs([ErrorOutput(error_type="Lost", message="", traceback=())])
    assert _shown(area) == ["Lost"]


@pytest.mark.parametrize(
    "output",
    [
        StreamOutput(name="stdout", text="a\nb\n"),
        StreamOutput(name="stderr", text="a\n"),
        ErrorOutput(error_type="E", message="m", traceback=("E: m",)),
        DisplayOutput(data={"text/html": "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"}),
        DisplayOutput(data={"text/html": "<p>some <b>prose</b></p>"}),
        DisplayOutput(data={"text/markdown": "# Title\n\ntext"}),
        DisplayOutput(data={"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='60'/>"}),
        DisplayOutput(data={"application/x-unknown": "x"}),
    ],
    ids=["stream", "stderr", "error", "table", "prose", "markdown", "picture", "notice"],
)
def test_every_output_is_larger_at_a_larger_zoom_whether_it_came_before_or_after(
    area: OutputArea, output: Output
) -> None:
    area.set_outputs([output])
    before = area.heightForWidth(900)
    area.apply_zoom(2.0)
    zoomed = area.heightForWidth(900)
    assert zoomed == pytest.approx(2 * before, abs=6)
    area.set_outputs([output])
    assert area.heightForWidth(900) == zoomed
    area.apply_zoom(1.0)
    assert area.heightForWidth(900) == before
