"""What a checkpoint file says of itself, read without unpickling anything and without the key.

For lists and dialogs.  Hostile bytes give CheckpointError and nothing else.  It blocks: call it on a thread.
"""

from __future__ import annotations

import errno
import stat
from pathlib import Path

from engine.errors import CheckpointError
from engine.protocol.capsule import LayoutError, Manifest, NewerFormat, read_manifest
from engine.trust import read_trailer


def manifest_of(path: Path) -> Manifest:
    """The manifest of a signed file, whoever signed it.  Raises CheckpointError."""
    try:
        _refuse_special(path)
        with path.open("rb") as file:
            payload_bytes, _ = read_trailer(file, path.name)
            manifest, _ = read_manifest(file, payload_bytes)
    except NewerFormat as error:
        raise CheckpointError(
            f"{path.name} was saved by a later version of Capsule, which can restore it. Nothing was loaded."
        ) from error
    except LayoutError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error}. Nothing was loaded.") from error
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror}. Nothing was loaded.") from error
    return manifest


def _refuse_special(path: Path) -> None:
    """A pipe would be waited for until somebody writes, and a device may never end.  Raises OSError."""
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
