"""A Python that could run cells, as a frozen value: where it is, what it is, and whether it can.  No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from pathlib import Path

OLDEST = (3, 10)  # what the worker runs on
NEWEST = (3, 14)  # what it was tried on; a later one may do

_RELEASE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){0,2}")


class Kind(StrEnum):
    """What made it, or whose it is: what people look for one by."""

    FOLDER = auto()  # the environment inside the notebook's own folder
    VENV = auto()
    UV = auto()  # made by uv: it may have no pip
    CONDA = auto()  # conda, mamba and the like
    PYENV = auto()
    SYSTEM = auto()  # the distribution's
    OWN = auto()  # the application's own, in a source checkout


class Standing(StrEnum):
    """How it stands with running cells; Interpreter.reason says why it is not USABLE."""

    USABLE = auto()
    PARTIAL = auto()  # it is there, and cells cannot be run with it as it is
    MISSING = auto()  # it is gone, or does not start


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """path: as it is started, absolute and never resolved, since a virtual environment's python is a link.

    name: what people call it (".venv", "analysis", "Python 3.12"); home: the environment's folder.  version: "3.12.1",
    "" where it is unknown.  packages: of those that people look for (distributions.LOOKED_FOR), name to version, as far
    as they are there.  is_managed: others look after what is installed there (conda, or PEP 668's marker).  is_conda:
    conda changes it, also where its kind says other things (a notebook folder's own).  has_pip, has_venv,
    has_ensurepip: these modules are there (Debian's venv without ensurepip makes no environment).  is_probed: it was
    run once and answered; else all this was read from files.
    """

    path: Path
    name: str
    kind: Kind
    home: Path
    version: str = ""
    standing: Standing = Standing.USABLE
    reason: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    is_managed: bool = False
    is_conda: bool = False
    has_pip: bool = False
    has_venv: bool = False
    has_ensurepip: bool = False
    is_probed: bool = False

    @property
    def release(self) -> tuple[int, ...]:
        """The numbers of its version, to compare by; empty where it is unknown."""
        return release(self.version)


def release(version: str) -> tuple[int, ...]:
    """(3, 12, 1) of "3.12.1"; what follows the numbers ("rc1", "+") is left out."""
    numbers = _RELEASE.match(version)
    return () if numbers is None else tuple(int(number) for number in numbers.group().split("."))


def too_old(version: str) -> str:
    """Why a Python of this version runs no cells; "" where it does, or where the version is unknown."""
    numbers = release(version)
    if not numbers or numbers[:2] >= OLDEST:
        return ""
    return f"This is Python {version}; cells need Python {OLDEST[0]}.{OLDEST[1]} or later."
