"""The versions of Capsule and of what it stands on, and how it was installed, for people who report something.

Reads metadata only; imports neither Qt nor the engine, so that `--version` is quick.  A frozen application may lack
the metadata of a package, which costs only that line.
"""

from __future__ import annotations

import os
import platform
import sys
from enum import StrEnum
from functools import cache
from pathlib import Path

NAME = "capsule-desktop"
# what installers/ must bring the metadata of
PACKAGES = (NAME, "PySide6-Essentials", "qasync", "resonate-sdk", "msgpack", "cloudpickle", "ipython")
_LABELS = {NAME: "Capsule Desktop", "PySide6-Essentials": "PySide6", "ipython": "IPython"}
_NEED_NOT_BE_THERE = frozenset({"ipython"})
_DEB_FILES = Path("/var/lib/dpkg/info") / f"{NAME}.list"


class Installed(StrEnum):
    DEB = "Debian package"
    PORTABLE = "portable folder"
    CHECKOUT = "source checkout"
    PACKAGE = "Python package"
    PACKAGE_FILE = "Python package from a file"  # or from a repository: no index gave it


def own_version() -> str:
    return _version(NAME) or "unknown"


def installed_as() -> Installed:
    if getattr(sys, "frozen", False):
        return Installed.DEB if _is_of_deb(Path(sys.executable)) else Installed.PORTABLE
    is_checkout = (Path(__file__).parents[1] / "pyproject.toml").is_file()
    if is_checkout:
        return Installed.CHECKOUT
    return Installed.PACKAGE_FILE if _has_address() else Installed.PACKAGE


def versions() -> tuple[tuple[str, str], ...]:
    """(what, which), Capsule first."""
    own, *others = ((name, _version(name)) for name in PACKAGES)
    return (
        (_LABELS[own[0]], f"{own[1] or 'unknown'} ({installed_as()})"),
        ("Python", platform.python_version()),
        ("Qt", _qt_version()),
        *((_LABELS.get(n, n), v or "unknown") for n, v in others if v or n not in _NEED_NOT_BE_THERE),
        ("Platform", platform_words()),
    )


def versions_text() -> str:
    return "\n".join(f"{what} {which}" for what, which in versions())


def platform_words() -> str:
    """ "Debian GNU/Linux 12 (bookworm), Linux 6.1.0 x86_64, wayland"."""
    kernel = f"{platform.system()} {platform.release()} {platform.machine()}"
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        system = ""
    return ", ".join(filter(None, (system, kernel, os.environ.get("XDG_SESSION_TYPE", ""))))


@cache  # what runs, also when a newer version's files have come into their places
def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # 15 ms, which a start needs not

    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _has_address() -> bool:
    """Whether an installer noted from where it had the package, as it does unless an index gave it (PEP 610)."""
    from importlib.metadata import PackageNotFoundError, distribution  # as above

    try:
        return distribution(NAME).read_text("direct_url.json") is not None
    except PackageNotFoundError:
        return True


def _qt_version() -> str:
    """What runs, where it runs; else what PySide6 brings, whose version is Qt's."""
    core = sys.modules.get("PySide6.QtCore")
    return str(core.qVersion()) if core is not None else _version("PySide6-Essentials") or "unknown"


def _is_of_deb(executable: Path) -> bool:
    try:
        return str(executable.resolve()) in _DEB_FILES.read_text(errors="replace").splitlines()
    except OSError:
        return False
