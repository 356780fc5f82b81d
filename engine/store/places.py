"""Which folder keeps a notebook's record: by its path, by the id it carries (metadata.capsule.id), or a new one.

Each folder says in `about.json` whose it is; it is replaced whole, never edited.  Looking one up only reads
(invariant 11); nothing is made before claim().  Nobody's folder is ever given to another notebook whose own is
found, and what a folder holds stays when its notebook moves.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from engine.file_system import BINARY, is_file, sync_folder
from engine.store.faults import unusable

log = logging.getLogger("capsule.store")

ABOUT = "about.json"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a notebook's record is kept, or would be.

    path: None for a notebook that was never saved.  capsule_id: what the file is to carry from its next save on
    ("": it may make one); other than what it carries now where it is a copy.  copied_from: what it carried when
    that was found.
    """

    folder: Path
    path: Path | None
    capsule_id: str
    copied_from: str = ""

    @property
    def store_id(self) -> str:
        return self.folder.name


@dataclass(frozen=True, kw_only=True)
class _About:
    store_id: str
    path: str
    capsule_id: str
    copied_from: str
    written_at: float


def find(notebooks: Path, path: Path, capsule_id: str) -> Place:
    """The place of the notebook at path that carries capsule_id ("" for none), of all the folders in notebooks.

    A notebook that was moved keeps its record; a copy whose original still exists begins one of its own.
    """
    path = path.resolve()
    abouts = sorted(_abouts(notebooks), key=lambda about: -about.written_at)
    here = [about for about in abouts if about.path == str(path)]
    same = [about for about in abouts if capsule_id and about.capsule_id == capsule_id]
    for about in here:
        if not capsule_id or about.capsule_id in ("", capsule_id) or about.copied_from == capsule_id:
            return _place(notebooks, about, path, about.capsule_id or capsule_id)
    for about in same:
        if about.path and not _is_elsewhere(about.path, path):
            return _place(notebooks, about, path, capsule_id)
    for about in here:  # another version of it was put in its place, or a copy of another notebook
        return _place(notebooks, about, path, about.capsule_id if same else capsule_id)
    return Place(
        folder=_new_folder(notebooks, path, {about.store_id for about in abouts}),
        path=path,
        capsule_id=str(uuid.uuid4()) if same else capsule_id,
        copied_from=capsule_id if same else "",
    )


def file_of(notebooks: Path, store_id: str, listed: Path | None) -> Path | None:
    """The file of the notebook with this folder, which was listed at that path: another one where it was saved under
    another name, and nobody came to list that.
    """
    about = _read(notebooks / store_id) if store_id else None
    if about is None or not about.path or not is_file(Path(about.path)):
        return listed
    is_listed = listed is not None and str(listed.resolve()) == about.path
    return listed if is_listed else Path(about.path)


def unsaved(notebooks: Path, store_id: str = "") -> Place:
    """The place of a notebook without a file: a new one, or the one of this id."""
    return Place(folder=notebooks / (store_id or uuid.uuid4().hex), path=None, capsule_id="")


def saved_as(place: Place, path: Path, capsule_id: str) -> Place:
    """The same place for a notebook whose file is now another; to be claimed again."""
    return replace(place, path=path.resolve(), capsule_id=capsule_id, copied_from="")


def claim(place: Place) -> None:
    """Make the folder, and let it say whose it is.  Blocking; raises StoreError."""
    about = _About(
        store_id=place.store_id,
        path="" if place.path is None else str(place.path),
        capsule_id=place.capsule_id,
        copied_from=place.copied_from,
        written_at=time.time(),
    )
    known = _read(place.folder)
    if known is not None and replace(known, written_at=about.written_at) == about:
        return
    try:
        place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(place.folder, json.dumps(asdict(about)).encode())
    except OSError as error:
        raise unusable(error) from error


def follow(place: Place) -> None:
    """Let the folder say where its notebook is, where that was moved.  Blocking; raises StoreError."""
    known = _read(place.folder)
    if known is not None and place.path is not None and known.path != str(place.path):
        claim(place)


def _place(notebooks: Path, about: _About, path: Path, capsule_id: str) -> Place:
    return Place(
        folder=notebooks / about.store_id,
        path=path,
        capsule_id=capsule_id,
        copied_from=about.copied_from if about.path == str(path) else "",
    )


def _is_elsewhere(known: str, path: Path) -> bool:
    """Whether the file that a folder belongs to exists and is not the one at path under another name."""
    try:
        return not Path(known).samefile(path)
    except OSError:
        return False


def _new_folder(notebooks: Path, path: Path, taken: set[str]) -> Path:
    """The first free one of the path's own names, so that two processes that look for one find the same."""
    number = 0
    while True:
        name = hashlib.sha256(f"{number}\0".encode() + os.fsencode(path)).hexdigest()[:32]
        if name not in taken:
            return notebooks / name
        number += 1


def _abouts(notebooks: Path) -> Iterator[_About]:
    try:
        folders: Sequence[Path] = list(notebooks.iterdir())
    except OSError:
        return
    for folder in folders:
        about = _read(folder)
        if about is not None:
            yield about


def _read(folder: Path) -> _About | None:
    try:
        data = json.loads((folder / ABOUT).read_bytes())
        about = _About(
            store_id=folder.name,
            path=str(data["path"]),
            capsule_id=str(data["capsule_id"]),
            copied_from=str(data["copied_from"]),
            written_at=float(data["written_at"]),
        )
    except OSError:
        return None
    except (ValueError, LookupError, TypeError, RecursionError):
        log.info("a store's folder does not say whose it is")
        return None
    return about


def _replace(folder: Path, data: bytes) -> None:
    """Write about.json whole: a crash leaves the old one or the new one."""
    draft = folder / f"{ABOUT}.new"
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | BINARY, 0o600)
    try:
        with os.fdopen(file, "wb", closefd=False) as stream:
            stream.write(data)
        os.fsync(file)
    finally:
        os.close(file)
    draft.replace(folder / ABOUT)
    sync_folder(folder)
