"""Clears the runtime directory of workers that are gone: theirs and their application's end both came without a word.

A living worker, detached or another application's, listens and is left alone; so is one that is only
being started, which has its token before it listens.  What one wrote about its own end stays for a week, for who
opens its notebook next.
"""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

from engine.session.transport import WorkerAddress

STARTING_S = 600.0  # far longer than any start is waited for
SAID_S = 7 * 24 * 3600.0


def sweep(directory: Path) -> None:
    """Remove the files of every worker in directory that does not listen and is not being started."""
    for stem in {path.stem for path in directory.iterdir()}:
        address = WorkerAddress.named(directory, stem)
        untouched_s = _untouched_s(address)
        if untouched_s > STARTING_S and not _listens(address.socket):
            address.remove(keep_stderr=untouched_s < SAID_S and _says_something(address.stderr))


def _untouched_s(address: WorkerAddress) -> float:
    changed = 0.0
    for path in (address.socket, address.token, address.stderr):
        with contextlib.suppress(FileNotFoundError):
            changed = max(changed, path.stat().st_mtime)
    return time.time() - changed


def _says_something(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)  # a full backlog is a listener too
        try:
            probe.connect(str(path))
        except BlockingIOError:
            return True
        except OSError:
            return False
    return True
