"""What systems do differently with files: how they are found, opened, written at a place, and how a folder is synced.

Used by whoever opens files by their descriptors, and asks for files of the user's.  A flag that a system lacks is 0
here, and left out there with it.  That no child inherits a descriptor is none of them: Python opens every file so.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

BINARY: int = getattr(os, "O_BINARY", 0)  # else Windows changes the ends of lines
NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)  # a link is an error
NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)  # a pipe is opened whether or not somebody writes into it
NO_TERMINAL: int = getattr(os, "O_NOCTTY", 0)  # a terminal does not become ours


def is_file(path: Path) -> bool:
    """False, too, where nobody can know: Path's own raises OSError there (on a dead mount, in a folder of others)."""
    try:
        return path.is_file()
    except OSError:
        return False


def open_to_read(path: Path) -> BinaryIO:
    """Raises OSError, also for a pipe, which would be waited for until somebody writes, and for an endless device."""
    descriptor = os.open(path, os.O_RDONLY | BINARY | NO_WAIT | NO_TERMINAL)
    try:
        mode = os.fstat(descriptor).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
        return os.fdopen(descriptor, "rb")
    except OSError:
        os.close(descriptor)
        raise


def sync_folder(folder: Path) -> None:
    """What was made, renamed or removed in it survives a power loss; on Windows, which opens no folder, nobody knows.

    Raises OSError.
    """
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_at(descriptor: int, data: bytes | memoryview, place: int) -> int:
    """How much of data was written there; the descriptor is used by one thread at a time.  Raises OSError."""
    if hasattr(os, "pwrite"):
        return os.pwrite(descriptor, data, place)
    os.lseek(descriptor, place, os.SEEK_SET)
    return os.write(descriptor, data)


def read_at(descriptor: int, size: int, place: int) -> bytes:
    """As write_at."""
    if hasattr(os, "pread"):
        return os.pread(descriptor, size, place)
    os.lseek(descriptor, place, os.SEEK_SET)
    return os.read(descriptor, size)


def own_user() -> int:
    """st_uid of our own files: 0 on Windows, where every file says that."""
    return os.getuid() if hasattr(os, "getuid") else 0
