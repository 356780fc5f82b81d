"""The contents: headings of markdown cells, and how the cells below each stand."""

from __future__ import annotations

import pytest

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.document import Document
from capsule_desktop.presenters.contents import contents
from capsule_desktop.presenters.run_states import RunStates
from capsule_desktop.widgets.contents_list import ContentsRow
from capsule_desktop.widgets.dots import DotState


def document(*sources: str) -> tuple[Document, list[CellId]]:
    """A source that begins with a letter is code, with a colon raw, any other markdown."""
    made = Document()
    (empty,) = made.cell_ids()
    ids = []
    for index, source in enumerate(sources):
        kind = CellKind.CODE if source[0].isalpha() else CellKind.RAW if source[0] == ":" else CellKind.MARKDOWN
        ids.append(made.insert(index, kind, source))
    made.delete([empty])
    return made, ids


def rows(*sources: str, current: int = 0) -> list[ContentsRow]:
    made, ids = document(*sources)
    return contents(made, RunStates(), ids[current])


def test_headings_of_all_levels_are_listed_in_order_without_their_marks() -> None:
    found = rows("# One", "x", "  \n## *Two* [link](http://x) `code`\ntext\n###### Six ##", "####### seven")
    assert [(row.level, row.text) for row in found] == [(1, "One"), (2, "Two link code"), (6, "Six")]


@pytest.mark.parametrize(
    ("heading", "shown"),
    [
        ("Capturing with <tt>%%capture</tt>", "Capturing with %%capture"),
        ("<!--====--> Cell magics<br/>", "Cell magics"),
        ('<a name="x"></a>Fish &amp; [<b>chips</b>](x "y")', "Fish & chips"),
        ("`<tt>` and ``__init__``, **a** _b_ c_d", "<tt> and __init__, a b c_d"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
    ],
)
def test_a_heading_is_shown_as_it_is_read(heading: str, shown: str) -> None:
    assert [row.text for row in rows(f"# {heading}")] == [shown]


def test_a_heading_that_shows_nothing_has_no_row() -> None:
    assert rows('# <a id="top"></a>\n## One')[0].text == "One"


def test_what_only_looks_like_a_heading_is_none() -> None:
    assert rows("x = 1 # One", ": # raw", "text\n```\n# in code\n```\n#nospace") == []


def test_the_section_of_the_current_cell_is_marked() -> None:
    sources = ("x", "# One", "y", "z", "# Two")
    marked = [[row.text for row in rows(*sources, current=at) if row.current] for at in range(5)]
    assert marked == [[], ["One"], ["One"], ["One"], ["Two"]]


def test_a_heading_shows_the_most_pressing_state_below_it() -> None:
    made, (_one, first, second, _two, third) = document("# One", "x", "y", "# Two", "z")
    runs = RunStates()
    for execution_id, cell in (("1", first), ("2", second), ("3", third)):
        runs.submitted(execution_id, cell, "")
        runs.queued(execution_id, cell, "")
    runs.started("2", 0.0)
    found = contents(made, runs, first)
    assert [(row.dot, row.words) for row in found] == [(DotState.RUNNING, "running"), (DotState.QUEUED, "queued")]


def test_two_headings_of_one_cell_both_stand_for_it() -> None:
    made, (both, code) = document("# One\n## Two", "x")
    found = contents(made, RunStates(), code)
    assert [(row.text, row.cell_id, row.current) for row in found] == [("One", both, False), ("Two", both, True)]
