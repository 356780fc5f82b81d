"""One save's work: each thing pickled alone to learn what it reaches, then group by group into the file.

A thing is a variable, or a class defined in a cell that variables need.  Whatever fails costs only
itself and what needs it.  Called by snapshot.save().
"""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass, field
from typing import BinaryIO

from ..protocol.capsule import CLASS, StoredGroup
from .flat import FlatPickler
from .limits import Allowance, LimitReached, MeteredStream
from .pickler import Pickler, Scope
from .refusals import is_too_deep, save_reason
from .sharing import grouped

_HELD_BYTES = 256 * 1024 * 1024  # streams kept from the first pickling; what is over is pickled again
_PIECE_BYTES = 4 * 1024 * 1024  # of a large buffer: between two the time is looked at


@dataclass
class Draft:
    """A thing after its first pickling; stream is None where it must be pickled again."""

    item: str
    value: object
    own: int | None  # the number of the class that it is
    reason: str = ""
    pickler: type[Pickler] = Pickler
    stream: bytes | None = None
    buffers: list[memoryview] = field(default_factory=list)
    needs: set[int] = field(default_factory=set)
    has_code: bool = False
    reached: frozenset[int] = frozenset()
    size_bytes: int = 0


_NOTHING = Draft("", None, None)


class WriteFailed(Exception):
    """The file could not be written: told apart from an OSError that a variable's own __reduce__ raised."""


class CountingFile:
    """Passes writes on and counts them; begin() starts anew."""

    def __init__(self, file: BinaryIO, allowance: Allowance) -> None:
        self._file = file
        self._allowance = allowance
        self.begin()

    def begin(self) -> None:
        self.written = 0

    def write(self, data: bytes | memoryview) -> int:
        view = memoryview(data).cast("B")
        self._allowance.write(view.nbytes)
        try:
            for start in range(0, view.nbytes, _PIECE_BYTES):
                self._allowance.write(0)
                self._file.write(view[start : start + _PIECE_BYTES])
        except OSError as error:
            raise WriteFailed from error
        self.written += view.nbytes
        return view.nbytes

    def take_back(self) -> None:
        """Forget what was written since begin()."""
        self._file.seek(-self.written, io.SEEK_CUR)
        self._file.truncate()
        self.begin()


class Drafts:
    """All things of one save, by number: those given (by item), then the classes as they are met.

    Raises LimitReached, from here and from write(), where allowance is used up.
    """

    def __init__(self, namespace: dict[str, object], values: dict[str, object], allowance: Allowance) -> None:
        self.scope = Scope(namespace, allowance)
        self._seen: dict[int, object] = {}  # keeps what was met alive: a recycled id would merge strangers
        self._held_bytes = 0
        self._drafts = [self._drafted(item, value, None) for item, value in values.items()]
        self._class_drafts: list[Draft] = []
        while (number := len(self._class_drafts)) < len(self.scope.classes):
            self._class_drafts.append(self._drafted(f"{CLASS}{number}", self.scope.classes[number], number))

    def _drafted(self, item: str, value: object, own: int | None) -> Draft:
        draft = Draft(item, value, own)
        self.scope.allowance.at = item
        try:
            try:
                stream, seen = self._first_pickled(draft)
            except (RecursionError, pickle.PicklingError) as error:
                if not is_too_deep(error):
                    raise
                draft.pickler = FlatPickler
                stream, seen = self._first_pickled(draft)
        except LimitReached:
            raise
        except BaseException as error:  # noqa: BLE001 - the edge to the user's code, which runs in __reduce__ and may raise anything
            draft.reason = save_reason(error, type(value))
            return draft
        draft.reached = frozenset(seen)
        self._seen.update(seen)
        draft.size_bytes = stream.tell() + sum(buffer.nbytes for buffer in draft.buffers)
        if self._held_bytes + stream.tell() <= _HELD_BYTES:
            draft.stream = stream.getvalue()
            self._held_bytes += stream.tell()
        return draft

    def _first_pickled(self, draft: Draft) -> tuple[io.BytesIO, dict[int, object]]:
        stream, seen = MeteredStream(self.scope.allowance), dict[int, object]()
        pickler = draft.pickler(stream, self.scope, _owned([draft]), seen)
        try:
            pickler.dump(draft.value)
            draft.needs, draft.has_code = pickler.needs, pickler.met_code
            draft.buffers = [buffer.raw() for buffer in pickler.buffers]
        finally:
            pickler.let_go()
        return stream, seen

    def by_item(self) -> dict[str, Draft]:
        return {draft.item: draft for draft in self._drafts}

    def write(self, file: BinaryIO) -> list[StoredGroup]:
        """Write all that can be saved; afterwards every Draft says its size or its reason.  Raises WriteFailed."""
        things = self._drafts + self._class_drafts
        first_class = len(self._drafts)
        good = {number: draft for number, draft in enumerate(things) if not draft.reason}
        needs = {number: [first_class + need for need in draft.needs] for number, draft in good.items()}
        out = CountingFile(file, self.scope.allowance)
        self.scope.allowance.at = max(things, key=lambda draft: draft.size_bytes, default=_NOTHING).item
        written = (
            self._write_group(out, [things[number] for number in group])
            for group in grouped({number: draft.reached for number, draft in good.items()}, needs)
        )
        return [group for group in written if group is not None]

    def _write_group(self, out: CountingFile, drafts: list[Draft]) -> StoredGroup | None:
        """A thing that fails only now leaves the group, which is then written again."""
        drafts = sorted(drafts, key=_place)
        while drafts := [draft for draft in drafts if not self._lacks_class(draft, drafts)]:
            out.begin()
            alone = drafts[0] if len(drafts) == 1 else None
            if alone is not None and alone.stream is not None:
                out.write(alone.stream)
                return _finished(out, alone.buffers, drafts)
            if (buffers := self._pickled(out, drafts)) is not None:
                return _finished(out, buffers, drafts)
            out.take_back()
        return None

    def _lacks_class(self, draft: Draft, group: list[Draft]) -> bool:
        if draft.reason:
            return True
        for number in sorted(draft.needs):
            if reason := self._class_drafts[number].reason:
                name = self.scope.classes[number].__name__
                draft.reason = f"its class {name} cannot be saved: {reason}"
                return True
        return False

    def _pickled(self, out: CountingFile, drafts: list[Draft]) -> list[memoryview] | None:
        """The group's buffers; None when one thing failed, whose reason is then set."""
        kind = FlatPickler if any(draft.pickler is FlatPickler for draft in drafts) else Pickler
        pickler = kind(out, self.scope, _owned(drafts))
        try:
            return _dumped(pickler, out, drafts)
        finally:
            pickler.let_go()


def _dumped(pickler: Pickler, out: CountingFile, drafts: list[Draft]) -> list[memoryview] | None:
    buffers: list[memoryview] = []
    for draft in drafts:
        before, held = out.written, len(buffers)
        try:
            pickler.dump(draft.value)
            buffers += [buffer.raw() for buffer in pickler.buffers[held:]]
        except (WriteFailed, LimitReached):
            raise
        except BaseException as error:  # noqa: BLE001 - the same edge as above
            draft.reason = save_reason(error, type(draft.value))
            return None
        draft.needs |= pickler.needs
        draft.size_bytes = out.written - before + sum(buffer.nbytes for buffer in buffers[held:])
    return buffers


def _owned(drafts: list[Draft]) -> list[int]:
    return [draft.own for draft in drafts if draft.own is not None]


def _place(draft: Draft) -> int:
    """Where in its group: plain data, then classes, then what may need those.

    Nothing behind a thing that fails can be read, and code fails in every other version of Python.
    """
    if draft.own is not None:
        return 1
    return 2 if draft.has_code or draft.needs else 0


def _finished(out: CountingFile, buffers: list[memoryview], drafts: list[Draft]) -> StoredGroup:
    stream_bytes = out.written
    for buffer in buffers:
        out.write(buffer)
    items = [draft.item for draft in drafts]
    return StoredGroup(stream_bytes=stream_bytes, buffers=[buffer.nbytes for buffer in buffers], items=items)
