"""Notebook files: bytes to a NotebookFile, and a changed notebook back to bytes.

Pure: disk.py has the reading and writing.  Called off the loop.  Invariant: what was not changed is written as the
very bytes that were read (key order, indentation, spellings, unknown fields), cell by cell and key by key.
"""

from __future__ import annotations

import codecs
import json
import re
import uuid
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from capsule_desktop.notebook.cell import Cell, CellId, CellKind
from capsule_desktop.notebook.cell_ids import whole_ids
from capsule_desktop.notebook.cell_json import (
    BadCell,
    CellHead,
    cell_from_head,
    cell_to_json,
    changed_json,
    loads,
    read_head,
)
from capsule_desktop.notebook.json_split import Slice, SplitFile, split
from capsule_desktop.notebook.json_text import JsonStyle, JsonValue, cut, dump, patched, same, style_of

BOM = b"\xef\xbb\xbf"
_CELL_DEPTH = 2
_PIECE_BYTES = 1024 * 1024
_KNOWN_MINOR = 5  # the newest nbformat 4 whose cell types are known
_IDS_SINCE = 5  # nbformat_minor that has cell ids
_VALID_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ESCAPED_LETTER = re.compile(rb"(?<!\\)(?:\\\\)*\\u(?!00[0-7])[0-9a-fA-F]{4}")


class NotebookFileError(Exception):
    """The file cannot be read or written; the text is one sentence that says what is wrong and where."""


@dataclass(frozen=True, kw_only=True)
class StoredCell:
    """A cell as it stands in the file: its slice, and what that says."""

    slice: Slice
    cell: Cell


@dataclass(frozen=True, kw_only=True)
class NotebookFile:
    """One state of a notebook as bytes.

    order: the cells in the file.  stored: these, and cells that earlier states had (undo brings them back with
    fields only they know).  converted_from: the major version of a file older than 4, else None.
    """

    bom: bytes = b""
    shell: str
    opening: bytes  # the white space before the first cell, whichever it is
    closing: bytes  # and after the last one
    style: JsonStyle
    minor: int
    metadata: Mapping[str, JsonValue]
    order: tuple[CellId, ...]
    stored: Mapping[CellId, StoredCell] = field(repr=False)
    converted_from: int | None = None

    def cells(self) -> tuple[Cell, ...]:
        return tuple(self.stored[cell_id].cell for cell_id in self.order)

    @property
    def has_ids(self) -> bool:
        return self.minor >= _IDS_SINCE


def new_cell_id(taken: Iterable[CellId]) -> CellId:
    """A fresh id as nbformat makes them; taken: a set or mapping of those in use."""
    while (cell_id := CellId(uuid.uuid4().hex[:8])) in taken:
        pass
    return cell_id


def new_notebook_file() -> NotebookFile:
    """What a notebook that was never saved starts from: no cells, nbformat 4.5, what Jupyter says of its Python."""
    metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    top = {"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return parse((dump(top, JsonStyle(), 0) + "\n").encode())


def parse(data: bytes) -> NotebookFile:
    """Raises NotebookFileError."""
    bom = BOM if data.startswith(BOM) else b""
    body = data[len(bom) :] if bom else data
    try:
        split_file, content = _split(body)
        top = _top_level(split_file, content)
        if _version(top, "nbformat") < 4:
            return _converted(body, _version(top, "nbformat"))
        return _notebook_file(split_file, top, bom, body)
    except RecursionError:
        raise NotebookFileError("The file is nested too deeply to be a notebook.") from None


def _split(body: bytes) -> tuple[SplitFile, JsonValue]:
    """The cut file, and what its shell says."""
    if not body or body.isspace():
        raise NotebookFileError("The file is empty, so it is not a notebook.")
    try:
        _check_utf8(body)
        split_file = split(body)
        return split_file, json.loads(split_file.shell)
    except UnicodeDecodeError as error:
        raise NotebookFileError(_not_text(body, error)) from None
    except json.JSONDecodeError as error:
        wrong = _lower(error.msg).removesuffix(" at")
        place = f"line {error.lineno}, column {error.colno}"
        raise NotebookFileError(f"The file is not valid JSON: {wrong} at {place}.") from None
    except ValueError as error:
        raise NotebookFileError(f"The file is not valid JSON: {_lower(str(error))}.") from None


def _check_utf8(body: bytes) -> None:
    """Raises UnicodeDecodeError.  In pieces: as one str, a file with one emoji takes four times its size."""
    if body.isascii():
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), _PIECE_BYTES):
            decoder.decode(memoryview(body)[start : start + _PIECE_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        body.decode()  # says where in the whole file


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _not_text(body: bytes, error: UnicodeDecodeError) -> str:
    if not body.lstrip().startswith(b"{"):
        return "The file is not a notebook: it is not text in UTF-8."
    line = body.count(b"\n", 0, error.start) + 1
    return f"The file is not a valid notebook: line {line} is not text in UTF-8 (byte {error.start + 1} of the file)."


def _top_level(split_file: SplitFile, top: JsonValue) -> Mapping[str, JsonValue]:
    if not isinstance(top, dict):
        raise NotebookFileError("The file is JSON, but not a notebook: its top level is not an object.")
    if "nbformat" not in top:
        raise NotebookFileError("The file is JSON, but not a notebook: it does not say its nbformat.")
    major = _version(top, "nbformat")
    if major > 4:
        raise NotebookFileError(f"The notebook is of nbformat {major}, which is newer than Capsule knows (4).")
    if not isinstance(top.get("metadata", {}), dict):
        raise NotebookFileError("The file is not a valid notebook: its metadata is not an object.")
    if major == 4 and split_file.cells is None:
        wrong = "its cells are not a list" if "cells" in top else "it has no cells"
        raise NotebookFileError(f"The file is not a valid notebook: {wrong}.")
    return top


def _version(top: Mapping[str, JsonValue], name: str) -> int:
    value = top.get(name, 0)
    if type(value) is not int or value < 0:
        raise NotebookFileError(f"The file is not a valid notebook: its {name} is not a version number.")
    return value


def _converted(body: bytes, major: int) -> NotebookFile:
    """A file older than nbformat 4, as the 4.5 that will be written at the first save with a change."""
    import nbformat  # takes as long as the whole window to load, and only old files need it

    # what its old converters raise on a broken file: whatever their first wrong line does
    broken = (AssertionError, AttributeError, IndexError, KeyError, NameError, TypeError, ValueError)
    failures = (*broken, nbformat.ValidationError)
    try:
        with warnings.catch_warnings(action="ignore"):  # nbformat warns of the ids it makes for us
            notebook = nbformat.reads(body.decode(), as_version=4)  # type: ignore[no-untyped-call]  # nbformat's own
            for cell, cell_id in zip(notebook.cells, whole_ids([CellId("")] * len(notebook.cells), body), strict=True):
                cell["id"] = cell_id  # nbformat's own are others at each opening
            text = nbformat.writes(notebook)  # type: ignore[no-untyped-call]  # likewise
    except failures as error:
        words = f"The file says it is a notebook of nbformat {major}, but cannot be converted"
        why = error.message if isinstance(error, nbformat.ValidationError) else "a cell is not as that format has it"
        raise NotebookFileError(f"{words}: {why}.") from error
    return replace(parse(text.encode()), converted_from=major)


def _notebook_file(split_file: SplitFile, top: Mapping[str, JsonValue], bom: bytes, body: bytes) -> NotebookFile:
    minor = _version(top, "nbformat_minor")
    metadata = top.get("metadata", {})
    assert isinstance(metadata, dict)  # _top_level refused anything else
    style = style_of(split_file.shell.strip(" \t\r\n"))
    opening, slices, closing = _array_gaps(split_file, style)
    heads = [_head(number, piece, minor) for number, piece in enumerate(slices, start=1)]
    ids = whole_ids([_own_id(head, minor) for head, _ in heads], body)
    stored = {
        cell_id: StoredCell(slice=piece, cell=cell_from_head(cell_id, kind, head, piece))
        for cell_id, (head, kind), piece in zip(ids, heads, slices, strict=True)
    }
    return NotebookFile(
        bom=bom,
        shell=split_file.shell,
        opening=opening,
        closing=closing,
        style=style,
        minor=minor,
        metadata=metadata,
        order=tuple(stored),
        stored=stored,
    )


def _array_gaps(split_file: SplitFile, style: JsonStyle) -> tuple[bytes, list[Slice], bytes]:
    """What stands at the array's two ends belongs to these places, not to the cells that happen to be there."""
    slices = list(split_file.cells or ())
    gap, empty = style.gap(_CELL_DEPTH).encode(), style.gap(_CELL_DEPTH, first=True).encode()
    if not slices:
        return empty, [], style.closing(_CELL_DEPTH - 1).encode()
    opening, closing = slices[0].lead, slices[-1].trail
    slices[0] = replace(slices[0], lead=slices[1].lead if len(slices) > 1 else gap)
    slices[-1] = replace(slices[-1], trail=b"")
    return opening, slices, closing


def _head(number: int, piece: Slice, minor: int) -> tuple[CellHead, CellKind]:
    """Of the cell with this number.  Raises NotebookFileError."""
    try:
        head = read_head(piece.view)
        return head, _kind(head.cell_type, minor)
    except BadCell as error:
        raise NotebookFileError(f"The file is not a valid notebook: cell {number} {error}.") from None
    except ValueError as error:
        raise NotebookFileError(f"Cell {number} cannot be read: {_lower(str(error))}.") from None


_KINDS = {str(kind): kind for kind in CellKind}


def _kind(cell_type: str, minor: int) -> CellKind:
    if cell_type in _KINDS:
        return _KINDS[cell_type]
    if minor > _KNOWN_MINOR:
        return CellKind.RAW  # shown as it is; the file keeps its own word as long as nobody changes the type
    raise BadCell(f"is of the unknown cell_type {cell_type!r}")


def _own_id(head: CellHead, minor: int) -> CellId:
    """What the file calls the cell; "" where that is nothing, or nothing valid."""
    is_valid = minor >= _IDS_SINCE and isinstance(head.id, str) and _VALID_ID.fullmatch(head.id)
    return CellId(str(head.id)) if is_valid else CellId("")


def with_cell_ids(file: NotebookFile, ids: Sequence[CellId]) -> NotebookFile:
    """The same file, its cells under these ids, one for each: those that an earlier session gave them."""
    if tuple(ids) == file.order or len(set(ids)) != len(file.order):
        return file
    pairs = [(cell_id, file.stored[known]) for cell_id, known in zip(ids, file.order, strict=True)]
    stored = {cell_id: replace(cell, cell=replace(cell.cell, cell_id=cell_id)) for cell_id, cell in pairs}
    return replace(file, order=tuple(ids), stored=stored)


def capsule_id(metadata: Mapping[str, JsonValue]) -> str:
    """The lasting id that a notebook carries; "" before its first save that changed something."""
    capsule = metadata.get("capsule")
    found = capsule.get("id") if isinstance(capsule, Mapping) else None
    return found if isinstance(found, str) else ""


def with_capsule_id(metadata: Mapping[str, JsonValue], replaced_by: str = "") -> Mapping[str, JsonValue]:
    """metadata with capsule.id, made where there is none, or (replaced_by) another in its place.

    A `capsule` of another shape is left alone.
    """
    capsule = metadata.get("capsule", {})
    if not isinstance(capsule, dict) or ("id" in capsule and not replaced_by):
        return metadata
    return {**metadata, "capsule": {**capsule, "id": replaced_by or str(uuid.uuid4())}}


def updated(file: NotebookFile, cells: Sequence[Cell], metadata: Mapping[str, JsonValue]) -> NotebookFile:
    """The file's next state: it says cells and metadata, and differs from file only where these do."""
    plain = _next_state(file, cells, metadata, file.style)
    if _is_ascii(plain) or not _spells_in_ascii(file):
        return plain
    return _next_state(file, cells, metadata, replace(file.style, ascii_only=True))


def _next_state(
    file: NotebookFile, cells: Sequence[Cell], metadata: Mapping[str, JsonValue], style: JsonStyle
) -> NotebookFile:
    stored = dict(file.stored)
    for cell in cells:
        known = stored.get(cell.cell_id)
        if known is None or (known.cell is not cell and known.cell != cell):
            stored[cell.cell_id] = StoredCell(slice=_slice(file, style, known, cell), cell=cell)
    shell = file.shell
    if not same(file.metadata, metadata):
        top = json.loads(shell)
        shell = _patched_shell(shell, top, {**top, "metadata": dict(metadata)}, style)
    order = tuple(cell.cell_id for cell in cells)
    return replace(file, shell=shell, metadata=metadata, order=order, stored=stored, converted_from=None)


def _is_ascii(file: NotebookFile) -> bool:
    return file.shell.isascii() and all(file.stored[cell_id].slice.raw.isascii() for cell_id in file.order)


def _spells_in_ascii(file: NotebookFile) -> bool:
    """Whether letters beyond ASCII are written as \\uXXXX; looked for only when one is to be written."""
    if not _is_ascii(file):
        return False
    pieces = (file.stored[cell_id].slice.raw for cell_id in file.order)
    return bool(_ESCAPED_LETTER.search(file.shell.encode())) or any(map(_ESCAPED_LETTER.search, pieces))


def _patched_shell(shell: str, old: JsonValue, new: JsonValue, style: JsonStyle) -> str:
    start, end = shell.index("{"), shell.rindex("}") + 1
    return shell[:start] + patched(shell[start:end], old, new, style, 0) + shell[end:]


def _slice(file: NotebookFile, style: JsonStyle, known: StoredCell | None, cell: Cell) -> Slice:
    if known is None:
        value = cell_to_json(cell, with_id=file.has_ids, source_as_list=_sources_are_lists(file))
        return Slice.of(style.gap(_CELL_DEPTH).encode(), dump(value, style, _CELL_DEPTH).encode())
    old = loads(known.slice.view)
    new = changed_json(old, known.cell, cell)
    raw = patched(known.slice.raw.decode(), old, new, style, _CELL_DEPTH)
    return Slice.of(known.slice.lead, raw.encode(), known.slice.trail)


def _sources_are_lists(file: NotebookFile) -> bool:
    """By the first cell that says it; nbformat's own way where there is none."""
    for cell_id in file.order:
        source = loads(file.stored[cell_id].slice.view).get("source")
        if source:
            return isinstance(source, list)
    return True


def render(file: NotebookFile) -> list[bytes | memoryview]:
    """The whole file, in pieces to be written one after the other."""
    start, end = file.shell.index("{"), file.shell.rindex("}") + 1
    top = cut(file.shell[start:end])
    before, after = file.shell[:start].encode(), file.shell[end:].encode()
    place = max(index for index, item in enumerate(top.items) if item.name == "cells")
    if file.order:
        top.items[place].raw = "[\0]"
    head, _, tail = top.text().partition("\0")
    return [file.bom, before, head.encode(), *_array(file), tail.encode(), after]


def _array(file: NotebookFile) -> Iterator[bytes | memoryview]:
    if not file.order:
        return
    yield file.opening
    for index, cell_id in enumerate(file.order):
        piece = file.stored[cell_id].slice
        if index:
            yield b","
            yield piece.lead
        yield piece.view
        yield piece.trail
    yield file.closing
