"""What a window is to show: a notebook's file, where it is kept, and its unsaved edits of an earlier time.

Blocking, called on a thread before anything is shown.  Changes nothing but that a damaged draft is moved aside; a
draft that belongs to a process that lives is left to it.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from capsule_desktop.notebook import disk, drafts
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.drafts import Fit, RecoveredDocument
from capsule_desktop.notebook.ipynb import NotebookFileError, capsule_id
from capsule_desktop.notebook.outputs import Output
from capsule_desktop.presenters.recorded_outputs import RecordedRun
from engine import file_lock
from engine.file_system import BINARY
from engine.store import places
from engine.store.places import Place

log = logging.getLogger("capsule.opening")

OUTPUTS = "outputs"  # in a store's folder
EARLY_BYTES = 4 * 1024**2  # of one log, read before the window is shown; longer ones come afterwards


@dataclass(frozen=True, kw_only=True)
class Opened:
    """path None: a notebook that was never saved.  on_disk None: then, and where the file has gone but not its edits.

    is_kept: its place has something already.  is_in_use: another process has it open.  unread: the runs whose outputs
    are still to be put into recovered, by id.  notice: words about a draft that cannot be read whole; "" for none.
    is_draft_known: there is none that the disk does not give.
    """

    path: Path | None
    on_disk: disk.OnDisk | None
    place: Place
    is_kept: bool = False
    is_in_use: bool = False
    recovered: RecoveredDocument | None = None
    unread: frozenset[str] = frozenset()
    notice: str = ""
    is_draft_known: bool = True
    is_writable: bool = True

    @property
    def state(self) -> disk.DiskState | None:
        """What the file must have for a save to replace it without a question."""
        if self.recovered is not None:
            return self.recovered.state
        return None if self.on_disk is None or self.path is None else self.on_disk.state

    @property
    def fit(self) -> Fit | None:
        return None if self.recovered is None else self.recovered.fit

    def document(self) -> Document:
        """Made on the loop, which it then belongs to."""
        if self.recovered is not None:
            return self.recovered.document(self.path)
        return Document(None if self.on_disk is None else self.on_disk.file, self.path)


def open_new(notebooks: Path) -> Opened:
    """One that nobody has typed into yet.  notebooks: the folder of all stores."""
    return Opened(path=None, on_disk=None, place=places.unsaved(notebooks))


def open_file(path: Path, notebooks: Path) -> Opened:
    """Raises NotebookFileError where neither the file nor edits of it can be read."""
    problem: NotebookFileError | None = None
    try:
        on_disk = disk.read(path)
    except NotebookFileError as error:
        on_disk, problem = None, error
    opened = _opened(path, on_disk, notebooks)
    if problem is not None and not (opened.recovered is not None and opened.recovered.has_edits):
        raise problem
    return opened


def open_saved(path: Path, notebooks: Path) -> Opened:
    """The file alone, without unsaved edits.  Raises NotebookFileError."""
    return _opened(path, disk.read(path), notebooks, with_draft=False)


def open_copy(copy: Path, notebooks: Path) -> Opened:
    """What a file has, as a notebook that was never saved.  Raises NotebookFileError."""
    place = replace(places.unsaved(notebooks), capsule_id=str(uuid.uuid4()))
    return Opened(path=None, on_disk=disk.read(copy), place=place)


def open_unsaved(store_id: str, notebooks: Path) -> Opened | None:
    """A notebook without a file, by its store; None where nothing is kept of it."""
    place = places.unsaved(notebooks, store_id)
    opened = _with_draft(Opened(path=None, on_disk=None, place=place, is_kept=_is_there(place)))
    return opened if opened.is_kept else None


def _opened(path: Path, on_disk: disk.OnDisk | None, notebooks: Path, *, with_draft: bool = True) -> Opened:
    place = places.find(notebooks, path, "" if on_disk is None else capsule_id(on_disk.file.metadata))
    opened = Opened(
        path=path,
        on_disk=on_disk,
        place=place,
        is_kept=_is_there(place),
        is_writable=on_disk is None or os.access(path, os.W_OK),
    )
    return _with_draft(opened) if with_draft else opened


def _is_there(place: Place) -> bool:
    return (place.folder / places.ABOUT).exists()


def _with_draft(opened: Opened) -> Opened:
    """One that another process is writing is that process's; one that cannot be read is no reason to open nothing."""
    folder = opened.place.folder
    if not opened.is_kept:
        return opened
    if _is_in_use(folder):
        return replace(opened, is_in_use=True)
    try:
        draft = drafts.read(folder)
    except OSError as error:
        log.warning("the draft in %s cannot be read: %s", folder.name, error.strerror)
        return replace(opened, is_draft_known=False)
    if draft is None:
        return opened
    recovered = draft.applied_to(opened.on_disk)
    whole, unread = _outputs(recovered.run_of.values(), folder) if recovered.run_of else ({}, frozenset[str]())
    return replace(opened, recovered=recovered.with_outputs(whole), unread=unread, notice=draft.notice)


def _outputs(runs: Iterable[str], folder: Path) -> tuple[dict[str, tuple[Output, ...]], frozenset[str]]:
    """What runs showed, as far as their logs say it quickly and alone; and those that are to be read again."""
    from engine.replay import replay  # costs as much as painting the window, and only after a crash

    found, unread = dict[str, tuple[Output, ...]](), set[str]()
    for execution_id in set(runs):
        log_file, run = folder / OUTPUTS / f"{execution_id}.log", RecordedRun()
        if not log_file.exists() or log_file.stat().st_size > EARLY_BYTES:
            unread.add(execution_id)
            continue
        for event in replay(log_file, execution_id, "", ()):
            run.take(event)
        found[execution_id] = run.outputs
        if run.asked:
            unread.add(execution_id)
    return found, frozenset(unread)


def _is_in_use(folder: Path) -> bool:
    """Whether a living process holds the store's lock."""
    try:
        lock = os.open(folder / "lock", os.O_RDONLY | BINARY)
    except OSError:
        return False
    try:
        file_lock.take(lock, shared=True)
    except BlockingIOError:
        return True
    except OSError:
        return False  # a file system without locks
    finally:
        os.close(lock)
    return False
