"""Where what a worker loads lies on the disk: our own package's folder, and the libraries that travel with it.

The layout, which the installers make and boot.py is told:

    checkout or wheel   the `engine` package that runs, and `msgpack` and `cloudpickle` where this Python has them
    frozen, bundle/     worker_libraries/msgpack/, worker_libraries/cloudpickle/ and
                        engine/__init__.py, engine/protocol/, engine/worker/, all as plain .py files

bundle is sys._MEIPASS.  A frozen application imports its own copies from its archive; the files are for workers alone,
whose Python is another.  Of msgpack only the pure Python is needed.  What Python makes of the files is kept in the
user's cache, since an installed application's folder is not theirs to write to: without it every start compiles all.
"""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from engine.errors import WorkerStartError
from engine.interpreters.child_environment import frozen_bundle
from engine.session.runtime_folder import secure_directory

log = logging.getLogger("capsule.session")

LIBRARIES = "worker_libraries"


@dataclass(frozen=True, kw_only=True)
class Travelling:
    """Folders of packages, and the script that loads them.

    bytecode: where their compiled form is kept, None for Python's own way.
    """

    engine: Path
    msgpack: Path
    cloudpickle: Path
    bytecode: Path | None = None

    @property
    def boot(self) -> Path:
        return self.engine / "worker" / "boot.py"


def travelling(bundle: Path | None) -> Travelling:
    """What travels; bundle: frozen_bundle().  Raises WorkerStartError where a part of the application is missing."""
    if bundle is not None:
        libraries = bundle / LIBRARIES
        found = Travelling(
            engine=bundle / "engine", msgpack=libraries / "msgpack", cloudpickle=libraries / "cloudpickle"
        )
    else:
        here = Path(__file__).resolve().parent.parent
        found = Travelling(engine=here, msgpack=_folder_of("msgpack"), cloudpickle=_folder_of("cloudpickle"))
    for part in (found.boot, found.msgpack / "__init__.py", found.cloudpickle / "__init__.py"):
        if not part.is_file():
            raise _missing(str(part))
    return found


def own_travelling() -> Travelling:
    """That of the application that runs."""
    return replace(travelling(frozen_bundle()), bytecode=_bytecode())


def own_stamp() -> tuple[int, int, int] | None:
    """Another one when another version's files have come into the place of ours; None while they are not all there."""
    try:
        status = travelling(frozen_bundle()).boot.stat()
    except (WorkerStartError, OSError):
        return None
    return (status.st_ino, status.st_mtime_ns, status.st_size)


def _bytecode() -> Path | None:
    """In the user's cache, where nobody else may write, since a worker runs what is there."""
    try:
        return secure_directory(platformdirs.user_cache_path("capsule-desktop") / "bytecode")
    except WorkerStartError as error:
        log.info("workers start more slowly: %s", error)
        return None


def _folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise _missing(package)
    return Path(spec.origin).resolve().parent


def _missing(part: str) -> WorkerStartError:
    return WorkerStartError(
        f"This application is not installed whole: {part} is missing. "
        "Your notebook is as it was; install the application again."
    )
