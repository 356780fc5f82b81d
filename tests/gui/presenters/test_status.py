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
    KernelEnded,
    KernelHealth,
    KernelKept,
    KernelStarting,
    Outcome,
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
