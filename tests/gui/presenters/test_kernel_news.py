"""What the window says when Python ends, comes back, went on alone, or nothing can be recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.presenters.kernel_news import KernelNews
from capsule_desktop.widgets.banner import Banner
from capsule_desktop.widgets.full_output import FullOutput
from capsule_desktop.widgets.palette import LIGHT
from capsule_desktop.widgets.report_dialog import ReportDialog
from engine.commands import ExecutionId, RequestId
from engine.events import (
    CheckpointKept,
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
    VariableRow,
)
from engine.interpreters.interpreter import Interpreter, Kind
from tests.gui.presenters.conftest import Scripted
from tests.support.scripted_parts import ScriptedParts

READY = KernelReady(pid=1, python_version="3.12.1", ipython_version="9", executable="/usr/bin/python3")
ANALYSIS = Interpreter(
    path=Path("/env/analysis/bin/python"), name="analysis", kind=Kind.VENV, home=Path("/env/analysis"), version="3.12.1"
)
KILLED = KernelEnded(expected=False, reason="It was killed (SIGKILL).\nlast words")


class News:
    def __init__(self, notebook: ScriptedParts) -> None:
        self.notebook, self._kept = notebook, KeptVariables()
        self._news = KernelNews(notebook.parts, self._kept, lambda: LIGHT)
        banner = notebook.window.findChild(Banner)
        assert banner is not None
        self.banner = banner

    def tell(self, *events: Event) -> None:
        for event in events:
            self._kept.take(event)
            self._news.take(event)

    def take_back(self, failed: Interpreter) -> None:
        self._news.taken_back(failed)

    def keep(self, number: int) -> None:
        cell = self.notebook.cells[number - 1]
        self.tell(CheckpointKept(execution_id=ExecutionId("e"), cell_id=cell, created_at=1.0, size_bytes=1, left_out=0))

    def restored(self, number: int, *outcomes: str) -> StateRestored:
        rows = (VariableRow(name="x", type_name="int", outcome=o, reason="", size_bytes=1) for o in outcomes)
        return StateRestored(
            execution_id=ExecutionId("e"),
            cell_id=self.notebook.cells[number - 1],
            created_at=1.0,
            variables=tuple(rows),
            surroundings=(),
        )

    def finish(self, execution_id: str, outcome: Outcome = Outcome.OK) -> None:
        cell = self.notebook.cells[0]
        self.tell(
            ExecutionFinished(
                execution_id=ExecutionId(execution_id),
                cell_id=cell,
                outcome=outcome,
                duration_s=1.0,
                execution_count=1,
            )
        )

    @property
    def text(self) -> str:
        return self.banner.accessibleName() if self.banner.isVisible() else ""

    @property
    def buttons(self) -> list[str]:
        return [b.text() for b in self.banner.findChildren(QPushButton) if b.isVisible()]

    def click(self, words: str) -> None:
        next(b for b in self.banner.findChildren(QPushButton) if b.text() == words).click()


@pytest.fixture
def news(scripted: Scripted) -> News:
    return News(scripted(["a", "b", "c"]))


def test_a_death_without_a_checkpoint_says_that_the_variables_are_gone(news: News) -> None:
    news.tell(KernelStarting(), READY, KILLED)
    safe = "The notebook and its outputs are as they were; the variables are gone."
    assert news.text == f"Python has ended. It was killed (SIGKILL). {safe}"
    assert news.buttons == ["Details", "Start again"]
    news.click("Details")
    page = news.notebook.window.findChild(FullOutput)
    assert page is not None
    assert page._text.toPlainText().strip() == "last words"
    page.close()


def test_after_a_death_the_message_tells_what_came_back_and_stays(news: News) -> None:
    news.tell(KernelStarting(), READY)
    news.keep(2)
    news.tell(KILLED)
    assert news.text.endswith("the variables as after cell 2 are being brought back.")
    news.tell(KernelStarting(), READY)
    assert news.text.startswith("Python has ended.")
    news.tell(news.restored(2, "restored"))
    assert news.text == "Python has ended. It was killed (SIGKILL). The variables as after cell 2 are back."
    assert news.buttons == ["Details", "Report"]
    news.click("Report")
    report = news.notebook.window.findChild(ReportDialog)
    assert report is not None
    report.close()
    news.tell(KernelStarting())
    assert news.text == ""


def test_that_the_variables_are_back_is_told_until_a_cell_was_run_well(news: News) -> None:
    news.tell(news.restored(2, "restored"))
    news.finish("e7", Outcome.ERROR)
    assert news.text == "The variables as after cell 2 are back."
    news.finish("e8")
    assert news.text == ""


def test_that_some_did_not_come_back_stays_told(news: News) -> None:
    news.tell(news.restored(2, "restored", "not restored"))
    news.finish("e8")
    assert news.buttons == ["Report"]


def test_a_death_is_told_though_a_cell_was_run_well(news: News) -> None:
    news.tell(news.restored(2, "restored"), KernelStarting(), READY, KILLED)
    news.finish("e8")
    assert news.text.startswith("Python has ended.")


def test_what_did_not_come_back_is_counted(news: News) -> None:
    news.tell(news.restored(1, "restored", "not restored", "not restored"))
    assert news.text == "The variables as after cell 1 are back, but for 2 of them."


def test_variables_that_could_not_be_brought_back_are_not_claimed(news: News) -> None:
    news.keep(1)
    news.tell(KILLED, KernelStarting(), READY)
    news.tell(RequestFailed(request_id=RequestId("r"), kind="restore", message="The file is damaged."))
    assert "are being brought back" not in news.text
    assert news.text.endswith("its variables are gone. The file is damaged.")


def test_python_ended_by_the_user_is_no_accident(news: News) -> None:
    news.keep(3)
    news.tell(KernelEnded(expected=True, reason="you ended it"))
    assert news.text == ""
    news.tell(KernelStarting(), READY, news.restored(3, "restored"))
    assert news.text == "Python was ended; the variables as after cell 3 are back."


def test_three_deaths_say_what_to_do(news: News) -> None:
    news.keep(1)
    news.tell(KILLED, RevivalGivenUp(deaths=3))
    assert news.text.startswith("Python ended 3 times in a row, and is not started by itself any more.")
    assert "SIGKILL" in news.text
    assert news.buttons == ["Details", "Start again"]


def test_a_start_that_fails_says_so_and_offers_another(news: News) -> None:
    news.tell(KernelStarting(), KernelEnded(expected=False, reason="There is no python3."))
    assert news.text == (
        "Python could not be started. There is no python3. The notebook and its outputs are as they were."
    )
    assert news.buttons == ["Try again"]
    news.tell(KernelStarting())
    assert news.text == ""


def test_another_python_that_does_not_start_is_told_though_a_cell_is_run_in_the_one_that_runs(news: News) -> None:
    news.tell(KernelStarting(), READY, KernelStarting(), KernelKept(expected=False, reason="It ended.\nNo module"))
    assert news.text == (
        "The other Python could not be started. It ended. The one that ran goes on, with all its variables."
    )
    assert news.buttons == ["Details"]
    news.finish("e8")
    assert news.buttons == ["Details"]  # why it did not start is nowhere else
    news.tell(KernelStarting(), KernelKept(expected=True, reason="You chose none."), KILLED)
    assert news.text.startswith("Python has ended.")  # and was not starting any more


def test_a_choice_that_does_not_start_is_told_once_by_its_name(news: News) -> None:
    news.tell(KernelStarting(), READY, KernelStarting(), KernelKept(expected=False, reason="It ended.\nNo module"))
    news.take_back(ANALYSIS)
    assert news.text == (
        "Python 3.12 · analysis could not be started. It ended. The one that ran goes on, with all its variables."
    )
    assert news.buttons == ["Details", "Choose…"]  # and no other message behind it


def test_a_choice_that_does_not_start_is_told_until_it_does_or_somebody_has_read_it(news: News) -> None:
    for _ in range(2):
        news.tell(KernelStarting(), KernelEnded(expected=False, reason="It ended.\nNo module"))
        news.take_back(ANALYSIS)
        news.tell(KernelStarting(), READY)  # the one that was chosen before, for a cell
        news.finish("e8")
        assert news.text == (
            "Python 3.12 · analysis could not be started. It ended. The notebook and its outputs are as they were; "
            "the Python that was chosen before is used again."
        )
        news.tell(KernelStarting(), replace(READY, executable=str(ANALYSIS.path)))
        assert news.text == ""


def test_a_worker_that_went_on_alone_is_told_with_what_still_runs(news: News) -> None:
    news.notebook.start(2)
    news.tell(KernelAttached(running="e2"))
    assert news.text == "This notebook’s Python went on while no window was open. Cell 2 is still running."


def test_that_a_worker_did_not_answer_is_told_until_it_does(news: News) -> None:
    news.tell(RequestFailed(request_id=RequestId(""), kind="attach", message="It does not answer."))
    assert news.text == "It does not answer."
    news.tell(KernelAttached(running=""))
    assert not news.notebook.parts.banners.says(Topic.REQUEST)


def test_that_a_worker_went_on_alone_is_told_until_the_user_goes_on(news: News) -> None:
    news.notebook.start(2)
    news.tell(KernelAttached(running="e2"))
    news.finish("e2")
    assert news.text == "This notebook’s Python went on while no window was open."
    news.finish("e3")
    assert news.text == ""
    news.tell(KernelAttached(running="e4"))
    news.banner.dismissed.emit()
    news.finish("e4")
    assert not news.notebook.parts.banners.says(Topic.ATTACHED)


def test_a_store_that_cannot_write_is_told_until_it_can(news: News) -> None:
    news.tell(StoreStalled(reason="the disk is full"))
    assert news.text.startswith("Nothing can be recorded just now: the disk is full.")
    news.tell(StoreStalled(reason=""))
    assert news.text == ""
