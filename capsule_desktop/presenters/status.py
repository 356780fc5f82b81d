"""What the window says around the cells: title, kernel, status line, queue and contents.

Derived from document, runs and the kernel's own events each time; tells the truth or nothing.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.contents import contents
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import BannerButton, BannerView, Tone
from capsule_desktop.widgets.dots import DotState
from capsule_desktop.widgets.full_output import FullOutput
from capsule_desktop.widgets.queue_list import QueueRow
from capsule_desktop.widgets.status_bar import StatusView
from capsule_desktop.widgets.values import CellState
from engine.events import Event, KernelEnded, KernelHealth, KernelReady, KernelStarting, RequestFailed

DETAILS = "details"  # the banner's button that is no Action
_GB = 1024**3


class KernelState(StrEnum):
    NONE = "no kernel"
    STARTING = "starting"
    READY = "ready"
    SILENT = "not answering"
    ENDED = "ended"
    SHUT_DOWN = "shut down"  # by the user


class StatusPresenter:
    """machine_memory_bytes: what the machine has, for "Memory 3.1 of 16 GB"; 0 where it is unknown."""

    def __init__(self, parts: Parts, machine_memory_bytes: int) -> None:
        self._parts = parts
        self._machine_memory_bytes = machine_memory_bytes
        self._kernel = KernelState.NONE
        self._python = ""
        self._memory_bytes = 0
        self._caret = ""
        self._last_words = ""

    def take(self, event: Event) -> None:
        """An event about the kernel; others change nothing here."""
        match event:
            case KernelStarting():
                self._kernel, self._memory_bytes = KernelState.STARTING, 0
                self._parts.window.set_banner(None)
            case KernelReady():
                self._kernel = KernelState.READY
                self._python = _python_label(event.python_version, Path(event.executable))
            case KernelHealth(answering=answering):
                self._kernel = KernelState.READY if answering else KernelState.SILENT
                self._memory_bytes = event.memory_bytes
            case KernelEnded():
                if not event.expected:
                    self._tell_end(event.reason, started=self._kernel is not KernelState.STARTING)
                self._kernel = KernelState.SHUT_DOWN if event.expected else KernelState.ENDED
                self._memory_bytes = 0
            case RequestFailed(kind="answer" | "interrupt" | "cancel", message=message):
                self._parts.window.set_banner(BannerView(text=message, tone=Tone.WARNING))
            case _:
                return
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

    def banner_button_clicked(self, key: str) -> None:
        """What the worker said at its end, which is too much for a banner."""
        if key == DETAILS:
            FullOutput("Python’s last words", self._last_words, self._parts.window).open()

    def show_all(self) -> None:
        self.show_title()
        self.show_kernel()
        self.show_runs()
        self.show_contents()

    def show_title(self) -> None:
        document = self._parts.document
        name = "Untitled.ipynb" if document.path is None else document.path.name
        words = "edited" if document.is_dirty else "not saved yet" if document.path is None else "saved"
        self._parts.window.set_title(name, words, document.is_dirty)

    def show_kernel(self) -> None:
        dots = {
            KernelState.NONE: DotState.QUEUED,
            KernelState.STARTING: DotState.QUEUED,
            KernelState.READY: DotState.RUNNING if self._running() else DotState.READY,
            KernelState.SILENT: DotState.WARNING,
            KernelState.ENDED: DotState.ERROR,
            KernelState.SHUT_DOWN: DotState.QUEUED,
        }
        label = self._python or "Python"
        if self._kernel not in (KernelState.READY, KernelState.NONE):
            label = f"{label} · {self._kernel}"
        self._parts.window.set_kernel(label, dots[self._kernel])

    def show_runs(self) -> None:
        """The queue and what depends on it; called when something was queued, started or ended."""
        rows = [
            QueueRow(
                execution_id=run.execution_id,
                label=self._parts.label(cell),
                source=(run.source or "").strip().partition("\n")[0],
                state=run.state,
            )
            for cell, run in self._parts.runs.active()
        ]
        self._parts.window.set_queue(rows)
        self.show_kernel()
        self.show_status()

    def show_status(self) -> None:
        activity, dot = self._activity()
        self._parts.window.set_status(
            StatusView(
                activity=activity,
                dot=dot,
                notes=self._notes(),
                memory=self._memory(),
                caret=self._caret,
            )
        )

    def show_contents(self) -> None:
        parts = self._parts
        self._parts.window.set_contents(contents(parts.document, parts.runs, parts.selection.value.current))

    def _running(self) -> CellId | None:
        states = (CellState.RUNNING, CellState.WAITING)
        return next((cell for cell, run in self._parts.runs.active() if run.state in states), None)

    def _activity(self) -> tuple[str, DotState]:
        running = self._running()
        if running is not None:
            waiting = self._parts.runs.of(running).state is CellState.WAITING
            place = self._place(running)
            dot = DotState.WAITING if waiting else DotState.RUNNING
            return (f"Waiting for your answer in {place}" if waiting else f"Running {place}"), dot
        if self._kernel is KernelState.STARTING:
            return "Starting Python", DotState.QUEUED
        if self._kernel is KernelState.SILENT:
            return "Python is not answering; it may be busy in compiled code", DotState.WARNING
        if self._kernel is KernelState.ENDED:
            return "Python has ended", DotState.ERROR
        stopped_at = self._parts.runs.stopped_at
        if stopped_at is not None and stopped_at in self._parts.document and not self._parts.runs.active():
            return f"Stopped at an error in {self._place(stopped_at)}", DotState.ERROR
        return "Idle", DotState.NONE

    def _place(self, cell_id: CellId) -> str:
        if cell_id not in self._parts.document:
            return "a deleted cell"
        return f"cell {self._parts.number(cell_id)} of {len(self._parts.document)}"

    def _notes(self) -> tuple[str, ...]:
        queued = sum(run.state is CellState.QUEUED for _cell, run in self._parts.runs.active())
        return (f"{queued:,} queued",) if queued else ()

    def _memory(self) -> str:
        if not self._memory_bytes:
            return ""
        if self._memory_bytes < _GB:
            return f"Memory {self._memory_bytes / 1024**2:.0f} MB"
        used, total = f"{self._memory_bytes / _GB:.1f}", round(self._machine_memory_bytes / _GB)
        return f"Memory {used} of {total} GB" if total else f"Memory {used} GB"

    def _tell_end(self, reason: str, *, started: bool) -> None:
        why, _, self._last_words = reason.partition("\n")
        what = "Python has ended." if started else "Python could not be started."
        safe = "The notebook and its outputs are as they were" + ("; the variables are gone." if started else ".")
        again = BannerButton(label="Start again" if started else "Try again", key=Action.RESTART)
        details = (BannerButton(label="Details", key=DETAILS),) if self._last_words else ()
        words = f"{what} {why} {safe}"
        self._parts.window.set_banner(BannerView(text=words, tone=Tone.ERROR, buttons=(*details, again)))


def _python_label(version: str, executable: Path) -> str:
    """ "Python 3.12 · .venv": the environment's folder where it is one."""
    short = ".".join(version.split(".")[:2])
    folder = executable.parent.parent
    return f"Python {short} · {folder.name}" if (folder / "pyvenv.cfg").is_file() else f"Python {short}"
