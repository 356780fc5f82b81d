"""This user's signing key, and whether a file carries its signature.

Owns the key file and the trailer that sign() appends.  The trailer is 104 bytes: a magic word, the id of
the key, the SHA-256 of all before it, the HMAC-SHA256 of these three under the key (the digest stands in
for the bytes, so that they are hashed once), and a checksum of the trailer itself, which tells a damaged
trailer from another user's.  Keeps half of invariant 10: what did not pass verify() is never unpickled.
Files are streamed; everything here blocks and belongs on a thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.errors import CheckpointError, ForeignCheckpoint
from engine.file_system import BINARY, NO_FOLLOW, open_to_read

KEY_BYTES = 32
_KEY_NAME = "signing.key"
_MAGIC = b"capsule-sig-1\n\0\0"
_TRAILER = struct.Struct(">16s16s32s32s8s")  # magic, key id, SHA-256, HMAC, checksum
TRAILER_BYTES = _TRAILER.size
_CHUNK_BYTES = 1024 * 1024
_SAFE = "Nothing was loaded."


@dataclass(frozen=True, kw_only=True)
class VerifiedFile:
    """A whole file: its first payload_bytes have this SHA-256.  foreign: another key signed it."""

    path: Path
    payload_bytes: int
    sha256: bytes
    foreign: bool


class SigningKey:
    """The key of this user.  open() finds or makes it; the bytes themselves never leave this object."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._key_id = hashlib.sha256(b"capsule key id\0" + key).digest()[:16]

    @classmethod
    def open(cls, folder: Path) -> SigningKey:
        """The key kept in folder, made where there is none; two processes at once get the same.

        Raises CheckpointError where folder or key could be read or written by somebody else.
        """
        path = folder / _KEY_NAME
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_private(folder.stat(), folder, others_may=0o055)
            if not path.exists():
                _make_key(path)
            return cls(_read_key(path))
        except OSError as error:
            raise CheckpointError(
                f"The key that signs checkpoints cannot be used ({path}: {error.strerror}). "
                "No checkpoint was written or loaded. Check that folder's permissions and try again."
            ) from error

    def sign(self, path: Path) -> None:
        """Append the trailer and bring the file to the disk.  Raises OSError; the payload stays as it is."""
        with path.open("r+b") as file:
            digest = _digest(file, file.seek(0, os.SEEK_END))
            file.write(self._trailer(digest))
            file.flush()
            os.fsync(file.fileno())

    def verify(self, path: Path, *, foreign_allowed: bool = False, shown: bytes = b"") -> VerifiedFile:
        """What is safe to hand to a worker.  shown: signed_digest() of what the user was asked about, if anything.

        Raises CheckpointError for a file that is altered, cut short, not signed or not what was shown,
        ForeignCheckpoint for a whole one that another key signed (unless foreign_allowed).
        """
        try:
            with open_to_read(path) as file:
                return self._verify(file, path, foreign_allowed, shown)
        except OSError as error:
            raise CheckpointError(f"{path.name} cannot be read: {error.strerror}. {_SAFE}") from error

    def _verify(self, file: BinaryIO, path: Path, foreign_allowed: bool, shown: bytes) -> VerifiedFile:
        payload_bytes, trailer = read_trailer(file, path.name)
        _, key_id, sha256, mac, _ = _TRAILER.unpack(trailer)
        if not hmac.compare_digest(_digest(file, payload_bytes), sha256):
            raise CheckpointError(f"{path.name} was altered after it was signed, or is damaged. {_SAFE}")
        if shown and shown != sha256:
            raise CheckpointError(f"{path.name} was replaced since you were asked about it. {_SAFE} Open it again.")
        foreign = not hmac.compare_digest(key_id, self._key_id)
        if not foreign and not hmac.compare_digest(mac, self._mac(trailer)):
            raise CheckpointError(f"{path.name} has a forged signature. {_SAFE}")
        if foreign and not foreign_allowed:
            raise ForeignCheckpoint(
                f"{path.name} was signed by somebody else, or by you on another computer. {_SAFE} "
                "Loading it runs code that it contains: do so only if you trust where it came from."
            )
        return VerifiedFile(path=path, payload_bytes=payload_bytes, sha256=sha256, foreign=foreign)

    def _trailer(self, digest: bytes) -> bytes:
        unsigned = _MAGIC + self._key_id + digest
        signed = unsigned + self._mac(unsigned)
        return signed + _checksum(signed)

    def _mac(self, trailer: bytes) -> bytes:
        return hmac.digest(self._key, trailer[: 16 + 16 + 32], "sha256")


def read_trailer(file: BinaryIO, name: str) -> tuple[int, bytes]:
    """Length of the payload, and the trailer behind it, whole but not verified.  Raises CheckpointError, OSError."""
    payload_bytes = file.seek(0, os.SEEK_END) - TRAILER_BYTES
    if payload_bytes >= 0:
        file.seek(payload_bytes)
        trailer = file.read(TRAILER_BYTES)
        if trailer.startswith(_MAGIC) and hmac.compare_digest(_checksum(trailer[:-8]), trailer[-8:]):
            return payload_bytes, trailer
    raise CheckpointError(f"{name} has no whole signature: it is cut short, damaged, or no checkpoint. {_SAFE}")


def signed_digest(trailer: bytes) -> bytes:
    """The SHA-256 that a whole trailer signs; of its file's payload only where verify() says so."""
    digest: bytes = _TRAILER.unpack(trailer)[2]
    return digest


def _checksum(signed: bytes) -> bytes:
    return hashlib.sha256(signed).digest()[:8]


def _digest(file: BinaryIO, payload_bytes: int) -> bytes:
    """SHA-256 of the first payload_bytes; the file stands behind them afterwards."""
    digest, left = hashlib.sha256(), payload_bytes
    file.seek(0)
    while left and (chunk := file.read(min(left, _CHUNK_BYTES))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.digest()


def _make_key(path: Path) -> None:
    """Whole or not at all: written aside, then linked to its name, which fails where another process was first."""
    draft = path.with_name(f"{_KEY_NAME}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _read_key(path: Path) -> bytes:
    with os.fdopen(os.open(path, os.O_RDONLY | BINARY | NO_FOLLOW), "rb") as file:
        _check_private(os.fstat(file.fileno()), path, others_may=0)
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise CheckpointError(
            f"The key that signs checkpoints is damaged ({path}). No checkpoint was written or loaded. Move that file "
            "away to get a new key; checkpoints made so far will then count as somebody else's."
        )
    return key


def _check_private(found: os.stat_result, path: Path, *, others_may: int) -> None:
    """Raises CheckpointError where somebody else owns path or may do more to it than others_may."""
    if not hasattr(os, "getuid"):
        return  # Windows: the profile's own access list protects it
    if found.st_uid != os.getuid():
        reason, remedy = "it belongs to another user", "Move it away"
    elif extra := stat.S_IMODE(found.st_mode) & 0o077 & ~others_may:
        reason, remedy = f"other users may use it (mode {extra:03o} too much)", f"Run: chmod go-rwx '{path}'"
    else:
        return
    raise CheckpointError(
        f"The key that signs checkpoints is not safe: {path}: {reason}. No checkpoint was written or loaded. {remedy}, "
        "then try again."
    )
