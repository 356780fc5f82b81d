"""Made ids are never one that another cell of the file has."""

from __future__ import annotations

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.cell_ids import whole_ids


def test_own_ids_stay_and_a_made_one_is_none_of_them_wherever_that_stands() -> None:
    (made,) = whole_ids([CellId("")], b"file")
    first, second = whole_ids([CellId(""), made], b"file")
    assert second == made
    assert first not in (made, "")
