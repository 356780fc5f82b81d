"""Virtual environments with nothing installed, one for every CPython that a worker is made for and this machine has.

Each is made once in a run, when the first test asks for it.  A version that is not found skips by its name.
Import the fixtures into the conftest.py of a folder that uses them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import surroundings

VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


def interpreter_of(version: str) -> Path | None:
    """A CPython of that minor version; None where there is none.  Runs nothing."""
    home = surroundings.REAL_HOME
    found = [
        *sorted((home / ".pyenv" / "versions").glob(f"{version}.*/bin/python")),
        *sorted((home / ".local/share/uv/python").glob(f"cpython-{version}.*/bin/python{version}")),
        *(folder / f"python{version}" for folder in (Path("/usr/local/bin"), Path("/usr/bin"), *_on_path())),
    ]
    if "{}.{}".format(*sys.version_info) == version:
        found.append(Path(sys.executable).resolve())
    return next((path for path in found if path.is_file() and os.access(path, os.X_OK)), None)


def _on_path() -> list[Path]:
    """Where else one may be put for a run; pyenv's and asdf's shims are no interpreters."""
    folders = map(Path, os.get_exec_path())
    return [folder for folder in folders if folder.is_absolute() and folder.name != "shims"]


BareEnvironments = Callable[[str], Path]


@pytest.fixture(scope="session")
def bare_environments(tmp_path_factory: pytest.TempPathFactory) -> BareEnvironments:
    """The python of an empty environment of that minor version; skips the test where there is none."""
    made: dict[str, Path] = {}

    def python_of(version: str) -> Path:
        if version not in made:
            made[version] = _made(version, tmp_path_factory)
        return made[version]

    return python_of


@pytest.fixture(scope="session", params=VERSIONS)
def bare_python(request: pytest.FixtureRequest, bare_environments: BareEnvironments) -> Path:
    """The python of an empty environment, of every version in turn."""
    version: str = request.param
    return bare_environments(version)


def _made(version: str, factory: pytest.TempPathFactory) -> Path:
    interpreter = interpreter_of(version)
    if interpreter is None:
        pytest.skip(f"{version} is not on this machine")
    folder = factory.mktemp("bare") / version
    subprocess.run([interpreter, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    return folder / "bin" / "python"
