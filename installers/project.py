"""What every installer says of the project: read from pyproject.toml and the checkout's last commit.

Owns where a build goes.  Nothing here depends on the machine but the architecture, which is asked for where it is used.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
DIST = BUILD / "dist"  # what is handed out
FROZEN = BUILD / "frozen" / "capsule-desktop"  # PyInstaller's folder

# A build of a checkout without history (an unpacked archive) is dated by this instead of by its last commit
_NO_COMMIT_EPOCH = 1_750_000_000


@dataclass(frozen=True)
class Project:
    name: str
    version: str
    summary: str
    epoch: int
    """SOURCE_DATE_EPOCH: seconds; the time of every file in a package."""

    @property
    def debian_version(self) -> str:
        """A pre-release sorts before its release: 1.0rc1 is 1.0~rc1."""
        return re.sub(r"(?<=\d)\.?(a|b|rc|dev)(?=\d)", r"~\1", self.version)


def read_project(root: Path = ROOT) -> Project:
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Project(name=table["name"], version=table["version"], summary=table["description"], epoch=_epoch(root))


def _epoch(root: Path) -> int:
    """When what is built was last changed."""
    command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return _NO_COMMIT_EPOCH
    return int(done.stdout)
