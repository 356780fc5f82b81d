"""A checkpoint's bytes on their way into memory, verified: nothing here or before it unpickles.

The file is read once; what is hashed is the very memory that is unpickled afterwards, so that nobody can
exchange the file in between (invariant 10).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..protocol.capsule import MAGIC, LayoutError, Manifest, StoredGroup, read_manifest
from .arrays import Memory


class ContentsRefused(Exception):
    """The file is not what was verified, or cannot be read; the text is a sentence for people."""


@dataclass(frozen=True, kw_only=True)
class GroupBytes:
    """One group in memory: its pickle stream, and a writable home for each out-of-band buffer."""

    items: list[str]
    stream: bytes
    buffers: list[Memory]


def read_verified(path: Path, sha256: bytes, payload_bytes: int) -> tuple[Manifest, list[GroupBytes]]:
    """All of the file, if its first payload_bytes have this SHA-256.  Raises ContentsRefused."""
    try:
        with path.open("rb") as file:
            return _read(file, sha256, payload_bytes)
    except LayoutError as error:
        raise ContentsRefused(f"The checkpoint cannot be read: {error}.") from error
    except OSError as error:
        raise ContentsRefused(f"The checkpoint cannot be read: {error.strerror or error}.") from error
    except MemoryError as error:
        raise ContentsRefused("There is not enough memory to load the checkpoint.") from error


def _read(file: BinaryIO, sha256: bytes, payload_bytes: int) -> tuple[Manifest, list[GroupBytes]]:
    manifest, tail = read_manifest(file, payload_bytes)
    file.seek(0)
    digest = hashlib.sha256(file.read(len(MAGIC)))
    groups = [_read_group(file, group, digest) for group in manifest.groups]
    tail_again = file.read(len(tail))
    digest.update(tail_again)
    if not hmac.compare_digest(digest.digest(), sha256) or tail_again != tail:
        raise ContentsRefused("The checkpoint was changed after its signature was checked.")
    return manifest, groups


def _read_group(file: BinaryIO, group: StoredGroup, digest: hashlib._Hash) -> GroupBytes:
    stream = file.read(group.stream_bytes)
    digest.update(stream)
    buffers = [Memory(size) for size in group.buffers]
    for buffer in buffers:
        file.readinto(buffer)  # type: ignore[attr-defined]  # a buffered reader fills it, and a short one fails the hash
        digest.update(buffer)
    return GroupBytes(items=group.items, stream=stream, buffers=buffers)
