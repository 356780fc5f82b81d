"""How the source of a past run is shown beside the present one."""

from __future__ import annotations

from capsule_desktop.presenters.source_diff import source_diff


def lines(ran: str, now: str, *, whole: bool = False) -> list[str]:
    return [f"{line.mark}{line.text}" for line in source_diff(ran, now, whole=whole)]


def test_the_same_source_is_not_shown_again() -> None:
    assert lines("a\nb", "a\nb") == lines("a\nb", "a\nb", whole=True) == []


def test_a_changed_line_is_shown_as_it_was_and_as_it_is() -> None:
    assert lines("a\nb\nc", "a\nB\nc") == ["a", "-b", "+B", "c"]


def test_lines_far_from_a_change_are_counted_only() -> None:
    long = [f"line {number}" for number in range(20)]
    changed = [*long[:10], "new", *long[11:]]
    shown = lines("\n".join(long), "\n".join(changed))
    assert shown == [
        *("…8 lines are the same", "line 8", "line 9", "-line 10", "+new", "line 11", "line 12"),
        "…7 lines are the same",
    ]


def test_the_whole_source_marks_what_is_no_longer_there() -> None:
    assert lines("a\nb\nc", "a\nc\nd", whole=True) == ["a", "-b", "c"]
