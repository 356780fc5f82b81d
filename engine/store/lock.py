"""The lock of a store's folder: one process at a time, by the kernel, so that a process that died holds nothing."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from engine import file_lock
from engine.errors import StoreLocked
from engine.file_system import BINARY, read_at, write_at
from engine.store.faults import unusable

_UNSUPPORTED = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


class FolderLock:
    """Held from here to release().  notice: where the file system has no locks to give, a sentence for people.

    Raises StoreLocked where another one holds it, naming its process, and StoreError where the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | BINARY, 0o600)
        except OSError as error:
            raise unusable(error) from error
        self.notice, self._released = "", False
        try:
            file_lock.take(self._file)
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                holder = _holder(self._file)
                os.close(self._file)
                raise StoreLocked(_locked_words(holder)) from error
            self.notice = _unlocked_words(path.parent)
        self._sign()

    def release(self) -> None:
        """Let others in; twice is once."""
        if not self._released:
            self._released = True
            os.close(self._file)

    def _sign(self) -> None:
        """Say who holds it; for words only, so a full disk is no reason to fail."""
        try:
            os.ftruncate(self._file, 0)
            write_at(self._file, str(os.getpid()).encode(), 0)
        except OSError:
            pass


def _holder(file: int) -> int | None:
    text = read_at(file, 20, 0)
    return int(text) if text.isdigit() else None


def _unlocked_words(folder: Path) -> str:
    return (
        f"The file system below {folder} has no locks, so that nothing keeps another window or computer from opening "
        "this notebook, too. Its record is safe as long as it is open in one place only: close it elsewhere first."
    )


def _locked_words(holder: int | None) -> str:
    if holder == os.getpid():
        return "this notebook is open in another window of Capsule Desktop"
    who = "another program" if holder is None else f"another process of Capsule Desktop (process {holder})"
    return f"{who} has this notebook open; close it there first, so that neither loses what the other records"
