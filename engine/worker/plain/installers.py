"""What installs packages into a Python without pip: named only where it works.

pyenv puts a `uv` on the path that only says that none was chosen, and Debian's own ensurepip refuses.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig

_ANSWER_S = 5.0  # for a program that only says its version
_ELSEWHERE = "Choose Kernel > Change Interpreter… to make an environment that has it."


def instead_of_pip() -> str:
    """A sentence or two: what to run, or where to go."""
    if _is_managed():
        return f"It belongs to the system, which installs its packages itself. {_ELSEWHERE}"
    if importlib.util.find_spec("ensurepip") is not None:
        return f"Run `!{shlex.quote(sys.executable)} -m ensurepip` to put it in; then this works."
    if _works("uv"):
        return "Run `%uv pip install …` instead: uv is there, and installs into this Python."
    return f"It has no ensurepip either, which would put it in. {_ELSEWHERE}"


def _is_managed() -> bool:
    """As PEP 668 marks it; an environment made of such a Python is the user's own."""
    marker = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    return sys.prefix == sys.base_prefix and os.path.exists(marker)


def _works(program: str) -> bool:
    found = shutil.which(program)
    if found is None:
        return False
    try:
        answer = subprocess.run(
            [found, "--version"], check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=_ANSWER_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0
