"""Where a notebook's worker runs and writes, and how long it lives; said by whoever opens the notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class KernelPlace:
    """Where a notebook's worker runs and writes.

    checkpoint_directory None: no automatic checkpoints.  python None is the application's own interpreter.
    background_from: bytes of the background log that the notebook has; None where only what comes is of interest.
    """

    working_directory: Path
    log_directory: Path
    checkpoint_directory: Path | None = None
    outlives: bool = True
    allow_stdin: bool = True
    python: str | None = None
    background_from: int | None = None
