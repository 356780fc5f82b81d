"""The files of process lives: which windows each life of the application has open, for the start after a crash.

A life is `<life>.json` (its windows, replaced as a whole) and `<life>.lock` (flocked while the process lives, by the
kernel's word and not by a pid).  A life whose lock is free and whose windows are still listed did not end in order.
Blocking: called off the loop, by presenters/open_windows.py.  Invariant: a window is listed by at least one life at
every moment between its opening and its closing; whoever takes over a dead life lists its windows as its own before
the dead one's files go, and a living one's are never touched.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine import file_lock
from engine.file_system import BINARY, sync_folder

log = logging.getLogger("capsule.lives")

_VERSION = 1
_WINDOWS, _LOCK, _UNREADABLE = ".json", ".lock", ".unreadable"


@dataclass(frozen=True, kw_only=True)
class WindowRecord:
    """One open window.  path: "" for a notebook that was never saved; store_id: "" while nothing is kept of it.

    geometry: MainWindow.save_state().  tries: how many lives in a row died while they brought it back.
    """

    path: str = ""
    store_id: str = ""
    geometry: bytes = b""
    tries: int = 0

    @property
    def notebook(self) -> tuple[str, str]:
        """What tells whether two records mean the same notebook."""
        return (self.path, "") if self.path else ("", self.store_id)


class Life:
    """This process's own life; made by begin()."""

    def __init__(self, folder: Path, name: str, lock: int) -> None:
        self._folder = folder
        self.windows_file, self.lock_file = folder / f"{name}{_WINDOWS}", folder / f"{name}{_LOCK}"
        self._held = [lock]  # and those of lives that it has taken over

    @classmethod
    def begin(cls, folder: Path) -> Life:
        """Raises OSError where the folder cannot be written; the application then has no life to come back to."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            name = uuid.uuid4().hex
            lock = _locked(folder / f"{name}{_LOCK}", os.O_CREAT | os.O_EXCL)
            if lock is not None:  # else a process that sweeps was faster, and has taken it away again
                return cls(folder, name, lock)

    def take_over(self) -> tuple[WindowRecord, ...]:
        """The windows of all lives that crashed, each once; from now on this life's.

        Where that cannot be written they are given all the same, and stay listed where they were.  Raises OSError
        where the folder cannot be read.
        """
        dead = [*_dead_lives(self._folder, self.lock_file)]
        self._held += [life.lock for life in dead]
        lists = {life: life.windows() for life in dead}
        found = {window.notebook: window for windows in lists.values() for window in windows or ()}
        try:
            if found:
                self.write(tuple(found.values()))
            for life, windows in lists.items():
                if windows is not None:
                    life.remove()
        except OSError as error:
            log.warning("the windows of a crashed life stay listed as its own: %s", error)
        return tuple(found.values())

    def write(self, windows: Sequence[WindowRecord]) -> None:
        """These are open now; on the disk when it returns.  Raises OSError, and what stood there stands."""
        _replace(self.windows_file, _to_json(windows))

    def end(self, left: Sequence[WindowRecord] = ()) -> None:
        """In order: nothing is to come back but what is left."""
        with suppress(OSError):
            if left:
                self.write(left)
            else:
                self.windows_file.unlink(missing_ok=True)
                self.lock_file.unlink(missing_ok=True)
        while self._held:
            os.close(self._held.pop())


@dataclass(frozen=True, kw_only=True)
class _DeadLife:
    """lock: held by whoever takes it over, so that only one does."""

    windows_file: Path
    lock_file: Path
    lock: int

    def windows(self) -> tuple[WindowRecord, ...] | None:
        """None: a later version of the application wrote them, and will read them."""
        try:
            return _from_json(self.windows_file.read_bytes())
        except FileNotFoundError:
            return ()  # it had opened nothing yet
        except _TooNew:
            return None
        except ValueError as error:
            log.warning("what a crashed life had open cannot be read, and is moved aside: %s", error)
            self.windows_file.replace(self.windows_file.with_suffix(_UNREADABLE))
            return ()

    def remove(self) -> None:
        for file in (self.windows_file, _draft_of(self.windows_file), self.lock_file):
            file.unlink(missing_ok=True)


class _TooNew(Exception):
    """Not for this version to read."""


def _dead_lives(folder: Path, own: Path) -> Iterator[_DeadLife]:
    names = {path.stem for path in folder.iterdir() if path.suffix in (_WINDOWS, _LOCK)} - {own.stem}
    for name in sorted(names):
        lock_file, windows_file = folder / f"{name}{_LOCK}", folder / f"{name}{_WINDOWS}"
        lock = _locked(lock_file, os.O_CREAT if windows_file.exists() else 0)
        if lock is not None:
            yield _DeadLife(windows_file=windows_file, lock_file=lock_file, lock=lock)


def _locked(path: Path, how: int) -> int | None:
    """A descriptor that holds the lock of path; None where a living process has it, or it has just been removed."""
    try:
        lock = os.open(path, os.O_RDWR | BINARY | how, 0o600)
    except FileNotFoundError:
        return None
    try:
        file_lock.take(lock)
        if _is_at(lock, path):
            return lock
    except BlockingIOError:
        pass
    except BaseException:
        os.close(lock)
        raise
    os.close(lock)
    return None


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether path still names this file: a lock on one that was removed meanwhile holds nobody out."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _replace(path: Path, data: bytes) -> None:
    draft = _draft_of(path)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | BINARY, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def _draft_of(path: Path) -> Path:
    return path.with_suffix(".writing")


def _to_json(windows: Sequence[WindowRecord]) -> bytes:
    listed = [
        {
            "path": window.path,
            "store_id": window.store_id,
            "geometry": base64.b64encode(window.geometry).decode(),
            "tries": window.tries,
        }
        for window in windows
    ]
    return json.dumps({"version": _VERSION, "windows": listed}, indent=1).encode()


def _from_json(data: bytes) -> tuple[WindowRecord, ...]:
    """Raises ValueError, _TooNew."""
    try:
        read = json.loads(data)
        if read["version"] > _VERSION:
            raise _TooNew
        return tuple(
            WindowRecord(
                path=str(window["path"]),
                store_id=str(window["store_id"]),
                geometry=base64.b64decode(window["geometry"], validate=True),
                tries=int(window["tries"]),
            )
            for window in read["windows"]
        )
    except (KeyError, TypeError, binascii.Error, RecursionError) as error:
        raise ValueError(f"it says something else than expected: {error!r}") from error
