"""What a checkpoint file says of itself, read without unpickling anything and without the key.

For lists and dialogs.  Hostile bytes give CheckpointError and nothing else.  It blocks: call it on a thread.
"""

from __future__ import annotations

from pathlib import Path

from engine.errors import CheckpointError, LongContents
from engine.file_system import open_to_read
from engine.protocol.capsule import MAX_MANIFEST_BYTES, LayoutError, LongManifest, Manifest, NewerFormat, read_manifest
from engine.trust import read_trailer, signed_digest

# Some 20,000 variables.  Parsed, a byte of a hostile one takes 70 times its room, and no thread goes on meanwhile
STRANGERS_LIMIT_BYTES = 2 * 1024 * 1024


def manifest_of(path: Path) -> Manifest:
    """The manifest of a signed file that verify() has passed, or that is our own.  Raises CheckpointError."""
    return _read(path, MAX_MANIFEST_BYTES)[0]


def manifest_of_any(path: Path) -> tuple[Manifest, bytes]:
    """The manifest of a file that anybody may have made, and the digest that is signed.

    Raises CheckpointError, LongContents where it is over STRANGERS_LIMIT_BYTES.
    """
    return _read(path, STRANGERS_LIMIT_BYTES)


def _read(path: Path, limit_bytes: int) -> tuple[Manifest, bytes]:
    try:
        with open_to_read(path) as file:
            payload_bytes, trailer = read_trailer(file, path.name)
            manifest, _ = read_manifest(file, payload_bytes, limit_bytes=limit_bytes)
    except LongManifest as error:
        raise LongContents(
            f"{path.name} lists more than can be shown here. Nothing was loaded. If it is yours, open the notebook "
            "that it is for, and restore it there with File > Restore Checkpoint…"
        ) from error
    except NewerFormat as error:
        raise CheckpointError(
            f"{path.name} was saved by a later version of Capsule, which can restore it. Nothing was loaded."
        ) from error
    except LayoutError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error}. Nothing was loaded.") from error
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror}. Nothing was loaded.") from error
    return manifest, signed_digest(trailer)
