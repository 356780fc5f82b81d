"""Which shell runs the cells.  Called by errands.py at a worker's start, once."""

from __future__ import annotations

from .outlet import Outlet
from .shell import Shell


def open_shell(outlet: Outlet) -> Shell:
    """The shell of this process; made once."""
    from .ipython.adapter import IPythonShell

    return IPythonShell(outlet)
