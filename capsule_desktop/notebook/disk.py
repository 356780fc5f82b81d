"""Notebook files on disk: reading them, and saving so that nothing can be lost on the way.

Called off the loop.  A save writes a temporary file in the same folder, fsyncs it, renames it over the target and
fsyncs the folder: at every moment the old or the new notebook is there, whole.  A symlink stays and its target is
written; mode, and the owner where that is allowed, are kept.  Every failure is a NotebookFileError in words.  Whoever
writes a temporary file holds its lock until it is in place; one that nobody holds was left by a process that died.
"""

from __future__ import annotations

import errno
import glob
import os
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.document import Snapshot
from capsule_desktop.notebook.ipynb import NotebookFile, NotebookFileError, parse, render, updated
from engine import file_lock, file_system
from engine.file_system import BINARY, NO_FOLLOW, NO_WAIT

_SAVING = ".saving"
_PREFIX_LETTERS = 50  # of the name, which may be as long as the file system allows


class ChangedOnDisk(NotebookFileError):
    """The file is not what was read or saved here last: somebody else wrote it (or it was moved away)."""


@dataclass(frozen=True)
class DiskState:
    """What a file was like when it was last read or written here."""

    mtime_ns: int
    size: int
    crc: int


@dataclass(frozen=True, kw_only=True)
class OnDisk:
    """A notebook as it stands in its file."""

    file: NotebookFile
    state: DiskState


def read(path: Path) -> OnDisk:
    """Raises NotebookFileError."""
    data, state = read_bytes(path)
    return OnDisk(file=parse(data), state=state)


def read_bytes(path: Path) -> tuple[bytes, DiskState]:
    """Whatever the file has, be it a notebook or not.  Raises NotebookFileError."""
    try:
        _refuse_special(path)
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            data = stream.read()
    except OSError as error:
        raise NotebookFileError(_in_words("opened", path, error)) from error
    return data, DiskState(status.st_mtime_ns, len(data), zlib.crc32(data))


def _refuse_special(path: Path) -> None:
    """Opening a pipe would wait for somebody to write, and a device may never end."""
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")


def changed_since(path: Path, state: DiskState) -> bool:
    """Whether path no longer has what it had at state; a new time alone is no change."""
    try:
        status = path.stat()
        if (status.st_mtime_ns, status.st_size) == (state.mtime_ns, state.size):
            return False
        return status.st_size != state.size or zlib.crc32(path.read_bytes()) != state.crc
    except OSError:
        return True


@dataclass(frozen=True)
class FileLook:
    """How a file stands to what it was: a stamp of what it is now, which is another one after the next change."""

    changed: bool
    is_there: bool
    stamp: tuple[int, int]


def look_at(path: Path, state: DiskState) -> FileLook:
    """Whether path no longer has what it had at state."""
    changed = changed_since(path, state)
    try:
        status = path.stat()
    except OSError:
        return FileLook(changed=changed, is_there=False, stamp=(0, 0))
    return FileLook(changed=changed, is_there=True, stamp=(status.st_mtime_ns, status.st_size))


def _nothing(_state: DiskState, _order: Sequence[CellId] = ()) -> None:
    """Nobody wants to know what is about to be put in place."""


def save(
    snapshot: Snapshot,
    path: Path,
    expected: DiskState | None,
    intend: Callable[[DiskState, Sequence[CellId]], None] = _nothing,
) -> OnDisk:
    """Write snapshot to path; the result is for Document.saved() and for the next save.

    expected: what this path had when it was last read or saved here; None writes over whatever is there (save as,
    where the user agreed).  intend: called when all of the new file is on the disk and not in its place yet, with
    what it will have and the ids of its cells.  Without a change nothing is written.  Raises ChangedOnDisk,
    NotebookFileError.
    """
    if expected is not None:
        if changed_since(path, expected):
            raise ChangedOnDisk(_changed_words(path))
        if not snapshot.changed:
            return OnDisk(file=snapshot.file, state=expected)
    file = updated(snapshot.file, snapshot.cells, snapshot.metadata) if snapshot.changed else snapshot.file
    return OnDisk(file=file, state=write(path, render(file), lambda state: intend(state, file.order)))


def _changed_words(path: Path) -> str:
    if path.exists():
        return f"{path.name} was changed by another program since it was opened here."
    return f"{path.name} is no longer where it was opened from."


def write(
    path: Path, pieces: Iterable[bytes | memoryview], before_it_counts: Callable[[DiskState], None] = _nothing
) -> DiskState:
    """Put pieces, one after the other, in the place of what path has.

    Raises NotebookFileError; path is then as it was.
    """
    target = Path(os.path.realpath(path))  # a symlink stays one
    temporary: Path | None = None
    try:
        _refuse_read_only(target)
        prefix = f".{target.name[:_PREFIX_LETTERS]}."
        descriptor, temporary = _temporary(target.parent, prefix)
        with os.fdopen(descriptor, "wb") as stream:
            crc = size = 0
            for piece in pieces:
                stream.write(piece)
                crc, size = zlib.crc32(piece, crc), size + len(piece)
            stream.flush()
            _keep_mode(target, stream.fileno())
            os.fsync(stream.fileno())
            state = DiskState(os.fstat(stream.fileno()).st_mtime_ns, size, crc)
            before_it_counts(state)
            temporary.replace(target)
            temporary = None
        sync_folder(target.parent)
        _remove_leftovers(target.parent, prefix)
    except OSError as error:
        raise NotebookFileError(_in_words("saved", path, error)) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
    return state


def _temporary(folder: Path, prefix: str) -> tuple[int, Path]:
    """A new file, open and locked for as long as it is open."""
    while True:
        descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=_SAVING, dir=folder)
        with suppress(OSError):  # a file system without locks
            file_lock.take(descriptor, waits=True)
        if os.fstat(descriptor).st_nlink:
            return descriptor, Path(name)
        os.close(descriptor)  # a sweep came between the two, and has taken it away


def _remove_leftovers(folder: Path, prefix: str) -> None:
    """What processes that were killed in a save left; not what is being written by others."""
    with suppress(OSError):
        for path in folder.glob(f"{glob.escape(prefix)}*{_SAVING}"):
            with suppress(OSError):
                _remove_unheld(path)


def _remove_unheld(path: Path) -> None:
    """Raises OSError where somebody holds it, or nobody can tell."""
    descriptor = os.open(path, os.O_RDWR | BINARY | NO_FOLLOW | NO_WAIT)
    try:
        file_lock.take(descriptor)
        path.unlink()
    finally:
        os.close(descriptor)


def _refuse_read_only(target: Path) -> None:
    """A rename would write over a read-only file without asking; its owner meant it to stay."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EROFS, "is read-only")


def _keep_mode(target: Path, descriptor: int) -> None:
    if not hasattr(os, "fchown"):
        return  # Windows: a new file has its folder's access list
    try:
        status = target.stat()
    except FileNotFoundError:
        mask = os.umask(0o077)
        os.umask(mask)
        os.fchmod(descriptor, 0o666 & ~mask)
        return
    with suppress(OSError):  # only root may give files away; the group may be ours to set
        os.fchown(descriptor, status.st_uid, status.st_gid)
    os.fchmod(descriptor, status.st_mode & 0o7777)


def sync_folder(folder: Path) -> None:
    """So that the rename survives a power loss; file systems that cannot do it say so, and that is all they can do."""
    with suppress(OSError):
        file_system.sync_folder(folder)


def write_private(path: Path, *pieces: bytes | memoryview) -> None:
    """A file of ours, for this user alone: whole or not there.  Raises OSError."""
    temporary = path.with_name(f"{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | BINARY, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        for piece in pieces:
            stream.write(piece)
        stream.flush()
        os.fsync(descriptor)
    temporary.replace(path)
    sync_folder(path.parent)


_REASONS = {
    errno.ENOENT: "there is no such file or folder",
    errno.EACCES: "you are not allowed to (permission denied)",
    errno.EPERM: "you are not allowed to (permission denied)",
    errno.EROFS: "it is read-only",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ELOOP: "it is a link that leads back to itself",
}


def reason(error: OSError) -> str:
    """Why, as the end of a sentence: "the disk is full"."""
    return _REASONS.get(error.errno or 0) or (error.strerror or str(error)).lower()


def _in_words(done: str, path: Path, error: OSError) -> str:
    why = reason(error)
    if done == "saved" and error.errno == errno.ENOENT:
        why = f"the folder {path.parent} is no longer there"
    if done == "saved" and error.errno in (errno.EACCES, errno.EPERM):
        why = f"you are not allowed to write in the folder {path.parent} (permission denied)"
    ending = " What was there before is unchanged." if done == "saved" else ""
    return f"{path.name} cannot be {done}: {why}.{ending}"
