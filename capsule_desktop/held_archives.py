"""The archives that a frozen application's modules come from, held open for as long as it runs.

A package manager puts the files of a newer version in their places while this one goes on.  PyInstaller and zipimport
open their archive by its path at every import, and would read a module where the newer archive has another one, or
end the process where there is none.  What is held open stays as it was.  Linux alone: elsewhere a file that runs is
not replaced.  Called by cli.py at once; a few system calls.
"""

from __future__ import annotations

import os
import sys
from zipimport import zipimporter


def hold() -> None:
    """For the whole process: its modules are this version's, whenever they are imported.  Nothing in a checkout."""
    if not (getattr(sys, "frozen", False) and sys.platform == "linux"):
        return
    pyz_archive = sys.modules["pyimod02_importers"].pyz_archive  # PyInstaller's own, as is the name that follows
    pyz_archive._filename = _held(pyz_archive._filename)
    held: dict[str, str] = {}
    for finder in sys.path_importer_cache.values():
        if isinstance(finder, zipimporter):  # of base_library.zip and its packages
            if finder.archive not in held:
                held[finder.archive] = _held(finder.archive)
            finder.archive = held[finder.archive]


def _held(path: str) -> str:
    """Another path of the file that is there now, which stays its own whatever comes to be at path."""
    return f"/proc/self/fd/{os.open(path, os.O_RDONLY | os.O_CLOEXEC)}"
