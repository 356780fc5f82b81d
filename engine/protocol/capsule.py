"""The checkpoint file's layout, shared by the worker that writes it and the application that lists it.

    MAGIC | group, group, … | manifest (msgpack) | footer        [| the application's signature]

A group is one pickle stream followed by its out-of-band buffers; the manifest says how long each is.
Nothing here unpickles: hostile bytes give LayoutError and nothing else.  Standard library and msgpack
only, CPython 3.10+.
"""

from __future__ import annotations

import binascii
import struct
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

from .packing import msgpack

MAGIC = b"capsule-checkpoint\n"
FORMAT_VERSION = 1
FOOTER = struct.Struct(">QI8s")  # manifest's bytes, its CRC-32, FOOTER_MAGIC
FOOTER_MAGIC = b"caps-end"
MAX_MANIFEST_BYTES = 64 * 1024 * 1024  # some 500,000 variables; a longer one is refused, never read

VARIABLE, CLASS, SURROUNDINGS = "variable ", "class ", "surroundings "  # what an item's text begins with


class LayoutError(Exception):
    """The bytes are not a checkpoint that this version can read; the text says why."""


class NewerFormat(LayoutError):
    """A later version of the application wrote it."""


class LongManifest(LayoutError):
    """It may be one, but its manifest is longer than this reader takes."""


@dataclass(frozen=True, kw_only=True)
class StoredVariable:
    """One variable's row: reason is "" where it was saved; module is what to import for a module."""

    name: str
    type_name: str
    size_bytes: int
    reason: str = ""
    module: str = ""
    submodules: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class StoredGroup:
    """Things pickled together, in order: "variable x", "class 3" or "surroundings matplotlib" each."""

    stream_bytes: int
    buffers: list[int]  # bytes of each
    items: list[str]

    @property
    def size_bytes(self) -> int:
        return self.stream_bytes + sum(self.buffers)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a checkpoint holds; created_at in seconds since 1970.

    notebook: the id of the notebook's record on the computer where it was saved, "" where none is known.  Readers
    leave out what they do not know, and files of before have no such field: it needs no new format.
    """

    name: str
    created_at: float
    python_version: str
    variables: list[StoredVariable]
    groups: list[StoredGroup]
    surroundings: list[str]
    notebook: str = ""


def manifest_tail(manifest: Manifest) -> bytes:
    """Manifest and footer as they end the payload.  Raises LayoutError where it is over MAX_MANIFEST_BYTES."""
    fields = {"format": FORMAT_VERSION, **asdict(manifest)}
    packed: bytes = msgpack.packb(fields, use_bin_type=True, unicode_errors="surrogatepass")
    if len(packed) > MAX_MANIFEST_BYTES:
        raise LayoutError(f"its list of contents would be over {MAX_MANIFEST_BYTES >> 20} MiB")
    return packed + FOOTER.pack(len(packed), binascii.crc32(packed), FOOTER_MAGIC)


def read_manifest(
    file: BinaryIO, payload_bytes: int, *, limit_bytes: int = MAX_MANIFEST_BYTES
) -> tuple[Manifest, bytes]:
    """The manifest of a payload of that length, and the tail's own bytes.  Raises LayoutError, OSError.

    limit_bytes: a longer manifest is not parsed (LongManifest).
    """
    file.seek(0)
    if payload_bytes < len(MAGIC) + FOOTER.size or file.read(len(MAGIC)) != MAGIC:
        raise LayoutError("it is not a checkpoint")
    file.seek(payload_bytes - FOOTER.size)
    footer = file.read(FOOTER.size)
    if len(footer) != FOOTER.size:
        raise LayoutError("it is cut short")
    length, crc32, magic = FOOTER.unpack(footer)
    start = payload_bytes - FOOTER.size - length
    if magic != FOOTER_MAGIC or length > MAX_MANIFEST_BYTES or start < len(MAGIC):
        raise LayoutError("its end is damaged or cut off")
    if length > limit_bytes:
        raise LongManifest(f"its list of contents is over {limit_bytes >> 20} MiB")
    file.seek(start)
    packed = file.read(length)
    if len(packed) != length or binascii.crc32(packed) != crc32:
        raise LayoutError("its list of contents is damaged")
    manifest = _parse(packed)
    if len(MAGIC) + sum(group.size_bytes for group in manifest.groups) != start:
        raise LayoutError("its contents are not as long as its list says")
    return manifest, packed + footer


def _parse(packed: bytes) -> Manifest:
    try:
        raw = msgpack.unpackb(packed, raw=False, unicode_errors="surrogatepass")
    except (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException) as error:
        raise LayoutError("its list of contents cannot be read") from error
    fields = _mapping(raw)
    version = _typed(fields, "format", int)
    if version > FORMAT_VERSION:
        raise NewerFormat("a later version of the application wrote it")
    if version != FORMAT_VERSION:
        raise LayoutError("its format is not known")
    manifest = Manifest(
        name=_typed(fields, "name", str),
        created_at=_typed(fields, "created_at", float),
        python_version=_typed(fields, "python_version", str),
        variables=[_variable(_mapping(each)) for each in _typed(fields, "variables", list)],
        groups=[_group(_mapping(each)) for each in _typed(fields, "groups", list)],
        surroundings=_all_of(_typed(fields, "surroundings", list), str),
        notebook=_typed({"notebook": "", **fields}, "notebook", str),
    )
    _check_items(manifest)
    return manifest


def _variable(fields: dict[str, Any]) -> StoredVariable:
    return StoredVariable(
        name=_typed(fields, "name", str),
        type_name=_typed(fields, "type_name", str),
        size_bytes=_count(_typed(fields, "size_bytes", int)),
        reason=_typed(fields, "reason", str),
        module=_typed(fields, "module", str),
        submodules=_all_of(_typed(fields, "submodules", list), str),
    )


def _group(fields: dict[str, Any]) -> StoredGroup:
    return StoredGroup(
        stream_bytes=_count(_typed(fields, "stream_bytes", int)),
        buffers=[_count(size) for size in _all_of(_typed(fields, "buffers", list), int)],
        items=_all_of(_typed(fields, "items", list), str),
    )


def _check_items(manifest: Manifest) -> None:
    """Every saved variable is a module or in exactly one group, and no group holds what is not listed."""
    names = [variable.name for variable in manifest.variables]
    stored = [VARIABLE + each.name for each in manifest.variables if not each.reason and not each.module]
    items = [item for group in manifest.groups for item in group.items]
    held = [item for item in items if item.startswith(VARIABLE)]
    if len(set(names)) != len(names) or len(set(items)) != len(items) or sorted(stored) != sorted(held):
        raise LayoutError("its list of contents contradicts itself")


def _mapping(raw: object) -> dict[str, Any]:
    if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
        raise LayoutError("its list of contents has the wrong shape")
    return raw


def _typed(fields: dict[str, Any], name: str, kind: type) -> Any:
    value = fields.get(name)
    if type(value) is not kind:
        raise LayoutError(f"its list of contents is wrong at {name!r}")
    return value


def _all_of(values: list[Any], kind: type) -> list[Any]:
    if not all(type(value) is kind for value in values):
        raise LayoutError("its list of contents has the wrong shape")
    return values


def _count(number: int) -> int:
    if number < 0:
        raise LayoutError("its list of contents has a negative size")
    return number
