"""How the source of a past run differs from what the cell says now, line by line.  Pure; the last few are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from capsule_desktop.widgets.values import SourceLine

_AROUND = 2  # lines that are the same, shown on either side of a change

type _Change = tuple[str, int, int, int, int]


@lru_cache(maxsize=64)
def source_diff(ran: str, now: str, *, whole: bool) -> tuple[SourceLine, ...]:
    """() where they are the same; whole: every line of ran, those marked "-" that are no longer there."""
    if ran == now:
        return ()
    before, after = ran.split("\n"), now.split("\n")
    matcher = SequenceMatcher(None, before, after)
    if whole:
        return tuple(_whole(matcher.get_opcodes(), before))
    return tuple(_changes(matcher, before, after))


def _whole(changes: Sequence[_Change], before: list[str]) -> Iterator[SourceLine]:
    for kind, start, stop, _, _ in changes:
        yield from (SourceLine(mark="" if kind == "equal" else "-", text=line) for line in before[start:stop])


def _changes(matcher: SequenceMatcher[str], before: list[str], after: list[str]) -> Iterator[SourceLine]:
    shown = 0
    for group in matcher.get_grouped_opcodes(_AROUND):
        yield from _between(before[shown : group[0][1]])
        for kind, start, stop, start_after, stop_after in group:
            mark = "" if kind == "equal" else "-"
            yield from (SourceLine(mark=mark, text=line) for line in before[start:stop])
            if kind != "equal":
                yield from (SourceLine(mark="+", text=line) for line in after[start_after:stop_after])
        shown = group[-1][2]
    yield from _between(before[shown:])


def _between(same: list[str]) -> Iterator[SourceLine]:
    """Lines far from any change: how many, where saying so is shorter than showing them."""
    if len(same) > 1:
        yield SourceLine(mark="…", text=f"{len(same)} lines are the same")
    else:
        yield from (SourceLine(mark="", text=line) for line in same)
