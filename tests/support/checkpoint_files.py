"""Checkpoint files made of a manifest: whole, signed by a key of their own, with nothing in them that can be loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.protocol.capsule import MAGIC, Manifest, StoredGroup, manifest_tail
from engine.trust import SigningKey

STRANGER = SigningKey(bytes(32))
EMPTY = Manifest(name="clean", created_at=1.0, python_version="3.12.1", variables=[], groups=[], surroundings=[])


def write_checkpoint(path: Path, manifest: Manifest, key: SigningKey = STRANGER) -> Path:
    """Of as many bytes as the manifest says."""
    body = b"?" * sum(group.size_bytes for group in manifest.groups)
    path.write_bytes(MAGIC + body + manifest_tail(manifest))
    key.sign(path)
    return path


def write_damaged(path: Path, key: SigningKey = STRANGER) -> Path:
    """What it lists is whole; what it is said to hold is not as it was signed."""
    held = StoredGroup(stream_bytes=7, buffers=[], items=[])
    whole = write_checkpoint(path, replace(EMPTY, groups=[held]), key).read_bytes()
    path.write_bytes(whole.replace(b"???????", b"???!???"))
    return path
