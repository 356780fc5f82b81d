"""Which shell runs the cells: IPython's where IPython 8 or later can be imported, else the plain one.

Called by errands.py at a worker's start, once.  An IPython that is there and cannot be used is no reason not to
start: the worker's log says why.
"""

from __future__ import annotations

import logging

from .outlet import Outlet
from .shell import Shell

_logger = logging.getLogger("capsule.worker")


def open_shell(outlet: Outlet) -> Shell:
    """The shell of this process; made once."""
    try:
        from .ipython.adapter import IPythonShell

        return IPythonShell(outlet)
    except Exception as error:  # noqa: BLE001  # worker start: whatever lies in that environment under the name
        if not (isinstance(error, ModuleNotFoundError) and error.name == "IPython"):
            _logger.warning("IPython cannot be used, cells run in the plain shell: %s: %s", type(error).__name__, error)
    from .plain.shell import PlainShell

    return PlainShell(outlet)
