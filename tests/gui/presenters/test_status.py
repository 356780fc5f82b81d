"""Title and status line say where the work is, and nothing that is not true."""

from __future__ import annotations

import time

import pytest
from PySide6.QtWidgets import QLabel

from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.presenters.status import StatusPresenter
from capsule_desktop.widgets.status_bar import StatusBar
from capsule_desktop.widgets.title_label import TitleLabel
from capsule_desktop.widgets.tool_button import MenuButton
from engine.commands import ExecutionId
from engine.events import (
    CheckpointKept,
    CheckpointSkipped,
    Event,
    ExecutionStarted,
    KernelAttached,
    KernelEnded,
    KernelHealth,
    KernelKept,
    KernelReady,
    KernelStarting,
    Outcome,
    StateRestored,
    StoreStalled,
)
from tests.gui.presenters.conftest import Scripted
from tests.support.scripted_parts import ScriptedParts

GB = 1024**3


class Status:
    def __init__(self, notebook: ScriptedParts) -> None:
        self.notebook, self._kept, self.queue_note = notebook, KeptVariables(), ""
        self.presenter = StatusPresenter(
            notebook.parts,
            self._kept,
            queue_note=lambda: self.queue_note,
            wall=notebook.clock.wall,
        )
        notebook.window.resize(1440, 800)
        self.presenter.show_all()

    def tell(self, *events: Event) -> None:
        for event in events:
            self._kept.take(event)
            self.presenter.take(event)

    def python(self, version: str, *, attached: bool = False) -> None:
        """One of that version is ready; attached: it went on while no window was open."""
        ready = KernelReady(pid=1, python_version=version, ipython_version="", executable="/usr/bin/python3")
        for event in (KernelAttached(running=""), ready) if attached else (ready,):
            self.notebook.tell(event)
            self.tell(event)

    def ran(self, number: int, outcome: Outcome = Outcome.OK) -> ExecutionId:
        execution = self.notebook.start(number)
        at = self.notebook.clock.wall()
        self.tell(ExecutionStarted(execution_id=execution, cell_id=self.notebook.cells[number - 1], started_at=at))
        self.notebook.finish(number, outcome)
        return execution

    def kept(self, execution: ExecutionId, number: int) -> CheckpointKept:
        """The variables after that execution of cell number."""
        cell, at = self.notebook.cells[number - 1], self.notebook.clock.wall()
        event = CheckpointKept(execution_id=execution, cell_id=cell, created_at=at, size_bytes=1, left_out=0)
        self.tell(event)
        return event

    def restored(self, kept: CheckpointKept) -> None:
        self.tell(
            StateRestored(
                execution_id=kept.execution_id,
                cell_id=kept.cell_id,
                created_at=kept.created_at,
                variables=(),
                surroundings=(),
            )
        )

    def edit(self) -> None:
        self.notebook.parts.document.replace_text(self.notebook.cells[0], "edited")
        self.presenter.show_title()

    @property
    def title(self) -> str:
        label = self.notebook.window.findChild(TitleLabel)
        assert label is not None
        return label.accessibleName().removeprefix("Untitled.ipynb").strip()

    @property
    def line(self) -> list[str]:
        bar = self.notebook.window.findChild(StatusBar)
        assert bar is not None
        labels = [label.text() for label in bar.findChildren(QLabel) if not label.isHidden() and label.text()]
        return [part for label in labels for part in label.split("     ")]

    @property
    def kept_note(self) -> str:
        """After the time."""
        (note,) = [words for words in self.line if words.startswith("Variables")]
        return note.partition(", ")[2] if note.startswith("Variables kept") else note

    @property
    def kernel(self) -> str:
        named = [button.accessibleName() for button in self.notebook.window.findChildren(MenuButton)]
        return next(name.removeprefix("Kernel: ") for name in named if name.startswith("Kernel: "))


@pytest.fixture
def status(scripted: Scripted) -> Status:
    return Status(scripted(["a", "b", "c"]))


def test_the_title_says_where_unsaved_edits_are(status: Status) -> None:
    status.edit()
    assert status.title == "edited"
    status.presenter.show_draft("keeping a draft…")
    assert status.title == "edited · keeping a draft…"
    status.presenter.show_draft("draft saved 14:02")
    assert status.title == "edited · draft saved 14:02"


def test_edits_that_nothing_records_are_not_said_to_be_kept(status: Status) -> None:
    status.edit()
    status.presenter.show_draft("draft saved 14:02")
    status.tell(StoreStalled(reason="the disk is full"))
    assert status.title == "edited · not recorded: the disk is full"
    assert "Not recorded: the disk is full" in status.line
    status.tell(StoreStalled(reason=""))
    assert status.title == "edited · draft saved 14:02"


def test_a_read_only_file_is_said_to_be_so_with_what_was_edited(status: Status) -> None:
    status.presenter.show_read_only(read_only=True)
    status.edit()
    assert status.title == "read-only · edited"


def test_the_line_says_when_and_after_which_cell_the_variables_were_kept(status: Status) -> None:
    at = status.notebook.clock.wall()
    kept = CheckpointKept(
        execution_id=ExecutionId("e"), cell_id=status.notebook.cells[1], created_at=at, size_bytes=1, left_out=0
    )
    status.tell(kept)
    clock = time.strftime("%H:%M", time.localtime(at))
    assert f"Variables kept {clock}, after cell 2" in status.line


def test_variables_that_no_cell_made_are_said_to_be_kept_as_they_were_restored(status: Status) -> None:
    at = status.notebook.clock.wall()
    status.tell(CheckpointKept(execution_id=ExecutionId("e"), cell_id="", created_at=at, size_bytes=1, left_out=0))
    clock = time.strftime("%H:%M", time.localtime(at))
    assert f"Variables kept {clock}, after restoring a checkpoint" in status.line


def test_variables_that_were_not_kept_are_told_with_the_reason(status: Status) -> None:
    cell = status.notebook.cells[2]
    status.tell(CheckpointSkipped(execution_id=ExecutionId("e"), cell_id=cell, reason="over 50 MB"))
    assert "Variables not kept after cell 3: over 50 MB" in status.line


@pytest.mark.parametrize(
    ("outcome", "words"),
    [(Outcome.ERROR, "Stopped at an error in cell 2 of 3"), (Outcome.LOST, "Python ended in cell 2 of 3")],
)
def test_the_line_says_where_and_why_a_run_ended(status: Status, outcome: Outcome, words: str) -> None:
    status.notebook.start(2)
    status.notebook.finish(2, outcome)
    status.presenter.show_runs()
    assert words in status.line


def test_the_line_does_not_call_it_an_error_where_the_user_stopped(status: Status) -> None:
    status.notebook.parts.runs.stop_asked(status.notebook.start(2))
    status.notebook.finish(2, Outcome.ERROR, "KeyboardInterrupt")
    status.presenter.show_runs()
    assert "Stopped by you in cell 2 of 3" in status.line


def test_what_is_queued_is_told(status: Status) -> None:
    status.queue_note = "2 queued, held"
    status.presenter.show_runs()
    assert "2 queued, held" in status.line


def test_the_memory_of_an_ended_worker_is_not_shown(status: Status) -> None:
    status.tell(
        KernelHealth(answering=True, memory_bytes=int(3.1 * GB), memory_limit_bytes=16 * GB, cpu_s=1, variables=1)
    )
    assert "Memory 3.1 of 16 GB" in status.line
    status.tell(KernelEnded(expected=False, reason="It was killed."))
    assert not any(words.startswith("Memory") for words in status.line)


def test_what_starts_is_told_and_not_how_the_one_is_that_it_would_replace(status: Status) -> None:
    status.presenter.show_python("Python 3.12", "", False)
    alive = KernelHealth(answering=True, memory_bytes=GB, memory_limit_bytes=16 * GB, cpu_s=1, variables=1)
    status.tell(alive)
    status.tell(KernelStarting())
    status.tell(alive)
    assert (status.kernel, status.line[0]) == ("Python 3.12 · starting, queued", "Starting Python")
    status.tell(KernelKept(expected=False, reason="It does not start."))
    assert status.kernel == "Python 3.12, ready"


def test_a_python_that_is_missing_is_one_state_whatever_waits_for_it(status: Status) -> None:
    missing = "Python 3.11 · analysis · missing"
    status.presenter.show_python(missing, "", True)
    assert status.kernel == f"{missing}, warning"
    status.tell(KernelStarting())
    assert (status.kernel, status.line[0]) == (f"{missing}, warning", "Waiting until you have chosen a Python")
    status.presenter.show_python("Python 3.12", "", False)
    assert (status.kernel, status.line[0]) == ("Python 3.12 · starting, queued", "Starting Python")


def test_another_python_is_idle_wherever_the_one_before_it_stopped(status: Status) -> None:
    status.python("3.12.1")
    status.ran(2, Outcome.ERROR)
    status.presenter.show_runs()
    assert status.line[0] == "Stopped at an error in cell 2 of 3"
    status.python("3.13.0")
    assert status.line[0] == "Idle"


def test_what_the_old_python_ran_stops_nothing_of_the_new_one(status: Status) -> None:
    """That it was lost is told once it is on the disk, which may be later."""
    status.python("3.12.1")
    status.notebook.start(2)
    status.python("3.13.0")
    status.notebook.finish(2, Outcome.LOST)
    status.presenter.show_runs()
    assert status.line[0] == "Idle"
    status.ran(3, Outcome.ERROR)
    status.presenter.show_runs()
    assert status.line[0] == "Stopped at an error in cell 3 of 3"


def test_a_python_that_went_on_alone_stands_where_it_stopped(status: Status) -> None:
    status.ran(2, Outcome.ERROR)
    status.python("3.12.1", attached=True)
    assert status.line[0] == "Stopped at an error in cell 2 of 3"


@pytest.mark.parametrize(
    ("version", "of"), [("3.13.0", ", of Python 3.12"), ("3.12.4", ", of an earlier Python")], ids=["other", "same"]
)
def test_variables_of_an_earlier_python_are_said_to_be_so_until_they_are_brought_back(
    status: Status, version: str, of: str
) -> None:
    status.python("3.12.1")
    kept = status.kept(status.ran(2), 2)
    assert status.kept_note == "after cell 2"
    status.python(version)
    assert status.kept_note == f"after cell 2{of}"
    status.python("3.11.7")
    assert status.kept_note == "after cell 2, of Python 3.12"
    status.restored(kept)
    assert status.kept_note == "after cell 2"


def test_what_the_new_python_has_kept_is_its_own(status: Status) -> None:
    status.python("3.12.1")
    status.kept(status.ran(2), 2)
    status.python("3.13.0")
    status.kept(status.ran(3), 3)
    assert status.kept_note == "after cell 3"


def test_what_the_old_python_kept_last_may_be_told_late(status: Status) -> None:
    status.python("3.12.1")
    execution = status.ran(2)
    status.python("3.13.0")
    status.kept(execution, 2)
    assert status.kept_note == "after cell 2, of Python 3.12"


def test_what_an_earlier_window_left_is_of_an_earlier_python_unless_that_goes_on(status: Status) -> None:
    status.kept(ExecutionId("then"), 1)
    assert status.kept_note == "after cell 1"
    status.python("3.12.1", attached=True)
    assert status.kept_note == "after cell 1"
    status.python("3.12.1")
    assert status.kept_note == "after cell 1, of an earlier Python"


def test_what_was_not_kept_of_the_old_python_is_nothing_of_the_new_one(status: Status) -> None:
    status.python("3.12.1")
    status.kept(status.ran(1), 1)
    skipped = CheckpointSkipped(execution_id=status.ran(2), cell_id=status.notebook.cells[1], reason="over 50 MB")
    status.tell(skipped)
    assert status.kept_note == "Variables not kept after cell 2: over 50 MB"
    status.python("3.13.0")
    assert status.kept_note == "after cell 1, of Python 3.12"
    status.tell(skipped)  # late
    assert status.kept_note == "after cell 1, of Python 3.12"
