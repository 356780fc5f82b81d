"""A cell and its outputs as nbformat 4 JSON, both ways.

Reading is lazy where files are big: a cell's outputs are decoded when somebody first looks at them.  Writing
changes only the fields whose meaning changed, so that a spelling or a field we know nothing of stays as found.
Called by ipynb.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import overload

import msgspec

from capsule_desktop.notebook.cell import Cell, CellId, CellKind, plain_lines
from capsule_desktop.notebook.json_split import Slice
from capsule_desktop.notebook.json_text import JsonValue, same
from capsule_desktop.notebook.outputs import DisplayOutput, ErrorOutput, Output, StreamOutput

SPLIT_MIME_TYPES = {"application/javascript", "image/svg+xml"}  # nbformat writes these and text/* as lists of lines


class CellHead(msgspec.Struct):
    """What is read of a cell at opening; outputs are only checked for being a list of objects with a type."""

    cell_type: str
    source: str | list[str] = ""
    metadata: dict[str, JsonValue] = {}
    outputs: list[OutputHead] = []
    execution_count: int | None = None
    attachments: dict[str, dict[str, JsonValue]] = {}
    id: JsonValue = None


class OutputHead(msgspec.Struct):
    output_type: str


_HEAD = msgspec.json.Decoder(CellHead)


class BadCell(ValueError):
    """The cell is not one; the text says what is wrong with it, as the end of a sentence."""


def read_head(raw: memoryview) -> CellHead:
    """Raises BadCell."""
    try:
        return _HEAD.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _checked_head(json.loads(bytes(raw)))


_WORDS = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number", bool: "true or false"}


def _in_words(value: JsonValue) -> str:
    return _WORDS.get(type(value), "null")


def _checked_head(cell: JsonValue) -> CellHead:
    """What msgspec refused: either only json can read it, or this says what is wrong."""
    if not isinstance(cell, dict):
        raise BadCell(f"is {_in_words(cell)}, not an object")
    if not isinstance(cell.get("cell_type"), str):
        raise BadCell("has no cell_type" if "cell_type" not in cell else "has a cell_type that is not text")
    source = cell.get("source", "")
    if not isinstance(source, str) and not _is_list_of_text(source):
        raise BadCell(f"has a source that is {_in_words(source)}, not text")
    for name in ("metadata", "attachments"):
        if not isinstance(cell.get(name, {}), dict):
            raise BadCell(f"has {name} that is {_in_words(cell[name])}, not an object")
    if not all(isinstance(bundle, dict) for bundle in cell.get("attachments", {}).values()):
        raise BadCell("has an attachment that is not an object")
    count = cell.get("execution_count")
    if count is not None and type(count) is not int:
        raise BadCell(f"has an execution_count that is {_in_words(count)}, not a whole number")
    return CellHead(
        cell_type=cell["cell_type"],
        source=source,
        metadata=cell.get("metadata", {}),
        outputs=_checked_outputs(cell.get("outputs", [])),
        execution_count=count,
        attachments=cell.get("attachments", {}),
        id=cell.get("id"),
    )


def _checked_outputs(outputs: JsonValue) -> list[OutputHead]:
    if not isinstance(outputs, list):
        raise BadCell(f"has outputs that are {_in_words(outputs)}, not a list")
    for number, output in enumerate(outputs, start=1):
        if not isinstance(output, dict) or not isinstance(output.get("output_type"), str):
            raise BadCell(f"has an output (number {number}) without an output_type")
    return [OutputHead(output["output_type"]) for output in outputs]


def _is_list_of_text(value: JsonValue) -> bool:
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def joined(value: JsonValue) -> str:
    """A multi-line string of nbformat as one str; anything else as its JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and _is_list_of_text(value):
        return "".join(value)
    return json.dumps(value)


class StoredOutputs(Sequence[Output]):
    """The outputs of a cell as its file has them, decoded at the first look; equal to any sequence of the same."""

    def __init__(self, stored: Slice, count: int) -> None:
        self._stored: Slice | None = stored
        self._count = count
        self._outputs: tuple[Output, ...] = ()

    def _decoded(self) -> tuple[Output, ...]:
        stored = self._stored  # of two threads that look first, both decode the same
        if stored is not None:
            outputs = loads(stored.view)["outputs"]
            assert isinstance(outputs, list)  # read_head refused anything else
            self._outputs = tuple(output_from_json(output) for output in outputs)
            self._stored = None
        return self._outputs

    @overload
    def __getitem__(self, index: int) -> Output: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Output]: ...
    def __getitem__(self, index: int | slice) -> Output | Sequence[Output]:
        return self._decoded()[index]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Output]:
        return iter(self._decoded())

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, (tuple, StoredOutputs)) and self._decoded() == tuple(other))

    def __hash__(self) -> int:
        return hash(self._count)


def loads(raw: memoryview) -> dict[str, JsonValue]:
    """The cell as json has it; msgspec where it can, since that is three times as fast."""
    try:
        decoded: dict[str, JsonValue] = msgspec.json.decode(raw, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        decoded = json.loads(bytes(raw))
    return decoded


def cell_from_head(cell_id: CellId, kind: CellKind, head: CellHead, stored: Slice) -> Cell:
    source = head.source if isinstance(head.source, str) else "".join(head.source)
    return Cell(
        cell_id=cell_id,
        kind=kind,
        source=plain_lines(source),  # _source_like() puts the file's own line ends back
        outputs=StoredOutputs(stored, len(head.outputs)) if head.outputs else (),
        execution_count=head.execution_count,
        metadata=head.metadata,
        attachments=head.attachments,
    )


def output_from_json(output: Mapping[str, JsonValue]) -> Output:
    """Never fails: what later versions of nbformat may add is shown as a note."""
    match output.get("output_type"):
        case "stream":
            return StreamOutput(name=str(output.get("name", "stdout")), text=joined(output.get("text", "")))
        case "display_data" | "execute_result":
            return _display_from_json(output)
        case "error":
            return _error_from_json(output)
        case other:
            return DisplayOutput(data={"text/plain": f"[an output of the kind {other!r}, which Capsule does not know]"})


def _display_from_json(output: Mapping[str, JsonValue]) -> DisplayOutput:
    data, metadata, count = output.get("data"), output.get("metadata"), output.get("execution_count")
    return DisplayOutput(
        data={mime: _mime_value(mime, value) for mime, value in data.items()} if isinstance(data, dict) else {},
        metadata=metadata if isinstance(metadata, dict) else {},
        # an execute_result with count null is one still: 0 tells it from display_data
        execution_count=(count if isinstance(count, int) else 0) if output["output_type"] == "execute_result" else None,
    )


def _mime_value(mime: str, value: JsonValue) -> JsonValue:
    if is_json_mime(mime):
        return value
    return "".join(value) if isinstance(value, list) and _is_list_of_text(value) else value


def is_json_mime(mime: str) -> bool:
    return mime == "application/json" or (mime.startswith("application/") and mime.endswith("+json"))


def _error_from_json(output: Mapping[str, JsonValue]) -> ErrorOutput:
    lines = output.get("traceback")
    return ErrorOutput(
        error_type=joined(output.get("ename", "")),
        message=joined(output.get("evalue", "")),
        traceback=tuple(joined(line) for line in lines) if isinstance(lines, list) else (),
    )


def output_to_json(output: Output) -> dict[str, JsonValue]:
    match output:
        case StreamOutput(name=name, text=text):
            return {"name": name, "output_type": "stream", "text": text.splitlines(keepends=True)}
        case ErrorOutput(error_type=ename, message=evalue, traceback=lines):
            return {"ename": ename, "evalue": evalue, "output_type": "error", "traceback": list(lines)}
        case DisplayOutput(data=data, metadata=metadata, execution_count=None):
            return {"data": _bundle_to_json(data), "metadata": dict(metadata), "output_type": "display_data"}
        case DisplayOutput(data=data, metadata=metadata, execution_count=count):
            result = {"execution_count": count or None, "metadata": dict(metadata), "output_type": "execute_result"}
            return {"data": _bundle_to_json(data), **result}


def _bundle_to_json(data: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {
        mime: value.splitlines(keepends=True)
        if isinstance(value, str) and (mime.startswith("text/") or mime in SPLIT_MIME_TYPES)
        else value
        for mime, value in data.items()
    }


def cell_to_json(cell: Cell, *, with_id: bool, source_as_list: bool) -> dict[str, JsonValue]:
    """A new cell; keys in the order nbformat has them (sorted)."""
    is_code = cell.kind is CellKind.CODE
    fields: dict[str, JsonValue] = {
        "attachments": dict(cell.attachments) if cell.attachments else None,
        "cell_type": str(cell.kind),
        "execution_count": cell.execution_count,
        "id": str(cell.cell_id) if with_id else None,
        "metadata": dict(cell.metadata),
        "outputs": [output_to_json(output) for output in cell.outputs] if is_code else None,
        "source": cell.source.splitlines(keepends=True) if source_as_list else cell.source,
    }
    return {key: value for key, value in fields.items() if value is not None or (key == "execution_count" and is_code)}


def changed_json(old: Mapping[str, JsonValue], before: Cell, after: Cell) -> dict[str, JsonValue]:
    """old, which was read as before, so that it reads as after; fields with an unchanged meaning keep their value."""
    new = dict(old)
    if after.source != before.source:
        new["source"] = _source_like(old.get("source", []), after.source)
    if not same(after.metadata, before.metadata):
        new["metadata"] = dict(after.metadata)
    if not same(after.attachments, before.attachments):
        new["attachments"] = dict(after.attachments)
        if not after.attachments:
            del new["attachments"]
    if after.kind is not before.kind:
        new["cell_type"] = str(after.kind)
        for name in ("outputs", "execution_count"):
            new.pop(name, None)
    if after.kind is CellKind.CODE:
        new |= _run_fields(old, before, after)
    return new


def _run_fields(old: Mapping[str, JsonValue], before: Cell, after: Cell) -> dict[str, JsonValue]:
    fields: dict[str, JsonValue] = {}
    became_code = before.kind is not CellKind.CODE
    if became_code or after.execution_count != before.execution_count:
        fields["execution_count"] = after.execution_count
    if became_code or after.outputs != before.outputs:
        known = old.get("outputs", [])
        fields["outputs"] = _outputs_like(known if isinstance(known, list) else [], before.outputs, after.outputs)
    return fields


def _source_like(old: JsonValue, source: str) -> JsonValue:
    """In the form the file had it: a list of lines or one string, with its line ends."""
    before = joined(old)
    if "\r\n" in before and "\n" not in before.replace("\r\n", ""):
        source = source.replace("\n", "\r\n")
    return source if isinstance(old, str) else source.splitlines(keepends=True)


def _outputs_like(known: list[JsonValue], before: Sequence[Output], after: Sequence[Output]) -> list[JsonValue]:
    return [
        known[index] if index < min(len(known), len(before)) and output == before[index] else output_to_json(output)
        for index, output in enumerate(after)
    ]
