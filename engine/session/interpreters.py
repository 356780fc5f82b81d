"""Which Python runs the cells: the application's own, or the one asked for, if it can.

A chosen interpreter is run once, away from the loop's thread of control, to see that it starts, is new
enough and has what the worker imports; its answer holds for as long as its file does not change.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

from engine.errors import WorkerStartError
from engine.session.process import WorkerProcess
from engine.session.transport import WorkerAddress

CHECK_LIMIT_S = 20.0  # a cold start from a network drive takes seconds
MINIMUM = (3, 10)
_LACKS = 3  # exit codes of _CHECK; what is lacking is the last line of its stderr
_TOO_OLD = 4
_CHECK = f"""
import sys
if sys.version_info < {MINIMUM!r}:
    sys.exit({_TOO_OLD})
import importlib.util
lacking = [name for name in ("IPython", "msgpack", "cloudpickle") if not importlib.util.find_spec(name)]
sys.stderr.write(" ".join(lacking))
sys.exit({_LACKS} if lacking else 0)
"""


class Interpreters:
    """Answers which interpreter to use, and remembers those that were checked."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._checked: set[tuple[str, float]] = set()

    async def usable(self, python: str | None) -> str:
        """The path to start; None is the application's own.  Raises WorkerStartError with what to do."""
        if python is None:
            return _own_interpreter()
        path, changed_at = _found(python)
        key = (path, changed_at)
        if key not in self._checked:
            await self._check(path)
            self._checked.add(key)
        return path

    async def _check(self, path: str) -> None:
        address = WorkerAddress.new(self._directory)
        process = WorkerProcess.spawn(
            [path, "-c", _CHECK], stderr_path=address.stderr, working_directory=self._directory
        )
        try:
            await asyncio.wait((process.exited,), timeout=CHECK_LIMIT_S)
            if not process.exited.done():
                raise WorkerStartError(f"{path} did not answer within {CHECK_LIMIT_S:g} s; is it a Python?")
            if words := _refusal(path, process.exited.result().exit_code, process.stderr_tail()):
                raise WorkerStartError(words)
        finally:
            process.kill_group()
            await asyncio.wait((process.exited,))
            address.remove()


def _own_interpreter() -> str:
    if getattr(sys, "frozen", False):
        raise WorkerStartError("This application brings no Python for cells: choose an interpreter that has IPython.")
    return sys.executable


def _found(python: str) -> tuple[str, float]:
    """Its absolute path, and when its file changed last."""
    path = shutil.which(python)
    if path is None:
        raise WorkerStartError(f"{python} is no program that can be run. Choose the path of a Python interpreter.")
    absolute = Path(path).absolute()
    return str(absolute), absolute.stat().st_mtime  # not resolved: a virtual environment's python is a link


def _refusal(path: str, exit_code: int | None, said: str) -> str:
    match exit_code:
        case 0:
            return ""
        case code if code == _LACKS:
            lacking = said.splitlines()[-1].split() if said.strip() else ["IPython"]
            install = f"{path} -m pip install {' '.join(lacking).lower()}"
            return f"{path} lacks {' and '.join(lacking)}. Install there what is lacking: {install}"
        case code if code == _TOO_OLD:
            return f"{path} is older than Python {'.'.join(map(str, MINIMUM))}, the oldest that can run cells."
        case _:
            return f"{path} does not run as a Python interpreter. {said.strip()[-500:]}".rstrip()
