"""Where a notebook's worker runs and writes, and how long it lives; said by whoever opens the notebook."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from engine.session.default_python import own_python

ChoosePython = Callable[[], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class KernelPlace:
    """Where a notebook's worker runs and writes.

    checkpoint_directory None: no automatic checkpoints.  choose_python: gives the path of the interpreter each time a
    worker is about to be started, and may ask the user; raises WorkerStartError where there is none,
    NoneChosen where the user wants none.
    background_from: bytes of the background log that the notebook has; None where only what comes is of interest.
    """

    working_directory: Path
    log_directory: Path
    checkpoint_directory: Path | None = None
    outlives: bool = True
    allow_stdin: bool = True
    choose_python: ChoosePython = own_python
    background_from: int | None = None
