"""What is going to be run to make or change an environment, as frozen values that can be shown before.  No I/O."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Step:
    """command: the program and its arguments, never a shell's line; words: what it does, while it does it."""

    command: tuple[str, ...]
    words: str

    @property
    def line(self) -> str:
        """As one would type it."""
        return shlex.join(self.command)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """changes: sentences that say what will be other than before; needs_consent: ask before, showing `shown`.

    home: the folder of the environment, which no two plans change at once.  python: what runs cells in it.
    makes: the folder that the plan makes, which goes again when the plan does not come to its end; None where it
    changes what is there.  wanted: the names of the packages that were asked for.
    """

    title: str
    steps: tuple[Step, ...]
    changes: str
    needs_consent: bool
    home: Path
    python: Path
    makes: Path | None = None
    wanted: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The commands exactly as they will be run, one a line."""
        return "\n".join(step.line for step in self.steps)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why there is no plan, and what to do instead; offers_environment: an environment of its own would help."""

    words: str
    offers_environment: bool = False
