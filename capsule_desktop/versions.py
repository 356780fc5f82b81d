"""The versions of Capsule and of what it stands on, for people who report something."""

from __future__ import annotations

from importlib.metadata import version

_NAMES = ("capsule-desktop", "PySide6-Essentials", "qasync", "resonate-sdk", "ipython")


def versions() -> tuple[tuple[str, str], ...]:
    return tuple((name, version(name)) for name in _NAMES)
