"""Whether a newer version can be had, asked of the program that installed this one: apt, or pip of a Python.

Pure: commands, and what their output says; presenters/update_lookup.py runs them, when somebody asks and never by
itself.  No server is named here: which one is asked is how the system, or pip, was set up.  Nothing is changed.
A copy that no such place gave is not looked up by its bare name, which may be another's there.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from capsule_desktop.versions import NAME, Installed

_NO_PLACE = "No place that this computer gets its software from has Capsule Desktop."
_NO_NETWORK = (
    "Retrying (",
    "Failed to establish",
    "Temporary failure in name resolution",
    "ConnectionError",
    "timed out",
    "ProxyError",
)
_LOCAL = "/var/lib/dpkg/status"  # what is installed already, which is no place to get a newer one from


@dataclass(frozen=True, kw_only=True)
class Newest:
    """note: how far that can be relied on; "" where nothing is to be said."""

    version: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Available:
    """command: installs it, as one types it."""

    version: str
    command: str


@dataclass(frozen=True, kw_only=True)
class NotKnown:
    """why: a sentence."""

    why: str


Finding = Newest | Available | NotKnown


def lookup_command(kind: Installed, python: str) -> tuple[str, ...]:
    """Reads only; () where nobody can be asked.  python: has the pip that is asked about what pip installed."""
    match kind:
        case Installed.DEB:
            return ("apt-cache", "policy", NAME)
        case Installed.PORTABLE | Installed.CHECKOUT | Installed.PACKAGE_FILE:
            return ()
        case Installed.PACKAGE:
            return (python, "-m", "pip", "index", "versions", NAME, "--disable-pip-version-check", "--no-input")


def nobody_to_ask(kind: Installed) -> NotKnown:
    """Of a kind without a lookup_command: what to do instead."""
    match kind:
        case Installed.CHECKOUT:
            return NotKnown(why="This is a source checkout: `git pull` in its folder brings what is newer.")
        case _:
            return NotKnown(why="This copy came from a file. Look where you got that; what is kept of notebooks stays.")


def read_lookup(kind: Installed, python: str, code: int, output: str, errors: str, *, own_version: str) -> Finding:
    """What the command said, that ended with this exit code."""
    if kind is Installed.DEB:
        return _read_apt(code, output)
    return _read_pip(python, code, output, errors, own_version)


def _read_apt(code: int, output: str) -> Finding:
    installed, candidate = (_field(name, output) for name in ("Installed", "Candidate"))
    if code or not candidate or candidate == "(none)":
        return NotKnown(why=_NO_PLACE)
    places = [line for line in output.splitlines() if re.match(r"\s+-?\d+ \S", line)]
    if not any(_LOCAL not in line for line in places):
        return NotKnown(why=f"It was installed from a file. {_NO_PLACE}")
    if candidate == installed:
        note = "As this computer’s list of packages has it, which the system renews from time to time."
        return Newest(version=candidate, note=note)
    return Available(version=candidate, command=f"sudo apt update && sudo apt install {NAME}")


def _read_pip(python: str, code: int, output: str, errors: str, own_version: str) -> Finding:
    found = re.match(rf"{re.escape(NAME)} \((\S+)\)", output.strip())
    if code or found is None:
        return NotKnown(why=_why_not(errors))
    newest = found[1]
    if _parts(newest) <= _parts(own_version):
        return Newest(version=own_version)
    return Available(version=newest, command=f"{shlex.quote(python)} -m pip install --upgrade {NAME}")


def _why_not(errors: str) -> str:
    if "No module named pip" in errors:
        return "The Python that was to look it up has no pip."
    if any(sign in errors for sign in _NO_NETWORK):
        return "There is no network, or the place that packages come from does not answer."
    if "No matching distribution" in errors:
        return _NO_PLACE
    said = [line for line in errors.splitlines() if line.strip()]
    return f"pip says: {said[-1][:200]}" if said else "pip said nothing that tells a version."


def _field(name: str, output: str) -> str:
    found = re.search(rf"^\s*{name}: (\S+)", output, re.MULTILINE)
    return found[1] if found else ""


def _parts(version: str) -> tuple[int, ...]:
    """Of a release; what follows its numbers is left out, as pip offers no pre-release unasked."""
    numbers = re.match(r"\d+(\.\d+)*", version)
    parts = [int(part) for part in numbers[0].split(".")] if numbers else []
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
