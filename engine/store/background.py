"""The log of what belongs to no execution any more: kept to its newest part, and cut only while no worker lives.

A living worker appends to it and counts where it ends, so only the opening of a store whose last worker was ended in
order calls this.  A draft that counts on what is cut off shows less of the late output of unsaved runs then.
"""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

from engine.file_system import BINARY, read_at
from engine.protocol.messages import BACKGROUND_LOG

LIMIT_BYTES = 64 << 20
KEPT_BYTES = 32 << 20  # of one that is over it
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | BINARY
_LENGTH = struct.Struct(">I")


def size_of(outputs: Path) -> int:
    """0 where there is none."""
    try:
        return (outputs / BACKGROUND_LOG).stat().st_size
    except OSError:
        return 0


def trim(outputs: Path, limit_bytes: int, kept_bytes: int) -> None:
    """Cut its oldest frames off, where it is over limit_bytes.  Raises OSError, and it is then as it was."""
    size = size_of(outputs)
    if size <= limit_bytes:
        return
    log, new = outputs / BACKGROUND_LOG, outputs / f"{BACKGROUND_LOG}.new"
    try:
        with log.open("rb") as old, os.fdopen(os.open(new, _NEW, 0o600), "wb") as rest:
            old.seek(_frame_at(old.fileno(), size - kept_bytes, size))
            shutil.copyfileobj(old, rest)
            rest.flush()
            os.fsync(rest.fileno())
        new.replace(log)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _frame_at(file: int, least: int, size: int) -> int:
    """Where the first frame begins that is not before least; 0, to keep all, where the frames do not lead there."""
    at = 0
    while at < least:
        head = read_at(file, _LENGTH.size, at)
        if len(head) < _LENGTH.size:
            return 0
        at += _LENGTH.size + int(_LENGTH.unpack(head)[0])
    return at if at <= size else 0
