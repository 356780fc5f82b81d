"""The notebooks opened last, newest first: a small JSON file that every process of this user may read and write.

Called off the loop.  Losing it loses nothing but convenience, so a broken file counts as an empty one; it is
written by a rename, so that no reader ever sees half of it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from capsule_desktop.notebook import disk

LIMIT = 30  # more would make no useful menu; the oldest go
FILE_NAME = "recent.json"


def recent_files(folder: Path) -> list[Path]:
    """Absolute paths, newest first; files that went away since are among them."""
    try:
        found = json.loads((folder / FILE_NAME).read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    return [Path(name) for name in found if isinstance(name, str)][:LIMIT] if isinstance(found, list) else []


def add_recent_file(folder: Path, path: Path) -> list[Path]:
    """Put path first; the list that then holds.  Raises NotebookFileError where it cannot be written."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  # resolve() would replace a link by its target
    return _write(folder, [absolute, *(known for known in recent_files(folder) if known != absolute)])


def remove_recent_file(folder: Path, path: Path) -> list[Path]:
    """Take path, which could not be opened, off the list.  Raises NotebookFileError where it cannot be written."""
    return _write(folder, [known for known in recent_files(folder) if known != path])


def _write(folder: Path, paths: list[Path]) -> list[Path]:
    paths = paths[:LIMIT]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    disk.write(folder / FILE_NAME, [json.dumps([str(path) for path in paths], indent=1).encode()])
    return paths
