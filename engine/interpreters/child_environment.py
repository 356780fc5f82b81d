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
# they say where another Python's standard library is, which no Python but that one can use
_OF_ONE_PYTHON = frozenset({"PYTHONHOME", "PYTHONEXECUTABLE", "PYTHONPLATLIBDIR", "__PYVENV_LAUNCHER__"})


def frozen_bundle() -> Path | None:
    """The folder of the frozen application that runs; None in a checkout or a wheel."""
    return Path(sys._MEIPASS) if getattr(sys, "frozen", False) else None  # type: ignore[attr-defined]  # PyInstaller's


def child_environment(environment: Mapping[str, str], *, bundle: Path | None) -> dict[str, str]:
    """environment for a child.  bundle: frozen_bundle().

    Leaked, the bundle's libraries break `import ssl` in the user's interpreter, and its Qt plugins the user's own Qt.
    A PYTHONPATH or a Qt setting of the user's stays: only what names the bundle is ours.
    """
    if bundle is None:
        return dict(environment)
    kept = {name: value for name, value in environment.items() if not _is_ours(name)}
    for name in _LIBRARY_PATHS:
        original = kept.pop(f"{name}_ORIG", None)
        kept.pop(name, None)
        if original:
            kept[name] = original
    return {name: rest for name, value in kept.items() if (rest := _without(bundle, name, value)) is not None}


def give_back(environment: MutableMapping[str, str], *, bundle: Path | None) -> None:
    """Make environment (os.environ) a child's, once this process has read its own out of it."""
    kept = child_environment(environment, bundle=bundle)
    for name in environment.keys() - kept.keys():
        del environment[name]
    environment.update(kept)


def _is_ours(name: str) -> bool:
    return name in _OF_ONE_PYTHON or name.startswith(("_PYI_", "PYSIDE6_"))


def _without(bundle: Path, name: str, value: str) -> str | None:
    """value of a Qt or Python path without its parts inside the bundle; None where nothing is left of it."""
    if not name.startswith(("QT_", "QML", "PYTHON")) or str(bundle) not in value:
        return value
    parts = [part for part in value.split(":") if not part.startswith(str(bundle))]
    return ":".join(parts) or None
