"""The application's part in writing and loading a checkpoint: a draft, the signature, the place it is put.

The worker writes the draft beside the target; only when that is signed and on the disk does it take the
target's name, so that an older file there stays whole until then.  All of it blocks: call it on a thread.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from engine.checkpoints.manifest import manifest_of
from engine.errors import CheckpointError
from engine.file_system import sync_folder
from engine.protocol.capsule import Manifest
from engine.trust import SigningKey, VerifiedFile

SUFFIX = ".capsule"


@dataclass(frozen=True, kw_only=True)
class CheckpointDraft:
    """draft: what the worker is asked to write; target: where it goes once it is signed."""

    target: Path
    draft: Path


@dataclass(frozen=True, kw_only=True)
class LoadableCheckpoint:
    """What a Restore to the worker needs, and what the file says it holds."""

    verified: VerifiedFile
    manifest: Manifest


def begin(target: Path) -> CheckpointDraft:
    """Where the worker shall write for a checkpoint that ends up at target (a link's own goal).

    Raises CheckpointError where it cannot end up there.
    """
    target = Path(os.path.realpath(target))
    try:
        if refusal := _refusal(target):
            raise CheckpointError(_unwritten(target, refusal))
    except OSError as error:  # a folder that may not be entered, a name too long for the disk
        raise CheckpointError(_unwritten(target, str(error.strerror))) from error
    return CheckpointDraft(target=target, draft=target.with_name(f".{secrets.token_hex(8)}{SUFFIX}.part"))


def publish(pending: CheckpointDraft, key: SigningKey, *, signed: bool = False) -> int:
    """Sign the worker's draft, unless it is signed, and put it in its place; the file's bytes.

    Raises CheckpointError, leaving no draft.
    """
    try:
        if not signed:
            key.sign(pending.draft)
        size_bytes = pending.draft.stat().st_size
        pending.draft.replace(pending.target)
        _sync_folder(pending.target.parent)
    except OSError as error:
        discard(pending)
        raise CheckpointError(_unwritten(pending.target, str(error.strerror))) from error
    return size_bytes


def discard(pending: CheckpointDraft) -> None:
    """Remove the draft, if there is one; the target was never touched."""
    with contextlib.suppress(OSError):
        pending.draft.unlink(missing_ok=True)


def prepare_restore(
    path: Path, key: SigningKey, *, trust_unsigned: bool = False, shown: bytes = b""
) -> LoadableCheckpoint:
    """Verified bytes for a worker.  Raises CheckpointError, and ForeignCheckpoint unless trust_unsigned.

    shown: the digest of what the user was asked about, which anything else is refused for; empty for none.
    """
    path = Path(os.path.realpath(path))
    verified = key.verify(path, foreign_allowed=trust_unsigned, shown=shown)
    return LoadableCheckpoint(verified=verified, manifest=manifest_of(path))


def _refusal(target: Path) -> str:
    """Why no file can be put there, "" where one can.  Raises OSError where that cannot even be looked at."""
    if target.is_dir():
        return "there is a folder of that name"
    if not target.parent.is_dir():
        return "its folder does not exist"
    if not os.access(target.parent, os.W_OK | os.X_OK):
        return "you may not write into its folder"
    return ""


def _sync_folder(folder: Path) -> None:
    """Bring the new name itself to the disk; some file systems (and Windows) cannot sync a folder."""
    with contextlib.suppress(OSError):
        sync_folder(folder)


def _unwritten(target: Path, reason: str) -> str:
    return (
        f"The checkpoint could not be written to {target}: {reason}. An older file there is as it was. Choose another "
        "place and try again."
    )
