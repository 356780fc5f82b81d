"""The queue as the engine tells it: its order, what is held and why, and what is left to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.queue import QueuePresenter
from capsule_desktop.widgets.banner import Banner
from capsule_desktop.widgets.queue_list import SHOWN_LIMIT, QueueList
from capsule_desktop.widgets.queue_panel import QueuePanel
from capsule_desktop.widgets.queue_values import GoOn, HoldRuns, MoveRun, RemoveAllRuns, RemoveRun, ShowRun
from engine.commands import CancelExecution, ExecutionId, GoOnAfterErrors, HoldQueue, MoveInQueue
from engine.events import ExecutionQueued, QueueChanged
from tests.gui.presenters.conftest import Scripted
from tests.support.scripted_parts import ScriptedParts

CAME_BACK = "They were waiting when the notebook was closed."


async def nothing_known(_sources: frozenset[str]) -> Mapping[str, float]:
    return {}


class Queue:
    def __init__(
        self,
        notebook: ScriptedParts,
        durations: Callable[[frozenset[str]], Awaitable[Mapping[str, float]]] = nothing_known,
    ) -> None:
        self.notebook, self.stops, self.shown = notebook, 0, list[CellId]()
        self.presenter = QueuePresenter(
            notebook.parts,
            durations=durations,
            stop=self._stop,
            show_cell=self.shown.append,
            parent=notebook.window,
            now=notebook.clock.now,
        )
        panel, rows = notebook.window.findChild(QueuePanel), notebook.window.findChild(QueueList)
        banner = notebook.window.findChild(Banner)
        assert panel is not None
        assert rows is not None
        assert banner is not None
        self.panel, self.rows, self.banner = panel, rows, banner

    def changed(self, *waiting: str, held: bool = False, reason: str = "", go_on: bool = False) -> None:
        ids = tuple(map(ExecutionId, waiting))
        self.presenter.take(QueueChanged(waiting=ids, held=held, reason=reason, continue_on_error=go_on))

    @property
    def order(self) -> list[str]:
        model = self.rows.model()
        return [model.index(n, 0).data() for n in range(model.rowCount())]

    @property
    def said(self) -> list[str]:
        return [w.text() for w in self.panel.findChildren(QLabel) if not w.isHidden() and w.text()]

    @property
    def buttons(self) -> list[str]:
        return [b.text() for b in self.panel.findChildren(QPushButton) if not b.isHidden()]

    @property
    def told(self) -> str:
        return self.banner.accessibleName() if self.banner.isVisible() else ""

    def _stop(self) -> None:
        self.stops += 1


@pytest.fixture
def queue(scripted: Scripted) -> Queue:
    notebook = scripted(["a()", "b()", "c()", "d()"])
    # no task is spawned for durations outside a loop
    notebook.parts = replace(notebook.parts, tasks=NoTasks())
    return Queue(notebook)


class NoTasks:
    """A task owner that ends what it is given at once."""

    def spawn(self, work: object, name: str) -> None:
        work.close()  # type: ignore[attr-defined]  # a coroutine


def test_the_engines_order_counts_and_what_came_since_is_behind(queue: Queue) -> None:
    queue.notebook.start(1)
    queue.notebook.queue(2)
    queue.notebook.queue(3)
    queue.changed("e3", "e2")
    assert queue.order == ["Cell 1", "Cell 3", "Cell 2"]
    queue.notebook.queue(4)
    queue.presenter.show()
    assert queue.order == ["Cell 1", "Cell 3", "Cell 2", "Cell 4"]


def test_what_has_started_or_was_skipped_is_no_longer_where_it_waited(queue: Queue) -> None:
    for number in (1, 2, 3):
        queue.notebook.queue(number)
    queue.changed("e1", "e2", "e3")
    queue.notebook.begin(ExecutionId("e2"), 2)
    queue.notebook.finish(1)
    queue.presenter.show()
    assert queue.order == ["Cell 2", "Cell 3"]


def test_stop_after_this_holds_what_waits_and_can_be_undone(queue: Queue) -> None:
    queue.notebook.start(1)
    queue.notebook.queue(2)
    queue.presenter.show()
    assert queue.buttons == ["Stop after this", "Remove all"]
    queue.presenter.ask(HoldRuns(held=True))
    assert queue.notebook.sent == [HoldQueue(held=True)]
    queue.changed("e2", held=True, reason="You stopped the queue here.")
    assert "Stops after cell 1." in queue.said
    assert queue.buttons == ["Go on", "Remove all"]
    assert queue.told == ""
    queue.presenter.ask(HoldRuns(held=False))
    assert queue.notebook.sent[1:] == [HoldQueue(held=False)]
    queue.changed("e2")
    assert queue.buttons == ["Stop after this", "Remove all"]


def test_a_queue_that_came_back_says_why_it_waits_above_the_notebook_too(queue: Queue) -> None:
    queue.notebook.queue(1)
    queue.notebook.queue(2)
    queue.changed("e1", "e2", held=True, reason=CAME_BACK)
    assert CAME_BACK in queue.said
    assert queue.buttons == ["Run", "Remove all"]
    assert queue.told == f"2 cells wait in the queue. {CAME_BACK}"
    next(b for b in queue.banner.findChildren(QPushButton) if b.text() == "Run").click()
    assert queue.notebook.sent == [HoldQueue(held=False)]
    queue.changed("e1", "e2")
    assert queue.told == ""


def test_a_held_queue_that_is_moved_is_held_for_the_same_reason(queue: Queue) -> None:
    queue.notebook.queue(1)
    queue.notebook.queue(2)
    queue.changed("e1", "e2", held=True, reason=CAME_BACK)
    queue.changed("e2", "e1", held=True, reason="You stopped the queue here.")
    assert CAME_BACK in queue.said
    assert queue.order == ["Cell 2", "Cell 1"]


def test_a_cell_that_is_run_besides_a_held_queue_is_not_held(queue: Queue) -> None:
    queue.notebook.queue(1)
    queue.changed("e1", held=True, reason=CAME_BACK)
    queue.notebook.start(2)
    queue.notebook.queue(3)
    queue.presenter.show()
    model = queue.rows.model()
    assert [model.row(model.index(n, 0)).detail for n in range(3)] == ["", "held", ""]


def test_when_all_that_was_held_is_gone_nothing_is_said_to_be_held(queue: Queue) -> None:
    queue.notebook.queue(1)
    queue.changed("e1", held=True, reason=CAME_BACK)
    queue.notebook.finish(1)
    queue.presenter.show()
    assert queue.told == ""
    assert not queue.panel.isVisible()


def test_the_status_line_is_told_how_many_wait_and_how_many_are_held(queue: Queue) -> None:
    queue.notebook.start(1)
    queue.notebook.queue(2)
    queue.presenter.show()
    assert queue.presenter.note == "1 queued"
    queue.changed("e2", held=True, reason=CAME_BACK)
    assert queue.presenter.note == "1 queued, held"
    queue.notebook.queue(3)
    queue.presenter.show()
    assert queue.presenter.note == "2 queued, 1 held"


def test_rows_are_moved_and_taken_out_by_the_engine(queue: Queue) -> None:
    queue.notebook.start(1)
    queue.notebook.queue(2)
    queue.presenter.ask(MoveRun(execution_id="e2", before="e9"))
    queue.presenter.ask(MoveRun(execution_id="e2", before=""))
    queue.presenter.ask(RemoveRun(execution_id="e2"))
    queue.presenter.ask(GoOn(enabled=True))
    assert queue.notebook.sent == [
        MoveInQueue(execution_id=ExecutionId("e2"), before=ExecutionId("e9")),
        MoveInQueue(execution_id=ExecutionId("e2"), before=None),
        CancelExecution(execution_id=ExecutionId("e2")),
        GoOnAfterErrors(enabled=True),
    ]


def test_what_runs_is_stopped_by_the_ladder_and_not_cancelled(queue: Queue) -> None:
    queue.notebook.start(1)
    queue.presenter.ask(RemoveRun(execution_id="e1"))
    assert queue.stops == 1
    assert queue.notebook.sent == []


def test_remove_all_leaves_what_runs(queue: Queue) -> None:
    queue.notebook.start(1)
    queue.notebook.queue(2)
    queue.notebook.queue(3)
    queue.presenter.ask(RemoveAllRuns())
    assert queue.notebook.sent == [CancelExecution(execution_id=ExecutionId(e)) for e in ("e2", "e3")]


def test_a_row_leads_to_its_cell(queue: Queue) -> None:
    queue.notebook.queue(3)
    queue.presenter.ask(ShowRun(execution_id="e3"))
    assert queue.shown == [queue.notebook.cells[2]]


def test_a_cell_queued_twice_runs_in_the_new_order(queue: Queue) -> None:
    first, second = queue.notebook.queue(1, "first"), queue.notebook.queue(1, "second")
    queue.changed(second, first)
    queue.notebook.begin(second, 1)
    assert queue.notebook.parts.runs.of(queue.notebook.cells[0]).execution_id == "second"


def test_thousands_of_rows_are_counted_and_not_all_made(queue: Queue) -> None:
    for number in range(SHOWN_LIMIT + 50):
        queue.notebook.queue(1, f"x{number}")
    queue.presenter.show()
    assert len(queue.order) == SHOWN_LIMIT
    assert {f"QUEUE · {SHOWN_LIMIT + 50}", "and 50 more"} <= set(queue.said)


async def test_estimates_come_from_the_store_once_a_source(scripted: Scripted) -> None:
    asked: list[frozenset[str]] = []

    async def durations(sources: frozenset[str]) -> Mapping[str, float]:
        asked.append(sources)
        return {"a()": 120.0}

    notebook = scripted(["a()", "b()"])
    queue = Queue(notebook, durations)
    notebook.start(1)
    notebook.queue(2)
    for number, source in ((1, "a()"), (2, "b()")):
        cell = notebook.cells[number - 1]
        queue.presenter.take(ExecutionQueued(execution_id=ExecutionId(f"e{number}"), cell_id=cell, source=source))
    queue.presenter.show()
    queue.presenter.show()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert asked == [frozenset({"a()", "b()"})]
    model = queue.rows.model()
    assert [model.row(model.index(n, 0)).detail for n in range(2)][1] == ""
    assert any("left" in words for words in queue.said)
    queue.presenter.let_go()
    await notebook.parts.tasks.close()
