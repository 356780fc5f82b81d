"""Which Python runs cells where nobody chose: the application's own, or one that was named on the command line."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys

from engine.errors import WorkerStartError


async def own_python() -> str:
    """The interpreter of a checkout or a wheel.  Raises WorkerStartError in a frozen application, which has none."""
    if getattr(sys, "frozen", False):
        raise WorkerStartError("This application brings no Python for cells: choose an interpreter.")
    return sys.executable


async def named_python(named: str) -> str:
    """The absolute path of a program, by path or by a name on PATH.  Raises WorkerStartError with what to do."""
    path = await asyncio.to_thread(shutil.which, named)
    if path is None:
        raise WorkerStartError(f"{named} is no program that can be run. Choose the path of a Python interpreter.")
    return await asyncio.to_thread(os.path.abspath, path)  # not resolved: a virtual environment's python is a link
