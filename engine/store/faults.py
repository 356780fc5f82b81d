"""What SQLite's refusals mean: words for people, and whether the store is damaged or only its surroundings fail."""

from __future__ import annotations

import errno
import sqlite3

from engine.errors import StoreError

# refusals for what is around the file; any other is the file's own fault
_SURROUNDINGS = frozenset(
    {
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM),
        *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM),
        *(sqlite3.SQLITE_AUTH, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOLFS),
    }
)
_WORDS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk reports errors",
    sqlite3.SQLITE_READONLY: "the folder of this notebook's store may not be written",
    sqlite3.SQLITE_PERM: "the folder of this notebook's store may not be written",
    sqlite3.SQLITE_CANTOPEN: "the files of this notebook's store cannot be opened",
    sqlite3.SQLITE_BUSY: "another program holds this notebook's store",
    sqlite3.SQLITE_LOCKED: "another program holds this notebook's store",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_CORRUPT: "this notebook's store is damaged; opening the notebook again puts it aside",
    sqlite3.SQLITE_NOTADB: "this notebook's store is damaged; opening the notebook again puts it aside",
}
_OS_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EIO: "the disk reports errors",
    errno.EROFS: "the disk can only be read",
    errno.EACCES: "it may not be written",
    errno.EPERM: "it may not be written",
    errno.ENOTDIR: "a file is in the way",
    errno.EEXIST: "a file is in the way",
}


def is_damage(error: sqlite3.Error) -> bool:
    """Whether a refusal at the opening is for what the file holds, and not for what is around it."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF not in _SURROUNDINGS


def in_words(error: sqlite3.Error | OSError | MemoryError) -> str:
    """The reason as a clause: "the disk is full"."""
    if isinstance(error, OSError):
        return _OS_WORDS.get(error.errno or 0, error.strerror or str(error))
    if isinstance(error, MemoryError):
        return _WORDS[sqlite3.SQLITE_NOMEM]
    return _WORDS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, str(error))


def unusable(error: sqlite3.Error | OSError) -> StoreError:
    """The refusal of an opening, for people."""
    return StoreError(
        f"what runs in this notebook cannot be kept for another day, since {in_words(error)}. "
        "The notebook file itself is not touched by this and can be saved as always."
    )
