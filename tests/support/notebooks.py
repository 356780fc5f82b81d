"""Notebook files for tests: hypothesis strategies of valid ones in many styles, and small builders."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hypothesis import strategies as st

from capsule_desktop.notebook import ipynb
from capsule_desktop.notebook.ipynb import BOM, NotebookFile

JsonObject = dict[str, object]

texts = st.text(st.characters(codec="utf-8"), max_size=12)
names = st.text(st.characters(codec="ascii", categories=("L", "Nd")), max_size=6).map(
    "x{}".format
)  # none that the schema knows
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)
metadata = st.dictionaries(names, json_values, max_size=3)
_PYTHON = st.sampled_from(["x = 1\n", "print(x)\n", "", "'''é😀'''\n", "if x:\n", "    y\n", "# \\u00e9\n"])
sources = st.lists(_PYTHON | texts, max_size=4).map("".join)
_multiline = sources.flatmap(lambda text: st.sampled_from([text, text.splitlines(keepends=True)]))

_stream = st.fixed_dictionaries(
    {"output_type": st.just("stream"), "name": st.sampled_from(["stdout", "stderr"]), "text": _multiline}
)
_bundle = st.fixed_dictionaries(
    {"text/plain": _multiline}, optional={"image/png": st.just("aGk=\n"), "application/json": json_values}
)
_display = st.fixed_dictionaries({"output_type": st.just("display_data"), "data": _bundle, "metadata": metadata})
_result = st.fixed_dictionaries(
    {"output_type": st.just("execute_result"), "data": _bundle, "metadata": metadata, "execution_count": st.integers(0)}
)
_error = st.fixed_dictionaries(
    {"output_type": st.just("error"), "ename": texts, "evalue": texts, "traceback": st.lists(texts, max_size=2)}
)
outputs = st.lists(_stream | _display | _result | _error, max_size=3)

_code = st.fixed_dictionaries(
    {
        "cell_type": st.just("code"),
        "execution_count": st.none() | st.integers(0, 99),
        "metadata": metadata,
        "outputs": outputs,
        "source": _multiline,
    }
)
_text = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["markdown", "raw"]), "metadata": metadata, "source": _multiline},
    optional={"attachments": st.just({"a.png": {"image/png": "aGk="}})},
)


@st.composite
def notebooks(draw: st.DrawFn, *, min_cells: int = 0) -> JsonObject:
    """A valid notebook of nbformat 4.0 to 4.5, with its keys in any order."""
    minor = draw(st.integers(0, 5))
    cells = draw(st.lists(_code | _text, min_size=min_cells, max_size=4))
    for number, cell in enumerate(cells):
        if minor >= 5:
            cell["id"] = f"cell-{number}"
    members = [("cells", cells), ("metadata", draw(metadata)), ("nbformat", 4), ("nbformat_minor", minor)]
    return dict(draw(st.permutations(members)))


@dataclass(frozen=True)
class Spelling:
    """How json.dumps and what is around it write a notebook."""

    indent: int | str | None
    separators: tuple[str, str]
    ascii_only: bool
    sorted_keys: bool
    newline: str
    ending: str
    bom: bytes

    def write(self, notebook: object) -> bytes:
        text = json.dumps(
            notebook,
            indent=self.indent,
            separators=self.separators,
            ensure_ascii=self.ascii_only,
            sort_keys=self.sorted_keys,
        )
        return self.bom + (text.replace("\n", self.newline) + self.ending).encode()


spellings = st.builds(
    Spelling,
    indent=st.sampled_from([None, 0, 1, 2, 4, "\t"]),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (",", ": "), (",", " : ")]),
    ascii_only=st.booleans(),
    sorted_keys=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n"]),
    ending=st.sampled_from(["", "\n", "\n\n", "\r\n"]),
    bom=st.sampled_from([b"", BOM]),
)


def code(source: str, **fields: object) -> JsonObject:
    cell: JsonObject = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    return {**cell, "source": source.splitlines(keepends=True), **fields}


def markdown(source: str, **fields: object) -> JsonObject:
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True), **fields}


def notebook(*cells: object, minor: int = 4, **fields: object) -> JsonObject:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": minor, **fields}


def as_bytes(value: object, indent: int | None = 1) -> bytes:
    return (json.dumps(value, indent=indent, ensure_ascii=False) + "\n").encode()


def parsed(*cells: object, minor: int = 4) -> NotebookFile:
    return ipynb.parse(as_bytes(notebook(*cells, minor=minor)))


def rendered(file: NotebookFile) -> bytes:
    return b"".join(ipynb.render(file))
