"""Why an installer failed, in words: what happened and what to do, from the last of what it said.  Sans-IO.

The causes are looked for in order: what failed underneath (the network, the disk) makes an installer say afterwards
that there is no such package.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LAST_LINES = 6  # shown where the cause is not known


@dataclass(frozen=True, kw_only=True)
class _Cause:
    pattern: re.Pattern[str]
    words: str


def _cause(pattern: str, words: str) -> _Cause:
    return _Cause(pattern=re.compile(pattern, re.IGNORECASE), words=words)


_NAMED = r"[`'\"]?(?P<name>[A-Za-z0-9][\w.\[\]-]*)"
_OVER_VERSION = (
    "This release of {name} is not to be had for {python}. Ask for another version, or choose another Python."
)

_CAUSES = (
    _cause(
        r"No space left on device|Errno 28\]|os error 28\)|Disk quota exceeded",
        "The disk is full. Make room, and try again.",
    ),
    _cause(
        r"externally-managed-environment|environment is externally managed",
        "This Python is looked after by the system's own package manager. Make an environment instead.",
    ),
    _cause(
        r"ensurepip is not available|No module named ensurepip",
        "This Python lacks the part that installs pip. On Debian and Ubuntu it is in the package python3-venv: run "
        "sudo apt install python3-venv in a terminal, and try again.",
    ),
    _cause(
        r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate|SSLCertVerificationError",
        "The index's certificate is not accepted: this network may look into connections. Ask who runs it.",
    ),
    _cause(
        r"Temporary failure in name resolution|Name or service not known|Failed to establish a new connection"
        r"|Network is unreachable|No route to host|Connection refused|Connection reset|dns error|error sending request"
        r"|tcp connect error|operation timed out|Read timed out|ConnectTimeout|ProxyError|CondaHTTPError"
        r"|Could not resolve host|getaddrinfo failed|network was disabled",
        "The index of packages cannot be reached. Check the connection to the network, and try again.",
    ),
    _cause(
        rf"(?P<no_versions>from versions: none)[\s\S]*?No matching distribution found for {_NAMED}",
        "There is no package “{name}” for {python}. Check the spelling.",
    ),
    _cause(
        rf"Because {_NAMED} was not found in the package registry",
        "There is no package “{name}”. Check the spelling.",
    ),
    _cause(r"PackagesNotFoundError[\s\S]*?-\s+(?P<name>[\w.-]+)", "conda has no package “{name}”. pip may have it."),
    _cause(rf"No matching distribution found for {_NAMED}", _OVER_VERSION),
    _cause(
        rf"there (?:is|are) no versions? of {_NAMED}|only the following versions of {_NAMED.replace('name', 'other')}",
        _OVER_VERSION,
    ),
    _cause(rf"because {_NAMED}\S* has no (?:usable )?wheels", _OVER_VERSION),
    _cause(r"requires a different Python|depends on Python\s*[<>=]|does not satisfy Python", _OVER_VERSION),
    _cause(
        r"ResolutionImpossible|No solution found when resolving|LibMambaUnsatisfiableError|UnsatisfiableError",
        "These packages want versions of one another that do not go together.",
    ),
    _cause(
        r"command '?\S*(?:gcc|cc|clang|g\+\+|cl\.exe)'? failed: No such file|unable to execute '?\S*(?:gcc|cc)'?"
        r"|Microsoft Visual C\+\+ 14|linker `?cc`? not found|Unknown compiler|No CMAKE_C\w*_COMPILER"
        r"|command '?\S*(?:gcc|cc)'? failed[^\n]*No such file",
        "It comes as source code that has to be compiled, and there is no compiler here. Ask for a version that is "
        "ready made for {python}, or install a compiler (on Debian and Ubuntu: sudo apt install build-essential).",
    ),
    _cause(
        r"Failed building wheel|Failed to build|metadata-generation-failed|build backend returned an error"
        r"|subprocess-exited-with-error",
        "It comes as source code, and building that failed: it may be too old for {python}. Ask for another version.",
    ),
    _cause(
        r"Permission denied|Errno 13\]|os error 13\)|EnvironmentNotWritableError|Read-only file system",
        "This environment's folder may not be written by you. Make an environment of your own instead.",
    ),
)


def failure_words(output: str, *, python: str) -> str:
    """What happened and what to do; "" where nothing known was said.  python: as people call it ("Python 3.13")."""
    for cause in _CAUSES:
        match = cause.pattern.search(output)
        if match is not None:
            groups = match.groupdict()
            name = groups.get("name") or groups.get("other") or "a package"
            return cause.words.format(name=name.rstrip("."), python=python or "this Python")
    return ""


def last_lines(output: str) -> str:
    """What was said last, without empty lines."""
    return "\n".join([line for line in output.splitlines() if line.strip()][-LAST_LINES:])
