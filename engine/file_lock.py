"""The lock of an open file: one holder, or several that share it, and none that has died.

A lock is held by its descriptor, and the system takes it back when that is closed, however its process ends.  What the
store, process lives, saves, crash reports and the single instance hold each other out with.  Opens, makes and removes
nothing: whether a file is there says nothing about who holds it, and whoever removes one sees to its own races.

Of libraries, filelock takes locks of open files as well, but waits by polling and has none to share, portalocker needs
pywin32 for that, and both lock the bytes of the file that others here read, which Windows keeps from them then.
"""

from __future__ import annotations

import errno
import os

_LOCKED_BYTE = 0x7FFF_0000  # Windows locks bytes: one that is behind all that is read of a locked file
_HELD_BY_ANOTHER = {errno.EACCES, errno.EDEADLK}  # as msvcrt.locking says it


def take(descriptor: int, *, shared: bool = False, waits: bool = False) -> None:
    """Hold the file's lock from now on, until the descriptor and what was inherited or dup'ed of it are closed.

    waits: for as long as others hold it.  Raises BlockingIOError where they do and nobody waits; any other OSError is
    of a file system that has no locks to give.
    """
    try:
        import fcntl  # here: Windows has none
    except ImportError:
        _take_on_windows(descriptor, waits=waits)
        return
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    fcntl.flock(descriptor, kind if waits else kind | fcntl.LOCK_NB)


def _take_on_windows(descriptor: int, *, waits: bool) -> None:
    """Not verified: never run on Windows by its authors.

    C's library there has no locks to share, so that who wants to share one has it alone, and waits for ten seconds.
    """
    import msvcrt

    how = msvcrt.LK_LOCK if waits else msvcrt.LK_NBLCK  # type: ignore[attr-defined]  # there is only on Windows
    place = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, how, 1)  # type: ignore[attr-defined]  # likewise
    except OSError as error:
        if error.errno in _HELD_BY_ANOTHER:
            raise BlockingIOError(errno.EAGAIN, "another process holds it") from error
        raise
    finally:
        os.lseek(descriptor, place, os.SEEK_SET)
