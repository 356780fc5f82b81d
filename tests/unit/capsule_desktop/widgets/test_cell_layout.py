from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.widgets.cell_layout import CellLayout

IDS = [CellId(name) for name in "abcdef"]


def layout_of(heights: list[int], gap: int = 10) -> CellLayout:
    layout = CellLayout(gap)
    ids = [CellId(str(i)) for i in range(len(heights))]
    layout.set_order(ids, lambda cell_id: heights[int(cell_id)])
    return layout


@given(st.lists(st.integers(0, 500), min_size=1, max_size=30), st.integers(0, 20_000))
def test_every_y_belongs_to_the_cell_that_covers_it(heights: list[int], y: int) -> None:
    layout = layout_of(heights)
    index = layout.index_at(y)
    assert layout.top_of(index) <= y
    assert index == len(heights) - 1 or y < layout.top_of(index + 1)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=30), st.data())
def test_a_changed_height_moves_only_what_is_below(heights: list[int], data: st.DataObject) -> None:
    layout = layout_of(heights)
    before = [layout.top_of(i) for i in range(len(heights))]
    index, height = data.draw(st.integers(0, len(heights) - 1)), data.draw(st.integers(0, 500))
    assert layout.set_height(index, height) == (height != heights[index])
    moved = height - heights[index]
    assert [layout.top_of(i) for i in range(len(heights))] == [
        top + (moved if i > index else 0) for i, top in enumerate(before)
    ]


def test_cells_that_stay_keep_what_was_measured() -> None:
    layout = CellLayout(0)
    layout.set_order(IDS[:3], lambda _id: 50)
    layout.set_height(1, 99)
    layout.set_order([IDS[1], IDS[3]], lambda _id: 7)
    assert [layout.height_of(i) for i in range(2)] == [99, 7]


def test_the_whole_height_has_no_gap_at_its_end() -> None:
    assert layout_of([10, 20], gap=5).height == 35
    assert layout_of([]).height == 0


def test_zoom_scales_cells_and_leaves_gaps() -> None:
    layout = layout_of([10, 20], gap=6)
    layout.scale(2.0)
    assert (layout.height_of(0), layout.top_of(1)) == (20, 26)
