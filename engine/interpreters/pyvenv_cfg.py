"""What an environment's pyvenv.cfg says: text in, a frozen value out.  No I/O, and no text that it refuses.

venv, virtualenv and uv each write it a little differently; it is read as CPython's own start-up reads it (key = value,
keys in any case), and whatever else stands in it is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERSION = re.compile(r"[0-9]{1,2}\.[0-9]{1,3}(\.[0-9]{1,3})?")


@dataclass(frozen=True, kw_only=True)
class VenvConfig:
    """home: the folder of the base's executable, "" where it is not said; version likewise."""

    home: str = ""
    version: str = ""
    implementation: str = ""
    is_of_uv: bool = False
    sees_base_packages: bool = False


def parse(text: str) -> VenvConfig:
    said: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals:
            said.setdefault(key.strip().lower(), value.strip())
    return VenvConfig(
        home=said.get("home", ""),
        version=_version(said.get("version", "")) or _version(said.get("version_info", "")),
        implementation=said.get("implementation", ""),
        is_of_uv="uv" in said,
        sees_base_packages=said.get("include-system-site-packages", "").lower() == "true",
    )


def _version(words: str) -> str:
    """3.12.1 of "3.12.1" and of virtualenv's "3.12.1.final.0"."""
    found = _VERSION.match(words)
    return found.group() if found else ""
