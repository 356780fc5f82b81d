"""The selection: what keys and clicks make of it, and that it outlives every change of the document."""

from __future__ import annotations

import pytest

from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.selection import Mode, Selected, Selection
from tests.support.notebooks import code, parsed


@pytest.fixture
def document() -> Document:
    return Document(parsed(*(code(name, id=name) for name in "abcde"), minor=5))


@pytest.fixture
def selection(document: Document) -> Selection:
    return Selection(document)


def names(document: Document, selection: Selection) -> str:
    return "".join(document.source(cell_id) for cell_id in selection.value.selected)


def test_it_begins_at_the_first_cell_in_command_mode(selection: Selection) -> None:
    value = selection.value
    assert (value.current, value.selected, value.mode) == ("a", ("a",), Mode.COMMAND)


def test_moving_stops_at_both_ends(selection: Selection) -> None:
    selection.move(-1)
    assert selection.value.current == "a"
    selection.move(9)
    assert selection.value.current == "e"


def test_extending_selects_from_the_anchor_and_turns_round_it(document: Document, selection: Selection) -> None:
    selection.move(2)
    selection.extend(1)
    selection.extend(1)
    assert names(document, selection) == "cde"
    selection.extend(-3)
    assert names(document, selection) == "bc"
    selection.move(0)
    assert names(document, selection) == "b"


def test_editing_is_in_one_cell(document: Document, selection: Selection) -> None:
    selection.select_all()
    assert names(document, selection) == "abcde"
    selection.enter_edit_mode()
    assert (names(document, selection), selection.value.mode) == ("e", Mode.EDIT)
    selection.enter_command_mode()
    assert selection.value.mode is Mode.COMMAND


def test_where_the_current_cell_goes_the_next_one_takes_its_place(document: Document, selection: Selection) -> None:
    selection.move(1)
    selection.extend(1)
    selection.enter_edit_mode()
    selection.extend(-1)
    document.delete(selection.value.selected)
    assert (names(document, selection), selection.value.mode) == ("d", Mode.COMMAND)
    selection.move(9)
    document.delete([selection.value.current])
    assert names(document, selection) == "d"
    document.delete(document.cell_ids())
    assert selection.value.selected == document.cell_ids()


def test_cells_removed_in_several_places_leave_it_at_the_right_one(document: Document, selection: Selection) -> None:
    selection.move(2)
    document.delete([document.cell_ids()[i] for i in (0, 2, 4)])
    assert names(document, selection) == "d"
    document.undo()
    selection.select(document.cell_id_at(1))
    document.delete([document.cell_ids()[i] for i in (0, 1, 3)])
    assert names(document, selection) == "c"


def test_an_anchor_that_goes_leaves_the_current_cell_alone(document: Document, selection: Selection) -> None:
    selection.extend(2)
    document.delete([document.cell_id_at(0)])
    assert names(document, selection) == "c"


def test_cells_that_move_stay_selected(document: Document, selection: Selection) -> None:
    selection.extend(1)
    document.move(selection.value.selected, 2)
    assert names(document, selection) == "ab"
    assert document.cell_ids()[2:4] == selection.value.selected


def test_cells_inserted_within_it_are_selected(document: Document, selection: Selection) -> None:
    selection.extend(1)
    document.insert(1, source="new")
    assert names(document, selection) == "anewb"


def test_subscribers_hear_of_changes_and_of_nothing_else(document: Document, selection: Selection) -> None:
    heard: list[Selected] = []
    end = selection.subscribe(heard.append)
    selection.move(1)
    selection.move(0)
    document.replace_text(document.cell_id_at(0), "typed")
    end()
    selection.move(1)
    assert [value.current for value in heard] == ["b"]
