"""Resume: the variables first, then the cells; nothing where the variables do not come back."""

from __future__ import annotations

import os

import pytest

from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.presenters.resuming import ResumingPresenter
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from engine.commands import Command, ExecutionId, HoldQueue, MoveInQueue, RequestId, RestoreLastCheckpoint, RunCell
from engine.events import CheckpointKept, Event, KernelEnded, Outcome, QueueChanged, RequestFailed, StateRestored
from engine.store.records import WorkerRecord
from tests.gui.presenters.conftest import Scripted
from tests.support.scripted_parts import ScriptedParts


class Resuming:
    def __init__(self, notebook: ScriptedParts) -> None:
        self.notebook, self.kept, self.has_kernel = notebook, KeptVariables(), False
        self.presenter = ResumingPresenter(notebook.parts, self.kept, lambda: self.has_kernel)
        self.take(CheckpointKept(execution_id=ExecutionId("e1"), cell_id="c", created_at=0.0, size_bytes=1, left_out=0))

    def take(self, event: Event) -> None:
        self.kept.take(event)
        self.presenter.take(event)

    def restored(self) -> None:
        event = StateRestored(
            execution_id=ExecutionId("e1"), cell_id="c", created_at=0.0, variables=(), surroundings=()
        )
        self.take(event)

    @property
    def sent(self) -> list[Command]:
        return self.notebook.sent


def worker(pid: int) -> WorkerRecord:
    """The last Python of an earlier life of the application."""
    return WorkerRecord(
        session_id="s",
        socket="",
        pid=pid,
        token=b"",
        working_directory="",
        log_directory="",
        python_version="",
        executable="",
        started_at=0.0,
    )


@pytest.fixture
def resuming(scripted: Scripted) -> Resuming:
    return Resuming(scripted(["one", "two", "three"]))


def test_cells_run_when_the_variables_are_back_and_not_before(resuming: Resuming) -> None:
    resuming.notebook.start(2)
    resuming.notebook.finish(2, Outcome.LOST)
    resuming.presenter.resume(resuming.notebook.cells[1:])
    assert resuming.sent == [RestoreLastCheckpoint()]
    resuming.restored()
    second, third = resuming.notebook.cells[1:]
    assert resuming.sent[1:] == [
        RunCell(cell_id=second, source="two", resumed_from="e2"),
        RunCell(cell_id=third, source="three"),
    ]


def test_nothing_runs_where_they_do_not_come_back(resuming: Resuming) -> None:
    resuming.presenter.resume(resuming.notebook.cells)
    resuming.take(RequestFailed(request_id=RequestId("request 1"), kind="restore", message="no"))
    resuming.restored()
    assert resuming.sent == [RestoreLastCheckpoint()]


def test_what_is_held_goes_on_behind_the_interrupted_cell(resuming: Resuming) -> None:
    waiting = ExecutionId("held")
    resuming.take(QueueChanged(waiting=(waiting,), held=True, reason="", continue_on_error=False))
    resuming.presenter.resume(resuming.notebook.cells[:1], with_waiting=True)
    resuming.restored()
    ran = RunCell(cell_id=resuming.notebook.cells[0], source="one")
    moved = MoveInQueue(execution_id=ExecutionId("request 2"), before=waiting)
    assert resuming.sent[1:] == [ran, moved, HoldQueue(held=False)]


def test_resume_from_here_runs_the_selected_cell_and_all_below(resuming: Resuming) -> None:
    resuming.notebook.parts.selection.select(resuming.notebook.cells[1])
    resuming.presenter.actions[Action.RESUME_FROM_HERE]()
    resuming.restored()
    assert [c.source for c in resuming.sent if isinstance(c, RunCell)] == ["two", "three"]


def test_variables_of_a_living_python_are_not_replaced_unasked(resuming: Resuming) -> None:
    resuming.has_kernel = True
    resuming.presenter.actions[Action.RESTORE_LAST_CHECKPOINT]()
    assert resuming.sent == []
    (dialog,) = resuming.notebook.window.findChildren(MessageDialog)
    dialog.answer(lambda: dialog.chosen.emit(Choice.RESTORE))
    assert resuming.sent == [RestoreLastCheckpoint()]


@pytest.mark.parametrize("lives", [True, False])
def test_a_python_that_is_still_being_looked_for_is_not_taken_for_dead(resuming: Resuming, lives: bool) -> None:
    resuming.presenter.found(worker(os.getpid() if lives else 2**30))
    resuming.presenter.actions[Action.RESTORE_LAST_CHECKPOINT]()
    asked = [dialog for dialog in resuming.notebook.window.findChildren(MessageDialog) if dialog.isVisible()]
    assert (len(asked), resuming.sent) == ((1, []) if lives else (0, [RestoreLastCheckpoint()]))


def test_a_python_that_has_ended_is_asked_about_no_more(resuming: Resuming) -> None:
    resuming.presenter.found(worker(os.getpid()))
    resuming.take(KernelEnded(expected=False, reason="killed"))
    resuming.presenter.actions[Action.RESTORE_LAST_CHECKPOINT]()
    assert resuming.sent == [RestoreLastCheckpoint()]


def test_it_is_possible_with_a_checkpoint_and_while_nothing_runs(scripted: Scripted) -> None:
    resuming = Resuming(scripted(["one"]))
    assert resuming.presenter.is_possible
    resuming.notebook.start(1)
    assert not resuming.presenter.is_possible
    assert not ResumingPresenter(resuming.notebook.parts, KeptVariables(), lambda: False).is_possible
