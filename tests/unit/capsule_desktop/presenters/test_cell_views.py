"""What a view is told of a cell, put together from the document and its runs."""

from __future__ import annotations

import base64
import json

import pytest

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.ipynb import parse
from capsule_desktop.presenters.cell_views import CellViews
from capsule_desktop.presenters.run_states import RunStates
from capsule_desktop.widgets.values import CellState
from engine.commands import ExecutionId
from engine.events import ExecutionFinished, Outcome


def one(kind: CellKind, source: str, **fields: object) -> tuple[Document, RunStates, CellViews, CellId]:
    cell = {"cell_type": str(kind), "id": "a", "metadata": {}, "source": source, **fields}
    if kind is CellKind.CODE:
        cell = {"outputs": [], "execution_count": None, **cell}
    text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    document, runs = Document(parse(text.encode())), RunStates()
    return document, runs, CellViews(document, runs), document.cell_id_at(0)


def run(runs: RunStates, cell: CellId, source: str) -> None:
    runs.submitted("1", cell, source)
    runs.queued("1", cell, source)
    runs.finished(
        ExecutionFinished(
            execution_id=ExecutionId("1"), cell_id=cell, outcome=Outcome.OK, duration_s=0.1, execution_count=1
        )
    )


def test_a_cell_from_a_file_claims_nothing_of_this_session() -> None:
    _document, _runs, views, cell = one(CellKind.CODE, "x", execution_count=3)
    view = views.cell(cell)
    assert (view.state, view.execution_count, view.edited) == (CellState.NEVER_RUN, 3, False)


@pytest.mark.parametrize(("ran", "edited"), [("x", False), ("y", True)])
def test_a_cell_is_edited_when_its_source_is_not_what_ran(ran: str, edited: bool) -> None:
    _document, runs, views, cell = one(CellKind.CODE, "x")
    run(runs, cell, ran)
    assert (views.cell(cell).state, views.cell(cell).edited) == (CellState.DONE, edited)


def test_markdown_is_rendered_until_it_is_edited() -> None:
    _document, _runs, views, cell = one(CellKind.MARKDOWN, "# x")
    assert views.shows_rendered(cell)
    views.editing_markdown.add(cell)
    assert views.cell(cell).editing_markdown
    assert not views.shows_rendered(cell)


def test_only_markdown_shows_rendered() -> None:
    document, _runs, views, cell = one(CellKind.MARKDOWN, "x")
    views.editing_markdown.add(cell)
    document.set_kind([cell], CellKind.CODE)
    assert not views.cell(cell).editing_markdown
    assert not views.shows_rendered(cell)


def test_line_numbers_of_a_cell_differ_from_those_of_all() -> None:
    _document, _runs, views, cell = one(CellKind.CODE, "x")
    shown = []
    for everywhere, own in ((False, set()), (False, {cell}), (True, set()), (True, {cell})):
        views.all_line_numbers, views.line_numbers = everywhere, own
        shown.append(views.cell(cell).line_numbers)
    assert shown == [False, True, True, False]


@pytest.mark.parametrize(
    ("metadata", "collapsed", "scrolled"),
    [
        ({}, False, False),
        ({"collapsed": True}, True, False),
        ({"jupyter": {"outputs_hidden": True}, "scrolled": True}, True, True),
        ({"scrolled": "auto"}, False, False),
    ],
)
def test_how_outputs_are_shown_is_in_the_cell_s_metadata(
    metadata: dict[str, object], collapsed: bool, scrolled: bool
) -> None:
    _document, _runs, views, cell = one(CellKind.CODE, "x", metadata=metadata)
    assert (views.cell(cell).outputs_collapsed, views.cell(cell).outputs_scrolled) == (collapsed, scrolled)


def test_an_attachment_is_the_first_image_that_decodes() -> None:
    data = base64.b64encode(b"picture").decode()
    bundles = {"a.png": {"text/plain": "no", "image/jpeg": "é", "image/png": data}}
    _document, _runs, views, cell = one(CellKind.MARKDOWN, "![](attachment:a.png)", attachments=bundles)
    assert (views.attachment(cell, "a.png"), views.attachment(cell, "b.png")) == (b"picture", None)
