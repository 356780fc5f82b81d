"""What a cell changes beside its variables: folder, environment, import path, random states, matplotlib's settings.

Each is taken down in plain values and comes back, or is listed with the reason.  snapshot.py imports this
at boot, before the first cell: environment variables are saved where they differ from how they stood then.
"""

from __future__ import annotations

import functools
import importlib
import os
import random
import site
import sys
import sysconfig
import warnings
from typing import Any, Callable

from ..protocol.messages import VariableNote
from .refusals import restore_reason

Saved = Any  # what one kind of surroundings is taken down as: builtins only, but for matplotlib's values
FOLDER, ENVIRONMENT, IMPORT_PATH = "working directory", "environment variables", "import path"
RANDOM, NUMPY_RANDOM, MATPLOTLIB = "random state", "numpy random state", "matplotlib settings"
BEFORE_IMPORTS = (FOLDER, ENVIRONMENT, IMPORT_PATH)  # imports at load need them

_ENVIRONMENT_AT_START = dict(os.environ)


def taken() -> dict[str, Saved]:
    """What is there to save now, by name; what cannot be read is left out."""
    return {name: saved for name, (take, _) in _KINDS.items() if (saved := take()) is not None}


def glance() -> tuple[object, ...]:
    """Equal to an earlier one where taken() would be too, at a fraction of its cost."""
    generators, matplotlib = sys.modules.get("numpy.random"), sys.modules.get("matplotlib")
    name, keys, *rest = generators.get_state() if generators is not None else ("", b"")
    numpy_random = (name, bytes(keys), *rest)
    settings = dict(dict.items(getattr(matplotlib, "rcParams", {})))  # past its warnings about old names
    return _take_folder(), dict(os.environ), tuple(sys.path), random.getstate(), numpy_random, settings


def restored(name: str, saved: Saved) -> VariableNote:
    """Bring one kind back; its row says what came of it."""
    try:
        outcome, reason = _KINDS[name][1](saved)
    except KeyError:
        outcome, reason = "not restored", "this version does not know it"
    except Exception as error:  # noqa: BLE001 - the edge to imports and the system: each kind costs only itself
        outcome, reason = "not restored", restore_reason(error)
    return VariableNote(name=name, type_name="", outcome=outcome, reason=reason)


def _take_folder() -> Saved:
    try:
        return os.getcwd()
    except OSError:
        return None  # it was deleted


def _put_folder(saved: Saved) -> tuple[str, str]:
    if _take_folder() == saved:
        return "unchanged", ""
    try:
        os.chdir(saved)
    except OSError as error:
        return "not restored", f"{saved}: {error.strerror}"
    return "restored", ""


def _take_environment() -> Saved:
    now, start = dict(os.environ), _ENVIRONMENT_AT_START
    changed = {name: text for name, text in now.items() if start.get(name) != text}
    return {"set": changed, "removed": [name for name in start if name not in now]}


def _put_environment(saved: Saved) -> tuple[str, str]:
    different = sorted(name for name, text in saved["set"].items() if os.environ.get(name) != text)
    gone = sorted(name for name in saved["removed"] if name in os.environ)
    for name in different:
        os.environ[name] = saved["set"][name]
    for name in gone:
        del os.environ[name]
    if not different and not gone:
        return "unchanged", ""
    words = (("set: ", different), ("removed: ", gone))
    return "restored", "; ".join(verb + ", ".join(names) for verb, names in words if names)


def _take_path() -> Saved:
    """The entries of text that are not the interpreter's own, each with whether it stands before those."""
    own = _own_paths()
    first_own = next((place for place, each in enumerate(sys.path) if each in own), len(sys.path))
    zipped = os.path.join(sys.base_prefix, sys.platlibdir, "python{}{}.zip".format(*sys.version_info))
    beneath = tuple(each + os.sep for each in own if each)
    return [
        (each, place < first_own)
        for place, each in enumerate(map(str, sys.path))
        if each not in own and not each.startswith(beneath) and each != zipped
    ]


@functools.cache
def _own_paths() -> frozenset[str | None]:
    own = {sysconfig.get_path(which) for which in ("stdlib", "platstdlib", "purelib", "platlib")}
    return frozenset(own | {*site.getsitepackages(), site.getusersitepackages()})


def _put_path(saved: Saved) -> tuple[str, str]:
    missing = [(each, front) for each, front in saved if each not in sys.path]
    sys.path[:0] = [each for each, front in missing if front]
    sys.path.extend(each for each, front in missing if not front)
    added = ", ".join(each or "the working directory" for each, _ in missing)
    return ("restored", f"added: {added}") if missing else ("unchanged", "")


def _put_random(saved: Saved) -> tuple[str, str]:
    random.setstate(saved)
    return "restored", ""


def _take_numpy_random() -> Saved:
    """numpy's global generator, as lists: numpy is needed to put it back, not to read it."""
    generators = sys.modules.get("numpy.random")
    if generators is None:
        return None
    name, keys, *rest = generators.get_state()
    return [name, keys.tolist(), *rest]


def _put_numpy_random(saved: Saved) -> tuple[str, str]:
    importlib.import_module("numpy.random").set_state(tuple(saved))
    return "restored", ""


def _take_matplotlib() -> Saved:
    """All settings but the backend, which belongs to the process."""
    matplotlib = sys.modules.get("matplotlib")
    settings = dict(getattr(matplotlib, "rcParams", {}).copy())
    settings.pop("backend", None)
    return settings or None


def _put_matplotlib(saved: Saved) -> tuple[str, str]:
    settings = importlib.import_module("matplotlib").rcParams
    refused = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of settings that this version calls old
        for name, value in saved.items():
            try:
                settings[name] = value
            except (KeyError, ValueError):
                refused.append(name)
    return "restored", f"this version does not take: {', '.join(refused)}" if refused else ""


_KINDS: dict[str, tuple[Callable[[], Saved], Callable[[Saved], tuple[str, str]]]] = {
    FOLDER: (_take_folder, _put_folder),
    ENVIRONMENT: (_take_environment, _put_environment),
    IMPORT_PATH: (_take_path, _put_path),
    RANDOM: (random.getstate, _put_random),
    NUMPY_RANDOM: (_take_numpy_random, _put_numpy_random),
    MATPLOTLIB: (_take_matplotlib, _put_matplotlib),
}
