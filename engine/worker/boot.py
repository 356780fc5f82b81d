"""The script a worker starts from, in the user's interpreter, before anything of ours is importable.

Run by path.  It loads what travels with us (our package, msgpack, cloudpickle) by path under private names, so that
the user's own modules of any name are found as if we were not there, nothing of ours is on sys.path, and nothing of
it is needed on the disk afterwards.  Parses under Python 3.6 and later, so that an old one gets a sentence instead of
a traceback: hence no `from __future__ import annotations`.  Everything else is main.py's.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
# first of all, so that what is imported from here on is never one of our own files: -P and -I leave this entry out
sys.path[:] = [entry for entry in sys.path if entry != "" and os.path.realpath(entry) != os.path.realpath(_HERE)]

import argparse  # noqa: E402
import faulthandler  # noqa: E402
import importlib  # noqa: E402
import importlib.machinery  # noqa: E402
import importlib.util  # noqa: E402
import signal  # noqa: E402
from pathlib import Path  # noqa: E402
from types import CodeType, ModuleType  # noqa: E402

ALIAS = "_capsule_engine"
MSGPACK, CLOUDPICKLE = "_capsule_msgpack", "_capsule_cloudpickle"
OLDEST = (3, 10)
UNSUITABLE = 79  # exit code: this Python cannot run cells, and the last line of stderr says why
PR_SET_PDEATHSIG = 1


class Loader(importlib.machinery.SourceFileLoader):
    """Of our own modules: their compiled form is kept in a folder of ours, since theirs may not be ours to write to.

    Neither the user's PYTHONDONTWRITEBYTECODE nor their PYTHONPYCACHEPREFIX is about it, and nothing else is touched.
    """

    bytecode: "str | None" = None  # the folder, None for Python's own way

    def get_code(self, fullname: str) -> "CodeType | None":
        if self.bytecode is None:
            return super().get_code(fullname)
        before = sys.pycache_prefix, sys.dont_write_bytecode
        sys.pycache_prefix, sys.dont_write_bytecode = self.bytecode, False
        try:
            return super().get_code(fullname)
        except (EOFError, ImportError, TypeError, ValueError):  # a file that a power loss cut short
            return self.source_to_code(self.get_data(self.path), self.path)
        finally:
            sys.pycache_prefix, sys.dont_write_bytecode = before


def load_package(name: str, root: str) -> ModuleType:
    """The package in the folder root under a private name.  Raises ImportError, OSError where it is not one.

    Of it and below only Python source is found: what is compiled to machine code (msgpack's faster half) is made for
    one version of Python, and a process that loaded it under our name could not load that file again as the user's own.
    """
    for folder, _, _ in os.walk(root):
        # where Python looks before it makes a finder of its own for a folder of a package
        finder = importlib.machinery.FileFinder(folder, (Loader, importlib.machinery.SOURCE_SUFFIXES))
        sys.path_importer_cache[folder] = finder
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(root, "__init__.py"), submodule_search_locations=[root]
    )
    if spec is None or spec.loader is None:
        raise ImportError(root + " is not a package")
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    return package


def load_libraries(msgpack: str, cloudpickle: str) -> None:
    """What our package imports beside the standard library.

    All of each is loaded here, and Python looks in its folders anew from then on: they may be where the user's own is.
    """
    for name, root in ((MSGPACK, msgpack), (CLOUDPICKLE, cloudpickle)):
        load_package(name, root)
        for folder, _, _ in os.walk(root):
            sys.path_importer_cache.pop(folder, None)


def die_with_parent(on: bool) -> None:
    """Ask Linux for SIGTERM when the parent goes, or take that back.  Other systems have no such thing.

    It belongs to the thread that asks, so main thread only.  A Python without ctypes goes by the connection's end.
    """
    if sys.platform != "linux":
        return
    try:
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM) if on else 0, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        return


def unsuitable() -> str:
    """Why this Python cannot run cells, in a sentence; "" where it can."""
    version = "{}.{}.{}".format(*sys.version_info)
    if sys.implementation.name != "cpython":
        name = {"pypy": "PyPy"}.get(sys.implementation.name, sys.implementation.name)
        return f"This is {name} {version}, which cannot run notebooks: choose CPython, 3.10 or later."
    if sys.version_info < OLDEST:
        return f"This is Python {version}, which cannot run notebooks: choose Python 3.10 or later."
    return ""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="capsule-worker")
    for option in ("--socket", "--token-file", "--msgpack", "--cloudpickle"):
        parser.add_argument(option, required=True)
    parser.add_argument("--parent-pid", required=True, type=int)
    parser.add_argument("--bytecode", help="where the compiled form of our modules is kept")
    return parser.parse_args()


def _boot() -> int:
    words = unsuitable()
    if words:
        sys.stderr.write(words + "\n")
        sys.stderr.flush()
        return UNSUITABLE
    arguments = _arguments()
    # fd 2 becomes a capture pipe; this stays the stderr file
    crashes = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    faulthandler.enable(crashes)
    die_with_parent(True)
    if os.getppid() != arguments.parent_pid:
        return 0  # the parent went before the kernel was asked to say so
    # cells run in a module of their own: what multiprocessing starts anew would else run this file as the user's
    sys.modules["__main__"] = ModuleType("__main__")
    Loader.bytecode = arguments.bytecode
    load_libraries(arguments.msgpack, arguments.cloudpickle)
    load_package(ALIAS, os.path.dirname(_HERE))
    importlib.import_module(ALIAS + ".worker.activation").activate(
        os.environ, executable=sys.executable, prefix=sys.prefix, base_prefix=sys.base_prefix
    )
    main = importlib.import_module(ALIAS + ".worker.main")
    code: int = main.run(Path(arguments.socket), Path(arguments.token_file), crashes, die_with_parent)
    return code


if __name__ == "__main__":
    # no interpreter shutdown: it would wait for the user's threads, which nobody is left to end
    os._exit(_boot())
