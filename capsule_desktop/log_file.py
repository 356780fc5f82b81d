"""Where warnings go: standard error, and a file of a bounded size, since a double-clicked application has no terminal.

Begun by app.py.  Nothing of ours logs code or input of the user's (style.md, 13); an exception's own words may quote
them.  Two applications on one state folder write into the same file; when one of them turns it over, the other goes
on in the older one.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from engine.file_system import BINARY, NO_FOLLOW

FILE = "capsule.log"
LIMIT_BYTES = 512 * 1024
_OLDER = 2
_KEPT = ("capsule", "asyncio", "qasync")  # our loggers, and those of the loop that we run on
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def begin(folder: Path) -> None:
    """Never raises: an application whose log cannot be written runs all the same."""
    if sys.stderr is not None:
        shown = logging.StreamHandler()
        shown.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        shown.setLevel(logging.WARNING)
        logging.getLogger().addHandler(shown)
    written = _OwnFile(folder / FILE, maxBytes=LIMIT_BYTES, backupCount=_OLDER, encoding="utf-8", delay=True)
    written.setFormatter(logging.Formatter(_FORMAT))
    written.setLevel(logging.WARNING)
    for name in _KEPT:
        logging.getLogger(name).addHandler(written)


class _OwnFile(RotatingFileHandler):
    """0600; made when there is something to write."""

    def _open(self) -> io.TextIOWrapper:
        path = Path(self.baseFilename)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | BINARY | NO_FOLLOW
        return os.fdopen(os.open(path, flags, 0o600), "a", encoding=self.encoding)
