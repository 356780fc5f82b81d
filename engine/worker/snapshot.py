"""The namespace to a checkpoint file and back: what save() writes and load() merges.

Runs inside the worker, in the user's interpreter (CPython 3.10+): standard library, msgpack and
cloudpickle only.  Import it at boot, before the first cell: surroundings.py notes the environment as it
stands then, and only what differs later is saved.  Keeps invariants 7 (the namespace dict is never
replaced) and 10 (nothing is unpickled before the bytes' SHA-256 was found right).
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import sys
import time
import types
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from ..protocol.capsule import MAGIC, SURROUNDINGS, VARIABLE, LayoutError, Manifest, StoredVariable, manifest_tail
from ..protocol.messages import VariableNote
from . import surroundings
from .contents import ContentsRefused, read_verified
from .drafts import Draft, Drafts, WriteFailed
from .limits import Allowance
from .restoration import Restoration

ENGINE_INTERNALS: frozenset[str] = frozenset(
    (
        *("_", "__", "___", "_i", "_ii", "_iii", "In", "Out", "_ih", "_oh", "_dh", "_exit_code"),
        *("get_ipython", "exit", "quit", "open", "__builtin__", "__builtins__", "__name__", "__doc__"),
        *("__loader__", "__spec__", "__package__", "__file__", "__cached__", "__session__"),
        *("__annotations__", "__annotate__", "__conditional_annotations__", "__warningregistry__"),
    )
)
_NUMBERED = re.compile(r"_i?[0-9]+", re.ASCII)  # IPython's _7 and _i7
_COMPARED = (type(None), bool, int, float, complex, str, bytes)  # equal ones of these count as unchanged
_NO_WARNINGS = ("ignore", None, Warning, None, 0)  # as the entries of warnings.filters are
_RECURSION_LIMITS = (3000, 5000)  # before 3.12 pickle's C recursion obeys the limit: enough, and no overflow of 8 MB


class SnapshotError(Exception):
    """No file was written, or nothing of it was loaded; the text is a sentence for people."""


def is_internal(name: str) -> bool:
    """Whether the name is the shell's own: not shown as a variable, not saved, not removed."""
    return name in ENGINE_INTERNALS or _NUMBERED.fullmatch(name) is not None


def save(*, namespace: dict[str, object], path: Path, name: str, notebook: str = "") -> tuple[list[VariableNote], int]:
    """Write every variable that can be saved; the rows of all, and the bytes written.  Raises SnapshotError."""
    path = Path(os.path.abspath(path))  # pickling runs the user's code, which may change the folder
    with _new_file(path) as file, saving():
        manifest = write_groups(namespace=namespace, file=file, name=name, allowance=Allowance())
        file.write(manifest_tail(replace(manifest, notebook=notebook)))
        size_bytes = file.tell()
    return [_saved_note(row) for row in manifest.variables], size_bytes


def write_groups(*, namespace: dict[str, object], file: BinaryIO, name: str, allowance: Allowance) -> Manifest:
    """Write all of a checkpoint but its end, which is manifest_tail() of what is returned; within saving().

    Raises WriteFailed, and LimitReached where the allowance is used up.
    """
    around = surroundings.taken()
    variables = user_variables(namespace)
    modules = {key: value for key, value in variables.items() if _is_imported(value)}
    values = {VARIABLE + key: value for key, value in variables.items() if key not in modules}
    drafts = Drafts(namespace, values | {SURROUNDINGS + key: value for key, value in around.items()}, allowance)
    file.write(MAGIC)
    groups = drafts.write(file)
    written = drafts.by_item()
    return Manifest(
        name=name,
        created_at=time.time(),
        python_version="{}.{}.{}".format(*sys.version_info),
        variables=[_stored(key, value, written.get(VARIABLE + key)) for key, value in variables.items()],
        groups=groups,
        surroundings=list(around),
    )


def load(
    *, namespace: dict[str, object], path: Path, sha256: bytes, payload_bytes: int, clear_existing: bool
) -> tuple[list[VariableNote], list[VariableNote]]:
    """Merge a file into namespace; rows of the variables and of the surroundings.  Raises SnapshotError."""
    try:
        manifest, groups = read_verified(path, sha256, payload_bytes)
    except ContentsRefused as error:
        raise SnapshotError(f"{error} Nothing was changed.") from error
    before = dict(namespace)
    work = Restoration(namespace, put=lambda name: not is_internal(name))
    work.take_surroundings(groups)
    around = {key: _around(key, work) for key in manifest.surroundings if key in surroundings.BEFORE_IMPORTS}
    work.take_variables(manifest, groups)
    rows = _settle(namespace, before, manifest, work, clear_existing)
    around |= {key: _around(key, work) for key in manifest.surroundings if key not in around}
    return rows, list(around.values())


def user_variables(namespace: Mapping[Any, object]) -> dict[str, object]:
    """What the user's code put there, in its order; the shell's own names are left out."""
    return {key: value for key, value in list(namespace.items()) if isinstance(key, str) and not is_internal(key)}


# --- saving -------------------------------------------------------------------------------


def _stored(name: str, value: object, draft: Draft | None) -> StoredVariable:
    type_name = type_name_of(value)
    if draft is None:
        assert isinstance(value, types.ModuleType)  # all else has a draft
        parts = [each for each in list(sys.modules) if each.startswith(value.__name__ + ".") and "._" not in each]
        return StoredVariable(name=name, type_name=type_name, size_bytes=0, module=value.__name__, submodules=parts)
    size_bytes = 0 if draft.reason else draft.size_bytes
    return StoredVariable(name=name, type_name=type_name, size_bytes=size_bytes, reason=draft.reason)


def _is_imported(value: object) -> bool:
    return isinstance(value, types.ModuleType) and sys.modules.get(value.__name__) is value


def type_name_of(value: object) -> str:
    """The type's own name, past whatever a metaclass or a proxy says instead."""
    return str(type.__dict__["__name__"].__get__(type(value)))


def _saved_note(row: StoredVariable) -> VariableNote:
    outcome = "not saved" if row.reason else "saved"
    return VariableNote(
        name=row.name, type_name=row.type_name, outcome=outcome, reason=row.reason, size_bytes=row.size_bytes
    )


@contextlib.contextmanager
def saving() -> Iterator[None]:
    """A recursion limit that suits the C stack, and no warnings about what pickling will not do in later Pythons.

    The filter is put in place by hand: what warnings.simplefilter and catch_warnings change makes Python forget
    which warnings were shown already, and a later cell would show them again.
    """
    limit, filters = sys.getrecursionlimit(), warnings.filters
    if sys.version_info < (3, 12):
        sys.setrecursionlimit(min(max(limit, _RECURSION_LIMITS[0]), _RECURSION_LIMITS[1]))
    filters.insert(0, _NO_WARNINGS)  # type: ignore[attr-defined]  # a list, which typeshed calls a Sequence
    try:
        yield
    finally:
        filters.remove(_NO_WARNINGS)  # type: ignore[attr-defined]  # as above
        sys.setrecursionlimit(limit)


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears at path, whole and on the disk, when the block ends well, and not at all otherwise."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except WriteFailed as error:
        raise SnapshotError(_unwritten(error.__cause__)) from error
    except (OSError, LayoutError) as error:
        raise SnapshotError(_unwritten(error)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()  # it is there only where the block failed


def _unwritten(error: BaseException | None) -> str:
    reason = error.strerror if isinstance(error, OSError) else error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        reason, remedy = "the disk is full", "Make room or choose another folder"
    else:
        remedy = "Choose another folder or try again"
    return f"The checkpoint could not be written: {reason}. {remedy}."


# --- restoring ----------------------------------------------------------------------------


def _settle(
    namespace: dict[str, object],
    before: dict[str, object],
    manifest: Manifest,
    work: Restoration,
    clear_existing: bool,
) -> list[VariableNote]:
    """Clear on request, and order what is new; what failed to load keeps its present value in any case."""
    saved = [row for row in manifest.variables if not is_internal(row.name)]
    rows = [_restored_note(row, before, work) for row in saved]
    removed: list[VariableNote] = []
    if clear_existing:
        kept = {row.name for row in saved if not row.reason}
        for name, value in user_variables(namespace).items():
            if name not in kept:
                del namespace[name]
                removed.append(VariableNote(name=name, type_name=type_name_of(value), outcome="removed"))
    for name in (row.name for row in saved if row.name in work.values):
        if name not in before:
            namespace.pop(name, None)  # new names come in the checkpoint's order
        namespace[name] = work.values[name]
    listed = {row.name for row in rows}
    return rows + [row for row in removed if row.name not in listed]


def _restored_note(row: StoredVariable, before: dict[str, object], work: Restoration) -> VariableNote:
    reason = f"it was not saved: {row.reason}" if row.reason else work.reasons.get(VARIABLE + row.name, "")
    if reason:
        outcome = "not restored"
    elif row.name not in before:
        outcome = "restored"
    else:
        outcome = "unchanged" if _same(before[row.name], work.values[row.name]) else "replaced"
    return VariableNote(
        name=row.name, type_name=row.type_name, outcome=outcome, reason=reason, size_bytes=row.size_bytes
    )


def _same(before: object, after: object) -> bool:
    """Without running the user's __eq__."""
    if before is after:
        return not isinstance(before, type)  # a class is filled again where it stands
    return type(before) is type(after) and type(before) in _COMPARED and before == after


def _around(name: str, work: Restoration) -> VariableNote:
    if reason := work.reasons.get(SURROUNDINGS + name, ""):
        return VariableNote(name=name, type_name="", outcome="not restored", reason=reason)
    return surroundings.restored(name, work.surroundings[name])
