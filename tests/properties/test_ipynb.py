"""Whatever a notebook looks like, a save keeps every byte that was not changed and says what the document says."""

from __future__ import annotations

import json
from dataclasses import replace

import nbformat
from hypothesis import assume, given
from hypothesis import strategies as st

from capsule_desktop.notebook import ipynb
from capsule_desktop.notebook.cell import CellKind, plain_lines
from capsule_desktop.notebook.document import Document
from tests.support.notebooks import JsonObject, Spelling, notebooks, rendered, sources, spellings


@given(notebooks(), spellings)
def test_an_unchanged_notebook_renders_to_the_bytes_it_was_read_from(content: JsonObject, spelling: Spelling) -> None:
    data = spelling.write(content)
    file = ipynb.parse(data)
    assert rendered(file) == data
    assert rendered(ipynb.updated(file, file.cells(), file.metadata)) == data


@given(notebooks(min_cells=1), spellings, sources, st.data())
def test_a_changed_source_leaves_every_other_value_as_json_would_write_it(
    content: JsonObject, spelling: Spelling, source: str, data: st.DataObject
) -> None:
    """The strongest form of "touches only what changed": the result is what the file's own writer would have made."""
    assume(spelling.indent is not None and "\r" not in source)
    file = ipynb.parse(spelling.write(content))
    index = data.draw(st.integers(0, len(file.order) - 1))
    cells = list(file.cells())
    assume(cells[index].source != source)
    cells[index] = replace(cells[index], source=source)
    expected = json.loads(json.dumps(content))
    was_list = isinstance(expected["cells"][index]["source"], list)
    expected["cells"][index]["source"] = source.splitlines(keepends=True) if was_list else source
    assume(spelling.ascii_only == (not (json.dumps(content, ensure_ascii=False)).isascii()) or source.isascii())
    assert rendered(ipynb.updated(file, cells, file.metadata)) == spelling.write(expected)


@given(notebooks(min_cells=2), spellings, st.data())
def test_cells_that_were_not_touched_stay_byte_for_byte(
    content: JsonObject, spelling: Spelling, data: st.DataObject
) -> None:
    file = ipynb.parse(spelling.write(content))
    document = Document(file)
    cell_id = data.draw(st.sampled_from(file.order))
    document.replace_text(cell_id, document.source(cell_id) + "!")
    document.insert(data.draw(st.integers(0, len(file.order))), CellKind.MARKDOWN, "new")
    document.move([cell_id], data.draw(st.sampled_from([-1, 1])))
    snapshot = document.snapshot()
    after = ipynb.parse(rendered(ipynb.updated(snapshot.file, snapshot.cells, snapshot.metadata)))
    raws = {stored.slice.raw for stored in after.stored.values()}
    assert raws.issuperset(file.stored[other].slice.raw for other in file.order if other != cell_id)


@given(notebooks(), spellings, st.data())
def test_jupyter_reads_what_the_document_says(content: JsonObject, spelling: Spelling, data: st.DataObject) -> None:
    document = Document(ipynb.parse(replace(spelling, bom=b"").write(content)))
    for _ in range(data.draw(st.integers(1, 4))):
        _edit(document, data)
    snapshot = document.snapshot()
    text = rendered(ipynb.updated(snapshot.file, snapshot.cells, snapshot.metadata)).decode()
    notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]  # nbformat's own
    nbformat.validate(notebook)
    assert [plain_lines(cell.source) for cell in notebook.cells] == [
        document.source(cell_id) for cell_id in document.cell_ids()
    ]
    assert [cell.cell_type for cell in notebook.cells] == [
        document.cell(cell_id).kind for cell_id in document.cell_ids()
    ]
    assert [len(cell.get("outputs", [])) for cell in notebook.cells] == [
        len(document.outputs(cell_id)) for cell_id in document.cell_ids()
    ]


def _edit(document: Document, data: st.DataObject) -> None:
    cell_ids = document.cell_ids()
    cell_id = data.draw(st.sampled_from(cell_ids))
    index = data.draw(st.integers(0, len(cell_ids)))
    match data.draw(st.integers(0, 7)):
        case 0:
            document.insert(index, data.draw(st.sampled_from(CellKind)), data.draw(sources))
        case 1:
            document.delete([cell_id])
        case 2:
            document.set_kind([cell_id], data.draw(st.sampled_from(CellKind)))
        case 3:
            document.paste(index, document.copy([cell_id]))
        case 4:
            document.split(cell_id, 0)
        case 5:
            document.merge(cell_ids)
        case 6:
            document.set_heading([cell_id], 2)
        case _:
            document.replace_text(cell_id, data.draw(sources))
