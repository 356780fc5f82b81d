"""What the status line says of the variables that are kept: since when, after which cell, and of which Python.

Told after KeptVariables, which knows what there is.  Invariant: what an earlier Python kept, and the one that runs does
not have, is not said as if it were of the one that runs.
"""

from __future__ import annotations

from collections.abc import Callable

from capsule_desktop.interpreter_choice import minor
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.kept_variables import Kept, KeptVariables, Skipped
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.time_words import clock_text
from engine.events import (
    CheckpointKept,
    CheckpointSkipped,
    Event,
    ExecutionStarted,
    KernelAttached,
    KernelReady,
)


class KeptNote:
    """wall: seconds since 1970."""

    def __init__(self, parts: Parts, kept: KeptVariables, wall: Callable[[], float]) -> None:
        self._parts, self._kept, self._wall = parts, kept, wall
        self._is_attached = False  # what says that it is ready next has had its variables all the time
        self._version = self._version_before = ""  # minor ones, "3.12", of the Python that runs and the one before it
        self._started: set[str] = set()  # the executions of the Python that runs
        self._started_before: set[str] = set()
        self._earlier: Kept | None = None  # the last, where it is an earlier Python's
        self._earlier_version = ""
        self._earlier_skipped: Skipped | None = None

    def take(self, event: Event) -> None:
        match event:
            case KernelAttached():
                self._is_attached = True
            case KernelReady(python_version=version):
                if not self._is_attached:
                    self._began()
                self._version, self._is_attached = minor(version), False
            case ExecutionStarted(execution_id=execution_id):
                self._started.add(execution_id)
            case CheckpointKept(execution_id=execution_id) if execution_id in self._started_before:
                self._earlier, self._earlier_version = self._kept.last, self._version_before
            case CheckpointSkipped(execution_id=execution_id) if execution_id in self._started_before:
                self._earlier_skipped = self._kept.skipped
            case _:
                pass

    @property
    def words(self) -> str:
        """ "" where there is nothing to say."""
        last, skipped = self._kept.last, self._kept.skipped
        if skipped is not None and skipped is not self._earlier_skipped:
            return f"Variables not kept {self._after(skipped.cell_id)}: {skipped.reason}"
        if last is None:
            return ""
        left_out = f", but for {last.left_out:,}" if last.left_out else ""
        when = clock_text(last.created_at, self._wall())
        return f"Variables kept {when}, {self._after(last.cell_id)}{left_out}{self._of_python(last)}"

    # --- inside

    def _began(self) -> None:
        """Another Python, which has nothing of what there is so far until it is restored."""
        last = self._kept.last
        if last is not self._earlier:
            self._earlier, self._earlier_version = last, self._version
        self._earlier_skipped = self._kept.skipped
        self._version_before = self._version
        self._started_before, self._started = self._started, set()

    def _of_python(self, last: Kept) -> str:
        if last is not self._earlier:
            return ""
        is_named = self._earlier_version not in ("", self._version)
        return f", of Python {self._earlier_version}" if is_named else ", of an earlier Python"

    def _after(self, cell_id: str) -> str:
        return f"after {self._parts.mention(CellId(cell_id))}"
