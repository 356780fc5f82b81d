"""A process as it would be where POSIX is not: what Windows lacks is taken away from what Python brings.

Run as a process: [SCRIPT [ARGUMENT…]].  It loads what is not ours as it is here, takes those modules and names away,
and runs the script; without one it imports every module of ours but the worker's, and says which fail, a line for each.
"""

from __future__ import annotations

import asyncio
import errno
import importlib
import os
import runpy
import shutil
import signal
import socket
import sys
from fcntl import LOCK_EX, LOCK_NB
from fcntl import flock as _flock
from functools import partial
from pathlib import Path
from types import ModuleType

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.sources import CHECKOUT

MODULES = ("fcntl", "termios", "tty", "pty", "resource", "pwd", "grp")
NAMES: dict[ModuleType, str] = {
    os: "fork forkpty killpg setsid getsid getpgid getpgrp getuid geteuid getgid getegid getgroups mkfifo mknod "
    "pidfd_open fchmod fchown chown lchown pread pwrite preadv pwritev posix_fadvise posix_fallocate sysconf uname "
    "sched_getaffinity openpty memfd_create statvfs fstatvfs nice wait wait3 wait4 waitid fdatasync sync lockf "
    "O_CLOEXEC O_NOFOLLOW O_DIRECTORY O_NONBLOCK O_NOCTTY O_SYNC O_PATH O_TMPFILE",
    signal: "SIGHUP SIGKILL SIGBUS SIGQUIT SIGUSR1 SIGUSR2 SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGALRM SIGPIPE SIGRTMIN "
    "SIGRTMAX SIGWINCH SIGXCPU pthread_sigmask pthread_kill pidfd_send_signal siginterrupt sigwait setitimer alarm",
    socket: "AF_UNIX SO_PEERCRED SCM_RIGHTS",
    asyncio: "open_unix_connection start_unix_server",
}


class WindowsLibrary(ModuleType):
    """msvcrt's locks, one of a whole file for one of a byte."""

    LK_LOCK, LK_NBLCK = 1, 2

    def __init__(self) -> None:
        super().__init__("msvcrt")

    def locking(self, descriptor: int, how: int, _size: int) -> None:
        try:
            _flock(descriptor, LOCK_EX if how == self.LK_LOCK else LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            raise PermissionError(errno.EACCES, "Permission denied") from error


def be_elsewhere() -> None:
    """For the rest of this process.  What has taken such a name already keeps it: Python's own modules do."""
    socket.socketpair = partial(socket.socketpair, socket.AF_UNIX)  # loops are woken by one
    shutil._use_fd_functions = False  # type: ignore[attr-defined]  # how it removes folders
    sys.modules["msvcrt"] = WindowsLibrary()
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]  # makes its import an ImportError
    for module, names in NAMES.items():
        for name in names.split():
            if hasattr(module, name):
                delattr(module, name)


def our_modules() -> list[str]:
    """All but the worker's, which runs where POSIX is."""
    files = [
        file.relative_to(CHECKOUT) for room in ("engine", "capsule_desktop") for file in (CHECKOUT / room).rglob("*.py")
    ]
    names = {".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in files}
    return sorted(name for name in names if not name.startswith("engine.worker"))


def forget_ours() -> None:
    """They are imported anew, by whoever wants them."""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("engine", "capsule_desktop")]:
        del sys.modules[name]


def import_all() -> list[str]:
    """What failed."""
    failed = []
    for name in our_modules():
        try:
            importlib.import_module(name)
        except (ImportError, AttributeError) as error:
            failed.append(f"{name}: {error}")
    return failed


if __name__ == "__main__":
    import_all()  # with what they bring that is not ours
    forget_ours()
    be_elsewhere()
    if sys.argv[1:]:
        sys.argv = sys.argv[1:]
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        print(*import_all(), sep="\n")
