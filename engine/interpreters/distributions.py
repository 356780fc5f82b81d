"""Which packages are installed, from the names in site-packages alone: names in, versions out.  No I/O.

Every installer leaves NAME-VERSION.dist-info, older and Debian's ones NAME-VERSION[-py3.x].egg-info.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LOOKED_FOR = ("numpy", "pandas", "ipython", "matplotlib")  # what people choose an environment by
_METADATA = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*?)-(?P<version>[0-9][A-Za-z0-9.!+_]*)(-py[0-9.]+[^/]*)?\.(dist|egg)-info",
    re.ASCII,
)


def installed(names: Iterable[str], wanted: Iterable[str] = LOOKED_FOR) -> dict[str, str]:
    """Of the packages wanted (normalised names) those that names of files tell of, with their versions."""
    looked_for = frozenset(wanted)
    initials = {package[:1] for package in looked_for}  # most names go by these alone: a list is wanted in milliseconds
    found: dict[str, str] = {}
    for name in names:
        is_candidate = name.endswith("-info") and name[:1].lower() in initials
        metadata = _METADATA.fullmatch(name) if is_candidate else None
        if metadata and (package := normalised(metadata["name"])) in looked_for:
            found.setdefault(package, metadata["version"])
    return found


def normalised(name: str) -> str:
    """The one spelling of a package's name, by PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()
