"""What a draft log is made of, as values and as JSON: the base, edits on it, and the intent of a save.

Edits are states, not steps: a field that a later one names holds instead, so that applying one twice changes
nothing.  Called by draft_recorder.py (makes them), draft_log.py (keeps them) and drafts.py (reads them).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

import msgspec

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.cell_json import output_from_json, output_to_json
from capsule_desktop.notebook.json_text import JsonValue
from capsule_desktop.notebook.late_output import Heard
from capsule_desktop.notebook.outputs import DisplayOutput, Output


class BadRecord(ValueError):
    """The bytes are no record of a draft log."""


@dataclass(frozen=True)
class OfBase:
    """The outputs that the base's cell of the same id has."""


@dataclass(frozen=True)
class OfRun:
    """The outputs that an execution's log has."""

    execution_id: str


@dataclass(frozen=True)
class Inline:
    outputs: Sequence[Output]


Shown = OfBase | OfRun | Inline


@dataclass(frozen=True, kw_only=True)
class CellDraft:
    """What of a cell is another than before; None: nothing is said of it.  count and heard are said with shown."""

    kind: CellKind | None = None
    source: str | None = None
    metadata: Mapping[str, JsonValue] | None = None
    attachments: Mapping[str, Mapping[str, JsonValue]] | None = None
    shown: Shown | None = None
    count: int | None = None
    heard: Heard | None = None  # of late output, what shown has; None: as the base
    last_run: str | None = None  # the execution that began last in the cell; "" for a removed one that never ran

    def then(self, later: CellDraft) -> CellDraft:
        """Both as one."""
        said = {name: value for name in _CELL_FIELDS if (value := getattr(later, name)) is not None}
        if later.shown is not None:
            said["count"], said["heard"] = later.count, later.heard
        return replace(self, **said)


_CELL_FIELDS = ("kind", "source", "metadata", "attachments", "shown", "last_run")


@dataclass(frozen=True, kw_only=True)
class Base:
    """What edits build on: a file as it was read or saved, or (state None) a notebook that was never saved.

    state: its mtime in ns, size and crc, as disk.DiskState has them.  order: the ids that its cells have in this
    log, since a file before nbformat 4.5 has none.  last_runs: what the document had taken in of each cell's runs,
    removed cells too ("" for one that never ran).
    unfinished: the cells of which that was not all: their outputs are their last run's, until an edit says others.
    late_end: up to where its cells have all late output; None in a log of a version that did not say so.
    """

    path: str | None
    state: tuple[int, int, int] | None
    order: tuple[CellId, ...]
    last_runs: Mapping[CellId, str] = field(default_factory=dict)
    unfinished: tuple[CellId, ...] = ()
    late_end: int | None = None


@dataclass(frozen=True, kw_only=True)
class Edit:
    """number: counts up within a log; an intent names it."""

    number: int
    cells: Mapping[CellId, CellDraft] = field(default_factory=dict)
    order: tuple[CellId, ...] | None = None
    metadata: Mapping[str, JsonValue] | None = None

    @property
    def says_something(self) -> bool:
        return bool(self.cells) or self.order is not None or self.metadata is not None

    def then(self, later: Edit) -> Edit:
        cells = dict(self.cells)
        for cell_id, draft in later.cells.items():
            before = cells.pop(cell_id, None) if draft.last_run else cells.get(cell_id)  # the last that ran is last
            cells[cell_id] = draft if before is None else before.then(draft)
        return Edit(
            number=later.number,
            cells=cells,
            order=self.order if later.order is None else later.order,
            metadata=self.metadata if later.metadata is None else later.metadata,
        )


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A save is about to put a file of this crc and size in its place.  since: the last edit that it has in it."""

    since: int
    base: Base


Record = Base | Edit | Intent


def folded(edits: Iterable[Edit]) -> Edit:
    """All as one; nothing where there is none."""
    whole = Edit(number=0)
    for edit in edits:
        whole = whole.then(edit)
    return whole


# ---------------------------------------------------------------------- as JSON


class _CellWire(msgspec.Struct, omit_defaults=True):
    kind: CellKind | None = None
    source: str | None = None
    metadata: dict[str, JsonValue] | None = None
    attachments: dict[str, dict[str, JsonValue]] | None = None
    outputs: list[dict[str, JsonValue]] | None = None
    run: str | None = None
    of_base: bool = False
    count: int | None = None
    heard: tuple[int, int] | None = None
    last_run: str | None = None


class _EditWire(msgspec.Struct, tag="edit", omit_defaults=True):
    number: int
    cells: dict[str, _CellWire] = {}
    order: list[str] | None = None
    metadata: dict[str, JsonValue] | None = None


class _BaseWire(msgspec.Struct, tag="base", omit_defaults=True):
    order: list[str]
    path: str | None = None
    state: tuple[int, int, int] | None = None
    last_runs: dict[str, str] = {}
    unfinished: list[str] = []
    late_end: int | None = None


class _IntentWire(msgspec.Struct, tag="intent"):
    since: int
    base: _BaseWire


_Wire = _EditWire | _BaseWire | _IntentWire


def encode(record: Record) -> bytes:
    """ASCII alone: json keeps NaN, huge integers and lone surrogates, and no byte of a record's mark occurs."""
    return json.dumps(msgspec.to_builtins(_to_wire(record)), separators=(",", ":")).encode()


def decode(body: bytes) -> Record:
    """Raises BadRecord."""
    try:
        return _from_wire(msgspec.convert(json.loads(body), _Wire))
    except (ValueError, RecursionError) as error:  # msgspec's ValidationError is a ValueError
        raise BadRecord(str(error)) from error


def _to_wire(record: Record) -> _Wire:
    match record:
        case Base():
            return _base_to_wire(record)
        case Intent(since=since, base=base):
            return _IntentWire(since=since, base=_base_to_wire(base))
        case Edit():
            return _EditWire(
                number=record.number,
                cells={str(cell_id): _cell_to_wire(draft) for cell_id, draft in record.cells.items()},
                order=None if record.order is None else list(record.order),
                metadata=None if record.metadata is None else dict(record.metadata),
            )
        case _:
            assert_never(record)


def _base_to_wire(base: Base) -> _BaseWire:
    last_runs = {str(cell_id): run for cell_id, run in base.last_runs.items()}
    return _BaseWire(
        order=list(base.order),
        path=base.path,
        state=base.state,
        last_runs=last_runs,
        unfinished=list(base.unfinished),
        late_end=base.late_end,
    )


def _cell_to_wire(draft: CellDraft) -> _CellWire:
    attachments = draft.attachments
    wire = _CellWire(
        kind=draft.kind,
        source=draft.source,
        metadata=None if draft.metadata is None else dict(draft.metadata),
        attachments=None if attachments is None else {name: dict(bundle) for name, bundle in attachments.items()},
        count=draft.count,
        heard=None if draft.heard is None else (draft.heard.began, draft.heard.end),
        last_run=draft.last_run,
    )
    match draft.shown:
        case OfBase():
            wire.of_base = True
        case OfRun(execution_id):
            wire.run = execution_id
        case Inline(outputs):
            wire.outputs = [_output_to_wire(output) for output in outputs]
        case None:
            pass
        case _:
            assert_never(draft.shown)
    return wire


def _output_to_wire(output: Output) -> dict[str, JsonValue]:
    """As in a file, and with the display's id, since what runs then may still change it."""
    wire = output_to_json(output)
    if isinstance(output, DisplayOutput) and output.display_id:
        wire["transient"] = {"display_id": output.display_id}
    return wire


def _output_from_wire(wire: dict[str, JsonValue]) -> Output:
    output, transient = output_from_json(wire), wire.get("transient")
    if isinstance(output, DisplayOutput) and isinstance(transient, Mapping):
        return replace(output, display_id=str(transient.get("display_id", "")))
    return output


def _from_wire(wire: _Wire) -> Record:
    match wire:
        case _BaseWire():
            return _base_from_wire(wire)
        case _IntentWire(since=since, base=base):
            return Intent(since=since, base=_base_from_wire(base))
        case _EditWire():
            return Edit(
                number=wire.number,
                cells={CellId(cell_id): _cell_from_wire(cell) for cell_id, cell in wire.cells.items()},
                order=None if wire.order is None else tuple(map(CellId, wire.order)),
                metadata=wire.metadata,
            )
        case _:
            assert_never(wire)


def _base_from_wire(wire: _BaseWire) -> Base:
    last_runs = {CellId(cell_id): run for cell_id, run in wire.last_runs.items()}
    return Base(
        path=wire.path,
        state=wire.state,
        order=tuple(map(CellId, wire.order)),
        last_runs=last_runs,
        unfinished=tuple(map(CellId, wire.unfinished)),
        late_end=wire.late_end,
    )


def _cell_from_wire(wire: _CellWire) -> CellDraft:
    shown: Shown | None = None
    if wire.run is not None:
        shown = OfRun(wire.run)
    elif wire.outputs is not None:
        shown = Inline(tuple(_output_from_wire(output) for output in wire.outputs))
    elif wire.of_base:
        shown = OfBase()
    return CellDraft(
        kind=wire.kind,
        source=wire.source,
        metadata=wire.metadata,
        attachments=wire.attachments,
        shown=shown,
        count=wire.count,
        heard=None if wire.heard is None else Heard(*wire.heard),
        last_run=wire.last_run,
    )
