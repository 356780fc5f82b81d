"""The namespace to a checkpoint file and back: what save() writes and load() merges.

Runs inside the worker, in the user's interpreter (CPython 3.10+): standard library, msgpack and
cloudpickle only.  Import it at boot, before the first cell: it notes the environment variables as
they stand, and only what differs later is saved.  Keeps invariants 7 (the namespace dict is never
replaced) and 10 (nothing is unpickled before the bytes' SHA-256 was found right).
"""

from __future__ import annotations

import re
from pathlib import Path

from ..protocol.messages import VariableNote

ENGINE_INTERNALS: frozenset[str] = frozenset(
    "_ __ ___ _i _ii _iii In Out _ih _oh _dh _exit_code get_ipython exit quit open "
    "__builtin__ __builtins__ __name__ __doc__ __loader__ __spec__ __package__ __file__ __cached__ __session__ "
    "__annotations__ __annotate__ __conditional_annotations__ __warningregistry__".split()
)
_NUMBERED = re.compile(r"_i?[0-9]+", re.ASCII)  # IPython's _7 and _i7


class SnapshotError(Exception):
    """No file was written, or nothing of it was loaded; the text is a sentence for people."""


def is_internal(name: str) -> bool:
    """Whether the name is the shell's own: not shown as a variable, not saved, not removed."""
    return name in ENGINE_INTERNALS or _NUMBERED.fullmatch(name) is not None


def save(*, namespace: dict[str, object], path: Path, name: str) -> tuple[list[VariableNote], int]:
    """Write every variable that can be saved; the rows of all, and the bytes written.  Raises SnapshotError."""
    raise SnapshotError("Saving is not built yet; nothing was written.")


def load(
    *, namespace: dict[str, object], path: Path, sha256: bytes, payload_bytes: int, clear_existing: bool
) -> tuple[list[VariableNote], list[VariableNote]]:
    """Merge a file into namespace; rows of the variables and of the surroundings.  Raises SnapshotError."""
    raise SnapshotError("Restoring is not built yet; nothing was changed.")
