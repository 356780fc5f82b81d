"""The contents of a notebook: its headings, and how the cells below each of them stand.  Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import unescape

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.document import Document
from capsule_desktop.presenters.run_states import RunStates
from capsule_desktop.widgets.contents_list import ContentsRow
from capsule_desktop.widgets.dots import dot_of
from capsule_desktop.widgets.values import CellState

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_MARKUP = re.compile(
    r"(?P<ticks>`+)(?P<code>[^`]+)(?P=ticks)(?!`)"
    r"|!?\[(?P<link>[^\]]*)\]\([^)]*\)"
    r"|(?P<entity>&\#?\w+;)"
    r"|<!--.*?-->|</?[A-Za-z][A-Za-z0-9-]*(\s[^<>]*)?/?>"
    r"|\*+|(?<!\w)_+|_+(?!\w)"
)
_LIMIT = 500  # characters of a heading; the panel shows some forty
_PRESSING = (
    CellState.WAITING,
    CellState.RUNNING,
    CellState.ERROR,
    CellState.LOST,
    CellState.QUEUED,
    CellState.STOPPED,
    CellState.DONE,
)


@dataclass(frozen=True)
class _Heading:
    """place: of its cell among all cells."""

    cell_id: CellId
    place: int
    level: int
    text: str


def contents(document: Document, runs: RunStates, current: CellId) -> list[ContentsRow]:
    """A row a heading, with the most pressing state of the cells down to the next one."""
    headings, ids = list(_headings(document)), document.cell_ids()
    selected = document.index(current)
    rows = []
    for heading, end in zip(headings, [*(h.place for h in headings[1:]), len(ids)], strict=False):
        below = ids[heading.place : max(end, heading.place + 1)]
        state = _most_pressing(runs.of(cell_id).state for cell_id in below)
        rows.append(
            ContentsRow(
                cell_id=heading.cell_id,
                text=heading.text,
                level=heading.level,
                dot=dot_of(state),
                words=state.replace("_", " "),
                current=heading.place <= selected < max(end, heading.place + 1),
            )
        )
    return _one_current(rows)


def _one_current(rows: list[ContentsRow]) -> list[ContentsRow]:
    """Of several headings in one cell the first stands for it."""
    first = next((row for row in rows if row.current), None)
    return [row if row is first or not row.current else replace(row, current=False) for row in rows]


def _headings(document: Document) -> Iterator[_Heading]:
    for place, cell_id in enumerate(document.cell_ids()):
        cell = document.body(cell_id)
        if cell.kind is CellKind.MARKDOWN and "#" in cell.source:
            for match in _HEADING.finditer(_FENCE.sub("", cell.source)):
                if text := " ".join(_text(match[2][:_LIMIT]).split()):  # there may be no more than an anchor
                    yield _Heading(cell_id, place, len(match[1]), text)


def _text(markdown: str) -> str:
    """What of a line is read, without the marks of Markdown and HTML."""
    return _MARKUP.sub(_shown, markdown)


def _shown(match: re.Match[str]) -> str:
    if match["code"] is not None:
        return match["code"]
    if match["link"] is not None:
        return _text(match["link"])
    return unescape(match["entity"] or "")


def _most_pressing(states: Iterable[CellState]) -> CellState:
    found = set(states)
    return next((state for state in _PRESSING if state in found), CellState.NEVER_RUN)
