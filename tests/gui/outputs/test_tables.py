"""Data frames as tables, and what else an HTML or markdown output comes to."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from capsule_desktop.notebook.outputs import DisplayOutput
from capsule_desktop.widgets.outputs.area import OutputArea
from capsule_desktop.widgets.outputs.html_parts import Note, Part, Prose, html_parts
from capsule_desktop.widgets.outputs.html_table import Table
from capsule_desktop.widgets.outputs.notice_view import NoticeView
from capsule_desktop.widgets.outputs.refusal import Refusal
from capsule_desktop.widgets.outputs.rich_view import RichView
from capsule_desktop.widgets.outputs.stream_view import StreamView
from capsule_desktop.widgets.outputs.table_layout import ROW_PX
from capsule_desktop.widgets.outputs.table_view import MAX_ROWS, TableView

FRAME = """<div><style scoped>.dataframe tbody tr th {vertical-align: top;}</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right"><th></th><th>run</th><th>name</th></tr></thead>
<tbody><tr><th>0</th><td>1.50</td><td>a &lt;b&gt;</td></tr><tr><th>1</th><td>NaN</td><td>c</td></tr></tbody></table>
<p>2 rows × 2 columns</p></div>"""

MULTI_INDEX = """<table><thead><tr><th></th><th></th><th colspan="2" halign="left">x</th></tr>
<tr><th></th><th></th><th>p</th><th>q</th></tr></thead><tbody>
<tr><th rowspan="2" valign="top">A</th><th>1</th><td>10</td><td>11</td></tr><tr><th>2</th><td>20</td><td>21</td></tr>
</tbody></table>"""


def _parts(html: str) -> tuple[Part, ...]:
    parts = html_parts(html)
    assert not isinstance(parts, Refusal)
    return parts


def _table(html: str) -> Table:
    (table,) = [part for part in _parts(html) if isinstance(part, Table)]
    return table


def _output(html: str, plain: str = "plain") -> DisplayOutput:
    return DisplayOutput(data={"text/html": html, "text/plain": plain}, execution_count=1)


def _view(area: OutputArea) -> TableView:
    (view,) = area.findChildren(TableView)
    return view


def test_a_data_frame_is_read_with_head_index_and_shape() -> None:
    table, note = _parts(FRAME)
    assert isinstance(table, Table)
    assert table.texts() == [["", "run", "name"], ["0", "1.50", "a <b>"], ["1", "NaN", "c"]]
    assert (table.heading_rows, table.index_columns, table.numeric) == (1, 1, (True, True, False))
    assert note == Note("2 rows × 2 columns")


def test_spans_put_cells_where_html_puts_them() -> None:
    table = _table(MULTI_INDEX)
    assert table.texts() == [
        ["", "", "x", ""],
        ["", "", "p", "q"],
        ["A", "1", "10", "11"],
        ["", "2", "20", "21"],
    ]
    assert (table.heading_rows, table.index_columns) == (2, 2)


def test_a_caption_is_kept() -> None:
    assert _table("<table><caption>Runs</caption><tr><td>1</td></tr></table>").caption == "Runs"


def test_a_table_without_head_has_none() -> None:
    table = _table("<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>")
    assert (table.heading_rows, table.index_columns) == (0, 0)


@pytest.mark.parametrize("text", ["1", "-1.5", "1e-05", "1,234.5", "50%", "$3.20", "1+2j", "−4"])
def test_a_column_of_such_values_is_numeric(text: str) -> None:
    (numeric,) = _table(f"<table><tr><td>{text}</td></tr></table>").numeric
    assert numeric is (text != "1+2j")


def test_a_monstrous_span_stays_small() -> None:
    table = _table("<table><tr><td colspan='999999' rowspan='999999'>x</td></tr></table>")
    assert (table.rows, table.columns) == (1, 1000)


def test_text_between_tables_stays_text() -> None:
    parts = _parts("<p>one</p><table><tr><td>1</td></tr></table><p>two</p><table><tr><td>2</td></tr></table>")
    assert [type(part) for part in parts] == [Prose, Table, Prose, Table]


def test_the_table_wins_over_the_plain_text_and_names_its_shape(area: OutputArea) -> None:
    area.set_outputs([_output(FRAME)])
    assert area.findChildren(StreamView) == []
    assert _view(area).grid.accessibleName() == "table, 2 rows, 2 columns"
    assert [view.sentence for view in area.findChildren(NoticeView) if view.isVisible()] == ["2 rows × 2 columns"]


def test_a_small_table_is_shown_whole(area: OutputArea) -> None:
    area.set_outputs([_output(MULTI_INDEX)])
    assert area.heightForWidth(700) == 4 * ROW_PX


def test_a_table_that_is_hardly_higher_than_the_limit_is_not_cut(area: OutputArea) -> None:
    rows = "<tr><td>1</td></tr>" * MAX_ROWS
    area.set_outputs([_output(f"<table>{rows}</table>")])
    assert area.heightForWidth(700) == MAX_ROWS * ROW_PX


def test_a_long_table_scrolls_below_its_head(area: OutputArea) -> None:
    rows = "".join(f"<tr><th>{row}</th><td>{row * row}</td></tr>" for row in range(500))
    area.set_outputs([_output(f"<table><thead><tr><th></th><th>n</th></tr></thead><tbody>{rows}</tbody></table>")])
    grid = _view(area).grid
    assert area.heightForWidth(700) == 20 * ROW_PX
    assert grid.verticalScrollBar().maximum() == 481 * ROW_PX
    head = grid.viewport().grab().toImage().copy(0, 0, grid.viewport().width(), ROW_PX)
    assert len({head.pixel(x, y) for x in range(head.width()) for y in range(ROW_PX - 1)}) > 1, "the head has text"
    grid.verticalScrollBar().setValue(3 * ROW_PX)
    assert grid.viewport().grab().toImage().copy(0, 0, grid.viewport().width(), ROW_PX) == head


def test_the_whole_table_is_copied_as_tab_separated_text(area: OutputArea) -> None:
    area.set_outputs([_output(FRAME)])
    _view(area).grid.copy()
    assert QGuiApplication.clipboard().text() == "\trun\tname\n0\t1.50\ta <b>\n1\tNaN\tc"


def test_cells_are_selected_by_dragging_and_copied(qtbot: QtBot, area: OutputArea) -> None:
    area.set_outputs([_output(FRAME)])
    grid = _view(area).grid
    rect = {cell.text: grid._layout.rect(cell).center() for cell in grid._table.cells}
    qtbot.mousePress(grid.viewport(), Qt.MouseButton.LeftButton, pos=rect["1.50"])
    qtbot.mouseMove(grid.viewport(), rect["c"])
    grid._caret = grid._place(rect["c"])  # offscreen moves carry no buttons
    qtbot.mouseRelease(grid.viewport(), Qt.MouseButton.LeftButton, pos=rect["c"])
    qtbot.keyClick(grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "1.50\ta <b>\nNaN\tc"


def test_a_table_is_offered_for_saving(qtbot: QtBot, area: OutputArea) -> None:
    area.set_outputs([_output(FRAME)])
    save = _view(area).grid.make_menu().actions()[-1]
    with qtbot.waitSignal(area.save_requested) as asked:
        save.trigger()
    assert asked.args[:2] == [0, "table.tsv"]


def test_html_that_is_only_a_script_shows_its_plain_text_and_says_so(area: OutputArea) -> None:
    area.set_outputs([_output("<div id='p'></div><script>plot()</script>", plain="Figure()")])
    assert [view.full_text() for view in area.findChildren(StreamView)] == ["Figure()"]
    assert area.findChildren(RichView) == []
    sentences = [view.sentence for view in area.findChildren(NoticeView) if view.isVisible()]
    assert sentences == ["Interactive content is not run here, so its plain text is shown."]


_SPANS = "<table>" + "<tr><td rowspan='10000' colspan='9'>x</td></tr>" * 2000 + "</table>"


@pytest.mark.parametrize(
    "html",
    ["<div>" * 501, "x" * 1_000_001, _SPANS, "<p>" * 20_001, "<table><tr><td>x</td></tr></table>" * 201],
    ids=["deep", "long", "spans", "tags", "tables"],
)
def test_html_that_would_stop_the_window_shows_its_plain_text(area: OutputArea, html: str) -> None:
    area.set_outputs([_output(html)])
    assert [view.full_text() for view in area.findChildren(StreamView)] == ["plain"]


def test_text_that_is_no_unicode_is_shown_with_a_mark(area: OutputArea) -> None:
    area.set_outputs([DisplayOutput(data={mime: "a\ud800b"}) for mime in ("text/html", "text/markdown", "text/plain")])
    assert len(area.findChildren(RichView)) == 2


def test_a_link_is_reported_and_never_followed(qtbot: QtBot, area: OutputArea) -> None:
    area.set_outputs([_output("<a href='https://example.org/a'>there</a>")])
    (view,) = area.findChildren(RichView)
    with qtbot.waitSignal(area.link_activated) as asked:
        qtbot.mouseClick(view._browser.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert asked.args == ["https://example.org/a"]


@pytest.mark.parametrize("address", ["javascript:x()", "file:///etc/passwd", "data:text/html,x", "smb://h/x"])
def test_a_link_to_anything_else_is_no_link(address: str) -> None:
    (part,) = _parts(f"<a href='{address}'>there</a>")
    assert isinstance(part, Prose)
    assert "href" not in part.html


def test_markdown_is_shown_with_its_tables(area: OutputArea) -> None:
    area.set_outputs([DisplayOutput(data={"text/markdown": "# A\n\n|x|y|\n|-|-|\n|1|2|\n", "text/plain": "<M>"})])
    assert len(area.findChildren(RichView)) == 1
    assert len(area.findChildren(TableView)) == 1


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"application/json": {"a": [1]}, "text/plain": "<JSON>"}, '{\n  "a": [\n    1\n  ]\n}'),
        ({"text/latex": "$x^2$", "text/plain": "<IPython.core.display.Math object>"}, "$x^2$"),
        ({"text/latex": "$x^2$", "text/plain": " 2\nx"}, " 2\nx"),
        ({"text/plain": "plain", "application/x-unknown": {}}, "plain"),
    ],
)
def test_other_representations_are_shown_as_text(area: OutputArea, data: dict[str, object], text: str) -> None:
    area.set_outputs([DisplayOutput(data=data)])
    assert [view.full_text() for view in area.findChildren(StreamView)] == [text]


def test_what_nothing_here_can_show_is_named(area: OutputArea) -> None:
    area.set_outputs([DisplayOutput(data={"application/pdf": "…"})])
    sentences = [view.sentence for view in area.findChildren(NoticeView) if view.isVisible()]
    assert sentences == ["This output cannot be shown here. It comes as application/pdf."]
