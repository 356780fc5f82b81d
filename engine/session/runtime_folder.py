"""The folder of our sockets, and who is at the other end of one: what is checked before a byte is trusted.

Used by transport.py for workers, and by the application for handing files to the one that runs.  Imports no asyncio:
a start that only hands its files over must not wait for that.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import sys
import warnings
from pathlib import Path

import platformdirs

from engine.errors import WorkerStartError


def peer_identity(connection: socket.socket) -> tuple[int, int]:
    """uid and pid of whoever listens at the other end, as the kernel knows them."""
    if sys.platform == "darwin":  # <sys/un.h>: SOL_LOCAL 0, LOCAL_PEERCRED 1 (struct xucred), LOCAL_PEERPID 2
        _, uid = struct.unpack_from("II", connection.getsockopt(0, 1, 76))
        return uid, connection.getsockopt(0, 2)
    pid, uid, _ = struct.unpack("iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return uid, pid


def runtime_directory() -> Path:
    """The platform's place for sockets, made ready; a folder of ours under the temporary one where it has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs tells every caller that XDG_RUNTIME_DIR is not set
        return secure_directory(platformdirs.user_runtime_path("capsule-desktop"))


def secure_directory(path: Path) -> Path:
    """Make path and what lacks above it, 0700.  Raises WorkerStartError where others could write there."""
    try:
        for missing in reversed([p for p in (path, *path.parents) if not p.exists()]):
            with contextlib.suppress(FileExistsError):
                missing.mkdir(mode=0o700)
        if hasattr(os, "getuid"):  # on Windows the profile's own access list protects it
            _check_folder(path, owners=(os.getuid(),))
            _check_folder(path.parent, owners=(os.getuid(), 0))
        path.chmod(0o700)
    except OSError as error:
        raise WorkerStartError(f"{path} cannot be made: {error.strerror or error}.") from error
    return path


def _check_folder(folder: Path, owners: tuple[int, ...]) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise WorkerStartError(f"{folder} is not a folder of its own.")
    if found.st_uid not in owners:
        raise WorkerStartError(f"{folder} belongs to another user.")
    if found.st_uid != os.getuid() and found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX:
        raise WorkerStartError(f"Others may write to {folder}.")
