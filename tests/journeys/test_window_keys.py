"""The keys of interaction.md, pressed in a real window: modes, selection, cell operations, text undo.

It is longer than 400 lines: it is one table of keys, a test a key.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.selection import Mode
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.shortcuts_dialog import ShortcutsDialog
from capsule_desktop.widgets.values import CellState
from tests.support.live_window import LiveWindow, live_window
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop
K = Qt.Key
SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def letters(path: Path, text: str) -> Path:
    return write_notebook(path, *text)


def sources(w: LiveWindow) -> list[str]:
    return [w.document.source(cell_id) for cell_id in w.ids()]


def selected(w: LiveWindow) -> str:
    """The sources of the selected cells, the current one in capitals."""
    value = w.notebook.parts.selection.value
    return "".join(w.document.source(c).upper() if c == value.current else w.document.source(c) for c in value.selected)


def mode(w: LiveWindow) -> Mode:
    return w.notebook.parts.selection.value.mode


def press(w: LiveWindow, *keys: Qt.Key) -> None:
    for key in keys:
        w.press(key)


def shown(w: LiveWindow, cell_id: CellId) -> bool:
    """Whether the top of the cell is in the viewport."""
    cell = next((c for c in w.view._shelf if c.cell_id == cell_id), None)
    return cell is not None and 0 <= cell.y() < w.view.viewport().height()


async def test_enter_edits_and_escape_or_control_m_commands(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "ab")) as w:
        assert mode(w) is Mode.COMMAND
        for key, modifiers in ((K.Key_Escape, Qt.KeyboardModifier.NoModifier), (K.Key_M, CTRL)):
            w.press(K.Key_Return)
            assert mode(w) is Mode.EDIT
            w.type("x")
            w.press(key, modifiers)
            assert mode(w) is Mode.COMMAND
        assert sources(w) == ["xxa", "b"]
        w.press(K.Key_J)  # a letter is a command again
        assert selected(w) == "B"


async def test_arrows_and_j_and_k_select_the_neighbours(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "abc")) as w:
        seen = []
        for key in (K.Key_Down, K.Key_J, K.Key_J, K.Key_Up, K.Key_K, K.Key_K):
            w.press(key)
            seen.append(selected(w))
        assert seen == ["B", "C", "C", "B", "A", "A"]


async def test_shift_extends_and_control_a_selects_all(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "abcd")) as w:
        w.press(K.Key_J)
        seen = []
        for key in (K.Key_Down, K.Key_J, K.Key_K, K.Key_Up, K.Key_Up):
            w.press(key, SHIFT)
            seen.append(selected(w))
        assert seen == ["bC", "bcD", "bC", "B", "Ab"]
        w.press(K.Key_A, CTRL)
        assert selected(w) == "abcD"
        w.press(K.Key_Up)
        assert selected(w) == "C"


async def test_a_and_b_insert_and_select_the_new_cell(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "ab")) as w:
        first, second = w.ids()
        press(w, K.Key_B, K.Key_A)
        new_above, new_below = w.ids()[1:3]
        assert (w.ids()[0], w.ids()[3]) == (first, second)
        assert w.notebook.parts.selection.value.current == new_above
        assert mode(w) is Mode.COMMAND
        assert w.document.source(new_below) == ""


async def test_cells_are_cut_copied_and_pasted_below_and_above(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "abcd")) as w:
        w.press(K.Key_J, SHIFT)
        w.press(K.Key_X)
        assert (sources(w), selected(w)) == (["c", "d"], "C")
        w.press(K.Key_V)
        assert (sources(w), selected(w)) == (["c", "a", "b", "d"], "aB")
        press(w, K.Key_J)
        w.press(K.Key_C)
        w.press(K.Key_V, SHIFT)
        assert (sources(w), selected(w)) == (["c", "a", "b", "d", "d"], "D")
        assert len(set(w.ids())) == 5


async def test_d_twice_deletes_and_z_brings_back_and_selects(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "abcd")) as w:
        w.press(K.Key_J)
        w.press(K.Key_J, SHIFT)
        w.press(K.Key_D)
        assert sources(w) == ["a", "b", "c", "d"]
        w.press(K.Key_D)
        assert (sources(w), selected(w)) == (["a", "d"], "D")
        w.press(K.Key_Z)
        assert (sources(w), selected(w)) == (["a", "b", "c", "d"], "bC")
        w.press(K.Key_Z, SHIFT)
        assert sources(w) == ["a", "d"]


async def test_deleting_the_last_cells_selects_the_one_above_and_never_leaves_none(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "abc")) as w:
        press(w, K.Key_J, K.Key_J, K.Key_D, K.Key_D)
        assert selected(w) == "B"
        w.press(K.Key_A, CTRL)
        press(w, K.Key_D, K.Key_D)
        assert sources(w) == [""]
        w.press(K.Key_Z)
        assert (sources(w), selected(w)) == (["a", "b"], "aB")


async def test_shift_m_merges_the_selection_or_with_the_cell_below(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "abcd")) as w:
        w.press(K.Key_J, SHIFT)
        w.press(K.Key_M, SHIFT)
        assert (sources(w), selected(w)) == (["a\n\nb", "c", "d"], "A\n\nB")
        w.press(K.Key_J)
        w.press(K.Key_M, SHIFT)
        assert sources(w) == ["a\n\nb", "c\n\nd"]
        press(w, K.Key_Z, K.Key_Z)
        assert sources(w) == ["a", "b", "c", "d"]


async def test_a_cell_splits_at_the_caret_and_one_goes_on_at_its_second_part(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "one\ntwo\nthree")) as w:
        press(w, K.Key_Return, K.Key_Down, K.Key_End)
        w.press(K.Key_Underscore, CTRL | SHIFT)
        assert sources(w) == ["one\ntwo", "three"]
        assert mode(w) is Mode.EDIT
        w.type("# ")
        assert sources(w) == ["one\ntwo", "# three"]


async def test_cells_move_up_and_down_with_their_selection(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "abcd")) as w:
        w.press(K.Key_J, SHIFT)
        w.press(K.Key_Down, CTRL | SHIFT)
        assert (sources(w), selected(w)) == (["c", "a", "b", "d"], "aB")
        w.press(K.Key_Up, CTRL | SHIFT)
        w.press(K.Key_Up, CTRL | SHIFT)
        assert (sources(w), selected(w)) == (["a", "b", "c", "d"], "aB")


async def test_y_m_r_and_digits_change_the_type(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "ab")) as w:
        (cell, _other) = w.ids()
        kinds = []
        for key in (K.Key_M, K.Key_R, K.Key_Y):
            w.press(key)
            kinds.append(w.document.body(cell).kind)
        assert kinds == [CellKind.MARKDOWN, CellKind.RAW, CellKind.CODE]
        w.press(K.Key_3)
        assert (w.document.source(cell), w.document.body(cell).kind) == ("### a", CellKind.MARKDOWN)
        assert w.notebook.parts.cells.cell(cell).editing_markdown
        w.press(K.Key_A, CTRL)
        w.press(K.Key_1)
        assert sources(w) == ["# a", "# b"]


async def test_a_cell_that_changed_its_type_does_not_say_that_it_is_done(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1")) as w:
        (cell,) = w.ids()
        w.press(K.Key_Return, CTRL)
        await w.settled(cell)
        press(w, K.Key_M, K.Key_Y)
        assert (w.state(cell), w.document.body(cell).execution_count) == (CellState.NEVER_RUN, None)


async def test_line_numbers_of_one_cell_and_of_all(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "ab")) as w:

        def numbered() -> list[bool]:
            return [w.notebook.parts.cells.cell(c).line_numbers for c in w.ids()]

        w.press(K.Key_L)
        assert numbered() == [True, False]
        w.press(K.Key_L, SHIFT)
        assert numbered() == [True, True]
        w.press(K.Key_L)
        assert numbered() == [False, True]


async def test_o_collapses_outputs_and_shift_o_scrolls_them_even_while_the_cell_runs(
    qapp: QApplication, tmp_path: Path
) -> None:
    source = "import threading\nprint('begun', flush=True)\nthreading.Event().wait()"
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", source)) as w:
        (cell,) = w.ids()
        w.press(K.Key_Return, CTRL)
        await w.until(lambda: w.text(cell) == "begun\n")
        w.press(K.Key_O)
        w.press(K.Key_O, SHIFT)
        widget = w.view._shelf.cell(cell)
        assert widget.view.outputs_collapsed
        assert widget.view.outputs_scrolled
        w.press(K.Key_O)
        w.press(K.Key_O, SHIFT)
        assert w.document.body(cell).metadata == {}
        press(w, K.Key_I, K.Key_I)
        assert await w.settled(cell) is CellState.STOPPED


async def test_zero_twice_asks_before_the_variables_go(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "x = 1", "x")) as w:
        first, second = w.ids()
        w.press(K.Key_Return, SHIFT)
        await w.settled(first)
        press(w, K.Key_0, K.Key_0)
        dialog = await w.dialog(MessageDialog)
        dialog.chosen.emit(Choice.CANCEL)
        dialog.dismiss()
        w.press(K.Key_Return, CTRL)
        await w.settled(second)
        assert w.text(second) == "1"
        press(w, K.Key_0, K.Key_0)
        dialog = await w.dialog(MessageDialog)
        QTest.keyClick(dialog, K.Key_Return)
        w.press(K.Key_Return, CTRL)
        await w.settled(second)
        assert "NameError" in w.text(second)


async def test_s_saves(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "a")) as w:
        w.press(K.Key_B)
        assert w.document.is_dirty
        w.press(K.Key_S)
        await w.until(lambda: not w.document.is_dirty)
        assert len(nbformat.read(tmp_path / "a.ipynb", as_version=4).cells) == 2


async def test_h_shows_the_shortcuts(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path) as w:
        w.press(K.Key_H)
        (await w.dialog(ShortcutsDialog)).close()


async def test_space_scrolls_and_the_selection_comes_back_into_sight(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "a" * 60)) as w:
        first, bar = w.ids()[0], w.view.verticalScrollBar()
        w.press(K.Key_Space)
        assert bar.value() > 0
        assert not shown(w, first)
        w.press(K.Key_Space, SHIFT)
        assert bar.value() == 0
        press(w, K.Key_Space, K.Key_Space, K.Key_J)
        assert shown(w, w.ids()[1])


# --- running


@pytest.mark.parametrize("editing", [False, True])
async def test_shift_enter_goes_on_below_and_appends_after_the_last(
    qapp: QApplication, tmp_path: Path, editing: bool
) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1", "2")) as w:
        first, second = w.ids()
        for cell, index, after in ((first, 1, Mode.COMMAND), (second, 2, Mode.EDIT)):
            if editing:
                w.press(K.Key_Return)
            w.press(K.Key_Return, SHIFT)
            assert (w.notebook.parts.selection.value.current, mode(w)) == (w.ids()[index], after)
            assert await w.settled(cell) is CellState.DONE
        assert len(w.ids()) == 3


@pytest.mark.parametrize("editing", [False, True])
async def test_control_enter_stays_and_commands(qapp: QApplication, tmp_path: Path, editing: bool) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1", "2")) as w:
        first, _second = w.ids()
        if editing:
            w.press(K.Key_Return)
        w.press(K.Key_Return, CTRL)
        assert (w.notebook.parts.selection.value.current, mode(w)) == (first, Mode.COMMAND)
        assert await w.settled(first) is CellState.DONE


@pytest.mark.parametrize("editing", [False, True])
async def test_alt_enter_inserts_below_and_edits_there(qapp: QApplication, tmp_path: Path, editing: bool) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1", "2")) as w:
        first, second = w.ids()
        if editing:
            w.press(K.Key_Return)
        w.press(K.Key_Return, ALT)
        assert w.ids()[0] == first
        assert w.ids()[2] == second
        assert (w.notebook.parts.selection.value.current, mode(w)) == (w.ids()[1], Mode.EDIT)
        w.type("new")
        assert await w.settled(first) is CellState.DONE
        assert sources(w) == ["1", "new", "2"]


async def test_several_selected_cells_run_in_their_order(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "n = [1]", "# text", "n.append(2); n", "n.append(3); n")
    async with live_window(qapp, tmp_path, file) as w:
        first, _text, third, last = w.ids()
        w.press(K.Key_J, SHIFT)
        w.press(K.Key_J, SHIFT)
        w.press(K.Key_Return, SHIFT)
        assert w.notebook.parts.selection.value.current == last
        assert [await w.settled(c) for c in (first, third)] == [CellState.DONE] * 2
        assert w.text(third) == "[1, 2]"
        assert w.state(last) is CellState.NEVER_RUN


async def test_markdown_is_edited_by_enter_and_rendered_by_running_it(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "# Title", "1")) as w:
        text, code = w.ids()

        def shows_source() -> bool:
            return w.view._shelf.cell(text).editor is not None

        assert not shows_source()
        w.press(K.Key_Return)
        assert shows_source()
        w.press(K.Key_End)
        w.type("!")
        w.press(K.Key_Escape)
        assert shows_source()
        w.press(K.Key_Return, SHIFT)
        assert not shows_source()
        assert w.document.source(text) == "# Title!"
        assert w.notebook.parts.selection.value.current == code


async def test_a_double_click_on_rendered_markdown_edits_it(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1", "# Title")) as w:
        text = w.ids()[1]
        widget = w.view._shelf.cell(text)
        assert widget._markdown is not None
        target = widget._markdown.viewport() if hasattr(widget._markdown, "viewport") else widget._markdown
        QTest.mouseClick(target, Qt.MouseButton.LeftButton)
        assert (w.notebook.parts.selection.value.current, mode(w)) == (text, Mode.COMMAND)
        QTest.mouseDClick(target, Qt.MouseButton.LeftButton)
        assert (w.notebook.parts.selection.value.current, mode(w)) == (text, Mode.EDIT)
        assert widget.editor is not None
        assert widget.editor.hasFocus()


async def test_a_click_edits_and_shift_click_on_the_gutter_extends(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, letters(tmp_path / "a.ipynb", "abc")) as w:
        widgets = [w.view._shelf.cell(cell) for cell in w.ids()]
        editor = widgets[0].editor
        assert editor is not None
        QTest.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton)
        assert mode(w) is Mode.EDIT
        place = widgets[2].rect().bottomLeft()
        QTest.mouseClick(widgets[2], Qt.MouseButton.LeftButton, SHIFT, place)
        assert (selected(w), mode(w)) == ("abC", Mode.COMMAND)
        QTest.mouseClick(widgets[1], Qt.MouseButton.LeftButton, pos=place)
        assert selected(w) == "B"


async def test_arrows_leave_a_cell_at_its_edges_and_keep_the_column(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "abc\nde", "fghij\nk", "# Title", "z")
    async with live_window(qapp, tmp_path, file) as w:
        _first, second, title, last = w.ids()
        press(w, K.Key_Return, K.Key_Down, K.Key_End, K.Key_Down)
        assert w.notebook.parts.selection.value.current == second
        w.type("X")
        assert w.document.source(second) == "fgXhij\nk"
        press(w, K.Key_Down, K.Key_Down)
        assert (w.notebook.parts.selection.value.current, mode(w)) == (title, Mode.COMMAND)
        press(w, K.Key_Down, K.Key_Return, K.Key_Up)
        assert (w.notebook.parts.selection.value.current, mode(w)) == (title, Mode.COMMAND)
        press(w, K.Key_Up, K.Key_Return)
        w.notebook.parts.selection.select(second)
        w.press(K.Key_Home, CTRL)
        w.press(K.Key_Up)
        w.type("Y")
        assert sources(w)[0] == "abc\nYde"
        assert w.document.source(last) == "z"


# --- text undo


async def test_text_undo_and_redo_outlive_scrolling_and_cell_operations(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "x", *"abcdefgh" * 10)) as w:
        first = w.ids()[0]
        press(w, K.Key_Return, K.Key_End)
        w.type(" = 1")
        w.press(K.Key_Escape)
        press(w, K.Key_B, K.Key_D, K.Key_D)  # cell operations meanwhile
        for _page in range(6):
            w.press(K.Key_Space)
        assert not shown(w, first)
        w.notebook.parts.selection.select(first)
        w.press(K.Key_Return)
        assert shown(w, first)
        for _step in range(3):  # a word each
            w.press(K.Key_Z, CTRL)
        assert w.document.source(first) == "x"
        for _step in range(3):
            w.press(K.Key_Z, CTRL | SHIFT)
        assert w.document.source(first) == "x = 1"
        editor = w.view._shelf.cell(first).editor
        assert editor is not None
        assert editor.source == "x = 1"


async def test_undoing_text_scrolls_to_it(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", *"abcdefgh" * 10)) as w:
        first = w.ids()[0]
        w.press(K.Key_Return)
        w.type("x")
        w.view.scroll_pages(4)
        assert not shown(w, first)
        w.perform(Action.UNDO_TEXT)
        assert shown(w, first)
        assert w.document.source(first) == "a"


async def test_an_edited_cell_says_so_until_it_runs_again_or_is_as_it_was(qapp: QApplication, tmp_path: Path) -> None:
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1")) as w:
        (cell,) = w.ids()
        edited: list[bool] = []

        def note() -> None:
            edited.append(w.view._shelf.cell(cell).view.edited)

        w.press(K.Key_Return, CTRL)
        await w.settled(cell)
        note()
        press(w, K.Key_Return, K.Key_End)
        w.type("2")
        note()
        w.press(K.Key_Backspace)
        note()
        w.type("3")
        w.press(K.Key_Return, CTRL)
        await w.settled(cell)
        note()
        assert edited == [False, True, False, False]
        assert w.text(cell) == "13"


async def test_what_is_typed_after_running_is_not_taken_for_what_ran(qapp: QApplication, tmp_path: Path) -> None:
    """The engine says that a cell is queued a moment later; one may have typed by then."""
    async with live_window(qapp, tmp_path, write_notebook(tmp_path / "a.ipynb", "1")) as w:
        (cell,) = w.ids()
        w.press(K.Key_Return, CTRL)
        press(w, K.Key_Return, K.Key_End)
        w.type("2")
        await w.settled(cell)
        assert w.text(cell) == "1"
        assert w.notebook.parts.cells.cell(cell).edited
