"""Whatever bytes a file has, reading it gives a document or a NotebookFileError, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from capsule_desktop.notebook import ipynb
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.ipynb import NotebookFileError
from tests.support.logs import ExpectedLogs
from tests.support.notebooks import JsonObject, Spelling, json_values, notebooks, rendered, spellings


@pytest.fixture(autouse=True)
def _nbformat_may_complain(expected_logs: ExpectedLogs) -> None:
    """Of notebooks older than 4 that are not valid; it converts them all the same."""
    expected_logs.allow("traitlets", "Notebook JSON is")


def _open_and_save(data: bytes) -> None:
    try:
        file = ipynb.parse(data)
    except NotebookFileError as error:
        refusal = str(error)
        assert (refusal[-1], refusal.count("\n")) == (".", 0)  # most examples raise nothing
        return
    if file.converted_from is None:
        assert rendered(file) == data
    document = Document(file)
    for cell_id in document.cell_ids():
        assert len(tuple(document.outputs(cell_id))) == len(document.outputs(cell_id))
        document.replace_text(cell_id, document.source(cell_id) + "\nx")
    snapshot = document.snapshot()
    again = ipynb.parse(rendered(ipynb.updated(snapshot.file, snapshot.cells, snapshot.metadata)))
    assert [cell.source for cell in again.cells()] == [cell.source for cell in snapshot.cells]


@given(st.binary(max_size=80))
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"[" * 100_000)
@example(b'{"cells": ' * 100_000)
@example(b'{"cells":[],"nbformat":4,"nbformat_minor":5} x')
@example(b'{"cells":[],"nbformat":4,"nbformat_minor":' + b"9" * 5000 + b"}")
@example(b'{"cells":[{"cell_type":"code","source":"\\ud800"}],"nbformat":4}')
@example(b'{"cells":[{"cell_type":"code","source":"","metadata":{"a":NaN,"b":-Infinity}}],"nbformat":4}')
@example(b'{"cells":[{"cell_type":"code","source":"\xff"}],"nbformat":4}')
@example(b'{"cells":[],"cells":[{"cell_type":"raw","source":"a"}],"nbformat":3,"nbformat":4}')
@example(b'{"worksheets":[{"cells":[{"cell_type":"heading","level":2,"source":"a"}]}],"nbformat":3,"metadata":{}}')
def test_random_bytes_are_refused_in_words(data: bytes) -> None:
    _open_and_save(data)


@given(notebooks(), spellings, st.data())
def test_a_damaged_notebook_opens_or_is_refused(content: JsonObject, spelling: Spelling, data: st.DataObject) -> None:
    text = bytearray(spelling.write(content))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=2))
    _open_and_save(bytes(text))


@given(notebooks(min_cells=1), json_values, st.data())
def test_a_wrong_type_anywhere_opens_or_is_refused(content: JsonObject, value: object, data: st.DataObject) -> None:
    _put_somewhere(content, value, data)
    _open_and_save(json.dumps(content).encode())


def _put_somewhere(node: object, value: object, data: st.DataObject) -> None:
    """value in the place of a random value, at a random depth."""
    keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
    if not keys:
        return
    key = data.draw(st.sampled_from(keys))
    child = node[key]  # type: ignore[index]  # one of its own keys
    if isinstance(child, (dict, list)) and child and data.draw(st.booleans()):
        _put_somewhere(child, value, data)
    else:
        node[key] = value  # type: ignore[index]  # likewise


@pytest.mark.parametrize("value", [None, [], {}, 3, "text", True])
@pytest.mark.parametrize("key", ["cells", "metadata", "nbformat", "nbformat_minor"])
def test_every_wrong_type_at_the_top_is_refused_or_read(key: str, value: object) -> None:
    _open_and_save(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5, key: value}).encode())
