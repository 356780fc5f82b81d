"""Cuts a notebook file's bytes into its cells and the shell around them, without reading what is inside.

msgspec finds where values end at about 1.5 GB/s, and the walk between them is a few hundred bytes a cell, so the
interpreter lock is never held for long.  What msgspec refuses and Python's json reads (NaN, duplicate keys) is cut
by json's own scanner.  Called by ipynb.py; no slice ever leaves out or adds a byte.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import msgspec

from capsule_desktop.notebook.json_text import cut

_SPACE = re.compile(rb"[ \t\r\n]*")
_KEY = re.compile(rb'[ \t\r\n]*"((?:[^"\\]|\\.)*)"[ \t\r\n]*:[ \t\r\n]*')
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Slice:
    """One element of the cells array: lead + raw + trail, where lead and trail are white space.

    raw is kept as a place in text: copies of all cells would double the memory of a large file.
    """

    lead: bytes
    text: bytes
    start: int
    end: int
    trail: bytes

    @classmethod
    def of(cls, lead: bytes, raw: bytes, trail: bytes = b"") -> Slice:
        return cls(lead, raw, 0, len(raw), trail)

    @property
    def raw(self) -> bytes:
        return self.text[self.start : self.end]

    @property
    def view(self) -> memoryview:
        """raw without a copy."""
        return memoryview(self.text)[self.start : self.end]


@dataclass(frozen=True, slots=True)
class SplitFile:
    """shell is the whole text with `[]` where the array of cells stood (an empty one is left as it is); cells is
    None where there was none."""

    shell: str
    cells: tuple[Slice, ...] | None


class _NeedsJson(Exception):
    """msgspec and the walk disagree: a duplicate key, or what only json reads."""


def split(body: bytes) -> SplitFile:
    """Cut body, a JSON object in UTF-8 without a byte order mark.

    Raises json.JSONDecodeError (or another ValueError, or RecursionError) where json.loads would.
    """
    try:
        return _split_fast(body)
    except (msgspec.DecodeError, _NeedsJson, RecursionError):
        return _split_by_json(body.decode())


def _split_fast(body: bytes) -> SplitFile:
    # a ValidationError of the top level (not an object) is a DecodeError too: json then finds the words
    members = _MEMBERS.decode(body)
    position = _space_end(body, 0) + 1
    bounds: tuple[int, int] | None = None
    for index, (name, raw) in enumerate(members.items()):
        key = _KEY.match(body, position)
        if key is None:
            raise _NeedsJson
        if name == "cells":
            bounds = key.end(), key.end() + len(memoryview(raw))
        position = _space_end(body, key.end() + len(memoryview(raw)))
        if body[position : position + 1] != (b"," if index < len(members) - 1 else b"}"):
            raise _NeedsJson
        position += 1
    if bounds is None or body[bounds[0] : bounds[0] + 1] != b"[":
        return SplitFile(shell=body.decode(), cells=None)
    cells = _elements(members["cells"], body, bounds[0] + 1)
    array = b"[]" if cells else body[bounds[0] : bounds[1]]
    return SplitFile((body[: bounds[0]] + array + body[bounds[1] :]).decode(), cells)


def _elements(array: msgspec.Raw, body: bytes, position: int) -> tuple[Slice, ...]:
    slices = []
    for raw in _ELEMENTS.decode(array):
        lead_end = _space_end(body, position)
        raw_end = lead_end + len(memoryview(raw))
        trail_end = _space_end(body, raw_end)
        slices.append(Slice(body[position:lead_end], body, lead_end, raw_end, body[raw_end:trail_end]))
        if body[trail_end] not in b",]":
            raise _NeedsJson
        position = trail_end + 1
    return tuple(slices)


def _space_end(body: bytes, start: int) -> int:
    match = _SPACE.match(body, start)
    return match.end() if match else start


def _split_by_json(text: str) -> SplitFile:
    json.loads(text)  # raises, with the place, what cut() would only stumble over
    stripped = text.strip(" \t\r\n")
    if not stripped.startswith("{"):
        return SplitFile(shell=text, cells=None)
    top = cut(stripped)
    array = next((item for item in reversed(top.items) if item.name == "cells"), None)
    if array is None or not array.raw.startswith("["):
        return SplitFile(shell=text, cells=None)
    inner = cut(array.raw)
    if inner.items:
        array.raw = "[]"
    slices = tuple(Slice.of(i.lead.encode(), i.raw.encode(), i.trail.encode()) for i in inner.items)
    start = text.index("{")
    shell = text[:start] + top.text() + text[start + len(stripped) :]
    return SplitFile(shell, slices)
