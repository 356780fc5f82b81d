"""Automatic checkpoints as a worker leaves them: a draft, and its seal beside it."""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from engine.protocol.messages import AutomaticCheckpoint
from engine.worker import snapshot

TOKEN = b"t" * 32


def draft(folder: Path, execution_id: str, *, token: bytes = TOKEN, **namespace: object) -> AutomaticCheckpoint:
    """Write it as execution_id left namespace; what the worker then says."""
    path = folder / f"{execution_id}.draft"
    path.unlink(missing_ok=True)
    notes, size_bytes = snapshot.save(namespace=namespace, path=path, name=execution_id)
    seal = hmac.digest(token, path.read_bytes(), "sha256")
    Path(f"{path}.seal").write_bytes(seal)
    return AutomaticCheckpoint(
        execution_id=execution_id,
        path=str(path),
        size_bytes=size_bytes,
        seal=seal,
        variables=sum(note.outcome == "saved" for note in notes),
        left_out=sum(note.outcome != "saved" for note in notes),
    )


def skipped(execution_id: str, reason: str) -> AutomaticCheckpoint:
    return AutomaticCheckpoint(
        execution_id=execution_id, path="", size_bytes=0, seal=b"", variables=0, left_out=0, skipped=reason
    )


def age(path: Path, seconds: float) -> None:
    """Make path look that much older."""
    changed = path.stat().st_mtime - seconds
    os.utime(path, (changed, changed))
