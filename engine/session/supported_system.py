"""Whether cells can be run on this system at all: asked before anybody chooses a Python, and before one is started.

Another system is written behind transport.py and process.py, which say what each has to give; until all of it is there
and was tried on that system, whoever runs a cell is told so in a sentence.  Everything else of the application loads.
"""

from __future__ import annotations

import os
import socket

from engine.errors import WorkerStartError

NOT_YET = (
    "Cells cannot be run on this system yet: Capsule starts Python on Linux and macOS only. Nothing was started. To "
    "run this notebook, open it there."
)


def runs_cells() -> bool:
    """Whether sockets of files and process groups are there; Windows has neither."""
    return hasattr(socket, "AF_UNIX") and hasattr(os, "killpg")


def must_run_cells() -> None:
    """Raises WorkerStartError where none can be run."""
    if not runs_cells():
        raise WorkerStartError(NOT_YET)
