from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capsule_desktop.widgets.text_units import from_units, least_change, to_units

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("ab😀😁𝒳\n"), max_size=30)


@given(TEXTS)
def test_units_count_as_qt_counts_and_come_back(text: str) -> None:
    assert len(to_units(text)) == len(text.encode("utf-16-le")) // 2
    assert from_units(to_units(text)) == text


@given(TEXTS, TEXTS)
def test_the_least_change_makes_the_new_text_and_cuts_no_pair(old: str, new: str) -> None:
    change = least_change(to_units(old), to_units(new))
    if change is None:
        assert old == new
        return
    units = to_units(old)
    assert units[: change.start] + change.inserted + units[change.end :] == to_units(new)
    for part in (units[: change.start], units[change.start : change.end], units[change.end :], change.inserted):
        part.encode("utf-16-le", "surrogatepass").decode("utf-16-le")  # raises where a pair was cut


@pytest.mark.parametrize(
    ("old", "new", "start", "end", "inserted"),
    [
        ("abc", "abXc", 2, 2, "X"),
        ("aaa", "aaaa", 3, 3, "a"),
        ("abc", "ac", 1, 2, ""),
        ("😀", "😁", 0, 2, "\ud83d\ude01"),
    ],
)
def test_a_change_is_no_larger_than_what_differs(old: str, new: str, start: int, end: int, inserted: str) -> None:
    change = least_change(to_units(old), to_units(new))
    assert change is not None
    assert (change.start, change.end, change.inserted) == (start, end, inserted)
