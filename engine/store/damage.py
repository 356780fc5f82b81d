"""Moving a damaged database aside: whole, never deleted, into a folder that says when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from engine.file_system import sync_folder
from engine.store.database import NAME

PATTERN = "damaged-*"
_PARTS = ("", "-wal", "-shm", "-journal")


def set_aside(folder: Path) -> Path:
    """Move what SQLite keeps in a store's folder to `damaged-<UTC time>/` inside it; that folder.  Raises OSError.

    Outputs, checkpoints and drafts stay: they are whole by themselves.
    """
    aside = _new_folder(folder, f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    for part in _PARTS:
        source = folder / f"{NAME}{part}"
        if source.exists():
            source.rename(aside / source.name)
    for changed in (aside, folder):
        sync_folder(changed)
    return aside


def _new_folder(folder: Path, name: str) -> Path:
    number = 1
    while True:
        aside = folder / (name if number == 1 else f"{name}-{number}")
        try:
            aside.mkdir(mode=0o700)
        except FileExistsError:
            number += 1
        else:
            return aside
