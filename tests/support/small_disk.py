"""A file system of a megabyte, to be filled: real ENOSPC, where this user may mount one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOM_BYTES = 1 << 20


@contextmanager
def mounted(disk: Path) -> Iterator[Path]:
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM_BYTES}", "tmpfs", disk], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[Path]:
    """There is no room left within; the file that takes it, which goes at the end."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    try:
        yield filler
    finally:
        filler.unlink(missing_ok=True)
