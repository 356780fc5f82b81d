"""Runs PyInstaller: the application, its Python, its packages and Qt in one folder, for every kind of package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from installers.project import BUILD, FROZEN, ROOT, Project

SPEC = Path(__file__).with_name("capsule-desktop.spec")


class BuildError(Exception):
    """A package cannot be built; the message says why and what to do."""


def freeze(project: Project) -> Path:
    """The folder with the program and all it needs, made anew.  Raises BuildError."""
    work = BUILD / "pyinstaller"
    for folder in (FROZEN, work):
        shutil.rmtree(folder, ignore_errors=True)
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(project.epoch),
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT),
        # a package is compressed as a whole; to inflate each module took 30 ms of every start
        "PYINSTALLER_ZLIB_COMPRESSION_LEVEL": "0",
    }
    command = [sys.executable, "-P", "-m", "PyInstaller", "--noconfirm", "--log-level=WARN"]
    command += [f"--distpath={FROZEN.parent}", f"--workpath={work}", str(SPEC)]
    try:
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    except subprocess.CalledProcessError as error:
        raise BuildError("PyInstaller failed; its own words are above.") from error
    return FROZEN
