"""Two states of a notebook side by side: what differs is shown once, and what is the same is counted."""

from __future__ import annotations

from capsule_desktop.notebook import comparison
from capsule_desktop.notebook.cell import Cell, CellId, CellKind
from capsule_desktop.notebook.comparison import CellPair, LinePair, Side, compare
from capsule_desktop.notebook.outputs import StreamOutput


def cell(name: str, source: str, **fields: object) -> Cell:
    base = Cell(cell_id=CellId(name), kind=CellKind.CODE, source=source)
    return Cell(**{**vars(base), **fields})


def words(pair: CellPair) -> list[tuple[str | None, str | None]]:
    return [("…", "…") if line.gap else (line.mine, line.theirs) for line in pair.lines]


def test_equal_notebooks_have_nothing_to_show() -> None:
    cells = [cell("a", "x"), cell("b", "y")]
    assert compare(cells, list(cells)) == comparison.Comparison(pairs=(), same_cells=2)


def test_a_changed_line_stands_beside_its_other() -> None:
    mine = [cell("a", "1\n2\n3\nmine\n5\n6\n7"), cell("b", "y")]
    theirs = [cell("a", "1\n2\n3\ntheirs\n5\n6\n7"), cell("b", "y")]
    (pair,) = compare(mine, theirs).pairs
    around = [("…", "…"), ("2", "2"), ("3", "3"), ("mine", "theirs"), ("5", "5"), ("6", "6"), ("…", "…")]
    assert (pair.side, words(pair)) == (Side.BOTH, around)
    assert [line.differs for line in pair.lines] == [False, False, False, True, False, False, False]


def test_cells_of_one_side_stand_alone() -> None:
    mine = [cell("a", "x"), cell("m", "mine"), cell("b", "y")]
    theirs = [cell("a", "x"), cell("b", "y"), cell("t", "theirs")]
    compared = compare(mine, theirs)
    sides = [(pair.side, pair.my_number, pair.their_number, words(pair)) for pair in compared.pairs]
    assert sides == [(Side.MINE, 2, 0, [("mine", None)]), (Side.THEIRS, 0, 3, [(None, "theirs")])]
    assert compared.same_cells == 2


def test_cells_without_lasting_ids_are_told_by_their_text() -> None:
    mine = [cell("1", "x"), cell("2", "mine"), cell("3", "y")]
    theirs = [cell("7", "x"), cell("8", "theirs"), cell("9", "y")]
    (pair,) = compare(mine, theirs).pairs
    assert (pair.side, words(pair)) == (Side.BOTH, [("mine", "theirs")])


def test_what_differs_beside_the_source_is_said() -> None:
    printed = (StreamOutput(name="stdout", text="t"),)
    mine = [cell("a", "x", outputs=printed), cell("b", "y", kind=CellKind.MARKDOWN), cell("c", "z", metadata={"t": 1})]
    theirs = [cell("a", "x"), cell("b", "y"), cell("c", "z")]
    notes = [pair.notes for pair in compare(mine, theirs).pairs]
    assert notes == [("its outputs differ",), ("here it is markdown, on disk code",), ("its metadata differ",)]


def test_very_many_differences_are_counted() -> None:
    mine = [cell(str(n), "\n".join(map(str, range(300)))) for n in range(100)]
    theirs = [cell(str(n), "\n".join(map(str, range(300, 600)))) for n in range(100)]
    compared = compare(mine, theirs)
    assert compared.left_out > 80
    assert sum(len(pair.lines) for pair in compared.pairs) <= comparison.LINES_LIMIT + len(compared.pairs) + 300


def test_a_line_of_one_side_has_nothing_beside_it() -> None:
    (pair,) = compare([cell("a", "x\ny")], [cell("a", "x")]).pairs
    assert pair.lines == (LinePair(mine="x", theirs="x"), LinePair(mine="y", theirs=None))
