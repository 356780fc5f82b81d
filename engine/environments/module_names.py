"""What a failed import says about what is missing: a package to install, a part of Python itself, or neither.  No I/O.

A cell's error may come from any notebook: what is offered is only ever a name of the shape that the index takes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from dataclasses import dataclass

from engine.environments.known_packages import DISTRIBUTIONS, nearest_known
from engine.environments.requirements import Requirement, requirement

_NO_MODULE = re.compile(r"No module named '?(?P<module>[\w.]+)'?(?P<rest>; .*)?$", re.MULTILINE)
# how pandas and its like ask for what they need now and then
_OPTIONAL = re.compile(r"Missing optional dependency '(?P<module>[\w.-]+)'|`Import (?P<other>[\w.-]+)` failed")
_NEEDS = re.compile(r"^(?P<module>[A-Za-z]\w*) (?:not found, please install it|is required|needs to be installed)")

# parts that a distribution keeps in a package of its own: what Debian calls that
_DEBIAN_PARTS = {
    "tkinter": "python3-tk",
    "_tkinter": "python3-tk",
    "idlelib": "idle3",
    "distutils": "python3-distutils",
}
_DEBIAN_PARTS |= {"_gdbm": "python3-gdbm", "ensurepip": "python3-venv", "venv": "python3-venv"}
# parts that are left out where a library was not there when this Python was built: its package
_BUILT_WITH = {
    "_bz2": "libbz2-dev",
    "_ctypes": "libffi-dev",
    "_curses": "libncurses-dev",
    "_dbm": "libgdbm-compat-dev",
    "_gdbm": "libgdbm-dev",
    "_hashlib": "libssl-dev",
    "_lzma": "liblzma-dev",
    "_sqlite3": "libsqlite3-dev",
    "_ssl": "libssl-dev",
    "_tkinter": "tk-dev",
    "_uuid": "uuid-dev",
    "_zstd": "libzstd-dev",
    "readline": "libreadline-dev",
    "zlib": "zlib1g-dev",
}
# the part that a module of the standard library cannot do without
_NEEDED_BY = {"bz2": "_bz2", "ctypes": "_ctypes", "curses": "_curses", "lzma": "_lzma", "sqlite3": "_sqlite3"}
_NEEDED_BY |= {"ssl": "_ssl", "tkinter": "_tkinter"}
# what was part of Python once: the first version without it, and what brings it back
_TAKEN_OUT = {"distutils": ((3, 12), "setuptools"), "imp": ((3, 12), ""), "asyncore": ((3, 12), "")}
_TAKEN_OUT |= {"asynchat": ((3, 12), ""), "smtpd": ((3, 12), "")}
_TAKEN_OUT |= dict.fromkeys(
    """aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes sndhdr spwd sunau
    telnetlib uu xdrlib""".split(),
    ((3, 13), ""),
)
# what people call their own files: a package of that name on the index is somebody else's
_USUALLY_OWN = frozenset(
    """analysis app base cells code common config constants core data dataset functions helper helpers lib local main
    model models module modules my mylib mymodule notebook notebooks project scripts settings shared src test tests
    tools training util utilities utils""".split()
)


@dataclass(frozen=True, kw_only=True)
class MissingPackage:
    """distribution: what to install; "" is never one.  nearest: what was most likely meant, where it is misspelt."""

    module: str
    distribution: str
    nearest: str = ""


@dataclass(frozen=True, kw_only=True)
class MissingPart:
    """A part of Python itself: words say what to do, since no installer of packages can."""

    module: str
    words: str


def what_is_missing(
    error_type: str, message: str, *, version: str = "", own: Collection[str] = ()
) -> MissingPackage | MissingPart | None:
    """None where nothing can be offered: not an import, the user's own file, or a name that tells nothing.

    version: the interpreter's ("" unknown).  own: names of modules beside the notebook, or in folders below it.
    """
    module = _named(error_type, message)
    top = module.partition(".")[0]
    if not top or top in own or top.lower() in _USUALLY_OWN:
        return None
    part = _missing_part(module, version)
    if part is not None:
        return part
    if top.startswith("_") or top in sys.stdlib_module_names:
        return None
    return _package(module)


def _named(error_type: str, message: str) -> str:
    """The module that was not found; "" where the error is about something else."""
    if error_type not in {"ModuleNotFoundError", "ImportError"}:
        return ""
    found = _OPTIONAL.search(message)
    if found is not None:
        return found["module"] or found["other"]
    found = _NO_MODULE.search(message)
    if found is not None:
        # "'x' is not a package": a file of that name stands in the way, and installing one would not help
        return "" if found["rest"] or ".." in found["module"] else found["module"].strip(".")
    found = _NEEDS.match(message)
    return "" if found is None else found["module"]


def _missing_part(module: str, version: str) -> MissingPart | None:
    top = module.partition(".")[0]
    if top in _TAKEN_OUT:
        return _taken_out(top, version)
    library = _BUILT_WITH.get(_NEEDED_BY.get(top, top), "")
    package = _DEBIAN_PARTS.get(top, "")
    if library or package:
        ways = [f"sudo apt install {package} for the system's Python"] if package else []
        ways += [f"one built again after sudo apt install {library}"] if library else []
        words = f"{top} is a part of Python that this one lacks, and no package brings it. On Debian and Ubuntu: "
        return MissingPart(module=top, words=f"{words}{', or '.join(ways)}. Or choose another Python.")
    if top in sys.stdlib_module_names and not top.startswith("_"):
        words = f"{top} is a part of Python that this one lacks. Choose another Python."
        return MissingPart(module=top, words=words)
    return None


def _taken_out(module: str, version: str) -> MissingPart | None:
    since, instead = _TAKEN_OUT[module]
    if not _is_at_least(version, since):
        return MissingPart(
            module=module, words=f"{module} is a part of Python that this one lacks. Choose another Python."
        )
    until = ".".join(map(str, (since[0], since[1] - 1)))
    also = f" {instead} brings one of that name." if instead else ""
    words = f"Python has no {module} any more since {'.'.join(map(str, since))}.{also} Python {until} still has it."
    return MissingPart(module=module, words=words)


def _is_at_least(version: str, since: tuple[int, int]) -> bool:
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    return len(numbers) < 2 or tuple(numbers) >= since


def _package(module: str) -> MissingPackage | None:
    """A dotted name is missing in a package that is there: installing that again brings nothing.

    Namespaces are the exception, which more than one package fills.
    """
    distribution = DISTRIBUTIONS.get(module)
    if distribution is None:
        if "." in module:
            return None
        distribution = module.replace("_", "-") if module.isascii() else ""
    wanted = requirement(distribution)
    if not isinstance(wanted, Requirement):
        return None
    return MissingPackage(module=module, distribution=wanted.word, nearest=nearest_known(wanted.name))
