"""The environment of a child that runs the user's Python: ours, without what the application set for itself.

The only maker of one: worker, probe, pip and uv all start with it, and give_back() is for those that others start
(the browser, a notification).  Knows what a frozen application leaks.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

# a PyInstaller program sets the first for its own libraries, and keeps the user's under _ORIG
_LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# in order of what it is worth: the desktop's word that the user wanted one start, good for one window once
START_TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")
# they say where another Python's standard library is, which no Python but that one can use
_OF_ONE_PYTHON = frozenset({"PYTHONHOME", "PYTHONEXECUTABLE", "PYTHONPLATLIBDIR", "__PYVENV_LAUNCHER__"})


def frozen_bundle() -> Path | None:
    """The folder of the frozen application that runs; None in a checkout or a wheel."""
    return Path(sys._MEIPASS) if getattr(sys, "frozen", False) else None  # type: ignore[attr-defined]  # PyInstaller's


def child_environment(environment: Mapping[str, str], *, bundle: Path | None) -> dict[str, str]:
    """environment for a child.  bundle: frozen_bundle().

    Leaked, the bundle's libraries break `import ssl` in the user's interpreter, and its Qt plugins the user's own Qt.
    A PYTHONPATH or a Qt setting of the user's stays: only what names the bundle is ours.  What the desktop gave this
    one start is no child's in any case.
    """
    of_all = {name: value for name, value in environment.items() if name not in START_TOKENS}
    if bundle is None:
        return of_all
    kept = {name: value for name, value in of_all.items() if not _is_ours(name)}
    for name in _LIBRARY_PATHS:
        original = kept.pop(f"{name}_ORIG", None)
        kept.pop(name, None)
        if original:
            kept[name] = original
    return {name: rest for name, value in kept.items() if (rest := _without(bundle, name, value)) is not None}


def give_back(environment: MutableMapping[str, str], *, bundle: Path | None) -> None:
    """Make environment (os.environ) a child's, once this process has read its own out of it.

    START_TOKENS stay: Qt's first window has use for them; drop_start_tokens() when it is shown.
    """
    tokens = {name: environment[name] for name in START_TOKENS if name in environment}
    kept = {**child_environment(environment, bundle=bundle), **tokens}
    for name in environment.keys() - kept.keys():
        del environment[name]
    environment.update(kept)


def drop_start_tokens(environment: MutableMapping[str, str]) -> None:
    """They have been used, or nobody has use for them any more."""
    for name in START_TOKENS:
        environment.pop(name, None)


def _is_ours(name: str) -> bool:
    return name in _OF_ONE_PYTHON or name.startswith(("_PYI_", "PYSIDE6_"))


def _without(bundle: Path, name: str, value: str) -> str | None:
    """value of a Qt or Python path without its parts inside the bundle; None where nothing is left of it."""
    if not name.startswith(("QT_", "QML", "PYTHON")) or str(bundle) not in value:
        return value
    parts = [part for part in value.split(":") if not part.startswith(str(bundle))]
    return ":".join(parts) or None
