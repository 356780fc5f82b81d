"""Notebook files: what is read, what is refused and in which words, and how little a change writes."""

from __future__ import annotations

import json
import re
import tracemalloc
import uuid
from dataclasses import replace

import nbformat
import pytest

from capsule_desktop.notebook import ipynb
from capsule_desktop.notebook.cell import Cell, CellId, CellKind
from capsule_desktop.notebook.ipynb import NotebookFile, NotebookFileError
from capsule_desktop.notebook.outputs import DisplayOutput, ErrorOutput, StreamOutput
from tests.support.notebooks import as_bytes, code, markdown, notebook, parsed, rendered

STREAM = {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]}
PICTURE = {"output_type": "display_data", "data": {"image/png": "aGk=\n", "text/plain": ["<", "x>"]}, "metadata": {}}
RESULT = {"output_type": "execute_result", "data": {"application/json": [1]}, "metadata": {}, "execution_count": 3}
FAILURE = {"output_type": "error", "ename": "E", "evalue": "why", "traceback": ["one", "two"]}


def changed(file: NotebookFile, index: int, **fields: object) -> bytes:
    """The file with these fields of one cell changed, and nothing else."""
    cells = list(file.cells())
    cells[index] = replace(cells[index], **fields)  # type: ignore[arg-type]  # the tests' own fields
    return rendered(ipynb.updated(file, cells, file.metadata))


def refusal(data: bytes) -> str:
    with pytest.raises(NotebookFileError) as caught:
        ipynb.parse(data)
    return str(caught.value)


def test_outputs_are_read_as_values_with_their_text_joined() -> None:
    cell = parsed(code("x", outputs=[STREAM, PICTURE, RESULT, FAILURE], execution_count=3)).cells()[0]
    assert tuple(cell.outputs) == (
        StreamOutput(name="stdout", text="a\nb"),
        DisplayOutput(data={"image/png": "aGk=\n", "text/plain": "<x>"}),
        DisplayOutput(data={"application/json": [1]}, execution_count=3),
        ErrorOutput(error_type="E", message="why", traceback=("one", "two")),
    )


def test_an_output_of_an_unknown_kind_is_shown_as_a_note_and_kept() -> None:
    data = as_bytes(notebook(code("x", outputs=[{"output_type": "hologram", "rays": 3}])))
    file = ipynb.parse(data)
    assert "hologram" in str(file.cells()[0].outputs[0])
    assert b'"rays": 3' in changed(file, 0, source="y")


def test_a_changed_source_changes_its_lines_only() -> None:
    data = as_bytes(notebook(code("a\nb\nc", outputs=[STREAM]), code("x")))
    assert changed(ipynb.parse(data), 0, source="a\nB\nc") == data.replace(b'"b\\n"', b'"B\\n"')


def test_new_outputs_leave_the_known_ones_as_they_were_spelled() -> None:
    text = as_bytes(notebook(code("x", outputs=[STREAM]))).replace(b'"a\\n"', b'"\\u0061\\n"')
    file = ipynb.parse(text)
    kept = file.cells()[0].outputs[0]
    after = changed(file, 0, outputs=(kept, StreamOutput(name="stderr", text="e")))
    assert b'"\\u0061\\n"' in after
    assert json.loads(after)["cells"][0]["outputs"][1] == {"output_type": "stream", "name": "stderr", "text": ["e"]}


def test_spellings_of_numbers_and_unknown_fields_stay() -> None:
    cell = '{"cell_type":"raw","metadata":{"f":1.50e+3,"big":123456789012345678901234567890},"new":[],"source":"a"}'
    text = f'{{"nbformat":4,"nbformat_minor":4,"metadata":{{"x":1.0}},"later":[1E5],"cells":[{cell}]}}'
    assert changed(ipynb.parse(text.encode()), 0, source="b").decode() == text.replace('"source":"a"', '"source":"b"')


def test_what_only_python_reads_survives_a_change_beside_it() -> None:
    cell = r'{"cell_type":"raw","metadata":{"n":NaN,"i":-Infinity,"s":"\ud800"},"source":"\ud83d!"}'
    text = f'{{"cells":[{cell},{cell}],"nbformat":4}}'
    after = changed(ipynb.parse(text.encode()), 0, source="\ud83d?")
    assert after.decode() == text.replace("!", "?", 1)


def test_carriage_returns_of_a_source_are_hidden_from_editors_and_written_back() -> None:
    data = as_bytes(notebook(code("a\r\nb\r\n")))
    file = ipynb.parse(data)
    assert file.cells()[0].source == "a\nb\n"
    assert json.loads(changed(file, 0, source="a\nc\n"))["cells"][0]["source"] == ["a\r\n", "c\r\n"]


def test_letters_beyond_ascii_are_escaped_where_the_file_escapes_them() -> None:
    escaped = json.dumps(notebook(markdown("é"), markdown("x"))).encode()
    assert b"\\u00fc" in changed(ipynb.parse(escaped), 1, source="ü")
    plain = as_bytes(notebook(code(r"'\u00e9'"), markdown("x")))  # an escape of Python's, not of JSON's
    assert "ü".encode() in changed(ipynb.parse(plain), 1, source="ü")


def test_the_capsule_id_goes_into_the_metadata_and_touches_nothing_else() -> None:
    data = as_bytes(notebook(code("x"), metadata={"kernelspec": {"name": "python3"}, "authors": []}))
    file = ipynb.parse(data)
    metadata = ipynb.with_capsule_id(file.metadata)
    after = rendered(ipynb.updated(file, file.cells(), metadata))
    added = re.search(rb',\n  "capsule": \{\n   "id": "(.*)"\n  \}', after)
    assert added is not None
    assert uuid.UUID(added[1].decode()).version == 4
    assert after.replace(added[0], b"") == data
    assert ipynb.with_capsule_id(metadata) is metadata


def test_a_new_key_goes_where_sorted_keys_have_it() -> None:
    file = ipynb.parse(as_bytes(notebook(code("x"), metadata={"authors": [], "kernelspec": {}})))
    after = json.loads(rendered(ipynb.updated(file, file.cells(), ipynb.with_capsule_id(file.metadata))))
    assert list(after["metadata"]) == ["authors", "capsule", "kernelspec"]


def test_a_new_cell_gets_a_valid_unique_id_from_4_5_on_only() -> None:
    for minor in (4, 5):
        file = parsed(code("x", **({"id": "one"} if minor == 5 else {})), minor=minor)
        new = Cell(cell_id=ipynb.new_cell_id(file.order), kind=CellKind.MARKDOWN, source="# new")
        after = rendered(ipynb.updated(file, [*file.cells(), new], file.metadata))
        nbformat.validate(json.loads(after))
        assert (json.loads(after)["cells"][1].get("id") is not None) == (minor == 5)


def test_duplicate_and_invalid_ids_are_told_apart_and_stay_as_found() -> None:
    cells = [code("a", id="same"), code("b", id="same"), code("c", id="not valid!"), code("d", id=7), code("e")]
    data = as_bytes(notebook(*cells, minor=5))
    file = ipynb.parse(data)
    assert len(set(file.order)) == 5
    assert file.order[0] == "same"
    assert changed(file, 1, source="B") == data.replace(b'"b"', b'"B"')


def version_3(*sources: str) -> bytes:
    cells = [{"cell_type": "code", "input": [s], "language": "python", "metadata": {}, "outputs": []} for s in sources]
    sheets = [{"cells": cells, "metadata": {}}]
    return json.dumps({"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets}).encode()


WITHOUT_IDS = {
    "before 4.5": as_bytes(notebook(code("a"), code("b"), minor=4)),
    "none": as_bytes(notebook(code("a"), code("b"), minor=5)),
    "invalid": as_bytes(notebook(code("a", id="not valid!"), code("b", id="nor this?"), minor=5)),
    "twice": as_bytes(notebook(code("a", id="same"), code("b", id="same"), minor=5)),
    "version 3": version_3("a", "b"),
}


@pytest.mark.parametrize("data", WITHOUT_IDS.values(), ids=WITHOUT_IDS)
def test_cells_without_an_id_of_their_own_are_the_same_ones_at_every_opening(data: bytes) -> None:
    first, again = ipynb.parse(data), ipynb.parse(data)
    assert first.order == again.order
    assert len(set(first.order)) == 2
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell_id) for cell_id in first.order)


@pytest.mark.parametrize("data", WITHOUT_IDS.values(), ids=WITHOUT_IDS)
def test_cells_without_an_id_of_their_own_are_never_those_of_another_content(data: bytes) -> None:
    first, other = ipynb.parse(data), ipynb.parse(data.replace(b'"b"', b'"c"'))
    assert not (set(first.order) - {"same"}) & set(other.order)


def test_a_new_cell_is_written_as_the_file_writes_sources() -> None:
    file = ipynb.parse(as_bytes(notebook({**code(""), "source": "one string\nx"})))
    new = Cell(cell_id=CellId("n"), kind=CellKind.RAW, source="a\nb")
    after = json.loads(rendered(ipynb.updated(file, [new], file.metadata)))
    assert after["cells"] == [{"cell_type": "raw", "metadata": {}, "source": "a\nb"}]


def test_changing_the_type_takes_away_what_only_code_has() -> None:
    file = parsed(code("x", outputs=[STREAM], execution_count=2, metadata={"tags": ["t"]}))
    text = json.loads(changed(file, 0, kind=CellKind.MARKDOWN, outputs=(), execution_count=None))["cells"][0]
    assert text == {"cell_type": "markdown", "metadata": {"tags": ["t"]}, "source": ["x"]}
    back = json.loads(changed(parsed(markdown("x")), 0, kind=CellKind.CODE))["cells"][0]
    assert back == code("x")


def test_cells_can_come_to_an_empty_notebook_and_leave_it_again() -> None:
    data = as_bytes(notebook(minor=5))
    file = ipynb.parse(data)
    cell = Cell(cell_id=CellId("c"), kind=CellKind.CODE, source="x")
    filled = ipynb.updated(file, [cell], file.metadata)
    assert rendered(filled) == as_bytes(notebook(code("x", id="c"), minor=5)).replace(
        b'"cell_type": "code",\n   "execution_count": null,\n   "metadata": {},\n   "outputs": [],\n   "source": '
        b'[\n    "x"\n   ],\n   "id": "c"',
        b'"cell_type": "code",\n   "execution_count": null,\n   "id": "c",\n   "metadata": {},\n   "outputs": [],\n'
        b'   "source": [\n    "x"\n   ]',
    )
    assert rendered(ipynb.updated(filled, [], file.metadata)) == data


def test_moving_cells_of_a_one_line_file_keeps_its_gaps() -> None:
    data = as_bytes(notebook(code("a"), code("b"), code("c")), indent=None)
    file = ipynb.parse(data)
    first, second, third = file.cells()
    swapped = rendered(ipynb.updated(file, [third, first, second], file.metadata))
    assert swapped == as_bytes(notebook(code("c"), code("a"), code("b")), indent=None)


@pytest.mark.parametrize("minor", range(6))
def test_every_minor_version_of_4_opens(minor: int) -> None:
    assert parsed(code("x"), minor=minor).minor == minor


def test_a_later_minor_version_opens_with_what_it_has_of_its_own() -> None:
    data = as_bytes(notebook({"cell_type": "sql", "source": "select 1", "engine": {}}, code("x"), minor=9))
    file = ipynb.parse(data)
    assert file.cells()[0].kind is CellKind.RAW
    after = changed(file, 0, source="select 2")
    assert after == data.replace(b"select 1", b"select 2")


def test_version_3_opens_and_is_written_whole_as_4() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Title", "metadata": {}},
        {
            "cell_type": "code",
            "collapsed": False,
            "input": "1/0",
            "language": "python",
            "metadata": {},
            "outputs": [{"output_type": "pyout", "prompt_number": 1, "text": ["1"], "metadata": {}}],
            "prompt_number": 1,
        },
    ]
    old = {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}}],
    }
    file = ipynb.parse(json.dumps(old).encode())
    assert file.converted_from == 3
    assert [cell.source for cell in file.cells()] == ["## Title", "1/0"]
    after = json.loads(changed(file, 1, source="2/0"))
    nbformat.validate(after)
    assert after["nbformat"] == 4


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty, so it is not a notebook."),
        (b" \n", "The file is empty, so it is not a notebook."),
        (b"\x89PNG\r\n\x1a\n\xff", "The file is not a notebook: it is not text in UTF-8."),
        (b'{"cells": [\n{"source": "\xff"}]}', "line 2 is not text in UTF-8"),
        (b'{"cells": [\n {"cell_type" "code"}]}', "not valid JSON: expecting ':' delimiter at line 2, column 15."),
        (b'{"cells": [], "nbformat": 4', "not valid JSON: expecting ',' delimiter at line 1, column 28."),
        (b"[1, 2]", "its top level is not an object"),
        (b'"cells"', "its top level is not an object"),
        (b"{}", "it does not say its nbformat"),
        (b'{"nbformat": 4}', "it has no cells"),
        (b'{"nbformat": 4, "cells": {}}', "its cells are not a list"),
        (b'{"nbformat": "4", "cells": []}', "its nbformat is not a version number"),
        (b'{"nbformat": 4, "nbformat_minor": null, "cells": []}', "its nbformat_minor is not a version number"),
        (b'{"nbformat": 5, "cells": []}', "nbformat 5, which is newer than Capsule knows"),
        (b'{"nbformat": 4, "cells": [], "metadata": []}', "its metadata is not an object"),
        (b'{"nbformat": 3}', "nbformat 3, but cannot be converted"),
        (b'{"nbformat": 1, "cells": [{"cell_type": "markdown", "source": ""}]}', "nbformat 1, but cannot be converted"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_notebook_is_refused_in_words(data: bytes, words: str) -> None:
    assert words in refusal(data)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (3, "cell 2 is a number, not an object"),
        ({"source": ""}, "cell 2 has no cell_type"),
        ({"cell_type": 1}, "cell 2 has a cell_type that is not text"),
        ({"cell_type": "sql"}, "cell 2 is of the unknown cell_type 'sql'"),
        ({"cell_type": "code", "source": 7}, "cell 2 has a source that is a number, not text"),
        ({"cell_type": "code", "source": ["a", 7]}, "cell 2 has a source that is a list, not text"),
        ({"cell_type": "code", "metadata": None}, "cell 2 has metadata that is null, not an object"),
        ({"cell_type": "code", "outputs": "x"}, "cell 2 has outputs that are text, not a list"),
        ({"cell_type": "code", "outputs": [{}]}, "cell 2 has an output (number 1) without an output_type"),
        ({"cell_type": "code", "execution_count": "1"}, "cell 2 has an execution_count that is text"),
        ({"cell_type": "raw", "attachments": {"a": 1}}, "cell 2 has an attachment that is not an object"),
    ],
)
def test_a_broken_cell_is_named_by_its_place(cell: object, words: str) -> None:
    assert words in refusal(as_bytes(notebook(code("fine"), cell)))


def test_a_new_notebook_is_valid_for_jupyter() -> None:
    new = json.loads(rendered(ipynb.new_notebook_file()))
    nbformat.validate(new)
    assert new["metadata"]["kernelspec"] == {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }


def test_a_large_file_is_not_copied_at_opening() -> None:
    """A hundred megabytes of outputs stay what was read, until somebody looks at them."""
    printed = {"output_type": "stream", "name": "stdout", "text": ["é" * 1000 + "\n"] * 100}
    data = as_bytes(notebook(*(code(f"x = {number}", outputs=[printed]) for number in range(40))))
    tracemalloc.start()
    try:
        file = ipynb.parse(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(data) / 2
    assert file.cells()[39].outputs[0] == StreamOutput(name="stdout", text=("é" * 1000 + "\n") * 100)
