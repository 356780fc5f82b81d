"""The environment that tests run in: a home, state and runtime directories of their own.

isolate() is called once, by conftest.py, before anything of ours is imported; the directories are
removed when the run ends.  The runtime directory's name is short, since a socket's path may have
no more than 107 bytes.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path

_REAL_HOME_VARIABLE = "CAPSULE_TESTS_REAL_HOME"  # for a process of tests that another such process starts
REAL_HOME = Path(os.environ.get(_REAL_HOME_VARIABLE) or Path.home())
_CHECKOUT = Path(__file__).parents[2]
_root: Path | None = None


def isolate() -> None:
    """Point every directory that programs look for by the environment into one of our own."""
    global _root  # noqa: PLW0603  # one environment a process
    if _root is not None:
        return
    _root = Path(tempfile.mkdtemp(prefix="cap-"))
    _root.chmod(0o700)
    os.environ[_REAL_HOME_VARIABLE] = str(REAL_HOME)
    own = {
        "HOME": "home",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_STATE_HOME": "state",
        "XDG_CACHE_HOME": "cache",
        "XDG_RUNTIME_DIR": "run",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "jupyter",
        "JUPYTER_DATA_DIR": "jupyter",
        "JUPYTER_RUNTIME_DIR": "jupyter",
    }
    for variable, folder in own.items():
        (_root / folder).mkdir(mode=0o700, exist_ok=True)
        os.environ[variable] = str(_root / folder)
    # matplotlib's font list takes seconds to make; it is the checkout's, so that it is made once
    os.environ["MPLCONFIGDIR"] = str(_CHECKOUT / ".pytest_cache" / "matplotlib")
    if (REAL_HOME / ".pyenv").is_dir():  # its shims look below HOME otherwise
        os.environ.setdefault("PYENV_ROOT", str(REAL_HOME / ".pyenv"))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # of 0.2 s; on a busy machine the variables of a cell would be said to take too long to keep now and then
    os.environ.setdefault("CAPSULE_KEEP_LIMIT_S", "2")
    os.environ["SHELL"] = "/bin/sh"  # where there is none (CI), IPython looks for one on the path, which tests change
    os.environ["LC_ALL"] = "C.UTF-8"  # Qt takes the locale over, and with it the language of the system's own words
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what it does not wait for; inherited
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for variable in ("LANGUAGE", "MPLBACKEND", "PYTHONSTARTUP", "PYTHONINSPECT"):
        os.environ.pop(variable, None)


def remove() -> None:
    if _root is not None:
        shutil.rmtree(_root, ignore_errors=True)
