"""The folder that a plan makes: whether it may be made there, and taking away what is half made.

Keeps that nothing goes but what the plan made: a folder that was there before, or a link to one, stays and is empty.
Blocks, so it is for a thread.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger("capsule.environments")

_NAMES_TRIED = 100


def is_in_use(folder: Path) -> bool:
    """Whether something is there that is not ours to take away; an empty folder is made use of."""
    try:
        return any(folder.iterdir())
    except FileNotFoundError:
        return os.path.lexists(folder)
    except OSError:
        return True


def free_folder(wanted: Path) -> Path:
    """The one that is wanted, or beside it the first of this name and a number that nothing is in."""
    names = (wanted, *(wanted.with_name(f"{wanted.name}-{number}") for number in range(2, _NAMES_TRIED)))
    return next((folder for folder in names if not is_in_use(folder)), wanted)


@dataclass(frozen=True, kw_only=True)
class MadeFolder:
    """path, as it was before the plan began."""

    path: Path
    was_there: bool

    @classmethod
    def before(cls, path: Path) -> MadeFolder:
        return cls(path=path, was_there=os.path.lexists(path))

    def take_away(self) -> bool:
        """Whether nothing is left of what was made."""
        try:
            if not self.was_there:
                shutil.rmtree(self.path, onexc=_on_left)
                return not os.path.lexists(self.path)
            for child in self.path.iterdir():
                if child.is_dir() and not child.is_symlink():
                    shutil.rmtree(child, onexc=_on_left)
                else:
                    child.unlink()
            return not any(self.path.iterdir())
        except FileNotFoundError:
            return True
        except OSError as error:
            _log_left(error)
            return False

    def left_words(self, *, is_gone: bool) -> str:
        """What take_away() came to."""
        if not is_gone:
            return f"What was half made in {self.path} could not be taken away: delete it yourself."
        how = "is empty again" if self.was_there else "was taken away again"
        return f"The folder {self.path} {how}; nothing else was changed."


def _on_left(_function: Callable[..., object], _path: str, error: BaseException) -> None:
    if not isinstance(error, FileNotFoundError):
        _log_left(error)


def _log_left(error: BaseException) -> None:
    log.warning("a folder that was half made was not taken away: %s", error)
