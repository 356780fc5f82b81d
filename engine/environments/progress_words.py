"""What pip, uv and conda print while they work, in words for people, and which versions came.  Sans-IO.

Read loosely: a line that says nothing known gives "", and an installer's new wording costs words, never the work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from engine.interpreters.distributions import normalised

_FILE = r"(?P<name>[A-Za-z0-9][A-Za-z0-9._]*?)-(?P<version>\d[^\s-]*?)(?:-[^\s]*\.whl|\.tar\.gz|\.zip)(?:\.metadata)?"
_SIZE = r"\((?P<size>[\d.]+ ?[kKMG]i?B|[\d.]+ bytes)\)"
_NAME = r"(?P<name>[A-Za-z0-9][\w.\[\],-]*)"

_Say = Callable[[re.Match[str]], str]

_SAYINGS: tuple[tuple[re.Pattern[str], _Say], ...] = (
    (
        re.compile(rf"\s*Downloading (?:\S*/)?{_FILE} {_SIZE}"),
        lambda m: f"Downloading {m['name']} ({_size(m['size'])})",
    ),
    (re.compile(rf"\s*Downloading {_NAME} {_SIZE}"), lambda m: f"Downloading {m['name']} ({_size(m['size'])})"),
    (re.compile(rf"Collecting {_NAME}"), lambda m: f"Looking for {m['name']}"),
    (re.compile(rf"Processing (?:\S*/)?{_FILE}"), lambda m: f"Reading {m['name']}"),
    (re.compile(rf"\s*Building (?:wheels? for(?: collected packages:)? )?{_NAME}"), lambda m: f"Building {m['name']}"),
    (re.compile(r"Installing collected packages: (?P<names>.+)"), lambda m: f"Unpacking {_some(m['names'])}"),
    (re.compile(r"Resolved (?P<n>\d+) packages?"), lambda m: f"Found {_counted(m['n'])} to install"),
    (re.compile(r"Prepared (?P<n>\d+) packages?"), lambda m: f"Unpacking {_counted(m['n'])}"),
    (re.compile(r"Collecting package metadata|Retrieving notices"), lambda _: "Reading conda's list of packages"),
    (re.compile(r"Solving environment|Resolving Environment"), lambda _: "Working out which versions go together"),
    (re.compile(r"Downloading and Extracting Packages"), lambda _: "Downloading"),
    (re.compile(r"(?:Preparing|Executing) transaction|Linking "), lambda _: "Unpacking"),
)

_VERSION = r"(?P<version>\d[\w.+!]*)"
_BROUGHT = (
    re.compile(rf"^ \+ (?P<name>[A-Za-z0-9][\w.-]*)==?{_VERSION}", re.MULTILINE),  # uv; micromamba is alike
    re.compile(rf"^Requirement already satisfied: (?P<name>[A-Za-z0-9][\w.-]*)[^\n]* \({_VERSION}\)", re.MULTILINE),
    re.compile(rf"^ +(?P<name>[a-z0-9][\w.-]*)-{_VERSION} *\|", re.MULTILINE),  # conda's downloads
)
_PIP_DONE = re.compile(r"^Successfully installed (?P<all>.+)$", re.MULTILINE)
_PIP_ONE = re.compile(rf"(?P<name>[A-Za-z0-9][\w.-]*)-{_VERSION}")


def progress_words(line: str) -> str:
    """What line says is being done; "" where it says nothing of the kind."""
    for pattern, say in _SAYINGS:
        match = pattern.match(line)
        if match is not None:
            return say(match)
    return ""


def brought(lines: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """The version that is there now of each package wanted, as far as the installer said it."""
    text = "\n".join(lines)
    found = {normalised(match["name"]): match["version"] for pattern in _BROUGHT for match in pattern.finditer(text)}
    for done in _PIP_DONE.finditer(text):
        for word in done["all"].split():
            one = _PIP_ONE.fullmatch(word)
            if one is not None:
                found[normalised(one["name"])] = one["version"]
    return {name: found[normalised(name)] for name in wanted if normalised(name) in found}


def _size(text: str) -> str:
    """ "15.0 MB" of pip's "15.0 MB" and uv's "15.0MiB"; whole from ten on."""
    number, unit = re.match(r"([\d.]+) ?(\w+)", text).groups()  # type: ignore[union-attr]  # _SIZE's own shape
    shown = f"{float(number):.0f}" if number.replace(".", "", 1).isdigit() and float(number) >= 10 else number
    return f"{shown} {unit.replace('i', '') if unit != 'bytes' else unit}"


def _some(names: str) -> str:
    words = names.split(", ")
    return names if len(words) <= 3 else f"{len(words)} packages"


def _counted(number: str) -> str:
    return "1 package" if number == "1" else f"{number} packages"
