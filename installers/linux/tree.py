"""Makes a folder the same whoever builds it: times, modes, compressed files."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from installers.linux.elf import elf_files

_PROGRAM, _FILE = 0o755, 0o644


def settle(folder: Path, epoch: int) -> None:
    """Fixed modes (0755 for folders and programs, 0644 for the rest) and one time for all."""
    programs = {path for path in elf_files(folder) if ".so" not in path.name}
    for path in sorted(folder.rglob("*"), reverse=True):
        if not path.is_symlink():
            path.chmod(_PROGRAM if path.is_dir() or path in programs or path.suffix == ".sh" else _FILE)
        os.utime(path, (epoch, epoch), follow_symlinks=False)
    folder.chmod(_PROGRAM)
    os.utime(folder, (epoch, epoch))


def write_compressed(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
