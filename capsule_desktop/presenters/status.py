"""What the window says around the cells: title, kernel, status line and contents.

Derived from document, runs and the events of kernel and store each time; tells the truth or nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.contents import contents
from capsule_desktop.presenters.kept_note import KeptNote
from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.presenters.memory import memory_view
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets.dots import DotState
from capsule_desktop.widgets.memory_gauge import MemoryView
from capsule_desktop.widgets.status_bar import StatusView
from capsule_desktop.widgets.values import CellState
from engine.events import (
    CheckpointKept,
    CheckpointSkipped,
    Event,
    KernelEnded,
    KernelHealth,
    KernelKept,
    KernelReady,
    KernelStarting,
    QueueChanged,
    StateRestored,
    StoreStalled,
)

# How the last run came to its end, where that was not in order.
_FAILED = ("Stopped at an error", DotState.ERROR)
_STOPPED = {CellState.STOPPED: ("Stopped by you", DotState.QUEUED), CellState.LOST: ("Python ended", DotState.ERROR)}


class KernelState(StrEnum):
    NONE = "no kernel"
    STARTING = "starting"
    READY = "ready"
    SILENT = "not answering"
    ENDED = "ended"
    SHUT_DOWN = "shut down"  # by the user


class StatusPresenter:
    """queue_note: "12 queued, held" or "".  wall: seconds since 1970."""

    def __init__(
        self,
        parts: Parts,
        kept: KeptVariables,
        *,
        queue_note: Callable[[], str],
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._parts, self._kept_note = parts, KeptNote(parts, kept, wall)
        self._queue_note = queue_note
        self._kernel = KernelState.NONE
        self._python = self._python_details = ""
        self._is_missing = False
        self._memory: MemoryView | None = None
        self._caret = ""
        self._draft = ""
        self._stalled = ""
        self._is_read_only = False

    def take(self, event: Event) -> None:
        """An event about kernel, queue, checkpoints or store, after KeptVariables; others change nothing here."""
        self._kept_note.take(event)
        match event:
            case KernelStarting():
                self._kernel, self._memory = KernelState.STARTING, None
            case KernelReady():
                self._kernel, self._is_missing = KernelState.READY, False
                self._python = _python_label(event.python_version, Path(event.executable))
            case KernelKept():
                self._kernel = KernelState.READY
            case KernelHealth() if self._kernel is KernelState.STARTING:
                return  # of the one that is to be replaced
            case KernelHealth(answering=answering):
                self._kernel = KernelState.READY if answering else KernelState.SILENT
                self._memory = memory_view(event.memory_bytes, event.memory_limit_bytes)
            case KernelEnded():
                self._kernel = KernelState.SHUT_DOWN if event.expected else KernelState.ENDED
                self._memory = None
            case StoreStalled(reason=reason):
                self._stalled = reason
                self.show_title()
            case CheckpointKept() | CheckpointSkipped() | StateRestored() | QueueChanged():
                pass  # the note of what is kept and the queue's presenter have it
            case _:
                return
        self.show_kernel()
        self.show_status()

    def show_python(self, label: str, details: str, is_missing: bool) -> None:
        """Which Python runs the cells, or will; is_missing: the label says so, and none starts until one is chosen."""
        self._python, self._python_details, self._is_missing = label, details, is_missing
        self.show_kernel()
        self.show_status()

    def caret_moved(self, line: int, column: int) -> None:
        self._caret = f"Ln {line}, Col {column}"
        self.show_status()

    def caret_left(self) -> None:
        """No caret stands in a cell: keys are commands."""
        if self._caret:
            self._caret = ""
            self.show_status()

    def show_draft(self, words: str) -> None:
        """How the draft of unsaved edits stands: "draft saved 14:02", "keeping a draft…"; "" where there is none."""
        self._draft = words
        self.show_title()

    def show_read_only(self, *, read_only: bool) -> None:
        self._is_read_only = read_only
        self.show_title()

    def show_all(self) -> None:
        self.show_title()
        self.show_runs()
        self.show_contents()

    def show_title(self) -> None:
        document = self._parts.document
        name = "Untitled.ipynb" if document.path is None else document.path.name
        self._parts.window.set_title(name, self._title_words(), document.is_dirty)

    def show_kernel(self) -> None:
        dots = {
            KernelState.NONE: DotState.QUEUED,
            KernelState.STARTING: DotState.QUEUED,
            KernelState.READY: DotState.RUNNING if self._parts.runs.under_way() else DotState.READY,
            KernelState.SILENT: DotState.WARNING,
            KernelState.ENDED: DotState.ERROR,
            KernelState.SHUT_DOWN: DotState.QUEUED,
        }
        label = self._python or "Python"
        dot = DotState.WARNING if self._is_missing else dots[self._kernel]
        if not self._is_missing and self._kernel not in (KernelState.READY, KernelState.NONE):
            label = f"{label} · {self._kernel}"
        self._parts.window.set_kernel(label, dot, self._python_details)

    def show_runs(self) -> None:
        """What depends on the runs; called when something was queued, started or ended."""
        self.show_kernel()
        self.show_status()

    def show_status(self) -> None:
        activity, dot = self._activity()
        self._parts.window.set_status(
            StatusView(
                activity=activity,
                dot=dot,
                notes=tuple(note for note in self._notes() if note),
                memory=self._memory,
                caret=self._caret,
            )
        )

    def show_contents(self) -> None:
        parts = self._parts
        self._parts.window.set_contents(contents(parts.document, parts.runs, parts.selection.value.current))

    def _title_words(self) -> str:
        """Where the work is: in its file, in a draft beside it, or nowhere yet."""
        document = self._parts.document
        if not document.is_dirty:
            return "read-only" if self._is_read_only else "not saved yet" if document.path is None else "saved"
        where = f"not recorded: {self._stalled}" if self._stalled else self._draft
        edited = "read-only · edited" if self._is_read_only else "edited"
        return f"{edited} · {where}" if where else edited

    def _activity(self) -> tuple[str, DotState]:
        under_way = self._parts.runs.under_way()
        if under_way is not None:
            waiting = under_way[1].state is CellState.WAITING
            place = self._place(under_way[0])
            dot = DotState.WAITING if waiting else DotState.RUNNING
            return (f"Waiting for your answer in {place}" if waiting else f"Running {place}"), dot
        if self._kernel is KernelState.STARTING and self._is_missing:
            return "Waiting until you have chosen a Python", DotState.WAITING
        if self._kernel is KernelState.STARTING:
            return "Starting Python", DotState.QUEUED
        if self._kernel is KernelState.SILENT:
            return "Python is not answering; it may be busy in compiled code", DotState.WARNING
        if self._kernel is KernelState.ENDED:
            return "Python has ended", DotState.ERROR
        stopped_at = self._parts.runs.stopped_at
        if stopped_at is not None and stopped_at in self._parts.document and not self._parts.runs.active():
            words, dot = _STOPPED.get(self._parts.runs.of(stopped_at).state, _FAILED)
            return f"{words} in {self._place(stopped_at)}", dot
        return "Idle", DotState.NONE

    def _place(self, cell_id: CellId) -> str:
        if cell_id not in self._parts.document:
            return "a deleted cell"
        return f"cell {self._parts.number(cell_id)} of {len(self._parts.document)}"

    def _notes(self) -> tuple[str, ...]:
        """The most important first; "" for what there is nothing to say of."""
        stalled = f"Not recorded: {self._stalled}" if self._stalled else ""
        return stalled, self._queue_note(), self._kept_note.words


def _python_label(version: str, executable: Path) -> str:
    """ "Python 3.12 · .venv": the environment's folder where it is one."""
    short = ".".join(version.split(".")[:2])
    folder = executable.parent.parent
    return f"Python {short} · {folder.name}" if (folder / "pyvenv.cfg").is_file() else f"Python {short}"
