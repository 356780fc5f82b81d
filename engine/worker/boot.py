"""The script a worker starts from, in the user's interpreter, before anything of ours is importable.

Run by path, with the folder of this file as sys.path[0]; it takes that off again, so that nothing of
ours is on the user's sys.path, and loads the package by its path under a private name, so that a
user's own `engine.py` stays importable.  Everything else is main.py's.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import importlib.util
import os
import signal
import sys
from pathlib import Path
from types import ModuleType

ALIAS = "_capsule_engine"
PR_SET_PDEATHSIG = 1


def load_package(root: Path) -> ModuleType:
    """The package at root under its private name.  Raises ImportError where it is not one."""
    spec = importlib.util.spec_from_file_location(ALIAS, root / "__init__.py", submodule_search_locations=[str(root)])
    if spec is None or spec.loader is None:
        raise ImportError(f"{root} is not a package")
    package = importlib.util.module_from_spec(spec)
    sys.modules[ALIAS] = package
    spec.loader.exec_module(package)
    return package


def die_with_parent(on: bool) -> None:
    """Ask Linux for SIGTERM when the parent goes, or take that back.  Other systems have no such thing.

    It belongs to the thread that asks, so main thread only.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM) if on else 0, 0, 0, 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="capsule-worker")
    parser.add_argument("--socket", required=True, type=Path)
    parser.add_argument("--token-file", required=True, type=Path)
    parser.add_argument("--parent-pid", required=True, type=int)
    return parser.parse_args()


def _boot() -> int:
    arguments = _arguments()
    here = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if entry != "" and Path(entry).resolve() != here]
    crashes = os.fdopen(os.dup(2), "w", buffering=1)  # fd 2 becomes a capture pipe; this stays the stderr file
    faulthandler.enable(crashes)
    die_with_parent(True)
    if os.getppid() != arguments.parent_pid:
        return 0  # the parent went before the kernel was asked to say so
    load_package(here.parent)
    main = importlib.import_module(f"{ALIAS}.worker.main")
    code: int = main.run(arguments.socket, arguments.token_file, crashes, die_with_parent)
    return code


if __name__ == "__main__":
    # no interpreter shutdown: it would wait for the user's threads, which nobody is left to end
    os._exit(_boot())
