"""engine.interpreters as this application uses it: for this user, with what the application brings itself.

Imported on a thread and after the first paint, since the window needs none of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from capsule_desktop.presenters.catalogue import Finding
from engine.interpreters.child_environment import frozen_bundle
from engine.interpreters.finding import Finder
from engine.interpreters.interpreter import Interpreter
from engine.interpreters.nearest import default, nearest
from engine.interpreters.probing import probe_all


def load() -> Finding:
    """A frozen application brings no Python for cells; a checkout's own can run them."""
    own = None if frozen_bundle() is not None else Path(sys.executable)
    return Finding(finder=Finder(Path.home(), os.environ, own), probe=_probe, nearest=nearest, default=default)


def _probe(interpreters: Sequence[Interpreter], trusted: bool) -> AsyncIterator[Interpreter]:
    return probe_all(interpreters, trusted=trusted)
