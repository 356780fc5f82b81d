"""The user's IPython profile, read as ipykernel reads it: configuration, extensions, start-up files.

Owns the making of the shell.  A profile that cannot be used is no reason not to start: the worker goes
on with an empty one and says so in its log.
"""

from __future__ import annotations

import logging
import os
import pdb  # noqa: T100  # the user's, put in order here
import sys
import tempfile
import threading

from IPython.core import debugger
from IPython.core.application import BaseIPythonApplication
from IPython.core.shellapp import InteractiveShellApp
from traitlets.config import Config

from ..outlet import Outlet
from .compiler import CellCompiler
from .shell import ZMQInteractiveShell

_JUPYTER_THREADS = 4  # unnamed ones ipykernel has when the first cell runs: the user's begin with Thread-5
_INLINE_BACKEND = "module://matplotlib_inline.backend_inline"
_PROGRAM = "ipykernel_launcher.py"  # what argparse calls a notebook, and what hydra, wandb and others look for
_logger = logging.getLogger("capsule.worker")


class KernelProfile(BaseIPythonApplication, InteractiveShellApp):
    """ipython_config.py, ipython_kernel_config.py and the startup folder of the default profile."""

    name = "ipython-kernel"  # ipykernel's, which names the second file

    def open_shell(self, outlet: Outlet) -> ZMQInteractiveShell:
        """The shell, with everything of the profile in it."""
        self.config.IPKernelApp.connection_file = ""  # pandas, tqdm and others look for this section
        self.config.HistoryManager.enabled = False  # the notebook is the history; the user's own is left alone
        shell: ZMQInteractiveShell = ZMQInteractiveShell.instance(
            parent=self, profile_dir=self.profile_dir, compiler_class=CellCompiler, outlet=outlet
        )
        self.shell = shell
        shell.configurables.append(self)  # type: ignore[arg-type]  # any Configurable, as ipykernel does
        self.init_path()
        self.init_gui_pylab()
        self.init_extensions()
        self.init_code()
        return shell


def open_shell(outlet: Outlet) -> ZMQInteractiveShell:
    """The shell of this process; made once."""
    os.environ.setdefault("MPLBACKEND", _INLINE_BACKEND)
    sys.argv = [_PROGRAM]
    # as ipykernel does: its prompt can be interrupted
    pdb.Pdb = debugger.InterruptiblePdb  # type: ignore[assignment,misc]
    pdb.set_trace = debugger.set_trace
    for _ in range(_JUPYTER_THREADS):
        threading.Thread()
    profile = _profile(Config())
    try:
        return profile.open_shell(outlet)
    except (Exception, SystemExit):  # worker start: the user's files may do anything
        _logger.exception("the IPython profile cannot be used; going on without it")
        ZMQInteractiveShell.clear_instance()
        return _profile(_empty()).open_shell(outlet)


def _profile(config: Config) -> KernelProfile:
    try:
        return _initialized(config)
    except (Exception, SystemExit):  # as above: traitlets exits where a folder cannot be made
        _logger.exception("the IPython profile cannot be read; going on without it")
        return _initialized(_empty())


def _initialized(config: Config) -> KernelProfile:
    KernelProfile.clear_instance()
    profile: KernelProfile = KernelProfile.instance(config=config)
    profile.initialize([])
    return profile


def _empty() -> Config:
    config = Config()
    folder = tempfile.mkdtemp(prefix="ipython_")
    config.BaseIPythonApplication.ipython_dir = folder
    config.ProfileDir.location = os.path.join(folder, "profile_default")
    config.InteractiveShellApp.exec_PYTHONSTARTUP = False
    return config
