"""The files that a frozen build carries beside the application's own code.

The worker runs in the user's Python, from source: engine/__init__.py, engine/protocol and engine/worker lie at the
top of the bundle, and what they import at worker_libraries/, in pure Python.  engine/session finds both there.
"""

from __future__ import annotations

import importlib.util
from importlib import metadata
from pathlib import Path

from capsule_desktop.versions import PACKAGES
from installers.project import ROOT

WORKER_PACKAGES = ("protocol", "worker")
WORKER_LIBRARIES = ("msgpack", "cloudpickle")

# Whose versions About says (IPython is the user's own), and who asks for its own version while it is loaded
METADATA_OF = (*(name for name in PACKAGES if name != "ipython"), "nbformat")


def bundled_files(root: Path = ROOT) -> list[tuple[str, str]]:
    """Pairs of a file and the folder of the bundle that it goes to, as PyInstaller wants them."""
    return [
        *_placed(root / "resources", Path("capsule_desktop/_resources"), "*"),
        *_worker_source(root / "engine"),
        *(pair for name in WORKER_LIBRARIES for pair in _worker_library(name)),
        *(_metadata(name) for name in METADATA_OF),
    ]


def _worker_source(engine: Path) -> list[tuple[str, str]]:
    init = (str(engine / "__init__.py"), "engine")
    return [init, *(pair for name in WORKER_PACKAGES for pair in _placed(engine / name, Path("engine", name), "*.py"))]


def _worker_library(name: str) -> list[tuple[str, str]]:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{name} is not installed; sh installers/dev.sh build installs it.")
    return _placed(Path(spec.origin).parent, Path("worker_libraries", name), "*.py")


def _placed(folder: Path, destination: Path, pattern: str) -> list[tuple[str, str]]:
    files = sorted(path for path in folder.rglob(pattern) if path.is_file() and "__pycache__" not in path.parts)
    return [(str(path), str(destination / path.parent.relative_to(folder))) for path in files]


def _metadata(name: str) -> tuple[str, str]:
    """METADATA alone: RECORD and direct_url.json name the build machine's folders."""
    distribution = metadata.distribution(name)
    file = next(file for file in distribution.files or () if file.name == "METADATA")
    return (str(distribution.locate_file(file)), file.parent.name)
