"""What became of the notebook’s Python and its records, as messages: it ended, variables are back, it went on
alone, nothing can be recorded.

Each says what happened, what is still safe and what to do next; each goes when it is no longer true, and that Python is
there with all it had when the user has gone on: a cell was run and did not fail.  Which one could not be started, and
why, stays until it was read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from capsule_desktop.interpreter_choice import label_of
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.checkpoints import problem_count, show_report
from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import BannerButton, BannerView, Tone
from capsule_desktop.widgets.full_output import FullOutput
from capsule_desktop.widgets.palette import Palette
from engine.events import (
    Event,
    ExecutionFinished,
    KernelAttached,
    KernelEnded,
    KernelKept,
    KernelReady,
    KernelStarting,
    Outcome,
    RequestFailed,
    RevivalGivenUp,
    StateRestored,
    StoreStalled,
)
from engine.interpreters.interpreter import Interpreter

DETAILS, REPORT = "details", "report"  # the keys of buttons that are no Action
_DETAILS = BannerButton(label="Details", key=DETAILS)
_CHOOSE = BannerButton(label="Choose…", key=Action.CHANGE_INTERPRETER)
_SAFE = "The notebook and its outputs are as they were"
_GOES_ON = "The one that ran goes on, with all its variables."


class KernelNews:
    """palette: the present one, for the report."""

    def __init__(self, parts: Parts, kept: KeptVariables, palette: Callable[[], Palette]) -> None:
        self._parts, self._kept, self._palette = parts, kept, palette
        self._is_starting = False
        self._has_ended = False  # and nothing has been said to be back since
        self._is_whole = False  # what is said is that Python has all its variables again
        self._running_alone = ""  # what it was running when it was found
        self._why, self._last_words = "", ""
        self._no_start, self._and_now = "", ""  # why the last one could not be started, and what holds instead
        self._failed = ""  # the path of the one that is said to have failed: told until it starts, or is dismissed

    def take(self, event: Event) -> None:
        """After KeptVariables, which knows what could come back."""
        match event:
            case KernelStarting():
                self._starting()
            case KernelReady(executable=executable):
                self._ready(executable)
            case KernelEnded() | KernelKept():
                self._ended(event)
            case StateRestored():
                self._restored(event)
            case ExecutionFinished():
                self._went_on(event)
            case RevivalGivenUp():
                self._given_up(event)
            case KernelAttached():
                self._attached(event)
            case StoreStalled():
                self._stalled(event)
            case RequestFailed(kind="restore", message=message) if self._has_ended:
                self._not_restored(message)
            case RequestFailed(kind="answer" | "interrupt" | "cancel" | "attach", message=message):
                self._parts.banners.show(Topic.REQUEST, BannerView(text=message, tone=Tone.WARNING))
            case _:
                pass

    def taken_back(self, failed: Interpreter) -> None:
        """Once it was told that this one could not be started: by its name, and what is used instead."""
        text = f"{label_of(failed)} could not be started. {self._no_start} {self._and_now}"
        self._tell_kernel(text, Tone.ERROR, _CHOOSE)
        self._failed = str(failed.path)

    def _starting(self) -> None:
        self._is_starting = True
        if not self._has_ended and not self._failed:
            self._parts.banners.drop(Topic.KERNEL)

    def _ready(self, executable: str) -> None:
        self._is_starting = False
        self._parts.banners.drop(Topic.REQUEST)  # about another Python
        if executable == self._failed:
            self._parts.banners.drop(Topic.KERNEL)

    def _ended(self, event: KernelEnded | KernelKept) -> None:
        was_starting, self._is_starting = self._is_starting, False
        if isinstance(event, KernelKept):
            self._stayed(event)
            return
        if event.expected:
            self._parts.banners.drop(Topic.KERNEL)
            self._parts.banners.drop(Topic.REQUEST)
            self._why = self._last_words = ""
            self._has_ended = True
            return
        self._why, _, self._last_words = event.reason.partition("\n")
        if was_starting:
            self._has_ended = False
            self._no_start = self._why
            self._and_now = f"{_SAFE}; the Python that was chosen before is used again."
            text = f"Python could not be started. {self._why} {_SAFE}."
            self._tell_kernel(text, Tone.ERROR, BannerButton(label="Try again", key=Action.RESTART))
            return
        self._has_ended = self._kept.last is not None  # then the engine goes on by itself
        if self._kept.last is None:
            again = BannerButton(label="Start again", key=Action.RESTART)
            self._tell_kernel(f"Python has ended. {self._why} {_SAFE}; the variables are gone.", Tone.ERROR, again)
        else:
            after = self._parts.mention(CellId(self._kept.last.cell_id))
            coming = f"the variables as after {after} are being brought back."
            self._tell_kernel(f"Python has ended. {self._why} {_SAFE}; {coming}", Tone.ERROR)

    def _stayed(self, event: KernelKept) -> None:
        """Nothing is offered: to restart the one that runs would end what was kept."""
        if event.expected:
            return
        self._no_start, _, self._last_words = event.reason.partition("\n")
        self._and_now = _GOES_ON
        self._tell_kernel(f"The other Python could not be started. {self._no_start} {_GOES_ON}", Tone.ERROR)

    def _restored(self, event: StateRestored) -> None:
        rows = (*event.variables, *event.surroundings)
        problems = problem_count(rows)
        but = f", but for {problems:,} of them" if problems else ""
        back = f"he variables as after {self._parts.mention(CellId(event.cell_id))} are back{but}."
        text = f"T{back}"
        if self._has_ended:
            text = f"Python has ended. {self._why} T{back}" if self._why else f"Python was ended; t{back}"
        report = BannerButton(label="Report", key=REPORT)
        tone = Tone.WARNING if problems or self._why else Tone.INFO
        heading = f"The variables as after {self._parts.mention(CellId(event.cell_id))}"
        self._tell_kernel(
            text,
            tone,
            report,
            on_report=lambda: show_report(heading, rows, self._palette(), self._parts.window),
        )
        self._is_whole = not problems
        self._has_ended, self._why, self._last_words = False, "", ""

    def _went_on(self, event: ExecutionFinished) -> None:
        """What did not come back stays told: the report is nowhere else."""
        if event.execution_id == self._running_alone:
            self._running_alone = ""
            if self._parts.banners.says(Topic.ATTACHED):
                self._tell_attached("")
        elif event.outcome is Outcome.OK:
            self._parts.banners.drop(Topic.ATTACHED)
            if self._is_whole:
                self._parts.banners.drop(Topic.KERNEL)

    def _not_restored(self, message: str) -> None:
        self._has_ended = False
        text = f"Python has ended. {self._why} The notebook and its outputs are as they were; its variables are gone. "
        self._tell_kernel(f"{text}{message}", Tone.ERROR)

    def _given_up(self, event: RevivalGivenUp) -> None:
        self._has_ended = False
        text = (
            f"Python ended {event.deaths} times in a row, and is not started by itself any more. {self._why} "
            "The notebook, its outputs and the variables that were kept are safe. Change or skip the cell that ends "
            "it, then start again."
        )
        self._tell_kernel(text, Tone.ERROR, BannerButton(label="Start again", key=Action.RESTART))

    def _attached(self, event: KernelAttached) -> None:
        self._parts.banners.drop(Topic.REQUEST)  # that it did not answer, say
        self._running_alone = event.running
        cell = self._parts.runs.cell_of(event.running) if event.running else None
        self._tell_attached("" if cell is None else f" {self._parts.label(cell)} is still running.")

    def _tell_attached(self, still: str) -> None:
        text = f"This notebook’s Python went on while no window was open.{still}"
        self._parts.banners.show(Topic.ATTACHED, BannerView(text=text))

    def _stalled(self, event: StoreStalled) -> None:
        if not event.reason:
            self._parts.banners.drop(Topic.STORE)
            return
        text = (
            f"Nothing can be recorded just now: {event.reason}. What was recorded before is safe, and what came since "
            "is still here and waits; cells that are queued now start when it is. Make room, or save under another "
            "name on another disk."
        )
        self._parts.banners.show(Topic.STORE, BannerView(text=text, tone=Tone.ERROR, dismissable=False))

    def _tell_kernel(
        self, text: str, tone: Tone, *buttons: BannerButton, on_report: Callable[[], None] | None = None
    ) -> None:
        self._is_whole, self._failed = False, ""
        details = (_DETAILS,) if self._last_words else ()
        view = BannerView(text=text, tone=tone, buttons=(*details, *buttons))
        self._parts.banners.show(Topic.KERNEL, view, partial(self._on_button, self._last_words, on_report))

    def _on_button(self, last_words: str, on_report: Callable[[], None] | None, key: str) -> None:
        match key:
            case str() if key == DETAILS:
                FullOutput("Python’s last words", last_words, self._parts.window).open()
            case str() if key == REPORT and on_report is not None:
                on_report()
            case _:
                pass
