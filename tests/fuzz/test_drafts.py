"""Whatever bytes a draft log has, reading it gives a draft or none, and that gives a document on any file."""

from __future__ import annotations

import json
import zlib
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given
from hypothesis import strategies as st

from capsule_desktop.notebook import ipynb
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.draft_log import scan
from capsule_desktop.notebook.draft_records import BadRecord, Base, CellDraft, Edit, Inline, Intent, OfRun, decode
from capsule_desktop.notebook.outputs import StreamOutput
from tests.support.draft_logs import HEADER, as_log, draft_in, on_disk
from tests.support.notebooks import as_bytes, code, json_values, notebook

DATA = as_bytes(notebook(code("x = 1", id="a"), code("y", id="b"), minor=5))
A, B, N = CellId("a"), CellId("b"), CellId("n")
BASE = Base(path="/a.ipynb", state=(1, len(DATA), zlib.crc32(DATA)), order=(A, B), last_runs={A: "e1"})
RECORDS = (
    BASE,
    Edit(number=1, cells={A: CellDraft(source="x = 2", shown=OfRun("e2"), count=1, last_run="e2")}),
    Edit(number=2, cells={N: CellDraft(source="new", shown=Inline((StreamOutput(name="stdout", text="t"),)))}),
    Edit(number=3, order=(N, B, A), metadata={"m": 1}),
    Intent(since=3, base=BASE),
    Edit(number=4, cells={B: CellDraft(source="after")}),
)
LOG = as_log(*RECORDS)


def _open_and_save(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        draft = draft_in(Path(folder), data)
        aside = list(Path(folder).glob("*.damaged"))
        assert bool(aside) == scan(data).damaged
        assert all(path.read_bytes() == data for path in aside)
    if draft is None:
        return
    for file in (on_disk(DATA), on_disk(as_bytes(notebook(minor=5))), None):
        document = draft.applied_to(file).document(None)
        assert len(document)
        document.insert(0, source="goes on")
        snapshot = document.snapshot()
        ipynb.render(ipynb.updated(snapshot.file, snapshot.cells, snapshot.metadata))


@given(st.binary(max_size=60), st.booleans())
@example(b"\xabDR\xcd\xff\xff\xff\xff\0\0\0\0", True)
@example(b"\xabDR\xcd" * 50, True)
def test_random_bytes(data: bytes, headed: bool) -> None:
    _open_and_save(HEADER + data if headed else data)


@given(st.data())
def test_a_damaged_log(data: st.DataObject) -> None:
    log = bytearray(LOG)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(log) - 1))
        log[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    _open_and_save(bytes(log))


@given(st.integers(0, len(LOG)))
def test_a_log_cut_anywhere_has_the_records_before_the_cut(cut: int) -> None:
    scanned = scan(LOG[:cut])
    assert not scanned.damaged
    assert scanned.records == RECORDS[: len(scanned.records)]
    assert len(as_log(*RECORDS[: len(scanned.records) + 1])) > cut or cut == len(LOG)
    _open_and_save(LOG[:cut])


@given(json_values | st.dictionaries(st.sampled_from(["type", "number", "cells", "order", "base"]), json_values))
@example({"type": "edit", "number": 1, "cells": {"a": {"kind": "none"}}})
@example({"type": "edit", "number": 1, "cells": {"": {"outputs": [{}]}}, "order": ["", ""]})
@example({"type": "base", "order": ["a", "a"], "state": [0, 0, 0]})
@example({"type": "base", "order": ["b"], "state": [1, len(DATA), zlib.crc32(DATA)]})
def test_records_with_anything_in_them(value: object) -> None:
    body = json.dumps(value).encode()
    try:
        record = decode(body)
    except BadRecord:
        return
    _open_and_save(as_log(BASE, record))
    _open_and_save(as_log(record, *RECORDS[1:]))


@given(st.binary(max_size=40))
@example(b"[" * 100_000)
@example(b"9" * 5000)
def test_a_body_that_is_no_record_is_a_bad_record(body: bytes) -> None:
    with suppress(BadRecord):
        decode(body)
