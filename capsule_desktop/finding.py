"""How this application finds and probes interpreters: for this user, with what the application brings itself.

load() imports what reads folders and runs Pythons, on a thread and after the first paint, since the window needs none
of it.  The values (engine.interpreters.interpreter) are known to whoever shows them, and what runs commands to whoever
runs them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.interpreters.interpreter import Interpreter


class Finder(Protocol):
    """Reads files, so it is called on a thread."""

    def find(self, notebook_folder: Path | None) -> tuple[Interpreter, ...]: ...

    def describe(self, path: Path, notebook_folder: Path | None = None) -> Interpreter: ...


@dataclass(frozen=True, kw_only=True)
class Finding:
    """probe: runs each; those of a notebook's folder only where it is trusted.  has_uv: reads files, as finder does."""

    finder: Finder
    probe: Callable[[Sequence[Interpreter], bool], AsyncIterator[Interpreter]]
    nearest: Callable[[str, str, Sequence[Interpreter]], Interpreter | None]
    default: Callable[[Sequence[Interpreter]], Interpreter | None]
    has_uv: Callable[[], bool]


def load() -> Finding:
    """A frozen application brings no Python for cells; a checkout's own can run them."""
    from engine.environments.tools import find_uv
    from engine.interpreters.child_environment import frozen_bundle
    from engine.interpreters.finding import Finder
    from engine.interpreters.nearest import default, nearest
    from engine.interpreters.probing import probe_all

    def probe(interpreters: Sequence[Interpreter], trusted: bool) -> AsyncIterator[Interpreter]:
        return probe_all(interpreters, trusted=trusted)

    own = None if frozen_bundle() is not None else Path(sys.executable)
    return Finding(
        finder=Finder(Path.home(), os.environ, own),
        probe=probe,
        nearest=nearest,
        default=default,
        has_uv=lambda: find_uv(os.environ, Path.home()) is not None,
    )
