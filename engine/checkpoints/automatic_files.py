"""A notebook's folder of automatic checkpoints: sealed drafts of its worker become signed files, the newest few stay.

Owns every name in that folder: {id}.draft with its seal beside it is the worker's, {id}.capsule is signed, and
{id}.unverified is what nobody vouches for, which is never loaded (invariant 10).  A draft is signed where it stands
and then renamed, so that a death at any instant leaves one that is still sealed, or signed already.  All of it blocks.
"""

from __future__ import annotations

import contextlib
import errno
import hmac
import logging
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.checkpoints import checkpoint_file
from engine.checkpoints.checkpoint_file import CheckpointDraft
from engine.checkpoints.manifest import manifest_of
from engine.errors import CheckpointError
from engine.file_system import BINARY, NO_FOLLOW, NO_WAIT, own_user
from engine.protocol.messages import DRAFT_SUFFIX, KEPT_SUFFIX, SEAL_SUFFIX
from engine.trust import SigningKey

log = logging.getLogger("capsule.checkpoints")

KEPT_FILES = 5  # the newest; older ones go
UNVERIFIED_SUFFIX = ".unverified"
UNFINISHED_S = 60.0  # a file that is being written changes more often than that
_EXECUTION_ID = re.compile(r"[0-9a-f]{1,64}")  # what a worker names becomes part of a path
_SEAL_BYTES = 32
_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """A signed file in its place.  execution_id: after which it was made; times in seconds since 1970."""

    execution_id: str
    path: Path
    size_bytes: int
    created_at: float
    left_out: int
    variables: int


class AutomaticFiles:
    """key_folder: where this user's signing key is, or will be made."""

    def __init__(self, folder: Path, key_folder: Path) -> None:
        self._folder = folder
        self._key_folder = key_folder
        self._key: SigningKey | None = None
        self._ours: dict[str, int] = {}  # by execution: bytes of a file that was signed or verified here

    def publish(self, named: str, seal: bytes, token: bytes) -> tuple[Path, int]:
        """Put in place what a worker says is its draft; the signed file and its bytes.

        It may have been put in place before (nothing changed since, or the worker says it again).  Raises
        CheckpointError with a few words; then there is no draft.
        """
        execution_id = self._execution_of(named)
        draft = self._draft(execution_id)
        if not draft.exists(follow_symlinks=False):
            return self._put_before(execution_id)
        try:
            signed = self._is_signed_else_sealed(draft, (token,), seal)
        except CheckpointError:
            self._set_aside(draft)
            raise
        return self._sign(execution_id, signed=signed)

    def discard(self, named: str) -> None:
        """A draft is of no use any more."""
        with contextlib.suppress(CheckpointError):
            self._remove_draft(self._draft(self._execution_of(named)))

    def evict(self, keep: Path, *offered: Path) -> tuple[Path, ...]:
        """Remove all but keep, what is offered and the newest few; what went."""
        files = sorted(self._folder.glob(f"*{KEPT_SUFFIX}"), key=_changed_at, reverse=True)
        old = tuple(path for path in files if path not in (keep, *offered))[KEPT_FILES - 1 :]
        for path in old:
            with contextlib.suppress(OSError):  # it is met again the next time
                path.unlink(missing_ok=True)
            self._ours.pop(path.stem, None)
        return old

    def take_over(self, tokens: Sequence[bytes], since: float) -> KeptFile | None:
        """The newest file that was made later than since and is not told of yet, put in place; None where none is.

        For what workers wrote while nobody was there, each of which has sealed its own with one of tokens, and what an
        application that died did not get to record.
        Of its drafts no other is left; those that nobody vouches for are set aside.
        """
        taken = False
        for draft in self._drafts():
            if not taken and _changed_at(draft) > since:
                taken = self._take(draft, tokens)
            self._remove_draft(draft)
        self._sweep()
        latest = max(self._folder.glob(f"*{KEPT_SUFFIX}"), key=_changed_at, default=None)
        return None if latest is None or _changed_at(latest) <= since else self._newer(latest, since)

    # --- inside

    def _sweep(self) -> None:
        """What deaths left behind: seals whose draft was put in place, and files that were never whole."""
        before = time.time() - UNFINISHED_S
        for path in (*self._folder.glob(f"*{DRAFT_SUFFIX}{SEAL_SUFFIX}"), *self._folder.glob(".*.tmp")):
            if _changed_at(path) < before and not path.with_suffix("").exists(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def _take(self, draft: Path, tokens: Sequence[bytes]) -> bool:
        """Put a draft in place that a worker has sealed, or an application signed; set any other one aside."""
        try:
            self._sign(draft.stem, signed=self._is_signed_else_sealed(draft, tokens, b""))
        except CheckpointError as error:
            log.info("the checkpoint %s is not loaded: %s", draft.name, error)
            self._set_aside(draft)
            return False
        return True

    def _newer(self, path: Path, since: float) -> KeptFile | None:
        try:
            self._verify(path)
            file = _described(path)
        except CheckpointError as error:
            log.info("the checkpoint %s is not loaded: %s", path.name, error)
            return None
        return file if file.created_at > since else None

    def _is_signed_else_sealed(self, draft: Path, tokens: Sequence[bytes], seal: bytes) -> bool:
        """Whether an application of this user signed draft, and died before it was renamed; else it is sealed, by
        seal or by what is beside it.  Raises CheckpointError where it is neither."""
        for token in tokens:
            found = _sealed(draft, token)
            if hmac.compare_digest(found, seal) or hmac.compare_digest(found, _seal_beside(draft)):
                return False
        try:
            self._verify(draft)
        except CheckpointError as error:
            raise CheckpointError("its file is not what Python had written") from error
        return True

    def _put_before(self, execution_id: str) -> tuple[Path, int]:
        path = self._kept(execution_id)
        try:
            size_bytes = path.stat().st_size
        except OSError as error:
            raise CheckpointError("its file is gone") from error
        if self._ours.get(execution_id) != size_bytes:
            self._verify(path)
            self._ours[execution_id] = size_bytes
        return path, size_bytes

    def _verify(self, path: Path) -> None:
        self._signing_key().verify(path)

    def _sign(self, execution_id: str, *, signed: bool) -> tuple[Path, int]:
        draft, target = self._draft(execution_id), self._kept(execution_id)
        pending = CheckpointDraft(target=target, draft=draft)
        try:
            size_bytes = checkpoint_file.publish(pending, self._signing_key(), signed=signed)
        except CheckpointError as error:
            raise CheckpointError(_words(error)) from error
        finally:
            self._remove_draft(draft)
        self._ours[execution_id] = size_bytes
        return target, size_bytes

    def _signing_key(self) -> SigningKey:
        if self._key is None:
            self._key = SigningKey.open(self._key_folder)
        return self._key

    def _execution_of(self, named: str) -> str:
        """Raises CheckpointError where a worker names what is no draft of this folder."""
        execution_id = Path(named).name.removesuffix(DRAFT_SUFFIX)
        if not _EXECUTION_ID.fullmatch(execution_id) or named != str(self._draft(execution_id)):
            raise CheckpointError("its file is not where checkpoints go")
        return execution_id

    def _draft(self, execution_id: str) -> Path:
        return self._folder / f"{execution_id}{DRAFT_SUFFIX}"

    def _kept(self, execution_id: str) -> Path:
        return self._folder / f"{execution_id}{KEPT_SUFFIX}"

    def _drafts(self) -> Iterator[Path]:
        """The newest first."""
        found = [p for p in self._folder.glob(f"*{DRAFT_SUFFIX}") if _EXECUTION_ID.fullmatch(p.stem)]
        return iter(sorted(found, key=_changed_at, reverse=True))

    def _set_aside(self, draft: Path) -> None:
        with contextlib.suppress(OSError):
            draft.replace(draft.with_suffix(UNVERIFIED_SUFFIX))
        self._remove_draft(draft)

    def _remove_draft(self, draft: Path) -> None:
        for path in (draft, _seal_path(draft)):
            with contextlib.suppress(OSError):  # it is met again, and set aside or removed then
                path.unlink(missing_ok=True)


def _sealed(draft: Path, token: bytes) -> bytes:
    """The seal that the worker with this token would give draft.  Raises CheckpointError where it is no file of ours.

    A link, hard or soft, is none: what it leads to must not be signed, which appends to it.
    """
    seal = hmac.new(token, digestmod="sha256")
    try:
        with os.fdopen(os.open(draft, os.O_RDONLY | BINARY | NO_FOLLOW | NO_WAIT), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_uid != own_user():
                raise CheckpointError("its file is not one of its own")
            while piece := file.read(_PIECE_BYTES):
                seal.update(piece)
    except OSError as error:
        raise CheckpointError(f"its file cannot be read: {error.strerror or error}") from error
    return seal.digest()


def _seal_beside(draft: Path) -> bytes:
    """What the worker wrote beside it; b"" where there is nothing."""
    try:
        with os.fdopen(os.open(_seal_path(draft), os.O_RDONLY | BINARY | NO_FOLLOW), "rb") as file:
            return file.read(_SEAL_BYTES)
    except OSError:
        return b""


def _seal_path(draft: Path) -> Path:
    return draft.with_name(draft.name + SEAL_SUFFIX)


def _described(path: Path) -> KeptFile:
    """What a signed file says of itself.  Raises CheckpointError."""
    manifest = manifest_of(path)
    return KeptFile(
        execution_id=path.stem,
        path=path,
        size_bytes=path.stat().st_size,
        created_at=manifest.created_at,
        left_out=sum(bool(row.reason) for row in manifest.variables),
        variables=sum(not row.reason for row in manifest.variables),
    )


def _changed_at(path: Path) -> float:
    try:
        return path.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0


def _words(error: CheckpointError) -> str:
    """Why there is no file, in few words."""
    cause = error.__cause__
    if not isinstance(cause, OSError):
        return str(error)
    if cause.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    return cause.strerror or str(cause)
