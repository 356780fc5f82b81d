"""One automatic checkpoint as two files: the draft, and its seal beside it.  Each is there whole or not at all.

The seal is the HMAC-SHA256 of the draft's bytes with the worker's token as the key.  Used by sealed_drafts.py.
"""

from __future__ import annotations

import contextlib
import errno
import hmac
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ..protocol.capsule import Manifest, manifest_tail
from ..protocol.messages import SEAL_SUFFIX

_PIECE_BYTES = 1024 * 1024


def write_sealed(path: Path, fill: Callable[[BinaryIO], Manifest], token: bytes) -> tuple[Manifest, bytes, int]:
    """Put draft and seal in place, on the disk; the draft's manifest, seal and bytes.

    fill writes all of the draft but its end.  Raises OSError, LayoutError, and what fill does: then neither is there.
    """
    draft, sealed = (path.with_name(f".{secrets.token_hex(8)}.tmp") for _ in range(2))
    try:
        with _new_file(draft) as file:
            manifest = fill(file)
            file.write(manifest_tail(manifest))
            size_bytes, seal = file.tell(), _seal_of(file, token)
        with _new_file(sealed) as file:
            file.write(seal)
        # a reader that finds the one of an earlier and the other of this takes neither
        os.replace(draft, path)
        os.replace(sealed, f"{path}{SEAL_SUFFIX}")
        _sync_folder(path.parent)
    finally:
        for each in (draft, sealed):
            with contextlib.suppress(OSError):
                each.unlink()  # it is there only where something failed
    return manifest, seal, size_bytes


def unwritten(error: Exception) -> str:
    """Why there is no file, in words."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    return str(error.strerror or error) if isinstance(error, OSError) else str(error)


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """For its owner alone, not for programs that cells start, and on the disk when the block ends well."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "w+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _seal_of(file: BinaryIO, token: bytes) -> bytes:
    seal = hmac.new(token, digestmod="sha256")
    file.seek(0)
    while piece := file.read(_PIECE_BYTES):
        seal.update(piece)
    return seal.digest()


def _sync_folder(folder: Path) -> None:
    """The new names themselves; some file systems cannot sync a folder."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
