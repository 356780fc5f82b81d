"""The environment variables of an activated environment: programs that cells start belong to the Python that runs.

`!pip install` must put a package where the next cell finds it, as in a terminal after `activate`.  Called by boot.py,
before surroundings.py notes how the variables stood at the start.
"""

from __future__ import annotations

import os
from typing import MutableMapping


def activate(environment: MutableMapping[str, str], *, executable: str, prefix: str, base_prefix: str) -> None:
    """Change environment (os.environ) as the environment's own script would; the three are those of sys."""
    is_conda = os.path.isdir(os.path.join(prefix, "conda-meta"))
    is_venv = prefix != base_prefix
    for name in ("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT"):
        environment.pop(name, None)  # of the terminal that the application was started from
    if is_venv:
        environment["VIRTUAL_ENV"] = prefix
    elif is_conda:
        environment["CONDA_PREFIX"] = prefix
        environment["CONDA_DEFAULT_ENV"] = os.path.basename(prefix)
    folders = [folder for folder in environment.get("PATH", os.defpath).split(os.pathsep) if folder]
    own = os.path.dirname(executable)
    if is_venv or is_conda or own not in folders:
        environment["PATH"] = os.pathsep.join([own, *(folder for folder in folders if folder != own)])
