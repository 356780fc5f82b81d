"""Files and folders that anybody may have made, looked at so that nothing hangs, fails or fills the memory.

A notebook's folder may hold a FIFO, a device, a loop of links or a gigabyte where an environment's files should be.
Nothing here raises an OSError or executes anything (invariant 11).
"""

from __future__ import annotations

import itertools
import os
import stat
from pathlib import Path

from engine.file_system import BINARY, NO_TERMINAL, NO_WAIT

SMALL_BYTES = 64 * 1024  # pyvenv.cfg, conda's list of environments
NAMES_LIMIT = 20_000  # of one folder; a large site-packages has some 2,000


class Unreadable(Exception):
    """A file is there and cannot be used; the text says why, to go on after its name."""


def small_text(path: Path) -> str | None:
    """What is in a small file; None where there is none.  Raises Unreadable."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unreadable("is no ordinary file")
        # non-blocking: it may have become a FIFO since
        fd = os.open(path, os.O_RDONLY | BINARY | NO_WAIT | NO_TERMINAL)
        try:
            data = os.read(fd, SMALL_BYTES + 1)
        finally:
            os.close(fd)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        raise Unreadable(f"cannot be read ({error.strerror or error})") from error
    if len(data) > SMALL_BYTES:
        raise Unreadable("is far too large")
    return data.decode(errors="replace")


def names_in(folder: Path) -> list[str]:
    """The names in a folder, sorted; none where it cannot be read, and no more than NAMES_LIMIT."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in itertools.islice(entries, NAMES_LIMIT))
    except (OSError, ValueError):
        return []


def folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, links to some among them."""
    return [folder / name for name in names_in(folder) if is_folder(folder / name)]


def mode_of(path: Path) -> int:
    """st_mode of what path leads to; 0 where it leads nowhere."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def owner_of(path: Path) -> int | None:
    """The user who owns what is there (a link itself, not what it leads to)."""
    try:
        return path.lstat().st_uid
    except (OSError, ValueError):
        return None


def is_folder(path: Path) -> bool:
    return stat.S_ISDIR(mode_of(path))


def is_file(path: Path) -> bool:
    return stat.S_ISREG(mode_of(path))


def is_there(path: Path) -> bool:
    """Whether there is anything of that name, a link to nowhere too."""
    try:
        os.lstat(path)
    except (OSError, ValueError):
        return False
    return True


def is_program(path: Path) -> bool:
    """Whether it is a file that may be executed."""
    return is_file(path) and os.access(path, os.X_OK)


def is_script(path: Path) -> bool:
    """Whether an executable is a text with a #! line, as version managers' shims are."""
    try:
        fd = os.open(path, os.O_RDONLY | BINARY | NO_WAIT | NO_TERMINAL)
    except (OSError, ValueError):
        return False
    try:
        return os.read(fd, 2) == b"#!"
    except OSError:
        return False
    finally:
        os.close(fd)


def real(path: Path) -> Path:
    """path with its links followed, as far as they lead somewhere."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return path
